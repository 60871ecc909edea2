#include <stdlib.h>
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

/* Labels and regions are written by the operator, for the public. */
static int allow_network(struct leak_gate *g, struct sensordb *db)
{
	struct sensordb_rows *rows =
	    sensordb_ask(db,
			 "SELECT label, '' FROM sensor UNION ALL "
			 "SELECT name_en, name_ja FROM region",
			 NULL, 0);
	int more = -1;

	while (rows != NULL && (more = sensordb_next(rows)) == 1) {
		leak_allow(g, sensordb_text(rows, 0));
		leak_allow(g, sensordb_text(rows, 1));
	}
	sensordb_rows_free(rows);
	return more;
}

int leak_slots_add(struct leak_gate *g, const struct workspace *ws,
		   const struct period *p)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;
	struct sensordb *db = NULL;
	struct casefile *cf = NULL;
	struct groups groups;
	int rc = there ? -1 : 0;

	free(path);
	if (there)
		cf = casefile_open(ws, CASEFILE_READ);
	if (cf != NULL)
		db = sensordb_open(ws);
	if (db != NULL && allow_network(g, db) == 0 &&
	    groups_load(db, cf, p, &groups) == 0) {
		add_groups(g, &groups);
		groups_release(&groups);
		rc = 0;
	}
	sensordb_close(db);
	casefile_close(cf);
	return rc;
}
