/*
 * Profiles: what each source of a period had open, port by port, in words
 * that are the same at every site.
 *
 * An element names what answers on a port:
 *   vendor/product/device_type  when it was recognised (never the version);
 *       software that many devices carry (no device type, or a server) has
 *       its page class added, because the page tells more;
 *   PROTOCOL page:CLASS         a page that nobody could name;
 *   PROTOCOL SHAPE              else the shape of the banner: letters and
 *       digits become "a" and "0", SSH and Server software keep their name.
 * A port where nothing was said has no element: it is no evidence.
 */
#ifndef MARTLET_PROFILE_H
#define MARTLET_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "casefile.h"
#include "compiler.h"
#include "lists.h"
#include "sources.h"

struct profile_item {
	uint16_t port;
	char transport[4];
	char *element;
	char *key;     /* "TCP/08888 ELEMENT": equal when both are */
	char *vendor;  /* NULL: not recognised */
	char *product; /* "vendor/product"; NULL: not recognised */
	enum device_type type;
	char page_class[33]; /* when the element has it, else "" */
	bool web;            /* answered in HTTP */
	/* As the device told them, UTF-8, hostile; NULL: none. */
	char *title, *realm, *subject, *hostname;
	char spki[65]; /* SHA-256 of the certificate's key, "" = none */
};

struct profile {
	struct addr address;
	int64_t first_seen, last_seen; /* as a source; 0 = not known */
	struct profile_item *items;    /* by port */
	size_t count, cap;
};

struct profiles {
	struct profile *list; /* by numeric address */
	size_t count, cap;
};

/**
 * profile_is_fresh: Whether an observation speaks of this source in the
 * period that the source was loaded for: not made with --stale, and either
 * made while the source was active or soon after a packet of that time.
 */
bool profile_is_fresh(const struct observation *o, const struct source *s);

/** profile_element: Caller frees with free; NULL when nothing was said. */
char *profile_element(const struct observation *o);

/** profiles_add: Adds a service to its address. Services of one address
 * come one after the other. */
void profiles_add(struct profiles *p, const struct observation *o);

/**
 * profiles_load: Of the sources that sent something that is not backscatter.
 * @before: end of the period, Unix seconds.
 * Returns -1, logged, with out empty. Caller frees with profiles_release.
 */
int profiles_load(struct casefile *cf, const struct sources *sources,
		  int64_t before, struct profiles *out) WARN_UNUSED;
void profiles_release(struct profiles *p);

#endif
