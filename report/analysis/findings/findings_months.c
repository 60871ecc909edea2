/*
 * How the months of one side moved. A month that lacks days, because the
 * period or the data begin or end in it, is no rise and no fall: it is left
 * out and the sentence says so. A change of the pooled mean counts only when
 * the sensors that ran in both months moved alike: else it is the set of
 * sensors that changed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "findings_numbers.h"
#include "findings_traffic.h"
#include "findings_words.h"

#define SILENT_NAMED_MAX 6 /* months without data that are named */
#define RUNS_TOLD_MAX 5    /* ups and downs that a reader can follow */

enum movement { LEVEL, RISE, FALL, SLIGHT_RISE, SLIGHT_FALL, MIXED };

static const struct {
	const char *en, *and_ja, *end_ja;
} verbs[] = {
    [LEVEL] = {"stayed about level", "ほぼ横ばいで推移し",
	       "ほぼ横ばいで推移しました"},
    [RISE] = {"rose", "増加し", "増加しました"},
    [FALL] = {"fell", "減少し", "減少しました"},
    [SLIGHT_RISE] = {"rose slightly", "わずかに増加し", "わずかに増加しました"},
    [SLIGHT_FALL] = {"fell slightly", "わずかに減少し", "わずかに減少しました"},
    [MIXED] = {"changed with the set of running sensors",
	       "稼働センサーの入れ替わりとともに変化し",
	       "稼働センサーの入れ替わりとともに変化しました"},
};

/* Months in a row with one movement, as indices into usable. */
struct run {
	size_t from, to;
	enum movement movement;
};

struct months {
	const struct traffic *t;
	enum traffic_side side;
	const struct traffic_span **usable;
	size_t usable_count;
	struct run *runs;
	size_t run_count;
};

static const struct traffic_amount *amount(const struct months *m, size_t i)
{
	return &m->usable[i]->sides[m->side];
}

static double mean(const struct months *m, size_t i)
{
	return amount(m, i)->per_sensor_day;
}

static bool is_usable(const struct traffic_span *month, enum traffic_side side)
{
	const struct traffic_amount *a = &month->sides[side];

	return a->sensors > 0 && !month->clipped && a->cut < a->sensors;
}

static bool ran_through(const struct traffic_amount *a)
{
	return a->sensors > 0 && a->cut == 0;
}

/* The pooled means of those sensors that ran through both months; NaN when
 * there are none. */
static void matched_means(const struct months *m, size_t i, double *before,
			  double *now)
{
	const struct traffic_span *a = m->usable[i - 1], *b = m->usable[i];
	double packets[2] = {0}, days[2] = {0};

	for (size_t s = 0; s < m->t->sensor_count; s++) {
		size_t region = m->t->sensors[s].region;

		if (m->t->regions[region].side != m->side ||
		    !ran_through(&a->sensors[s]) ||
		    !ran_through(&b->sensors[s]))
			continue;
		packets[0] += (double)a->sensors[s].packets;
		packets[1] += (double)b->sensors[s].packets;
		days[0] += a->sensors[s].sensor_days;
		days[1] += b->sensors[s].sensor_days;
	}
	*before = days[0] > 0 ? packets[0] / days[0] : NAN;
	*now = days[1] > 0 ? packets[1] / days[1] : NAN;
}

static enum movement step(const struct months *m, size_t i)
{
	static const enum movement movements[] = {FALL, LEVEL, RISE};
	int pooled = findings_words_direction(mean(m, i), mean(m, i - 1));
	double before, now;

	matched_means(m, i, &before, &now);
	if (isnan(before) || isnan(now) ||
	    findings_words_direction(now, before) != pooled)
		return MIXED;
	return movements[pooled + 1];
}

/* Many small steps may together be one worth saying. */
static void judge_level(const struct months *m, struct run *r)
{
	if (r->movement != LEVEL)
		return;
	switch (findings_words_direction(mean(m, r->to), mean(m, r->from))) {
	case 1:
		r->movement = SLIGHT_RISE;
		break;
	case -1:
		r->movement = SLIGHT_FALL;
		break;
	default:
		break;
	}
}

