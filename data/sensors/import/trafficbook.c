#include "civil.h"
#include "lists.h"
#include "rowahead.h"
#include "trafficbook.h"

#define KEY "day, sensor, source, protocol, port, signature"
#define SAME_KEY                                                               \
	"day = ?1 AND sensor = ?2 AND source = ?3 AND protocol = ?4 "          \
	"AND port = ?5 AND signature = ?6"
#define TICK_ROWS 16384

/* In the order in which they run for one row: most rows are new, and then
 * the first one is enough. */
enum step { ADD_ROW, SPLIT_ROW, ADD_PART, ADD_TO_ROW, STEPS };

static const char *const steps[STEPS] = {
    [ADD_ROW] = "INSERT OR IGNORE INTO traffic (" KEY ", packets, first_seen, "
		"last_seen, source_port, import) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    /* The row was from one other import: note what that one gave. */
    [SPLIT_ROW] = "INSERT INTO import_part (" KEY ", import, packets, "
		  "first_seen, last_seen, source_port) "
		  "SELECT " KEY ", import, packets, first_seen, last_seen, "
		  "source_port FROM traffic WHERE " SAME_KEY
		  " AND import NOT IN (-1, ?11)",
    [ADD_PART] =
	"INSERT INTO import_part (" KEY ", packets, first_seen, "
	"last_seen, source_port, import) "
	"SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 "
	"FROM traffic WHERE " SAME_KEY " AND import <> ?11 "
	"ON CONFLICT DO UPDATE SET "
	"packets = packets + excluded.packets, "
	"first_seen = min(first_seen, excluded.first_seen), "
	"source_port = CASE "
	"WHEN excluded.last_seen > last_seen THEN excluded.source_port "
	"WHEN excluded.last_seen < last_seen THEN source_port "
	"ELSE max(source_port, excluded.source_port) END, "
	"last_seen = max(last_seen, excluded.last_seen)",
    [ADD_TO_ROW] =
	"UPDATE traffic SET packets = packets + ?7, "
	"first_seen = min(first_seen, ?8), "
	"source_port = CASE WHEN ?9 > last_seen THEN ?10 "
	"WHEN ?9 < last_seen THEN source_port ELSE max(source_port, ?10) END, "
	"last_seen = max(last_seen, ?9), "
	"import = CASE import WHEN ?11 THEN ?11 ELSE -1 END "
	"WHERE " SAME_KEY,
};

struct writing {
	struct sensorstore *store;
	int64_t import;
	const struct wordlist *sensors;
	sqlite3_stmt *steps[STEPS];
	/* Of the row before: values stay bound. */
	bool bound[STEPS];
	int32_t day[STEPS];
	uint32_t sensor[STEPS];
	char day_text[STEPS][CIVIL_DAY_TEXT];
};

static void bind_day(struct writing *w, enum step step,
		     const struct rollup_row *r)
{
	sqlite3_stmt *q = w->steps[step];

	if (w->bound[step] && w->day[step] == r->day &&
	    w->sensor[step] == r->sensor)
		return;
	w->day[step] = r->day;
	w->sensor[step] = r->sensor;
	civil_format_day(r->day, w->day_text[step]);
	sqlite3_bind_text(q, 1, w->day_text[step], -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, w->sensors->words[r->sensor], -1,
			  SQLITE_STATIC);
	/* Statements without it ignore it. */
	sqlite3_bind_int64(q, 11, w->import);
	w->bound[step] = true;
}

static void bind_row(struct writing *w, enum step step,
		     const struct rowahead_row *row)
{
	const struct rollup_row *r = &row->row;
	const char *signature = signature_text((enum signature)r->signature);
	sqlite3_stmt *q = w->steps[step];

	bind_day(w, step, r);
	sqlite3_bind_text(q, 3, row->source, -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 4, r->protocol);
	sqlite3_bind_int(q, 5, r->port);
	sqlite3_bind_text(q, 6, signature, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 7, r->packets);
	sqlite3_bind_int64(q, 8, r->first_seen);
	sqlite3_bind_int64(q, 9, r->last_seen);
	sqlite3_bind_int(q, 10, r->source_port);
}

