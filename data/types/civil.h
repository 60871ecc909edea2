/*
 * Days of the Gregorian calendar as numbers (0 = 1970-01-01), instants as
 * Unix seconds UTC, and the clock, which tests may stop.
 */
#ifndef MARTLET_CIVIL_H
#define MARTLET_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"

#define CIVIL_DAY_TEXT 11  /* "2013-06-30" and NUL */
#define CIVIL_TIME_TEXT 21 /* "2013-06-30T23:59:59Z" and NUL */

struct civil {
	int year;  /* 1..9999 */
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

int32_t civil_to_day(struct civil c);
struct civil civil_from_day(int32_t day);
int civil_month_length(int year, int month);
/** 1 = Monday .. 7 = Sunday, as in ISO 8601. */
int civil_weekday(int32_t day);

/** civil_parse_day: Strictly YYYY-MM-DD. */
bool civil_parse_day(const char *text, int32_t *day) WARN_UNUSED;
/** @out: CIVIL_DAY_TEXT bytes. Returns out. */
const char *civil_format_day(int32_t day, char *out);

/**
 * civil_parse_time: ISO 8601 date and time, "T" or one space between them,
 * seconds and their fraction optional (dropped), then "Z", an offset such
 * as +09:00 or +0900, or nothing, which means UTC.
 */
bool civil_parse_time(const char *text, int64_t *seconds) WARN_UNUSED;
/** Always UTC with "Z". @out: CIVIL_TIME_TEXT bytes. Returns out. */
const char *civil_format_time(int64_t seconds, char *out);

/**
 * civil_now: Unix seconds; MARTLET_NOW (ISO 8601) replaces the clock.
 * civil_set_now checks that variable at the start of the program and logs
 * when it cannot be read.
 */
int civil_set_now(void) WARN_UNUSED;
int64_t civil_now(void);
/** The same in milliseconds; with MARTLET_NOW the stopped instant. */
int64_t civil_now_ms(void);

#endif
