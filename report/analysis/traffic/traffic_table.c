/*
 * Traffic as tables, for people and as CSV.
 */
#include <math.h>

#include "civil.h"
#include "str.h"
#include "traffic_table.h"

#define COLUMNS_MAX 100 /* of a terminal, for ranks side by side */

/* People get few digits and a dash for nothing; programs get all. */
static void add_real(struct table *table, double value, int digits, bool exact)
{
	if (isnan(value))
		table_text(table, exact ? "" : "-");
	else if (exact)
		table_printf(table, "%.12g", value);
	else
		table_printf(table, "%.*f", digits, value);
}

/* Of the calendar month. */
static bool has_all_days(const struct traffic_amount *a)
{
	struct civil last = civil_from_day(a->last);

	return civil_from_day(a->first).day == 1 &&
	       last.day == civil_month_length(last.year, last.month);
}

static void add_amount(struct table *table, const struct traffic_amount *a,
		       bool is_month, bool exact)
{
	const char *inferred = a->inferred ? ", inferred" : "";

	table_number(table, a->packets);
	add_real(table, a->sensor_days, 2, exact);
	add_real(table, a->per_sensor_day, 1, exact);
	table_number(table, a->sensors);
	if (exact) {
		table_text(table, a->partial ? "true" : "false");
		table_text(table, a->inferred ? "true" : "false");
	} else if (a->sensors == 0) {
		table_text(table, "no data");
	} else if (a->partial && is_month && !has_all_days(a)) {
		int first = civil_from_day(a->first).day;
		int last = civil_from_day(a->last).day;

		if (first == last)
			table_printf(table, "only day %d%s", first, inferred);
		else
			table_printf(table, "only days %d-%d%s", first, last,
				     inferred);
	} else if (a->partial) {
		table_printf(table, "partial%s", inferred);
	} else {
		table_text(table, a->inferred ? "inferred" : "");
	}
}

static struct table *new_table(const char *const *left,
			       const char *const *right)
{
	struct table *table = table_new();

	for (; *left != NULL; left++)
		table_column(table, *left, TABLE_LEFT);
	for (; *right != NULL; right++)
		table_column(table, *right, TABLE_RIGHT);
	return table;
}

static void add_span(struct table *table, const struct traffic *t,
		     const struct traffic_span *s, bool exact)
{
	for (size_t r = 0; r < t->region_count; r++) {
		const struct traffic_region *region = &t->regions[r];

		if (region->sensor_count == 0)
			continue;
		table_text(table, s->month ? s->text : "(period)");
		table_text(table, exact ? region->id : region->name_en);
		table_text(table, traffic_side_text(region->side));
		add_amount(table, &s->regions[r], s->month != 0, exact);
	}
	for (int i = 0; i < TRAFFIC_SIDES; i++) {
		if (!traffic_has_sensors(t, (enum traffic_side)i))
			continue;
		table_text(table, s->month ? s->text : "(period)");
		table_text(table, exact ? "" : "(all)");
		table_text(table, traffic_side_text((enum traffic_side)i));
		add_amount(table, &s->sides[i], s->month != 0, exact);
	}
}

struct table *traffic_table_months(const struct traffic *t, bool exact)
{
	static const char *const left[] = {"month", "region", "side", NULL};
	const char *const right[] = {t->unit, "sensor-days",
				     exact ? "per sensor-day" : "mean",
				     "sensors", NULL};
	struct table *table = new_table(left, right);

	table_column(table, exact ? "partial" : "note", TABLE_LEFT);
	if (exact)
		table_column(table, "inferred", TABLE_LEFT);
	for (size_t m = 0; m < t->month_count; m++)
		add_span(table, t, &t->months[m], exact);
	/* A program adds up itself. */
	if (t->month_count > 1 && !exact)
		add_span(table, t, &t->whole, exact);
	return table;
}

static void add_place(struct table *table, const struct traffic_place *p)
{
	if (p->known && p->rank > 0)
		table_number(table, p->rank);
	else
		table_text(table, "");
	if (p->known)
		table_number(table, p->packets);
	else
		table_text(table, "");
}

static void add_rank(struct table *table, const struct traffic *t,
		     size_t sensor, const struct traffic_rank *r)
{
	const struct traffic_sensor *s = &t->sensors[sensor];
	char name[TRANSPORT_TEXT];

	table_text(table, s->id);
	table_text(table, s->label);
	table_text(table, t->regions[s->region].id);
	table_number(table, r->rank);
	table_number(table, r->port);
	table_text(table, transport_name(r->protocol, name));
	table_text(table, r->service);
	table_number(table, r->packets);
	add_real(table, r->share, 6, true);
	table_number(table, r->sources);
	for (int i = 0; t->compared && i < TRAFFIC_THENS; i++)
		add_place(table, &r->then[i]);
	if (t->left_out > 0)
		add_place(table, &r->with);
}

struct table *traffic_table_ranks(const struct traffic *t)
{
	static const char *const left[] = {"sensor", "label", "region", NULL};
	const char *const right[] = {"rank",  "port",  "transport", "service",
				     t->unit, "share", "sources",   NULL};
	static const char *const then[] = {"previous rank", "previous packets",
					   "year-before rank",
					   "year-before packets", NULL};
	static const char *const with[] = {"rank with research",
					   "packets with research", NULL};
	struct table *table = new_table(left, right);

	for (int i = 0; t->compared && then[i] != NULL; i++)
		table_column(table, then[i], TABLE_RIGHT);
	for (int i = 0; t->left_out > 0 && with[i] != NULL; i++)
		table_column(table, with[i], TABLE_RIGHT);
	for (size_t s = 0; s < t->sensor_count; s++)
		for (size_t i = 0; i < t->ranks[s].count; i++)
			add_rank(table, t, s, &t->ranks[s].list[i]);
	return table;
}

