#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "network.h"
#include "rowstream.h"
#include "str.h"
#include "trafficbook.h"
#include "xalloc.h"
#include "intake.h"

/* Bytes that a key takes in memory with its place in the index and in the
 * order of the table. */
#define KEY_BYTES 112
/* Origins in memory: about 200 MB. */
#define ORIGINS_MAX (3u << 20)
#define SHOW_RECORDS 4096

/* Days that were looked up: rows that are out of order would else make the
 * zone compute each day many times. */
#define DAY_SLOTS 1024
#define DAY INT64_C(86400)

struct intake_day {
	int64_t start, end; /* half-open; end 0: nothing here */
	int32_t day;
};

/* The temporary file lies where the database does. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xalloc_string(".");
	return xalloc_string_n(path,
			       slash == path ? 1 : (size_t)(slash - path));
}

void intake_init(struct intake *im, struct sensorstore *s,
		 const struct importer_options *o,
		 struct importer_result *result)
{
	char *directory = directory_of(s->path);

	*im = (struct intake){.store = s, .options = o, .result = result};
	im->keys_max = (size_t)o->memory_mb * ((1u << 20) / KEY_BYTES) / 2;
	im->days = xalloc_zero(DAY_SLOTS, sizeof(*im->days));
	spill_init(&im->spill, directory);
	free(directory);
}

/* Waits for the run that is being written. Returns how it went. */
static int end_spilling(struct intake *im)
{
	if (im->spilling)
		pthread_join(im->spiller, NULL);
	im->spilling = false;
	return im->spill_rc;
}

void intake_release(struct intake *im)
{
	end_spilling(im);
	free(im->ranks);
	rollup_release(&im->full);
	rowfaults_release(&im->faults);
	wordlist_release(&im->sensors);
	wordlist_release(&im->origins);
	rollup_release(&im->rollup);
	spill_release(&im->spill);
	originbook_release(&im->seen);
	free(im->days);
	free(im->upto);
}

static int32_t day_of(struct intake *im, int64_t t)
{
	int64_t slot = (t + DAY - im->midnight % DAY) / DAY % DAY_SLOTS;
	struct intake_day *d;

	slot = slot < 0 ? slot + DAY_SLOTS : slot;
	d = &im->days[slot];
	if (t < d->start || t >= d->end) {
		d->day = zone_day(im->store->zone, t);
		d->start = zone_day_start(im->store->zone, d->day);
		d->end = zone_day_start(im->store->zone, d->day + 1);
		im->midnight = im->midnight ? im->midnight : d->start + DAY;
	}
	return d->day;
}

/* --- writing */

static int begin(struct intake *im)
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

static int add_sensors(struct intake *im)
{
	struct importer_result *r = im->result;

	for (; im->sensors_done < im->sensors.count; im->sensors_done++) {
		const char *id = im->sensors.words[im->sensors_done];
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

/* What is counted, in the transaction: an empty database takes it. */
static int settle_unit(struct intake *im)
{
	return sensorstore_count(im->store,
				 im->unit != NULL ? im->unit : "packets",
				 im->result->file);
}

static int write_origins(struct intake *im)
{
	int rc = begin(im);

	if (rc == 0)
		rc = originbook_write(im->store, im->id, &im->seen,
				      &im->origins);
	originbook_reset(&im->seen);
	return rc;
}

static void show_writing(void *arg, size_t done, size_t all)
{
	importprogress_show(arg, (int64_t)done,
			    all > 0 ? (double)done / (double)all : -1);
}

static int write_traffic(struct intake *im)
{
	struct importprogress progress;
	struct rowstream *rows;
	int rc;

	importprogress_start(&progress, im->result->file, "writing");
	rows = rowstream_new(&im->rollup, &im->spill, &im->sensors);
	rc = trafficbook_write(im->store, im->id, rows, &im->sensors,
			       show_writing, &progress);
	rowstream_free(rows);
	importprogress_end(&progress);
	return rc;
}

static void sort(struct intake *im)
{
	uint32_t *ranks = rollup_ranks(&im->sensors);

	rollup_sort(&im->rollup, ranks);
	free(ranks);
}

int intake_write(struct intake *im)
{
	int rc;

	importprogress_end(&im->progress);
	civil_format_day(im->first_day, im->result->first_day);
	civil_format_day(im->last_day, im->result->last_day);
	sort(im);
	if (end_spilling(im) < 0)
		return -1;
	rc = begin(im);
	if (rc == 0)
		rc = settle_unit(im);
	if (rc == 0)
		rc = add_sensors(im);
	if (rc == 0)
		rc = write_traffic(im);
	return rc == 0 ? write_origins(im) : -1;
}

/* --- taking in */

static void *spill_full(void *arg)
{
	struct intake *im = arg;

	rollup_sort(&im->full, im->ranks);
	im->spill_rc = spill_add(&im->spill, &im->full);
	rollup_reset(&im->full);
	return NULL;
}

/* What memory does not hold goes to the disk, to be merged at the end. Packets
 * go on to be added up meanwhile. */
static int make_room(struct intake *im)
{
	struct rollup empty;

	if (im->seen.count >= ORIGINS_MAX && write_origins(im) < 0)
		return -1;
	if (im->rollup.count < im->keys_max)
		return 0;
	if (end_spilling(im) < 0)
		return -1;
	rollup_settle(&im->rollup);
	empty = im->full;
	im->full = im->rollup;
	im->rollup = empty;
	free(im->ranks);
	im->ranks = rollup_ranks(&im->sensors);
	im->spilling = pthread_create(&im->spiller, NULL, spill_full, im) == 0;
	if (!im->spilling)
		spill_full(im);
	return im->spilling ? 0 : im->spill_rc;
}

int intake_count(struct intake *im, const char *unit)
{
	im->unit = im->result->unit = unit;
	return sensorstore_may_count(im->store, unit, im->result->file);
}

int intake_add(struct intake *im, const struct packet *p)
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
		originbook_add(&im->seen, p);
	return make_room(im);
}

void intake_show(struct intake *im, int64_t records)
{
	if (records % SHOW_RECORDS == 0)
		importprogress_show(&im->progress, records,
				    inflow_share(im->in));
}
