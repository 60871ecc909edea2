/*
 * Configuration: martlet.conf of the workspace, then -o KEY=VALUE. Keys,
 * types, defaults and explanations are one table in config.c.
 */
#ifndef MARTLET_CONFIG_H
#define MARTLET_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler.h"

struct config;

struct config *config_new(void);
void config_free(struct config *c);

/** Reads "key = value" lines; "#" starts a comment line. Logs file and line
 * of what is wrong. */
int config_read(struct config *c, const char *path) WARN_UNUSED;
/** @assignment: "KEY=VALUE". Logs. */
int config_override(struct config *c, const char *assignment) WARN_UNUSED;
/** Writes the commented file that a new workspace starts with. */
void config_write_template(FILE *out);

/* An unknown key is a bug. Text is never NULL; borrowed. */
const char *config_text(const struct config *c, const char *key);
int64_t config_int(const struct config *c, const char *key);
double config_real(const struct config *c, const char *key);
/** Whether the file or -o gave a value. */
bool config_is_set(const struct config *c, const char *key);

/** config_given: What the file or -o gave, one after the other: *at is 0 for
 * the first; NULL after the last. *value: borrowed. Returns the key. */
const char *config_given(const struct config *c, size_t *at,
			 const char **value);

/** config_list: The i-th word of a comma-separated value, trimmed, copied
 * to out; false past the last. */
bool config_list(const struct config *c, const char *key, int i, char *out,
		 size_t size);

#endif
