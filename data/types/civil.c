#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "civil.h"

static bool stopped;
static int64_t stopped_at;

/* Days from the civil calendar: years start in March here, so that the leap
 * day is the last of its year. Source: the proleptic Gregorian rules; the
 * 400-year cycle has 146,097 days. */
int32_t civil_to_day(struct civil c)
{
	int y = c.month <= 2 ? c.year - 1 : c.year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int of_era = y - era * 400;
	int of_year =
	    (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

struct civil civil_from_day(int32_t day)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	struct civil c;

	c.day = doy - (153 * mp + 2) / 5 + 1;
	c.month = mp < 10 ? mp + 3 : mp - 9;
	c.year = yoe + era * 400 + (c.month <= 2 ? 1 : 0);
	return c;
}

int civil_month_length(int year, int month)
{
	struct civil first = {year, month, 1};
	struct civil next = {month == 12 ? year + 1 : year,
			     month == 12 ? 1 : month + 1, 1};

	return civil_to_day(next) - civil_to_day(first);
}

int civil_weekday(int32_t day)
{
	return (int)(((int64_t)day % 7 + 7 + 3) % 7) + 1;
}

/* Reads exactly n digits; -1 when there are not that many. */
static int digits(const char **p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (!isdigit((unsigned char)**p))
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

static bool day_part(const char **p, int32_t *day)
{
	struct civil c;

	c.year = digits(p, 4);
	if (c.year < 1 || *(*p)++ != '-')
		return false;
	c.month = digits(p, 2);
	if (c.month < 1 || c.month > 12 || *(*p)++ != '-')
		return false;
	c.day = digits(p, 2);
	if (c.day < 1 || c.day > civil_month_length(c.year, c.month))
		return false;
	*day = civil_to_day(c);
	return true;
}

bool civil_parse_day(const char *text, int32_t *day)
{
	int32_t value;

	if (!day_part(&text, &value) || *text != '\0')
		return false;
	*day = value;
	return true;
}

const char *civil_format_day(int32_t day, char *out)
{
	struct civil c = civil_from_day(day);

	snprintf(out, CIVIL_DAY_TEXT, "%04u-%02u-%02u",
		 (unsigned)c.year % 10000, (unsigned)c.month % 100,
		 (unsigned)c.day % 100);
	return out;
}

/* "Z", "+09:00", "+0900", "+09" or nothing; seconds east of UTC. */
static bool zone_part(const char **p, int *offset)
{
	int sign, hours, minutes = 0;

	*offset = 0;
	if (**p == '\0')
		return true;
	if (**p == 'Z' || **p == 'z') {
		(*p)++;
		return true;
	}
	if (**p != '+' && **p != '-')
		return false;
	sign = *(*p)++ == '-' ? -1 : 1;
	hours = digits(p, 2);
	if (**p == ':')
		(*p)++;
	if (**p != '\0')
		minutes = digits(p, 2);
	if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59)
		return false;
	*offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool civil_parse_time(const char *text, int64_t *seconds)
{
	int32_t day;
	int h, m, s = 0, offset;

	if (!day_part(&text, &day) || (*text != 'T' && *text != ' '))
		return false;
	text++;
	h = digits(&text, 2);
	if (h < 0 || h > 23 || *text++ != ':')
		return false;
	m = digits(&text, 2);
	if (m < 0 || m > 59)
		return false;
	if (*text == ':') {
		text++;
		s = digits(&text, 2);
		/* 60 is a leap second: Unix time has none. */
		if (s < 0 || s > 60)
			return false;
		if (*text == '.' || *text == ',')
			for (text++; isdigit((unsigned char)*text);)
				text++;
	}
	if (!zone_part(&text, &offset) || *text != '\0')
		return false;
	*seconds = (int64_t)day * 86400 + h * 3600 + m * 60 + s - offset;
	return true;
}

const char *civil_format_time(int64_t seconds, char *out)
{
	int64_t day = seconds / 86400, rest = seconds % 86400;
	char date[CIVIL_DAY_TEXT];

	if (rest < 0) {
		rest += 86400;
		day--;
	}
	snprintf(out, CIVIL_TIME_TEXT, "%sT%02u:%02u:%02uZ",
		 civil_format_day((int32_t)day, date), (unsigned)(rest / 3600),
		 (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
	return out;
}

int civil_set_now(void)
{
	const char *text = getenv("MARTLET_NOW");

	if (text == NULL || *text == '\0')
		return 0;
	if (!civil_parse_time(text, &stopped_at)) {
		log_error("cannot read MARTLET_NOW '%s'", text);
		log_hint("write it as 2013-07-01T00:00:00Z, or unset it");
		return -1;
	}
	stopped = true;
	return 0;
}

int64_t civil_now_ms(void)
{
	struct timespec ts;

	if (stopped)
		return stopped_at * 1000;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t civil_now(void)
{
	return civil_now_ms() / 1000;
}
