#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "compiler.h"
#include "log.h"
#include "xalloc.h"
#include "sourcedays.h"

#define SLOTS_MIN 4096

/* Signatures that mark packets, in the order of the question's columns. */
static const enum signature marked[] = {
    SIGNATURE_BACKSCATTER, SIGNATURE_GRE,     SIGNATURE_MIRAI,
    SIGNATURE_ZMAP,        SIGNATURE_MASSCAN,
};

#define MARKED "SUM(CASE WHEN signature = ? THEN packets ELSE 0 END), "
#define FIRST_MARK 5 /* column */

/* Groups are stretches of the key: no engine has to sort. */
#define QUESTION                                                               \
	"SELECT day, sensor, source, SUM(packets), COUNT(*), " MARKED MARKED   \
	    MARKED MARKED "SUM(CASE WHEN signature = ? THEN packets ELSE 0 "   \
	"END) FROM traffic WHERE day BETWEEN ? AND ?"

#define GROUPS " GROUP BY day, sensor, source"

struct loading {
	struct sourcedays *out;
	size_t source_cap, row_cap, mark_cap, as_cap;
	size_t unreadable;
};

static uint32_t *find_slot(const struct sourcedays *s, const struct addr *a)
{
	size_t mask = s->slot_count - 1, i = addr_hash(a) & mask;

	while (s->slots[i] != 0 &&
	       addr_compare(&s->sources[s->slots[i] - 1].address, a) != 0)
		i = (i + 1) & mask;
	return &s->slots[i];
}

size_t sourcedays_find(const struct sourcedays *s, const struct addr *a)
{
	uint32_t slot = s->slot_count > 0 ? *find_slot(s, a) : 0;

	return slot > 0 ? slot - 1 : s->source_count;
}

static void grow_slots(struct sourcedays *s)
{
	if (s->slot_count > 2 * (s->source_count + 1))
		return;
	free(s->slots);
	s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_MIN;
	s->slots = xalloc_zero(s->slot_count, sizeof(*s->slots));
	for (size_t i = 0; i < s->source_count; i++)
		*find_slot(s, &s->sources[i].address) = (uint32_t)i + 1;
}

static uint32_t number_of(struct loading *l, const struct addr *a)
{
	struct sourcedays *s = l->out;
	void *list = s->sources;
	uint32_t *slot;

	grow_slots(s);
	slot = find_slot(s, a);
	if (*slot != 0)
		return *slot - 1;
	xalloc_room(&list, &l->source_cap, s->source_count,
		    sizeof(*s->sources));
	s->sources = list;
	s->sources[s->source_count] = (struct sourcedays_source){.address = *a};
	*slot = (uint32_t)++s->source_count;
	return *slot - 1;
}

static void add_marks(struct loading *l, struct sensordb_rows *rows)
{
	struct sourcedays *s = l->out;
	void *list = s->marks;

	for (size_t i = 0; i < ARRAY_LEN(marked); i++) {
		int64_t packets = sensordb_int(rows, FIRST_MARK + (int)i);

		if (packets <= 0)
			continue;
		xalloc_room(&list, &l->mark_cap, s->mark_count,
			    sizeof(*s->marks));
		s->marks = list;
		s->marks[s->mark_count++] =
		    (struct sourcedays_mark){s->row_count, marked[i], packets};
	}
}

static int add_row(struct loading *l, struct sensordb_rows *rows)
{
	struct sourcedays *s = l->out;
	struct sourcedays_row r = {.packets = sensordb_int(rows, 3),
				   .keys = (uint32_t)sensordb_int(rows, 4)};
	struct addr address;
	void *list = s->rows;

	if (!civil_parse_day(sensordb_text(rows, 0), &r.day)) {
		log_error("the sensor database has a row of traffic whose day "
			  "is '%s'",
			  sensordb_text(rows, 0));
		log_hint("days are written 2025-07-31; 'martlet sensors "
			 "check' says more");
		return -1;
	}
	if (!addr_parse(sensordb_text(rows, 2), &address)) {
		l->unreadable++;
		return 0;
	}
	r.sensor = wordlist_add(&s->sensors, sensordb_text(rows, 1));
	r.source = number_of(l, &address);
	add_marks(l, rows);
	xalloc_room(&list, &l->row_cap, s->row_count, sizeof(r));
	s->rows = list;
	s->rows[s->row_count++] = r;
	return 0;
}

static struct sensordb_rows *ask(struct sensordb *db, const struct period *p,
				 bool without_backscatter)
{
	struct sensordb_value values[ARRAY_LEN(marked) + 3];
	char days[2][CIVIL_DAY_TEXT];
	size_t count = ARRAY_LEN(marked);

	for (size_t i = 0; i < count; i++)
		values[i] = (struct sensordb_value){SENSORDB_TEXT, 0,
						    signature_text(marked[i])};
	sensordb_days(p, days, values + count);
	count += 2;
	if (!without_backscatter)
		return sensordb_ask(db, QUESTION GROUPS, values, count);
	values[count++] = (struct sensordb_value){
	    SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)};
	return sensordb_ask(db, QUESTION " AND signature <> ?" GROUPS, values,
			    count);
}

