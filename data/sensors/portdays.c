#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "log.h"
#include "xalloc.h"
#include "portdays.h"

#define QUESTION                                                               \
	"SELECT day, sensor, protocol, port, signature, SUM(packets), "        \
	"COUNT(*) FROM traffic WHERE day BETWEEN ? AND ?"
#define GROUPS " GROUP BY day, sensor, protocol, port, signature"

static int by_service(const void *a, const void *b)
{
	const struct portdays_row *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if (x->sensor != y->sensor)
		return x->sensor < y->sensor ? -1 : 1;
	return (x->signature > y->signature) - (x->signature < y->signature);
}

static int add_row(struct portdays *p, size_t *cap, struct sensordb_rows *rows)
{
	int signature = signature_from(sensordb_text(rows, 4));
	struct portdays_row r = {
	    .packets = sensordb_int(rows, 5),
	    .service = portdays_service((int)sensordb_int(rows, 2),
					(uint16_t)sensordb_int(rows, 3)),
	    .sources = (uint32_t)sensordb_int(rows, 6),
	    /* A word that this version does not know is no mark. */
	    .signature =
		signature < 0 ? SIGNATURE_NONE : (enum signature)signature};
	void *list = p->rows;

	if (!civil_parse_day(sensordb_text(rows, 0), &r.day)) {
		log_error("the sensor database has a row of traffic whose day "
			  "is '%s'",
			  sensordb_text(rows, 0));
		log_hint("days are written 2025-07-31; 'martlet sensors "
			 "check' says more");
		return -1;
	}
	r.sensor = wordlist_add(&p->sensors, sensordb_text(rows, 1));
	xalloc_room(&list, cap, p->row_count, sizeof(r));
	p->rows = list;
	p->rows[p->row_count++] = r;
	return 0;
}

int portdays_load(struct sensordb *db, const struct period *p,
		  bool without_backscatter, struct portdays *out)
{
	char days[2][CIVIL_DAY_TEXT];
	struct sensordb_value values[3] = {
	    [2] = {SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)}};
	struct sensordb_rows *rows;
	size_t cap = 0;
	int got = -1;

	*out = (struct portdays){.period = *p};
	sensordb_days(p, days, values);
	if (without_backscatter)
		rows = sensordb_ask(db, QUESTION " AND signature <> ?" GROUPS,
				    values, 3);
	else
		rows = sensordb_ask(db, QUESTION GROUPS, values, 2);
	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		if (add_row(out, &cap, rows) < 0) {
			got = -1;
			break;
		}
	}
	sensordb_rows_free(rows);
	if (got < 0)
		portdays_release(out);
	else if (out->row_count > 1)
		qsort(out->rows, out->row_count, sizeof(*out->rows),
		      by_service);
	return got;
}

void portdays_release(struct portdays *p)
{
	wordlist_release(&p->sensors);
	free(p->rows);
	*p = (struct portdays){0};
}
