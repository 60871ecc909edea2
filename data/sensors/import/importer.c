#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "csvrow.h"
#include "importprogress.h"
#include "network.h"
#include "originbook.h"
#include "packetrow.h"
#include "rollup.h"
#include "rowfaults.h"
#include "trafficbook.h"
#include "importer.h"

/* Keys added up in memory before they are written: about 400 MB. */
#define KEYS_MAX (4u << 20)
#define SHOW_ROWS 4096

/* Days that were looked up: rows that are out of order would else make the
 * zone compute each day many times. */
#define DAY_SLOTS 1024
#define DAY INT64_C(86400)

struct day_slot {
	int64_t start, end; /* half-open; end 0: nothing here */
	int32_t day;
};

struct importing {
	struct sensorstore *store;
	struct importer_result *result;
	struct inflow *in;
	struct csvrow csv;
	struct packetrow rows;
	struct rollup rollup;
	struct originbook origins;
	struct rowfaults faults;
	struct importprogress progress;
	struct day_slot days[DAY_SLOTS];
	int64_t midnight; /* of some day: nearly all days have a slot each */
	int32_t first_day, last_day;
	size_t sensors_done; /* of rows.sensors, those in the database */
	int64_t id;          /* of the transaction under way, or 0 */
};

static ssize_t read_content(void *arg, char *out, size_t size)
{
	return inflow_read(arg, out, size);
}

static int32_t day_of(struct importing *im, int64_t t)
{
	int64_t slot = (t + DAY - im->midnight % DAY) / DAY % DAY_SLOTS;
	struct day_slot *d = &im->days[slot];

	if (t < d->start || t >= d->end) {
		d->day = zone_day(im->store->zone, t);
		d->start = zone_day_start(im->store->zone, d->day);
		d->end = zone_day_start(im->store->zone, d->day + 1);
		im->midnight = im->midnight ? im->midnight : d->start + DAY;
	}
	return d->day;
}

/* --- writing */

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

static int begin(struct importing *im)
{
	sqlite3_stmt *q;

	if (im->id != 0)
		return 0;
	if (sensorstore_begin(im->store) < 0)
		return -1;
	q = sensorstore_prepare(im->store,
				"SELECT COALESCE(MAX(id), 0) + 1 FROM import");
	if (q != NULL && sqlite3_step(q) == SQLITE_ROW)
		im->id = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return im->id > 0 ? 0 : -1;
}

static int add_sensors(struct importing *im)
{
	struct importer_result *r = im->result;

	for (; im->sensors_done < im->rows.sensors.count; im->sensors_done++) {
		const char *id = im->rows.sensors.words[im->sensors_done];
		int added = network_add_unknown(im->store, id);

		if (added < 0)
			return -1;
		if (added == 0)
			continue;
		r->new_sensors =
		    xalloc_grow(r->new_sensors, r->new_sensor_count + 1,
				sizeof(*r->new_sensors));
		r->new_sensors[r->new_sensor_count++] =
		    str_vis(id, strlen(id), 200);
	}
	return 0;
}

static void show_writing(void *arg, size_t done, size_t all)
{
	importprogress_show(arg, (int64_t)done, (double)done / (double)all);
}

/* Writes what is in memory and empties it. */
static int flush(struct importing *im)
{
	struct importprogress progress;
	int rc;

	importprogress_end(&im->progress);
	importprogress_start(&progress, im->result->file, "writing");
	rollup_sort(&im->rollup);
	rc = begin(im);
	if (rc == 0)
		rc = add_sensors(im);
	if (rc == 0)
		rc = trafficbook_write(im->store, im->id, &im->rollup,
				       &im->rows.sensors, show_writing,
				       &progress);
	if (rc == 0)
		rc = originbook_write(im->store, im->id, &im->origins,
				      &im->rows.origins);
	importprogress_end(&progress);
	rollup_reset(&im->rollup);
	originbook_reset(&im->origins);
	return rc;
}

static int write_import(struct importing *im)
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

/* --- reading */

static void take_packet(struct importing *im, const struct packet *p)
{
	int32_t day = day_of(im, p->time);
	struct importer_result *r = im->result;

	if (r->rows == 0 || day < im->first_day)
		im->first_day = day;
	if (r->rows == 0 || day > im->last_day)
		im->last_day = day;
	r->rows++;
	r->packets += p->packets;
	rollup_add(&im->rollup, p, day);
	if (p->origin != PACKET_NO_ORIGIN)
		originbook_add(&im->origins, p);
}

static void take_row(struct importing *im)
{
	struct packet packet;
	enum packetrow_got got;

	/* The last row of a file that was cut may be cut itself. */
	if (im->csv.unended && inflow_damage(im->in) != NULL) {
		im->result->skipped++;
		rowfaults_add(&im->faults, "cut off by the damage", "",
			      im->csv.line, false);
		return;
	}
	got = packetrow_read(&im->rows, &im->csv, &packet);
	if (got != PACKETROW_GOOD)
		rowfaults_add(&im->faults, im->rows.complaint, im->rows.about,
			      im->csv.line, got == PACKETROW_DOUBTFUL);
	if (got == PACKETROW_BROKEN)
		im->result->skipped++;
	else
		take_packet(im, &packet);
}

