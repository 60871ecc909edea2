/*
 * The header block of one HTTP answer (RTSP looks the same), as received.
 */
#ifndef MARTLET_HTTPHEAD_H
#define MARTLET_HTTPHEAD_H

#include "observation.h"

/**
 * httphead_value: The value of the n-th (from 0) field of this name, space at
 * both ends removed. Names compare without case; folded lines are joined by
 * one space (RFC 9112 section 5.2).
 * Returns NULL past the last; caller frees with free. NUL bytes are dropped.
 */
char *httphead_value(const struct blob *headers, const char *name, int n);

/* Fields of one name that are looked at. */
#define HTTPHEAD_FIELDS_MAX 64

/** httphead_values: All fields of this name, one a line; NULL when there is
 * none. Caller frees with free. */
char *httphead_values(const struct blob *headers, const char *name);

/** httphead_parameter: The value of NAME="value" or NAME=value inside a field
 * such as WWW-Authenticate or Content-Type. NULL: none; caller frees. */
char *httphead_parameter(const char *value, const char *name);

#endif
