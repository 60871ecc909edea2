/*
 * Stored services as `services` and `show` print them: which of an address
 * are one machine, JSON (DESIGN section 15), one line for people.
 */
#ifndef MARTLET_SERVICES_H
#define MARTLET_SERVICES_H

#include <jansson.h>

#include "observation.h"

struct service {
	struct observation o;
	int machine; /* 1, 2 ... of its address; 0: cannot be told */
};

/* By numeric address, then port. Starts as {0}. */
struct services {
	struct service *list;
	size_t count, cap;
};

/** services_take: Moves the observation in; o is empty afterwards. */
void services_take(struct services *s, struct observation *o);
void services_release(struct services *s);

/**
 * services_number_machines: Two services of one address are on different
 * machines when strong marks of their stacks differ, or when both are
 * devices (no servers) of different vendors. One that could be on several
 * of the machines seen gets 0.
 */
void services_number_machines(struct services *s);

/** services_json: The fields of DESIGN section 15; with evidence also what
 * only `show` prints (headers, page, forms, names of the certificate). */
json_t *services_json(const struct service *s, bool evidence);

/** services_name: "Vendor Product 1.2" of what was recognised, or "". Text
 * of peers: escape it. Caller frees with free. */
char *services_name(const struct observation *o);
/** "35 min", "26 h", "3 d"; "" when it is not known. Returns out. */
#define SERVICES_LAG_TEXT 32
const char *services_lag(int64_t seconds, char out[SERVICES_LAG_TEXT]);
/** The strong and weak marks of the stack, or NULL. Caller frees. */
char *services_stack(const struct stack *k);

#endif