static void take_broken(struct importing *im)
{
	static const char *const what[] = {
	    [CSVROW_CELLS] = "not as many cells as the header",
	    [CSVROW_QUOTE] = "a quote has no end, or text behind it",
	    [CSVROW_NUL] = "a zero byte",
	    [CSVROW_LONG] = "longer than 1 MiB",
	};

	im->result->skipped++;
	rowfaults_add(&im->faults, what[im->csv.problem], "", im->csv.line,
		      false);
}

static int read_header(struct importing *im)
{
	enum csvrow_got got = csvrow_next(&im->csv, 0);

	if (got == CSVROW_FAILED)
		return -1;
	if (got == CSVROW_ROW)
		return packetrow_header(&im->rows, &im->csv, im->result->file);
	if (got == CSVROW_END && inflow_damage(im->in) != NULL)
		log_error("'%s' is damaged from its start: %s",
			  im->result->file, inflow_damage(im->in));
	else if (got == CSVROW_END)
		log_error("'%s' is empty: it has not even a header",
			  im->result->file);
	else
		log_error("'%s' does not begin with a CSV header",
			  im->result->file);
	if (got != CSVROW_END && (memcmp(im->csv.buffer, "\xff\xfe", 2) == 0 ||
				  memcmp(im->csv.buffer, "\xfe\xff", 2) == 0))
		log_hint("it is UTF-16: 'iconv -f UTF-16 -t UTF-8' makes it "
			 "readable");
	log_hint("import reads CSV with the header time,sensor,source,"
		 "protocol,port; plain, .gz or .zst");
	return -1;
}

static int read_rows(struct importing *im)
{
	size_t width = im->csv.count;

	for (int64_t n = 0;; n++) {
		switch (csvrow_next(&im->csv, width)) {
		case CSVROW_FAILED:
			return -1;
		case CSVROW_END:
			return 0;
		case CSVROW_BROKEN:
			take_broken(im);
			break;
		case CSVROW_ROW:
			take_row(im);
			break;
		}
		if (im->rollup.count >= KEYS_MAX && flush(im) < 0)
			return -1;
		if (n % SHOW_ROWS == 0)
			importprogress_show(&im->progress, n,
					    inflow_share(im->in));
	}
}

static void log_damage(struct importing *im)
{
	struct importer_result *r = im->result;

	r->damage = xalloc_string(inflow_damage(im->in));
	if (r->damage == NULL)
		return;
	log_warning("%s: %s; what stands before it (%" PRId64 " bytes of "
		    "content, up to line %" PRId64 ") is kept",
		    r->file, r->damage, r->bytes, im->csv.next_line - 1);
	log_hint("before you import the whole file, take this part back with "
		 "'martlet import --undo'");
}

static int finish(struct importing *im)
{
	struct importer_result *r = im->result;

	inflow_sha256(im->in, r->sha256);
	r->bytes = inflow_bytes(im->in);
	r->imported = civil_now();
	importprogress_end(&im->progress);
	if (r->rows == 0 && r->skipped == 0 && inflow_damage(im->in) == NULL)
		return 0;
	r->same_as = find_same(im->store, r->sha256);
	if (r->same_as != 0)
		return r->same_as > 0 ? 0 : -1;
	rowfaults_log(&im->faults, r->file);
	log_damage(im);
	if (r->rows == 0) {
		log_error("%s: not one row could be read; nothing was "
			  "imported",
			  r->file);
		log_hint("--map time=NAME,... tells which column is what");
		return -1;
	}
	civil_format_day(im->first_day, r->first_day);
	civil_format_day(im->last_day, r->last_day);
	if (flush(im) < 0)
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

static int set_up(struct importing *im, const struct importer_options *o)
{
	packetrow_init(&im->rows);
	im->rows.sensor = o->sensor;
	for (int i = 0; i < o->map_count; i++)
		if (packetrow_map(&im->rows, o->maps[i]) < 0)
			return -1;
	return 0;
}

int importer_run(struct sensorstore *s, const struct importer_options *o,
		 const char *path, struct importer_result *out)
{
	struct importing *im = xalloc_zero(1, sizeof(*im));
	int rc = -1;

	*out =
	    (struct importer_result){.file = str_vis(path, strlen(path), 4096)};
	im->store = s;
	im->result = out;
	im->in = set_up(im, o) == 0 ? inflow_open(path) : NULL;
	if (im->in != NULL) {
		csvrow_init(&im->csv, read_content, im->in);
		importprogress_start(&im->progress, out->file, "reading");
		rc = read_header(im);
		if (rc == 0)
			rc = read_rows(im);
		if (rc == 0)
			rc = finish(im);
		importprogress_end(&im->progress);
	}
	sensorstore_rollback(s);
	csvrow_release(&im->csv);
	packetrow_release(&im->rows);
	rollup_release(&im->rollup);
	originbook_release(&im->origins);
	rowfaults_release(&im->faults);
	inflow_free(im->in);
	free(im);
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
	    network_drop_unused(s) == 0)
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
