/*
 * What `name --list` prints: page classes that have a name, or those that
 * are worth one.
 */
#ifndef MARTLET_NAME_LIST_H
#define MARTLET_NAME_LIST_H

#include <stdbool.h>

#include "casefile.h"
#include "named.h"

enum name_format { NAME_TABLE, NAME_JSON, NAME_CSV };

/** name_list_print: @cf: NULL before the first scan. @unnamed: classes with
 * services that are known by their software at most, most addresses first,
 * instead of those in @names. Returns -1, logged. */
int name_list_print(struct casefile *cf, const struct named_list *names,
		    bool unnamed, enum name_format format) WARN_UNUSED;

/** name_list_hints: Logs what a class that is not there may have meant. */
void name_list_hints(struct casefile *cf, const char *page_class);

#endif
