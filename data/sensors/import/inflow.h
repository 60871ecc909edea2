/*
 * Files to import as one stream of bytes: plain, gzip (members one after
 * another) or zstd (frames one after another), told apart by their first
 * bytes. What stands before a damage is read.
 */
#ifndef MARTLET_INFLOW_H
#define MARTLET_INFLOW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compiler.h"

#define INFLOW_SHA256_TEXT 65

struct inflow;

/** inflow_open: @path: "-" is the standard input. Returns NULL, logged. */
struct inflow *inflow_open(const char *path);
void inflow_free(struct inflow *in);

/** inflow_read: Up to size bytes of content; 0 at the end, and where a
 * damage begins; -1, logged, when the file cannot be read. */
ssize_t inflow_read(struct inflow *in, char *out, size_t size) WARN_UNUSED;

/** inflow_peek: The first bytes of content, which inflow_read gives again;
 * to be called before it. Returns how many; -1, logged. */
ssize_t inflow_peek(struct inflow *in, char *out, size_t size) WARN_UNUSED;

/** What is wrong and where, or NULL; known once inflow_read came to the end.
 * Borrowed. */
const char *inflow_damage(const struct inflow *in);
/** Bytes of content so far. */
int64_t inflow_bytes(const struct inflow *in);
/** Share of the file read so far, 0..1; -1 when its size is not known. */
double inflow_share(const struct inflow *in);
/** SHA-256 of the content, in hexadecimal, once inflow_read came to the end.
 * @out: INFLOW_SHA256_TEXT bytes. */
void inflow_sha256(struct inflow *in, char *out);

#endif
