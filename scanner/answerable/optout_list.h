/*
 * The opt-out list and its register, printed.
 */
#ifndef MARTLET_OPTOUT_LIST_H
#define MARTLET_OPTOUT_LIST_H

#include "compiler.h"

enum optout_list_form {
	OPTOUT_LIST_TABLE,
	OPTOUT_LIST_JSON,
	OPTOUT_LIST_CSV,
};

/* What is shown; 0: the entries that the gate obeys now. */
enum optout_list_which {
	OPTOUT_LIST_HISTORY = 1, /* the register instead of the list */
	OPTOUT_LIST_DUE = 2,     /* only entries whose date is past */
};

/**
 * optout_list_print: To standard output, by address. JSON always has the
 * history as well.
 * @path: of the opt-out file. @which: bits of optout_list_which.
 * Returns -1, logged, when a file cannot be read or has lines that cannot
 * be; what can be read is printed even so.
 */
int optout_list_print(const char *path, enum optout_list_form form,
		      int which) WARN_UNUSED;

#endif
