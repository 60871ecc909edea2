#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "log.h"
#include "str.h"
#include "period.h"

static int32_t day_of(int year, int month, int day)
{
	return civil_to_day((struct civil){year, month, day});
}

/* The days from the first of a month on, for a number of months. */
static void set_months(struct period *p, int year, int month, int count)
{
	int end = month - 1 + count;

	p->first = day_of(year, month, 1);
	p->last = day_of(year + end / 12, end % 12 + 1, 1) - 1;
}

/* Monday of ISO week 1: the week that holds 4 January. */
static int32_t first_monday(int year)
{
	int32_t fourth = day_of(year, 1, 4);

	return fourth - civil_weekday(fourth) + 1;
}

static bool set_week(struct period *p, int year, int week)
{
	p->first = first_monday(year) + (week - 1) * 7;
	p->last = p->first + 6;
	return p->first < first_monday(year + 1);
}

static bool set_days(struct period *p, const char *text)
{
	char first[CIVIL_DAY_TEXT];

	if (strlen(text) != 22 || strncmp(text + 10, "..", 2) != 0)
		return false;
	memcpy(first, text, 10);
	first[10] = '\0';
	return civil_parse_day(first, &p->first) &&
	       civil_parse_day(text + 12, &p->last) && p->first <= p->last;
}

static bool year_is_sane(int year)
{
	return year >= 1970 && year <= 9000;
}

bool period_parse(const char *text, struct period *out)
{
	struct period p = {0};
	unsigned year, part;
	int end = 0;
	size_t len = strlen(text);

	if (len >= sizeof(p.text))
		return false;
	memcpy(p.text, text, len + 1);
	if (sscanf(text, "%4uQ%1u%n", &year, &part, &end) == 2 && end == 6) {
		p.kind = PERIOD_QUARTER;
		if (part < 1 || part > 4)
			return false;
		set_months(&p, (int)year, (int)part * 3 - 2, 3);
	} else if (sscanf(text, "FY%4u%n", &year, &end) == 1 && end == 6) {
		p.kind = PERIOD_FISCAL_YEAR;
		set_months(&p, (int)year, 4, 12);
	} else if (sscanf(text, "%4u-W%2u%n", &year, &part, &end) == 2 &&
		   end == 8) {
		p.kind = PERIOD_WEEK;
		if (part < 1 || !set_week(&p, (int)year, (int)part))
			return false;
	} else if (set_days(&p, text)) {
		p.kind = PERIOD_DAYS;
		end = (int)len;
		year = (unsigned)civil_from_day(p.first).year;
	} else if (len == 7 && text[4] == '-' &&
		   sscanf(text, "%4u-%2u%n", &year, &part, &end) == 2) {
		p.kind = PERIOD_MONTH;
		if (part < 1 || part > 12)
			return false;
		set_months(&p, (int)year, (int)part, 1);
	} else if (sscanf(text, "%4u%n", &year, &end) == 1 && end == 4) {
		p.kind = PERIOD_YEAR;
		set_months(&p, (int)year, 1, 12);
	} else {
		return false;
	}
	if ((size_t)end != len || strpbrk(text, " +\t") != NULL ||
	    !year_is_sane((int)year))
		return false;
	*out = p;
	return true;
}

int period_parse_argument(const char *text, struct period *out)
{
	if (period_parse(text, out))
		return 0;
	log_error("'%s' is not a period", text);
	log_hint("write 2025Q3, 2025, FY2024, 2025-07, 2025-W31 or "
		 "2025-07-01..2025-07-15");
	return -1;
}

static void write_text(struct period *p)
{
	struct civil c = civil_from_day(p->first);
	char first[CIVIL_DAY_TEXT], last[CIVIL_DAY_TEXT];
	unsigned year = (unsigned)c.year % 10000;

	switch (p->kind) {
	case PERIOD_QUARTER:
		snprintf(p->text, sizeof(p->text), "%04uQ%u", year,
			 (unsigned)(c.month + 2) / 3);
		break;
	case PERIOD_YEAR:
		snprintf(p->text, sizeof(p->text), "%04u", year);
		break;
	case PERIOD_FISCAL_YEAR:
		snprintf(p->text, sizeof(p->text), "FY%04u", year);
		break;
	case PERIOD_MONTH:
		snprintf(p->text, sizeof(p->text), "%04u-%02u", year,
			 (unsigned)c.month);
		break;
	case PERIOD_WEEK:
		/* The ISO year of a week is that of its Thursday. */
		c = civil_from_day(p->first + 3);
		snprintf(p->text, sizeof(p->text), "%04u-W%02u",
			 (unsigned)c.year % 10000,
			 (unsigned)((p->first - first_monday(c.year)) / 7 + 1));
		break;
	case PERIOD_DAYS:
		snprintf(p->text, sizeof(p->text), "%s..%s",
			 civil_format_day(p->first, first),
			 civil_format_day(p->last, last));
		break;
	}
}

/* Months in the kinds that are made of whole months; 0 for the others. */
static int months_in(enum period_kind kind)
{
	switch (kind) {
	case PERIOD_QUARTER:
		return 3;
	case PERIOD_YEAR:
	case PERIOD_FISCAL_YEAR:
		return 12;
	case PERIOD_MONTH:
		return 1;
	case PERIOD_WEEK:
	case PERIOD_DAYS:
		break;
	}
	return 0;
}

static struct period months_before(const struct period *p, int back)
{
	struct period q = *p;
	struct civil c = civil_from_day(p->first);
	int month = c.year * 12 + c.month - 1 - back;

	set_months(&q, month / 12, month % 12 + 1, months_in(p->kind));
	write_text(&q);
	return q;
}

struct period period_previous(const struct period *p)
{
	struct period q = *p;
	int32_t days = p->last - p->first + 1;

	if (months_in(p->kind) > 0)
		return months_before(p, months_in(p->kind));
	q.first -= days;
	q.last -= days;
	write_text(&q);
	return q;
}

static int32_t year_back(int32_t day)
{
	struct civil c = civil_from_day(day);

	c.year--;
	if (c.day > civil_month_length(c.year, c.month))
		c.day = civil_month_length(c.year, c.month);
	return civil_to_day(c);
}

struct period period_year_before(const struct period *p)
{
	struct period q = *p;

	if (months_in(p->kind) > 0)
		return months_before(p, 12);
	if (p->kind == PERIOD_WEEK) {
		int year = civil_from_day(p->first + 3).year;
		int week = (p->first - first_monday(year)) / 7 + 1;

		/* A year of 52 weeks has no 53rd: its last stands in. */
		if (!set_week(&q, year - 1, week))
			set_week(&q, year - 1, week - 1);
	} else {
		q.first = year_back(p->first);
		q.last = year_back(p->last);
	}
	write_text(&q);
	return q;
}

bool period_month(const struct period *p, int i, struct period_month *out)
{
	struct civil c = civil_from_day(p->first);
	int month = c.year * 12 + c.month - 1 + i;
	int32_t first, last;

	out->year = month / 12;
	out->month = month % 12 + 1;
	first = day_of(out->year, out->month, 1);
	last = first + civil_month_length(out->year, out->month) - 1;
	if (first > p->last)
		return false;
	out->first = first < p->first ? p->first : first;
	out->last = last > p->last ? p->last : last;
	out->partial = out->first != first || out->last != last;
	return true;
}
