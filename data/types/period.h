/*
 * Periods: whole days of the sensor network's zone, written 2025Q3, 2025,
 * FY2024 (April to March), 2025-07, 2025-W31 (ISO week, Monday first) or
 * 2025-07-01..2025-07-15.
 */
#ifndef MARTLET_PERIOD_H
#define MARTLET_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"

#define PERIOD_TEXT 24 /* "2025-07-01..2025-07-15" and NUL */

enum period_kind {
	PERIOD_QUARTER,
	PERIOD_YEAR,
	PERIOD_FISCAL_YEAR,
	PERIOD_MONTH,
	PERIOD_WEEK,
	PERIOD_DAYS,
};

struct period {
	enum period_kind kind;
	int32_t first, last;    /* days (civil.h), both inside */
	char text[PERIOD_TEXT]; /* as above; also a name for files */
};

/** A calendar month, clipped to a period. */
struct period_month {
	int year, month;
	int32_t first, last;
	bool partial; /* the period has not all of it */
};

/** period_parse: Logs nothing; false when text is no period. */
bool period_parse(const char *text, struct period *out) WARN_UNUSED;

/** period_parse_argument: The same, and logs what a period looks like. */
int period_parse_argument(const char *text, struct period *out) WARN_UNUSED;

/** The period of equal kind before it; for DATE..DATE as many days before. */
struct period period_previous(const struct period *p);
/** The same period a year earlier; a week by its number. */
struct period period_year_before(const struct period *p);

/** period_month: The i-th month (from 0); false past the last. */
bool period_month(const struct period *p, int i, struct period_month *out);

#endif
