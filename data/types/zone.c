#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "xalloc.h"
#include "zone.h"

#define ZONEINFO "/usr/share/zoneinfo/"
#define SECONDS 86400   /* of a day without a change of clocks */
#define FARTHEST 108000 /* seconds from noon UTC to a start of that day */

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

/* The day that the zone's clock shows at an instant. */
static int32_t clock_day(const struct zone *z, int64_t seconds)
{
	time_t t = seconds;
	struct tm tm;

	select_zone(z);
	localtime_r(&t, &tm);
	return civil_to_day(
	    (struct civil){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday});
}

/* The first instant whose clock shows the day or a later one: clocks that
 * go back at midnight show it twice, clocks that go forward may not show it
 * (Havana, Sao Paulo), and a zone that changes sides of the date line has
 * days that never are (Apia 2011-12-30): those are empty. */
static int64_t search_day_start(const struct zone *z, int32_t day)
{
	int64_t noon = (int64_t)day * SECONDS + SECONDS / 2;
	int64_t before = noon - FARTHEST, start = noon + FARTHEST;

	while (start - before > 1) {
		int64_t middle = before + (start - before) / 2;

		if (clock_day(z, middle) >= day)
			start = middle;
		else
			before = middle;
	}
	return start;
}

int64_t zone_day_start(struct zone *z, int32_t day)
{
	int64_t guess = (int64_t)day * SECONDS;
	time_t t = guess;
	struct tm tm;

	if (z->utc)
		return guess;
	select_zone(z);
	localtime_r(&t, &tm);
	guess -= tm.tm_gmtoff;
	if (clock_day(z, guess) == day && clock_day(z, guess - 1) < day)
		return guess;
	return search_day_start(z, day);
}

int32_t zone_day(struct zone *z, int64_t seconds)
{
	if (z->utc)
		return (int32_t)((seconds -
				  (seconds % SECONDS + SECONDS) % SECONDS) /
				 SECONDS);
	if (seconds >= z->start && seconds < z->end)
		return z->day;
	z->day = clock_day(z, seconds);
	z->start = zone_day_start(z, z->day);
	z->end = zone_day_start(z, z->day + 1);
	/* Clocks that go back across midnight return to the day before: such
	 * instants belong where the starts of the days put them. */
	while (seconds >= z->end) {
		z->start = z->end;
		z->end = zone_day_start(z, ++z->day + 1);
	}
	while (seconds < z->start) {
		z->end = z->start;
		z->start = zone_day_start(z, --z->day);
	}
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