struct table *traffic_table_changes(const struct traffic *t, bool exact)
{
	/* People read the earlier periods in the heading. */
	const char *const left[] = {"against", "of", exact ? "period" : NULL,
				    NULL};
	const char *const right[] = {exact ? "per sensor-day" : "mean",
				     "before", "change", NULL};
	struct table *table = new_table(left, right);

	table_column(table, "note", TABLE_LEFT);
	for (size_t i = 0; i < t->change_count; i++) {
		const struct traffic_change *c = &t->changes[i];
		enum traffic_side side = (enum traffic_side)c->index;

		table_text(table, c->against);
		table_text(table, c->is_side ? traffic_side_text(side)
					     : t->regions[c->index].name_en);
		if (exact)
			table_text(table, c->period);
		add_real(table, c->now.per_sensor_day, 1, exact);
		add_real(table, c->before.per_sensor_day, 1, exact);
		if (exact || isnan(c->change))
			add_real(table, c->change, 1, exact);
		else
			table_printf(table, "%+.1f%%", c->change * 100);
		table_text(table, isnan(c->before.per_sensor_day) ? "no data"
				  : c->now.partial || c->before.partial
				      ? "partial"
				      : "");
	}
	return table;
}

static size_t add_then(const struct traffic_place *p, const char *before,
		       char *out, size_t size)
{
	if (!p->known)
		return (size_t)snprintf(out, size, "%s-", before);
	if (p->rank == 0)
		return (size_t)snprintf(out, size, "%snew", before);
	return (size_t)snprintf(out, size, "%s%d", before, p->rank);
}

/* "23/TCP 40.2% 1/3": the rank before and a year before, - where there are
 * no data of the sensor, new where nothing came to the port. */
static size_t rank_cell(const struct traffic *t, const struct traffic_rank *r,
			char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "%s %.1f%%", r->service,
				      r->share * 100);

	if (!t->compared)
		return len;
	len += add_then(&r->then[TRAFFIC_PREVIOUS], " ", out + len, size - len);
	return len + add_then(&r->then[TRAFFIC_YEAR_BEFORE], "/", out + len,
			      size - len);
}

/* The columns that a sensor takes in the ranks side by side. */
static size_t rank_width(const struct traffic *t, size_t sensor)
{
	size_t width = str_columns(t->sensors[sensor].label);
	char cell[80];

	for (size_t i = 0; i < t->ranks[sensor].count; i++) {
		const struct traffic_rank *r = &t->ranks[sensor].list[i];
		size_t len = rank_cell(t, r, cell, sizeof(cell));

		if (len > width)
			width = len;
	}
	return width + 2;
}

static void print_ranks_of(const struct traffic *t, size_t from, size_t to,
			   FILE *out)
{
	struct table *table = table_new();
	size_t longest = 0;
	char cell[80];

	table_column(table, "#", TABLE_RIGHT);
	for (size_t s = from; s < to; s++) {
		table_column(table, t->sensors[s].label, TABLE_LEFT);
		if (t->ranks[s].count > longest)
			longest = t->ranks[s].count;
	}
	for (size_t i = 0; i < longest; i++) {
		table_number(table, (int64_t)i + 1);
		for (size_t s = from; s < to; s++) {
			const struct traffic_ranks *r = &t->ranks[s];

			cell[0] = '\0';
			if (i < r->count)
				rank_cell(t, &r->list[i], cell, sizeof(cell));
			table_text(table, cell);
		}
	}
	table_print(table, out);
	table_free(table);
}

/* Sensors side by side, as many as fit. */
static void print_ranks(const struct traffic *t, FILE *out)
{
	size_t from = 0, to, width;

	while (from < t->sensor_count) {
		width = 4;
		for (to = from; to < t->sensor_count; to++) {
			width += rank_width(t, to);
			if (width > COLUMNS_MAX && to > from)
				break;
		}
		print_ranks_of(t, from, to, out);
		from = to;
		if (from < t->sensor_count)
			fputc('\n', out);
	}
}

static void print_section(struct table *table, FILE *out)
{
	table_print(table, out);
	table_free(table);
}

void traffic_table_print_months(const struct traffic *t, FILE *out)
{
	fprintf(out,
		"%s: %s by month and region%s\n"
		"mean: %s per sensor and day\n\n",
		t->period.text, t->unit,
		t->scanning_only ? ", without backscatter"
				 : ", backscatter included",
		t->unit);
	print_section(traffic_table_months(t, false), out);
}

void traffic_table_print_ranks(const struct traffic *t, FILE *out)
{
	fprintf(out, "Ports with most %s, and their share, by sensor", t->unit);
	if (t->left_out > 0)
		fprintf(out, ",\nwithout %zu research scanner%s", t->left_out,
			t->left_out == 1 ? "" : "s");
	if (t->compared)
		fprintf(out, ";\nrank in %s / %s, - without data of it",
			traffic_then_period(t, TRAFFIC_PREVIOUS).text,
			traffic_then_period(t, TRAFFIC_YEAR_BEFORE).text);
	fputs("\n\n", out);
	print_ranks(t, out);
}

void traffic_table_print_changes(const struct traffic *t, FILE *out)
{
	struct period previous = period_previous(&t->period);
	struct period year = period_year_before(&t->period);

	fprintf(out, "Changes of the mean\nprevious: %s, year before: %s\n\n",
		previous.text, year.text);
	print_section(traffic_table_changes(t, false), out);
}