static int write_row(struct writing *w, const struct rowahead_row *r)
{
	bind_row(w, ADD_ROW, r);
	if (sensorstore_step(w->store, w->steps[ADD_ROW]) < 0)
		return -1;
	if (sqlite3_changes(w->store->sqlite) > 0)
		return 0;
	for (int i = SPLIT_ROW; i < STEPS; i++) {
		bind_row(w, (enum step)i, r);
		if (sensorstore_step(w->store, w->steps[i]) < 0)
			return -1;
	}
	return 0;
}

static int write_rows(struct writing *w, struct rowstream *rows,
		      trafficbook_tick *tick, void *arg)
{
	struct rowahead *ahead = rowahead_new(rows);
	const struct rowahead_row *row;
	size_t all = rowstream_all(rows);
	int got;

	for (size_t i = 0; (got = rowahead_next(ahead, &row)) > 0; i++) {
		if (write_row(w, row) < 0) {
			got = -1;
			break;
		}
		if (tick != NULL && i % TICK_ROWS == 0)
			tick(arg, rowahead_done(ahead), all);
	}
	rowahead_free(ahead);
	return got;
}

int trafficbook_write(struct sensorstore *s, int64_t import,
		      struct rowstream *rows, const struct wordlist *sensors,
		      trafficbook_tick *tick, void *arg)
{
	struct writing w = {.store = s, .import = import, .sensors = sensors};
	int rc = 0;

	for (int i = 0; rc == 0 && i < STEPS; i++)
		if ((w.steps[i] = sensorstore_prepare(s, steps[i])) == NULL)
			rc = -1;
	if (rc == 0)
		rc = write_rows(&w, rows, tick, arg);
	for (int i = 0; i < STEPS; i++)
		sqlite3_finalize(w.steps[i]);
	return rc;
}

static const char undo_rows[] =
    "DELETE FROM traffic WHERE day BETWEEN ?2 AND ?3 AND import = ?1";

static const char undo_note[] =
    "INSERT INTO temp.undone SELECT " KEY " FROM import_part "
    "WHERE import = ?1 AND day BETWEEN ?2 AND ?3";

static const char undo_parts[] =
    "DELETE FROM import_part WHERE day BETWEEN ?2 AND ?3 AND import = ?1";

#define SAME_ROW                                                               \
	"p.day = traffic.day AND p.sensor = traffic.sensor "                   \
	"AND p.source = traffic.source AND p.protocol = traffic.protocol "     \
	"AND p.port = traffic.port AND p.signature = traffic.signature"

static const char undo_sums[] =
    "UPDATE traffic SET (packets, first_seen, last_seen, import) = "
    "(SELECT SUM(packets), MIN(first_seen), MAX(last_seen), "
    "CASE COUNT(*) WHEN 1 THEN MAX(import) ELSE -1 END "
    "FROM import_part p WHERE " SAME_ROW "), "
    "source_port = (SELECT source_port FROM import_part p WHERE " SAME_ROW
    " ORDER BY last_seen DESC, source_port DESC LIMIT 1) "
    "WHERE (" KEY ") IN (SELECT * FROM temp.undone)";

/* Rows that are from one import again need no parts. */
static const char undo_single[] =
    "DELETE FROM import_part WHERE (" KEY ") IN (SELECT " KEY
    " FROM temp.undone JOIN traffic USING (" KEY ") WHERE import <> -1)";

int trafficbook_undo(struct sensorstore *s, int64_t import, const char *first,
		     const char *last)
{
	int rc = sensorstore_exec(
	    s, "CREATE TEMP TABLE undone (day TEXT, sensor TEXT, source TEXT, "
	       "protocol INTEGER, port INTEGER, signature TEXT)");

	if (rc == 0)
		rc = sensorstore_run(s, undo_rows, "iss", import, first, last);
	if (rc == 0)
		rc = sensorstore_run(s, undo_note, "iss", import, first, last);
	if (rc == 0)
		rc = sensorstore_run(s, undo_parts, "iss", import, first, last);
	if (rc == 0)
		rc = sensorstore_exec(s, undo_sums);
	if (rc == 0)
		rc = sensorstore_exec(s, undo_single);
	if (rc == 0)
		rc = sensorstore_exec(s, "DROP TABLE temp.undone");
	return rc;
}
