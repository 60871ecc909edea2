#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "findings_traffic.h"
#include "findings_words.h"

static const char *const month_names[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

void findings_words_init(struct findings_words *w, const struct traffic *t,
			 enum findings_language language)
{
	buf_init(&w->buf, BUF_NO_LIMIT);
	w->language = language;
	w->t = t;
}

char *findings_words_take(struct findings_words *w)
{
	char *text = buf_detach(&w->buf);

	buf_release(&w->buf);
	return text;
}

void findings_words_say(struct findings_words *w, const char *en,
			const char *ja)
{
	buf_add_string(&w->buf, w->language == FINDINGS_EN ? en : ja);
}

void findings_words_mean(struct findings_words *w, double value)
{
	char digits[64];
	size_t whole;

	if (value > 0 && value < 1) {
		/* Two digits that count, and never an exponent. */
		if (value < 1e-4)
			buf_printf(&w->buf, "%.*f",
				   1 - (int)floor(log10(value)), value);
		else
			buf_printf(&w->buf, "%.2g", value);
		return;
	}
	snprintf(digits, sizeof(digits), "%.1f", value);
	whole = strcspn(digits, ".");
	for (size_t i = 0; digits[i] != '\0'; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			buf_add_char(&w->buf, ',');
		buf_add_char(&w->buf, digits[i]);
	}
}

void findings_words_unit(struct findings_words *w)
{
	bool flows = strcmp(w->t->unit, "flows") == 0;

	findings_words_say(w, flows ? "flows" : "packets",
			   flows ? "フロー" : "パケット");
}

static void add_place(struct findings_words *w, enum traffic_side side)
{
	const struct traffic_region *home = &w->t->regions[traffic_home(w->t)];

	if (side == TRAFFIC_ABROAD) {
		findings_words_say(w, "abroad", "海外");
		return;
	}
	/* Where importers put sensors that nobody placed yet. */
	if (strcmp(home->id, "unassigned") == 0) {
		findings_words_say(w, "at home", "国内");
		return;
	}
	findings_words_say(w, "in ", "");
	findings_words_say(w, home->name_en, home->name_ja);
}

void findings_words_side(struct findings_words *w, enum traffic_side side)
{
	findings_words_say(w, "sensors ", "");
	add_place(w, side);
	findings_words_say(w, "", "のセンサー");
}

void findings_words_those(struct findings_words *w, enum traffic_side side)
{
	findings_words_say(w, "those ", "");
	add_place(w, side);
	findings_words_say(w, "", "のセンサー");
}

void findings_words_single(struct findings_words *w, enum traffic_side side)
{
	findings_words_say(w, " Only one sensor ", "");
	add_place(w, side);
	findings_words_say(w, " is counted.", "のセンサーは1台のみです。");
}

void findings_words_month(struct findings_words *w,
			  const struct traffic_span *month)
{
	bool year = civil_from_day(w->t->period.first).year !=
		    civil_from_day(w->t->period.last).year;

	if (w->language == FINDINGS_EN) {
		buf_add_string(&w->buf, month_names[month->month - 1]);
		if (year)
			buf_printf(&w->buf, " %d", month->year);
		return;
	}
	if (year)
		buf_printf(&w->buf, "%d年", month->year);
	buf_printf(&w->buf, "%d月", month->month);
}

static void days_en(struct buf *b, struct civil f, struct civil l)
{
	bool same_year = f.year == l.year;

	buf_printf(b, "%d", f.day);
	if (!same_year || f.month != l.month)
		buf_printf(b, " %s", month_names[f.month - 1]);
	if (!same_year)
		buf_printf(b, " %d", f.year);
	if (!same_year || f.month != l.month || f.day != l.day)
		buf_printf(b, " to %d", l.day);
	buf_printf(b, " %s %d", month_names[l.month - 1], l.year);
}

static void days_ja(struct buf *b, struct civil f, struct civil l)
{
	buf_printf(b, "%d年%d月%d日", f.year, f.month, f.day);
	if (f.year == l.year && f.month == l.month && f.day == l.day)
		return;
	buf_add_string(b, "から");
	if (f.year != l.year)
		buf_printf(b, "%d年", l.year);
	if (f.year != l.year || f.month != l.month)
		buf_printf(b, "%d月", l.month);
	buf_printf(b, "%d日まで", l.day);
}

void findings_words_days(struct findings_words *w, int32_t first, int32_t last)
{
	struct civil f = civil_from_day(first), l = civil_from_day(last);

	if (w->language == FINDINGS_EN)
		days_en(&w->buf, f, l);
	else
		days_ja(&w->buf, f, l);
}

void findings_words_join(struct findings_words *w, size_t i, size_t count)
{
	if (i == 0)
		return;
	if (i + 1 == count)
		findings_words_say(w, " and ", "と");
	else
		findings_words_say(w, ", ", "、");
}

int findings_words_direction(double now, double before)
{
	double difference = now - before;

	if (fabs(difference) < FINDINGS_LEAST_EFFECT * before ||
	    difference == 0)
		return 0;
	return difference > 0 ? 1 : -1;
}

void findings_words_change(struct findings_words *w, double now, double before)
{
	double percent = before > 0 ? fabs(now / before - 1) * 100 : 0;
	bool en = w->language == FINDINGS_EN;

	switch (findings_words_direction(now, before)) {
	case 0:
		findings_words_say(w, "about as many", "ほぼ同程度");
		break;
	case -1:
		if (now > 0 && percent > 99)
			findings_words_say(w, "over 99% fewer", "99%超の減");
		else
			buf_printf(&w->buf, en ? "%.0f%% fewer" : "%.0f%%減",
				   percent);
		break;
	default:
		if (before <= 0)
			findings_words_say(w, "more", "増");
		else if (percent >= 100)
			buf_printf(&w->buf,
				   en ? "%.1f times as many" : "約%.1f倍",
				   now / before);
		else
			buf_printf(&w->buf, en ? "%.0f%% more" : "%.0f%%増",
				   percent);
	}
}

static bool is_cut_whole(const struct traffic_amount *a)
{
	return a != NULL && a->sensors > 0 && a->cut == a->sensors;
}

static void cover_days(struct findings_words *w, const struct traffic_amount *a)
{
	findings_words_say(w, " cover only ", "データは");
	findings_words_days(w, a->first, a->last);
	findings_words_say(w, ".",
			   a->first == a->last ? "だけです。" : "です。");
}

/* Both sides have the same days, not all of the period. */
static void cover_both(struct findings_words *w, const char *of,
		       const struct traffic_amount *a)
{
	findings_words_say(w, " The data", "");
	if (of != NULL) {
		findings_words_say(w, " of ", "");
		buf_add_string(&w->buf, of);
		findings_words_say(w, "", "の");
	}
	cover_days(w, a);
}

/* All sensors of the side began late or stopped early. */
static void cover_all(struct findings_words *w, const char *of,
		      enum traffic_side side, const struct traffic_amount *a)
{
	findings_words_say(w, " The data", "");
	if (of != NULL) {
		findings_words_say(w, " of ", "");
		buf_add_string(&w->buf, of);
		findings_words_say(w, "", "の");
	}
	findings_words_say(w, " from ", "");
	findings_words_side(w, side);
	findings_words_say(w, "", "の");
	cover_days(w, a);
}

static void cover_some(struct findings_words *w, const char *of,
		       enum traffic_side side, const struct traffic_amount *a)
{
	bool en = w->language == FINDINGS_EN;

	if (en) {
		buf_printf(&w->buf, " %d of the %d ", a->cut, a->sensors);
		findings_words_side(w, side);
		buf_printf(&w->buf, " ran only for a part of %s.",
			   of != NULL ? of : "the period");
		return;
	}
	findings_words_side(w, side);
	buf_printf(&w->buf, "%d台のうち%d台は、%sの一部だけ稼働していました。",
		   a->sensors, a->cut, of != NULL ? of : "期間");
}

void findings_words_cover(struct findings_words *w, const char *of,
			  const struct traffic_amount *home,
			  const struct traffic_amount *abroad)
{
	const struct traffic_amount *sides[] = {home, abroad};

	if (is_cut_whole(home) && is_cut_whole(abroad) &&
	    home->first == abroad->first && home->last == abroad->last) {
		cover_both(w, of, home);
		return;
	}
	for (size_t i = 0; i < TRAFFIC_SIDES; i++) {
		enum traffic_side side = (enum traffic_side)i;

		if (is_cut_whole(sides[i]))
			cover_all(w, of, side, sides[i]);
		else if (sides[i] != NULL && sides[i]->cut > 0)
			cover_some(w, of, side, sides[i]);
	}
}