static int load_rows(struct loading *l, struct sensordb *db,
		     bool without_backscatter)
{
	struct sensordb_rows *rows =
	    ask(db, &l->out->period, without_backscatter);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		if (add_row(l, rows) < 0) {
			got = -1;
			break;
		}
	}
	sensordb_rows_free(rows);
	if (l->unreadable > 0) {
		log_warning("%zu rows of traffic are of sources that are no "
			    "addresses, and are left out",
			    l->unreadable);
		log_hint("'martlet sensors check' says which");
	}
	return got;
}

/* --- where they are */

static int by_asn(const void *a, const void *b)
{
	const struct sourcedays_as *x = a, *y = b;

	return (x->asn > y->asn) - (x->asn < y->asn);
}

static void note_as(struct loading *l, uint32_t asn, const char *name)
{
	struct sourcedays *s = l->out;
	void *list = s->ases;

	if (asn == 0 || *name == '\0')
		return;
	/* Neighbours in the answer are often of one network. */
	if (s->as_count > 0 && s->ases[s->as_count - 1].asn == asn)
		return;
	xalloc_room(&list, &l->as_cap, s->as_count, sizeof(*s->ases));
	s->ases = list;
	s->ases[s->as_count++] =
	    (struct sourcedays_as){asn, xalloc_string(name)};
}

/* The name that was met first stays. */
static void sort_ases(struct sourcedays *s)
{
	size_t kept = 0;

	if (s->as_count == 0)
		return;
	qsort(s->ases, s->as_count, sizeof(*s->ases), by_asn);
	for (size_t i = 0; i < s->as_count; i++) {
		if (kept > 0 && s->ases[kept - 1].asn == s->ases[i].asn)
			free(s->ases[i].name);
		else
			s->ases[kept++] = s->ases[i];
	}
	s->as_count = kept;
}

const char *sourcedays_as_name(const struct sourcedays *s, uint32_t asn)
{
	const struct sourcedays_as key = {.asn = asn};
	const struct sourcedays_as *found =
	    s->as_count == 0
		? NULL
		: bsearch(&key, s->ases, s->as_count, sizeof(key), by_asn);

	return found != NULL ? found->name : "";
}

static void take_origin(struct loading *l, struct sensordb_rows *rows)
{
	const char *country = sensordb_text(rows, 1);
	int64_t asn = sensordb_int(rows, 2);
	struct sourcedays_source *s;
	struct addr address;
	size_t at;

	if (!addr_parse(sensordb_text(rows, 0), &address))
		return;
	at = sourcedays_find(l->out, &address);
	if (at == l->out->source_count)
		return;
	s = &l->out->sources[at];
	/* Rows come by time: the last one that is known stays. */
	if (strlen(country) == 2)
		memcpy(s->country, country, sizeof(s->country));
	if (asn > 0 && asn <= UINT32_MAX) {
		s->asn = (uint32_t)asn;
		note_as(l, s->asn, sensordb_text(rows, 3));
	}
}

static int load_origins(struct loading *l, struct sensordb *db)
{
	struct zone *zone = sensordb_zone(db);
	const struct period *p = &l->out->period;
	const struct sensordb_value values[] = {
	    {SENSORDB_INT, zone_day_start(zone, p->last + 1), NULL},
	    {SENSORDB_INT, zone_day_start(zone, p->first), NULL}};
	struct sensordb_rows *rows;
	int got = sensordb_has(db, "source_origin");

	if (got <= 0)
		return got;
	rows = sensordb_ask(db,
			    "SELECT source, country, asn, as_name "
			    "FROM source_origin "
			    "WHERE valid_from < ? AND valid_until >= ? "
			    "ORDER BY source COLLATE BINARY, valid_from",
			    values, 2);
	got = -1;
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		take_origin(l, rows);
	sensordb_rows_free(rows);
	return got;
}

static void locate(struct loading *l, struct location *location)
{
	struct sourcedays *s = l->out;
	struct location_origin found;

	for (size_t i = 0; i < s->source_count; i++) {
		struct sourcedays_source *source = &s->sources[i];

		if (source->country[0] != '\0')
			s->by_sensors++;
		if (location == NULL ||
		    (source->country[0] != '\0' && source->asn != 0))
			continue;
		location_find(location, &source->address, &found);
		if (source->country[0] == '\0') {
			memcpy(source->country, found.country,
			       sizeof(source->country));
			s->by_location += found.country[0] != '\0';
		}
		if (source->asn == 0) {
			source->asn = found.asn;
			note_as(l, found.asn, found.as_name);
		}
	}
	sort_ases(s);
}

int sourcedays_load(struct sensordb *db, const struct period *p,
		    struct location *location, bool without_backscatter,
		    struct sourcedays *out)
{
	struct loading l = {.out = out};
	int rc;

	*out = (struct sourcedays){.period = *p};
	rc = load_rows(&l, db, without_backscatter);
	if (rc == 0)
		rc = load_origins(&l, db);
	if (rc == 0)
		locate(&l, location);
	else
		sourcedays_release(out);
	return rc;
}

void sourcedays_release(struct sourcedays *s)
{
	for (size_t i = 0; i < s->as_count; i++)
		free(s->ases[i].name);
	wordlist_release(&s->sensors);
	free(s->slots);
	free(s->sources);
	free(s->rows);
	free(s->marks);
	free(s->ases);
	*s = (struct sourcedays){0};
}