static void make_runs(struct months *m)
{
	m->runs = xalloc_zero(m->usable_count, sizeof(*m->runs));
	for (size_t i = 1; i < m->usable_count; i++) {
		enum movement now = step(m, i);
		struct run *last =
		    m->run_count > 0 ? &m->runs[m->run_count - 1] : NULL;

		if (last != NULL && last->movement == now)
			last->to = i;
		else
			m->runs[m->run_count++] = (struct run){i - 1, i, now};
	}
	for (size_t i = 0; i < m->run_count; i++)
		judge_level(m, &m->runs[i]);
}

static void say_month(struct findings_words *w, const struct months *m,
		      size_t i)
{
	findings_words_month(w, m->usable[i]);
	findings_words_say(w, " (", "（");
	findings_words_mean(w, mean(m, i));
	findings_words_say(w, ")", "）");
}

static void say_subject(struct findings_words *w, const struct months *m)
{
	findings_words_say(w, "For ", "");
	findings_words_side(w, m->side);
	findings_words_say(w, ", the average number of ", "が受信した");
	findings_words_unit(w);
	findings_words_say(w, " per sensor and day ",
			   "数（センサー1台1日あたりの平均）は、");
}

/* "479.6 in April" */
static void say_in_month(struct findings_words *w, const struct months *m,
			 size_t i)
{
	findings_words_mean(w, mean(m, i));
	buf_add_string(&w->buf, " in ");
	findings_words_month(w, m->usable[i]);
}

static void say_runs_en(struct findings_words *w, const struct months *m)
{
	for (size_t i = 0; i < m->run_count; i++) {
		const struct run *r = &m->runs[i];
		bool level = i > 0 && r->movement == LEVEL;

		if (i > 0)
			buf_add_string(&w->buf, i + 1 == m->run_count
						    ? ", and then "
						    : ", then ");
		buf_add_string(&w->buf, verbs[r->movement].en);
		if (i == 0) {
			buf_add_string(&w->buf, " from ");
			say_in_month(w, m, r->from);
		}
		buf_add_string(&w->buf, level ? " (" : " to ");
		say_in_month(w, m, r->to);
		if (level)
			buf_add_char(&w->buf, ')');
	}
	buf_add_char(&w->buf, '.');
}

static void say_runs_ja(struct findings_words *w, const struct months *m)
{
	for (size_t i = 0; i < m->run_count; i++) {
		const struct run *r = &m->runs[i];
		bool last = i + 1 == m->run_count;

		if (i == 0) {
			say_month(w, m, r->from);
			buf_add_string(&w->buf, "から");
		}
		say_month(w, m, r->to);
		buf_add_string(&w->buf, "にかけて");
		buf_add_string(&w->buf, last ? verbs[r->movement].end_ja
					     : verbs[r->movement].and_ja);
		buf_add_string(&w->buf, last                    ? "。"
					: i + 2 == m->run_count ? "、その後"
								: "、");
	}
}

/* Whether there are too many ups and downs to tell each. */
static bool is_restless(const struct months *m)
{
	bool rose = false, fell = false;

	for (size_t i = 0; i < m->run_count; i++) {
		rose |= m->runs[i].movement == RISE;
		fell |= m->runs[i].movement == FALL;
	}
	return rose && fell && m->run_count > RUNS_TOLD_MAX;
}

