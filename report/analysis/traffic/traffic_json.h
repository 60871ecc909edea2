/*
 * The document that `traffic --json` prints (DESIGN section 15).
 */
#ifndef MARTLET_TRAFFIC_JSON_H
#define MARTLET_TRAFFIC_JSON_H

#include <jansson.h>

#include "traffic.h"

/** traffic_json_document: @note: NULL, or what to say of an empty period.
 * The reference is the caller's. */
json_t *traffic_json_document(const struct traffic *t, const char *note);

#endif
