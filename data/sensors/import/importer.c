#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "importformat.h"
#include "intake.h"
#include "network.h"
#include "originbook.h"
#include "trafficbook.h"
#include "importer.h"

#define SNIFFED 4096 /* bytes of content that tell its format */

/* The import that had this content, or 0; -1, logged. */
static int64_t find_same(struct sensorstore *s, const char *sha256)
{
	sqlite3_stmt *q =
	    sensorstore_prepare(s, "SELECT id FROM import WHERE sha256 = ?");
	int64_t id = -1;
	int rc;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, sha256, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		id = sqlite3_column_int64(q, 0);
	else if (rc == SQLITE_DONE)
		id = 0;
	else
		sensorstore_complain(s);
	sqlite3_finalize(q);
	return id;
}

static int write_import(struct intake *im)
{
	struct importer_result *r = im->result;

	return sensorstore_run(
	    im->store,
	    "INSERT INTO import (id, file, sha256, imported, bytes, rows, "
	    "packets, skipped, first_day, last_day, damage) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "issiiiiisss", im->id, r->file, r->sha256, r->imported, r->bytes,
	    r->rows, r->packets, r->skipped, r->first_day, r->last_day,
	    r->damage != NULL ? r->damage : "");
}

static void log_damage(struct intake *im)
{
	struct importer_result *r = im->result;

	if (r->damage == NULL)
		r->damage = xalloc_string(inflow_damage(im->in));
	if (r->damage == NULL)
		return;
	log_warning("%s: %s; what stands before it (up to %s) is kept", r->file,
		    r->damage, im->upto);
	log_hint("before you import the whole file, take this part back with "
		 "'martlet import --undo'");
}

/* Nothing counted. That is no failure where the file could be read: a quiet
 * hour, or traffic of others. */
static int end_empty(const struct importer_result *r)
{
	bool readable = r->read > r->dropped[DROP_BROKEN];

	if (r->damage == NULL && readable)
		return 0;
	if (readable) {
		log_error("%s: nothing that stands before the damage is "
			  "addressed to a sensor; nothing was imported",
			  r->file);
		return -1;
	}
	log_error("%s: not one row could be read; nothing was imported",
		  r->file);
	if (r->damage == NULL && r->read == 0)
		log_hint("--map time=NAME,... tells which column is what");
	return -1;
}

static int finish(struct intake *im)
{
	struct importer_result *r = im->result;

	inflow_sha256(im->in, r->sha256);
	r->bytes = inflow_bytes(im->in);
	r->imported = civil_now();
	importprogress_end(&im->progress);
	for (int i = 0; i < DROP_COUNT; i++)
		r->skipped += r->dropped[i];
	if (r->rows == 0 && r->skipped == 0 && r->damage == NULL &&
	    inflow_damage(im->in) == NULL)
		return 0;
	r->same_as = find_same(im->store, r->sha256);
	if (r->same_as != 0)
		return r->same_as > 0 ? 0 : -1;
	rowfaults_log(&im->faults, r->file);
	log_damage(im);
	if (r->rows == 0)
		return end_empty(r);
	if (intake_write(im) < 0)
		return -1;
	/* Another process may have imported it while this one was reading. */
	r->same_as = find_same(im->store, r->sha256);
	if (r->same_as != 0)
		return r->same_as > 0 ? 0 : -1;
	if (write_import(im) < 0 || sensorstore_commit(im->store) < 0)
		return -1;
	r->id = im->id;
	return 0;
}

static int read_file(struct intake *im)
{
	const struct importer_options *o = im->options;
	const struct importformat *format;
	char begin[SNIFFED];
	ssize_t len = inflow_peek(im->in, begin, sizeof(begin));

	if (len < 0)
		return -1;
	format = o->format != NULL ? importformat_named(o->format)
				   : importformat_guess(begin, (size_t)len);
	importprogress_start(&im->progress, im->result->file, "reading");
	return format->read(im);
}

