/*
 * Case databases of older versions: brought to this one when they are opened
 * for writing, read as they are otherwise. What is new in the version that is
 * being made stands in schema.sql, in the step and in the views here.
 */
#ifndef MARTLET_CASEFILE_MIGRATE_H
#define MARTLET_CASEFILE_MIGRATE_H

#include "casefile_internal.h"

/** casefile_migrate: In one transaction, under the scan lock. Says so in a
 * note. Returns -1, logged, with nothing changed. */
int casefile_migrate(struct casefile *cf) WARN_UNUSED;

/**
 * casefile_migrate_views: Temporary views that show the tables of a database
 * with the columns of this version, NULL where an older one has none.
 * @schema: "main", or as it is attached.
 * @prefix: before the views' names: "" hides the tables, of which one of this
 * version needs none hidden; else there is a view of every table that changed.
 * Returns -1, logged.
 */
int casefile_migrate_views(struct casefile *cf, int64_t version,
			   const char *schema, const char *prefix) WARN_UNUSED;

#endif
