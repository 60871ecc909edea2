/*
 * Texts by number: each text is kept once and gets the next number from 0.
 * Meant for the few sensors, networks and countries of many packets.
 */
#ifndef MARTLET_WORDLIST_H
#define MARTLET_WORDLIST_H

#include <stddef.h>
#include <stdint.h>

/* Starts as {0}. */
struct wordlist {
	char **words;
	size_t count, cap;
	uint32_t *slots; /* number + 1 by hash; 0 is free */
	size_t slot_count;
};

/** wordlist_add: The number of a text; it is copied when new. */
uint32_t wordlist_add(struct wordlist *w, const char *text);
void wordlist_release(struct wordlist *w);

#endif