/* The ends and the lowest; the highest follows anyway. */
static void say_summary(struct findings_words *w, const struct months *m)
{
	size_t last = m->usable_count - 1, low = 0;

	for (size_t i = 1; i <= last; i++)
		low = mean(m, i) < mean(m, low) ? i : low;
	if (w->language == FINDINGS_EN) {
		buf_add_string(&w->buf, "moved up and down from ");
		say_in_month(w, m, 0);
		buf_add_string(&w->buf, " to ");
		say_in_month(w, m, last);
		buf_add_string(&w->buf, "; the lowest was ");
		say_in_month(w, m, low);
		buf_add_char(&w->buf, '.');
		return;
	}
	say_month(w, m, 0);
	buf_add_string(&w->buf, "から");
	say_month(w, m, last);
	buf_add_string(&w->buf, "まで増減を繰り返し、最も少なかったのは");
	say_month(w, m, low);
	buf_add_string(&w->buf, "でした。");
}

/* The months that come within the least effect of the highest. */
static void say_peak(struct findings_words *w, const struct months *m)
{
	double top = 0;
	size_t near = 0, said = 0;

	for (size_t i = 0; i < m->usable_count; i++)
		top = fmax(top, mean(m, i));
	for (size_t i = 0; i < m->usable_count; i++)
		near += findings_words_direction(top, mean(m, i)) == 0;
	if (near == m->usable_count)
		return;
	findings_words_say(w, " It was highest in ", "最も多かったのは");
	for (size_t i = 0; i < m->usable_count; i++) {
		if (findings_words_direction(top, mean(m, i)) != 0)
			continue;
		findings_words_join(w, said++, near);
		findings_words_month(w, m->usable[i]);
	}
	findings_words_say(w, near > 1 ? ", with little between them." : ".",
			   near > 1 ? "で、その差はわずかでした。"
				    : "でした。");
}

static void say_only(struct findings_words *w, const struct months *m)
{
	findings_words_say(w, "For ", "");
	findings_words_side(w, m->side);
	if (m->usable_count == 0) {
		findings_words_say(w,
				   ", no month has whole data, so the "
				   "months are not compared.",
				   "には、データのそろった月がないため、"
				   "月ごとの比較はできません。");
		return;
	}
	findings_words_say(w, ", only ", "でデータがそろっているのは");
	say_month(w, m, 0);
	findings_words_say(w,
			   " has whole data, so the months are not compared.",
			   "だけのため、月ごとの比較はできません。");
}

static bool is_silent(const struct months *m, size_t month)
{
	return m->t->months[month].sides[m->side].sensors == 0;
}

static void say_silent(struct findings_words *w, const struct months *m)
{
	size_t count = 0, said = 0;

	for (size_t i = 0; i < m->t->month_count; i++)
		count += is_silent(m, i);
	if (count == 0)
		return;
	if (count > SILENT_NAMED_MAX) {
		buf_printf(&w->buf,
			   w->language == FINDINGS_EN
			       ? " There are no data for %zu other months."
			       : "ほかの%zuか月のデータはありません。",
			   count);
		return;
	}
	findings_words_say(w, " There are no data for ", "");
	for (size_t i = 0; i < m->t->month_count; i++) {
		if (!is_silent(m, i))
			continue;
		findings_words_join(w, said++, count);
		findings_words_month(w, &m->t->months[i]);
	}
	findings_words_say(w, ".", "のデータはありません。");
}

/* Either the period or the data have not all of the month. */
static void say_left_out(struct findings_words *w,
			 const struct traffic_span *month,
			 const struct traffic_amount *a)
{
	bool whole = a->first == month->first && a->last == month->last;

	findings_words_say(w, " ", "");
	findings_words_month(w, month);
	if (whole)
		findings_words_say(w,
				   " is left out, because the period has only ",
				   "は期間に");
	else
		findings_words_say(w,
				   " is left out, because its data cover only ",
				   "はデータが");
	findings_words_days(w, a->first, a->last);
	if (whole)
		findings_words_say(w, " of it.",
				   "しか含まれないため、比較から除きました。");
	else
		findings_words_say(w, ".",
				   a->first == a->last
				       ? "だけのため、比較から除きました。"
				       : "のため、比較から除きました。");
}

