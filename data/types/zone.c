#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "xalloc.h"
#include "zone.h"

#define ZONEINFO "/usr/share/zoneinfo/"

struct zone {
	char *name;
	bool utc;
	/* The day that was asked for last, and its instants (half-open). */
	int32_t day;
	int64_t start, end;
};

static bool is_known(const char *name)
{
	char magic[4] = "";
	FILE *in;
	char *path;
	bool known;

	if (*name == '\0' || *name == '/' || strstr(name, "..") != NULL)
		return false;
	path = xalloc_printf(ZONEINFO "%s", name);
	in = fopen(path, "re");
	free(path);
	if (in == NULL)
		return false;
	/* Directories and lists of zones lie there too. */
	known = fread(magic, 1, 4, in) == 4 && memcmp(magic, "TZif", 4) == 0;
	fclose(in);
	return known;
}

struct zone *zone_open(const char *name)
{
	struct zone *z;
	bool utc = strcmp(name, "UTC") == 0;

	if (!utc && !is_known(name))
		return NULL;
	z = xalloc_zero(1, sizeof(*z));
	z->name = xalloc_string(name);
	z->utc = utc;
	return z;
}

void zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	free(z->name);
	free(z);
}

const char *zone_name(const struct zone *z)
{
	return z->name;
}

static void select_zone(const struct zone *z)
{
	const char *now = getenv("TZ");

	if (now == NULL || strcmp(now, z->name) != 0) {
		setenv("TZ", z->name, 1);
		tzset();
	}
}

int64_t zone_day_start(struct zone *z, int32_t day)
{
	struct civil c = civil_from_day(day);
	struct tm tm = {.tm_year = c.year - 1900,
			.tm_mon = c.month - 1,
			.tm_mday = c.day,
			.tm_isdst = -1};
	int64_t t;

	if (z->utc)
		return (int64_t)day * 86400;
	select_zone(z);
	t = mktime(&tm);
	/* Where midnight does not exist (clocks go forward at 00:00), mktime
	 * may answer an instant of the day before: the day then starts with
	 * the first instant that is in it. */
	while (tm.tm_mday != c.day) {
		t += 900;
		tm = zone_clock(z, t);
	}
	return t;
}

int32_t zone_day(struct zone *z, int64_t seconds)
{
	struct tm tm;

	if (z->utc)
		return (int32_t)((seconds - (seconds % 86400 + 86400) % 86400) /
				 86400);
	if (seconds >= z->start && seconds < z->end)
		return z->day;
	tm = zone_clock(z, seconds);
	z->day = civil_to_day(
	    (struct civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday});
	z->start = zone_day_start(z, z->day);
	z->end = zone_day_start(z, z->day + 1);
	return z->day;
}

struct tm zone_clock(struct zone *z, int64_t seconds)
{
	time_t t = seconds;
	struct tm tm;

	if (z->utc) {
		gmtime_r(&t, &tm);
	} else {
		select_zone(z);
		localtime_r(&t, &tm);
	}
	return tm;
}
