#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "casefile.h"
#include "groups.h"
#include "sensordb.h"
#include "leak_slots.h"

static void add_groups(struct leak_gate *g, const struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct group *group = &groups->list[i];

		for (size_t s = 0; s < group->slot_count; s++)
			for (size_t v = 0; v < group->slots[s].count; v++)
				leak_add_name(g, "text that varies in a group",
					      group->slots[s].values[v].value);
	}
}

/* Whether an id is more than a word that an article may well use: "tokyo"
 * is one, "tokyo-3" names a sensor. */
static bool is_telling(const char *id)
{
	return strpbrk(id, "0123456789-_.:/@") != NULL;
}

/* Labels and regions are written by the operator, for the public; what a
 * sensor is called inside is not. */
static int allow_network(struct leak_gate *g, struct sensordb *db)
{
	struct sensordb_rows *rows =
	    sensordb_ask(db,
			 "SELECT CASE WHEN label = id THEN '' ELSE label END, "
			 "'', id FROM sensor UNION ALL "
			 "SELECT name_en, name_ja, '' FROM region",
			 NULL, 0);
	int more = -1;

	while (rows != NULL && (more = sensordb_next(rows)) == 1) {
		leak_allow(g, sensordb_text(rows, 0));
		leak_allow(g, sensordb_text(rows, 1));
		if (is_telling(sensordb_text(rows, 2)))
			leak_add_name(g, "name of a sensor",
				      sensordb_text(rows, 2));
	}
	sensordb_rows_free(rows);
	return more;
}

/* Adds nothing before the first scan: there is no case database then. */
static int add_case(struct leak_gate *g, const struct workspace *ws,
		    struct sensordb *db, const struct period *p)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;
	struct casefile *cf = NULL;
	struct groups groups;
	int rc = there ? -1 : 0;

	free(path);
	if (there)
		cf = casefile_open(ws, CASEFILE_READ);
	if (cf != NULL && groups_load(db, cf, p, &groups) == 0) {
		add_groups(g, &groups);
		groups_release(&groups);
		rc = 0;
	}
	casefile_close(cf);
	return rc;
}

int leak_slots_add(struct leak_gate *g, const struct workspace *ws,
		   const struct period *p)
{
	struct sensordb *db = sensordb_open(ws);
	int rc = -1;

	if (db != NULL && allow_network(g, db) == 0)
		rc = add_case(g, ws, db, p);
	sensordb_close(db);
	return rc;
}