static void say_cut(struct findings_words *w, const struct traffic_span *month,
		    const struct traffic_amount *a)
{
	findings_words_say(w, " In ", "");
	findings_words_month(w, month);
	if (w->language == FINDINGS_EN)
		buf_printf(&w->buf,
			   ", %d of the %d sensors ran only for a part of the "
			   "month.",
			   a->cut, a->sensors);
	else
		buf_printf(&w->buf,
			   "は、%d台のうち%d台が月の一部だけ稼働しました。",
			   a->sensors, a->cut);
}

/* A month that the period has not all of is left out on both sides: the
 * sentence on the home side, which comes first, has said so. */
static bool is_said_of_home(const struct months *m,
			    const struct traffic_span *month)
{
	const struct traffic_amount *home = &month->sides[TRAFFIC_HOME];

	return m->side == TRAFFIC_ABROAD && month->clipped &&
	       home->sensors > 0 && home->first == month->first &&
	       home->last == month->last;
}

/* Why months are not in the comparison, and what to know of those that
 * are. */
static void say_reserves(struct findings_words *w, const struct months *m)
{
	say_silent(w, m);
	for (size_t i = 0; i < m->t->month_count; i++) {
		const struct traffic_span *month = &m->t->months[i];
		const struct traffic_amount *a = &month->sides[m->side];

		if (a->sensors == 0)
			continue;
		if (!is_usable(month, m->side)) {
			if (!is_said_of_home(m, month))
				say_left_out(w, month, a);
		} else if (a->cut > 0) {
			say_cut(w, month, a);
		}
	}
}

static char *months_text(const struct months *m,
			 enum findings_language language)
{
	struct findings_words w;

	findings_words_init(&w, m->t, language);
	if (m->run_count == 0) {
		say_only(&w, m);
	} else {
		say_subject(&w, m);
		if (is_restless(m))
			say_summary(&w, m);
		else if (language == FINDINGS_EN)
			say_runs_en(&w, m);
		else
			say_runs_ja(&w, m);
		say_peak(&w, m);
	}
	say_reserves(&w, m);
	return findings_words_take(&w);
}

static int add_numbers(struct finding *f, const struct months *m,
		       struct sensordb *db)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->usable_count; i++) {
		const struct traffic_span *month = m->usable[i];
		char *name =
		    xalloc_printf("%s_%04d_%02d", traffic_side_text(m->side),
				  month->year, month->month);
		struct findings_amount of = {name, m->side, month->first,
					     month->last, amount(m, i)};

		rc = findings_numbers_mean(f, m->t, db, &of);
		free(name);
	}
	return rc;
}

/* A week or some days have no month to compare. */
static bool has_whole_month(const struct traffic *t)
{
	for (size_t i = 0; i < t->month_count; i++)
		if (!t->months[i].clipped)
			return true;
	return false;
}

static int find_side(struct findings *f, const struct traffic *t,
		     struct sensordb *db, enum traffic_side side)
{
	struct months m = {.t = t, .side = side};
	struct finding *added;
	int rc;

	if (t->month_count < 2 || !has_whole_month(t) ||
	    t->whole.sides[side].sensors == 0)
		return 0;
	m.usable = xalloc_zero(t->month_count, sizeof(*m.usable));
	for (size_t i = 0; i < t->month_count; i++)
		if (is_usable(&t->months[i], side))
			m.usable[m.usable_count++] = &t->months[i];
	make_runs(&m);
	added = findings_add(f, &t->period, FINDING_KIND_MONTHLY_MOVEMENT,
			     traffic_side_text(side));
	added->text_en = months_text(&m, FINDINGS_EN);
	added->text_ja = months_text(&m, FINDINGS_JA);
	rc = add_numbers(added, &m, db);
	free(m.usable);
	free(m.runs);
	return rc;
}

int findings_months_find(struct findings *f, const struct traffic *t,
			 struct sensordb *db)
{
	if (find_side(f, t, db, TRAFFIC_HOME) < 0)
		return -1;
	return find_side(f, t, db, TRAFFIC_ABROAD);
}
