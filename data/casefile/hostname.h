/*
 * What a look-up of the names of an address told (PTR records), in memory.
 */
#ifndef MARTLET_HOSTNAME_H
#define MARTLET_HOSTNAME_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "lists.h"

/** Names kept of one look-up: whoever owns an address can give it thousands. */
#define HOSTNAME_NAMES 4

struct hostname {
	struct addr address;
	int64_t looked_up_ms;
	enum name_answer answer;
	char *names[HOSTNAME_NAMES]; /* owned; as a stranger chose them */
	size_t count;
};

void hostname_release(struct hostname *h);

#endif