int importer_run(struct sensorstore *s, const struct importer_options *o,
		 const char *path, struct importer_result *out)
{
	struct intake im;
	int rc = -1;

	*out =
	    (struct importer_result){.file = str_vis(path, strlen(path), 4096)};
	intake_init(&im, s, o, out);
	im.in = inflow_open(path);
	if (im.in != NULL) {
		rc = read_file(&im);
		if (rc == 0)
			rc = finish(&im);
		importprogress_end(&im.progress);
	}
	sensorstore_rollback(s);
	inflow_free(im.in);
	intake_release(&im);
	return rc;
}

void importer_release(struct importer_result *r)
{
	for (size_t i = 0; i < r->new_sensor_count; i++)
		free(r->new_sensors[i]);
	free(r->new_sensors);
	free(r->file);
	free(r->damage);
	*r = (struct importer_result){0};
}

/* --- taking back */

/* An empty database counts packets, as 'init' made it, until an import says
 * otherwise. */
static int forget_unit(struct sensorstore *s)
{
	return sensorstore_exec(s, "UPDATE sensor_meta SET value = 'packets' "
				   "WHERE key = 'unit' AND value = 'flows' "
				   "AND NOT EXISTS (SELECT 1 FROM traffic) "
				   "AND NOT EXISTS (SELECT 1 FROM import)");
}

static int undo_within(struct sensorstore *s, int64_t id)
{
	sqlite3_stmt *q = sensorstore_prepare(
	    s, "SELECT first_day, last_day FROM import WHERE id = ?");
	char *first = NULL, *last = NULL;
	int rc = -1;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	if (sqlite3_step(q) == SQLITE_ROW) {
		first = xalloc_string((const void *)sqlite3_column_text(q, 0));
		last = xalloc_string((const void *)sqlite3_column_text(q, 1));
	} else {
		log_error("there is no import %" PRId64, id);
		log_hint("'martlet import --list' shows them");
	}
	sqlite3_finalize(q);
	if (first != NULL && trafficbook_undo(s, id, first, last) == 0 &&
	    originbook_undo(s, id) == 0 &&
	    sensorstore_run(s, "DELETE FROM import WHERE id = ?", "i", id) ==
		0 &&
	    network_drop_unused(s) == 0 && forget_unit(s) == 0)
		rc = 0;
	free(first);
	free(last);
	return rc;
}

int importer_undo(struct sensorstore *s, int64_t id)
{
	int rc = sensorstore_begin(s);

	if (rc == 0)
		rc = undo_within(s, id);
	if (rc == 0)
		rc = sensorstore_commit(s);
	sensorstore_rollback(s);
	return rc;
}

static void copy_cell(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

static void visit_row(struct sensordb_rows *rows, importer_visit *visit,
		      void *arg)
{
	struct importer_result r = {
	    .id = sensordb_int(rows, 0),
	    .imported = sensordb_int(rows, 1),
	    .bytes = sensordb_int(rows, 2),
	    .rows = sensordb_int(rows, 3),
	    .packets = sensordb_int(rows, 4),
	    .skipped = sensordb_int(rows, 5),
	};

	r.file = xalloc_string(sensordb_text(rows, 6));
	copy_cell(r.sha256, sizeof(r.sha256), sensordb_text(rows, 7));
	copy_cell(r.first_day, sizeof(r.first_day), sensordb_text(rows, 8));
	copy_cell(r.last_day, sizeof(r.last_day), sensordb_text(rows, 9));
	if (*sensordb_text(rows, 10) != '\0')
		r.damage = xalloc_string(sensordb_text(rows, 10));
	visit(&r, arg);
	importer_release(&r);
}

int importer_each(struct sensordb *db, importer_visit *visit, void *arg)
{
	struct sensordb_rows *rows = sensordb_ask(
	    db,
	    "SELECT id, imported, bytes, rows, packets, skipped, file, sha256, "
	    "first_day, last_day, damage FROM import ORDER BY id",
	    NULL, 0);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		visit_row(rows, visit, arg);
	sensordb_rows_free(rows);
	return got;
}
