/*
 * What the analyst calls page classes: fingerprints/named.xml of the
 * workspace, fingerprints like all others, which only `name` writes.
 */
#ifndef MARTLET_NAMED_H
#define MARTLET_NAMED_H

#include <stddef.h>

#include "compiler.h"
#include "workspace.h"

/** Texts are owned; NULL is "not said". */
struct named {
	char *page_class, *vendor, *product, *version;
	char *device_type; /* lists/device_types.csv */
	char *source;      /* the evidence, for people */
};

struct named_list {
	struct named *list; /* by page class */
	size_t count, cap;
};

/** The file; it need not be there. Caller frees with free. */
char *named_path(const struct workspace *ws);

/** named_lock: Keeps others from changing the file until the descriptor that
 * it returns is closed. Makes the directory. Returns -1, logged. */
int named_lock(const struct workspace *ws) WARN_UNUSED;

/** named_load: No file is an empty list. Returns -1, logged with file and
 * line, when it cannot be read or holds what `name` did not write. Caller
 * calls named_release. */
int named_load(const struct workspace *ws, struct named_list *out) WARN_UNUSED;
/** Writes the whole file or, logged, leaves it as it was. */
int named_store(const struct workspace *ws,
		const struct named_list *names) WARN_UNUSED;
void named_release(struct named_list *names);

/** NULL when the class has no name. */
const struct named *named_find(const struct named_list *names,
			       const char *page_class);
/** Both return whether the class had a name before. @one: copied. */
bool named_set(struct named_list *names, const struct named *one);
bool named_remove(struct named_list *names, const char *page_class);

/** Whether a text may be a name: one line of UTF-8 without braces, which
 * fingerprints interpolate. */
bool named_is_text(const char *text);

#endif
