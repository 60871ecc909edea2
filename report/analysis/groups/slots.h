/*
 * Slots: where the strings of a group's members differ. Strings of one port
 * and kind (title, realm, certificate subject, host name) are cut into
 * words; words that all members share are the pattern, the rest are slots.
 * A slot is read as place names when more of its values read so than random
 * letters would.
 */
#ifndef MARTLET_SLOTS_H
#define MARTLET_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "places.h"
#include "profile.h"

struct slot_value {
	const struct profile *member;
	char *value;   /* hostile */
	char *reading; /* "Yamagata|Yamaguchi"; NULL: none */
};

struct slot {
	char *where;   /* "10443/TCP title" */
	char *pattern; /* hostile; "{}" this slot, "*" other slots */
	uint16_t port;
	enum device_type type;     /* of the device on that port */
	struct slot_value *values; /* by address; only who has the string */
	size_t count;
	const char *kind; /* "prefecture", "number" or "text" */
	int readable;     /* values that read as a prefecture */
	/* Different prefectures, as many as can be told apart; of another
	 * kind, different values. */
	int distinct;
	/* Different values that would be read if they were random letters of
	 * their length: sum of spellings / 26^length. */
	double expected;
};

/* One string of one member. */
struct slot_string {
	const struct profile *member;
	const char *text;
};

/**
 * slots_find: Appends the slots of strings of one kind.
 * @strings: one for each member that has it, by address.
 * @slots, @count: the array grows; caller frees each with slots_release.
 */
void slots_find(const struct places *places, const char *where,
		const struct slot_string *strings, size_t string_count,
		struct slot **slots, size_t *count);
void slots_release(struct slot *slots, size_t count);

#endif
