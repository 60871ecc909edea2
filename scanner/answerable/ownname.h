/*
 * Whether the reverse name of the address that we send from leads to who we
 * are: RFC 9511 section 3 looks for probing.txt at that name. Only our own
 * address is ever looked up.
 */
#ifndef MARTLET_OWNNAME_H
#define MARTLET_OWNNAME_H

#include "addr.h"
#include "compiler.h"
#include "config.h"

enum ownname {
	OWNNAME_LEADS,     /* to the host of who.url or of who.canonical */
	OWNNAME_ELSEWHERE, /* to another host */
	OWNNAME_NONE,      /* there is no reverse name */
	OWNNAME_UNKNOWN,   /* the resolver did not answer, or nonsense */
};

#define OWNNAME_TEXT 1025 /* NS_MAXDNAME of <arpa/nameser.h> */

/** ownname_look: Asks for the reverse name. @name: out, OWNNAME_TEXT bytes,
 * what was found, "" where nothing was: hostile text. Takes up to some
 * seconds; never logs. */
enum ownname ownname_look(const struct config *config, const struct addr *own,
			  char *name);

/**
 * ownname_check: Warns when the address from which @to would be connected
 * does not lead to who we are. Does nothing when who.check_ptr is no, or
 * auto in a laboratory or behind a private address. Returns -1, logged, when
 * who.check_ptr or who.resolver is wrong.
 */
int ownname_check(const struct config *config,
		  const struct addr *to) WARN_UNUSED;

#endif
