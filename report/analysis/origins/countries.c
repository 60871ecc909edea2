#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "countries.h"

#define KEYS (26 * 26 + 1)
#define UNKNOWN (KEYS - 1)

uint32_t countries_key(const char *code)
{
	if (code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z')
		return UNKNOWN;
	return (uint32_t)(code[0] - 'A') * 26 + (uint32_t)(code[1] - 'A');
}

const char *countries_code(uint32_t key, char *out)
{
	if (key >= UNKNOWN)
		out[0] = '\0';
	else {
		out[0] = (char)('A' + key / 26);
		out[1] = (char)('A' + key % 26);
	}
	out[2] = '\0';
	return out;
}

/* Each source counts once a day, and once with each signature. */
struct counting {
	const struct sourcedays *s;
	const struct traffic *t;
	struct country *keys; /* by key */
	size_t days;
	uint32_t *order; /* rows by source, then day */
};

static struct country *country_of(const struct counting *c, uint32_t source)
{
	return &c->keys[countries_key(c->s->sources[source].country)];
}

static const struct sourcedays_row *sorting;

static int by_source_and_day(const void *a, const void *b)
{
	const struct sourcedays_row *x = &sorting[*(const uint32_t *)a];
	const struct sourcedays_row *y = &sorting[*(const uint32_t *)b];

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->day > y->day) - (x->day < y->day);
}

static void count_rows(struct counting *c)
{
	const struct sourcedays *s = c->s;
	const struct sourcedays_row *last = NULL;

	c->order = xalloc_zero(s->row_count + 1, sizeof(*c->order));
	for (size_t i = 0; i < s->row_count; i++)
		c->order[i] = (uint32_t)i;
	sorting = s->rows;
	qsort(c->order, s->row_count, sizeof(*c->order), by_source_and_day);
	for (size_t i = 0; i < s->row_count; i++) {
		const struct sourcedays_row *r = &s->rows[c->order[i]];
		size_t at =
		    traffic_find_sensor(c->t, s->sensors.words[r->sensor]);
		struct country *country = country_of(c, r->source);
		struct country_day *day =
		    &country->days[r->day - s->period.first];

		country->packets += r->packets;
		if (at < c->t->sensor_count)
			country->sides[c->t->regions[c->t->sensors[at].region]
					   .side] += r->packets;
		day->packets += r->packets;
		country->sources += last == NULL || last->source != r->source;
		day->sources += last == NULL || last->source != r->source ||
				last->day != r->day;
		last = r;
	}
}

/* Marks in the same order, so that each source counts once. */
struct mark {
	uint32_t source;
	int32_t day;
	enum signature signature;
	int64_t packets;
};

static int by_mark(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->signature != y->signature)
		return x->signature < y->signature ? -1 : 1;
	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->day > y->day) - (x->day < y->day);
}

static void count_marks(struct counting *c)
{
	const struct sourcedays *s = c->s;
	struct mark *marks = xalloc_zero(s->mark_count + 1, sizeof(*marks));
	const struct mark *last = NULL;

	for (size_t i = 0; i < s->mark_count; i++) {
		const struct sourcedays_row *r = &s->rows[s->marks[i].row];

		marks[i] =
		    (struct mark){r->source, r->day, s->marks[i].signature,
				  s->marks[i].packets};
	}
	qsort(marks, s->mark_count, sizeof(*marks), by_mark);
	for (size_t i = 0; i < s->mark_count; i++) {
		const struct mark *m = &marks[i];
		struct country *country = country_of(c, m->source);
		bool same = last != NULL && last->signature == m->signature &&
			    last->source == m->source;

		country->signatures[m->signature] += m->packets;
		country->signature_sources[m->signature] += !same;
		if (m->signature == SIGNATURE_MIRAI)
			country->days[m->day - s->period.first].mirai +=
			    !same || last->day != m->day;
		last = m;
	}
	free(marks);
}

static int by_sources(const void *a, const void *b)
{
	const struct country *x = a, *y = b;

	if (x->sources != y->sources)
		return x->sources > y->sources ? -1 : 1;
	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	return strcmp(x->code, y->code);
}

static void take(struct counting *c, struct countries *out)
{
	int64_t all = 0;

	for (uint32_t k = 0; k < KEYS; k++)
		all += c->keys[k].packets;
	out->list = xalloc_zero(KEYS, sizeof(*out->list));
	for (uint32_t k = 0; k < KEYS; k++) {
		struct country *country = &c->keys[k];

		if (country->sources == 0) {
			free(country->days);
			continue;
		}
		countries_code(k, country->code);
		country->share =
		    all > 0 ? (double)country->packets / (double)all : 0;
		out->list[out->count++] = *country;
	}
	qsort(out->list, out->count, sizeof(*out->list), by_sources);
}

void countries_make(const struct sourcedays *s, const struct traffic *t,
		    struct countries *out)
{
	struct counting c = {.s = s, .t = t, .days = t->day_count};

	*out = (struct countries){.day_count = c.days};
	out->ran = xalloc_zero(c.days + 1, sizeof(*out->ran));
	for (size_t i = 0; i < t->sensor_count * c.days; i++)
		if (t->cells[i].up > 0)
			out->ran[i % c.days] = true;
	c.keys = xalloc_zero(KEYS, sizeof(*c.keys));
	for (uint32_t k = 0; k < KEYS; k++)
		c.keys[k].days =
		    xalloc_zero(c.days + 1, sizeof(struct country_day));
	count_rows(&c);
	count_marks(&c);
	take(&c, out);
	free(c.order);
	free(c.keys);
}

void countries_release(struct countries *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->list[i].days);
	free(c->list);
	free(c->ran);
	*c = (struct countries){0};
}

size_t countries_amounts(const struct countries *c, struct mover_amount **out)
{
	*out = xalloc_zero(c->count + 1, sizeof(**out));
	for (size_t i = 0; i < c->count; i++) {
		(*out)[i].key = countries_key(c->list[i].code);
		memcpy((*out)[i].sides, c->list[i].sides,
		       sizeof((*out)[i].sides));
	}
	return c->count;
}
