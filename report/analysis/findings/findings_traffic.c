#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "findings_numbers.h"
#include "findings_traffic.h"
#include "findings_words.h"

static bool has_mean(const struct traffic_amount *a)
{
	return !isnan(a->per_sensor_day);
}

static enum traffic_side other_side(enum traffic_side side)
{
	return side == TRAFFIC_HOME ? TRAFFIC_ABROAD : TRAFFIC_HOME;
}

/* --- which side received more */

/* @more: the side with the higher mean a; b is the other's. */
static void say_more(struct findings_words *w, enum traffic_side more, double a,
		     double b)
{
	findings_words_say(w, "On average, ", "センサー1台1日あたりの平均で、");
	findings_words_side(w, more);
	findings_words_say(w, " received more ", "は");
	if (w->language == FINDINGS_EN)
		findings_words_unit(w);
	findings_words_say(w, " than ", "");
	findings_words_those(w, other_side(more));
	findings_words_say(w, ": ", "より多くの");
	if (w->language == FINDINGS_JA) {
		findings_words_unit(w);
		buf_add_string(&w->buf, "を受信しました（");
	}
	findings_words_mean(w, a);
	findings_words_say(w, " per sensor and day, against ", "に対して");
	findings_words_mean(w, b);
	if (b > 0) {
		findings_words_say(w, " (", "、");
		findings_words_change(w, a, b);
		findings_words_say(w, ")", "");
	}
	findings_words_say(w, ".", "）。");
}

static void say_level(struct findings_words *w, double home, double abroad)
{
	findings_words_say(w, "On average, ", "センサー1台1日あたりの平均で、");
	findings_words_side(w, TRAFFIC_HOME);
	findings_words_say(w, " and ", "と");
	findings_words_those(w, TRAFFIC_ABROAD);
	findings_words_say(w, " received about as many ", "が受信した");
	findings_words_unit(w);
	findings_words_say(w, ": ", "数はほぼ同程度でした（それぞれ");
	findings_words_mean(w, home);
	findings_words_say(w, " and ", "と");
	findings_words_mean(w, abroad);
	findings_words_say(w, " per sensor and day.", "）。");
}

static char *comparison(const struct traffic *t,
			enum findings_language language)
{
	const struct traffic_amount *home = &t->whole.sides[TRAFFIC_HOME];
	const struct traffic_amount *abroad = &t->whole.sides[TRAFFIC_ABROAD];
	double h = home->per_sensor_day, a = abroad->per_sensor_day;
	struct findings_words w;

	findings_words_init(&w, t, language);
	if (findings_words_direction(fmax(h, a), fmin(h, a)) == 0)
		say_level(&w, h, a);
	else if (h > a)
		say_more(&w, TRAFFIC_HOME, h, a);
	else
		say_more(&w, TRAFFIC_ABROAD, a, h);
	/* One sensor is no region: the reader must know. */
	if (home->sensors == 1)
		findings_words_single(&w, TRAFFIC_HOME);
	if (abroad->sensors == 1)
		findings_words_single(&w, TRAFFIC_ABROAD);
	findings_words_cover(&w, NULL, home, abroad);
	return findings_words_take(&w);
}

static int find_comparison(struct findings *f, const struct traffic *t,
			   struct sensordb *db)
{
	const struct traffic_span *s = &t->whole;
	struct findings_amount home = {"home", TRAFFIC_HOME, s->first, s->last,
				       &s->sides[TRAFFIC_HOME]};
	struct findings_amount abroad = {"abroad", TRAFFIC_ABROAD, s->first,
					 s->last, &s->sides[TRAFFIC_ABROAD]};
	struct finding *added;

	if (!has_mean(home.amount) || !has_mean(abroad.amount))
		return 0;
	added =
	    findings_add(f, &t->period, FINDING_KIND_REGION_COMPARISON, NULL);
	added->text_en = comparison(t, FINDINGS_EN);
	added->text_ja = comparison(t, FINDINGS_JA);
	if (findings_numbers_mean(added, t, db, &home) < 0 ||
	    findings_numbers_mean(added, t, db, &abroad) < 0)
		return -1;
	findings_ratio(added, "ratio",
		       abroad.amount->per_sensor_day > 0
			   ? home.amount->per_sensor_day /
				 abroad.amount->per_sensor_day
			   : NAN,
		       "home_mean / abroad_mean");
	return 0;
}

/* --- against an earlier period */

/* The changes of both sides against one earlier period; NULL where there
 * is nothing to compare. */
struct comparison {
	const char *against;
	struct period earlier;
	const struct traffic_change *sides[TRAFFIC_SIDES];
	size_t count;
};

static void collect(const struct traffic *t, struct comparison *c)
{
	for (size_t i = 0; i < t->change_count; i++) {
		const struct traffic_change *change = &t->changes[i];

		if (!change->is_side ||
		    strcmp(change->against, c->against) != 0 ||
		    !has_mean(&change->now) || !has_mean(&change->before))
			continue;
		c->sides[change->index] = change;
		c->count++;
	}
}

static void say_previous(struct findings_words *w, const struct period *p)
{
	static const struct {
		const char *en, *ja;
	} names[] = {
	    [PERIOD_QUARTER] = {"the previous quarter", "前四半期"},
	    [PERIOD_YEAR] = {"the previous year", "前年"},
	    [PERIOD_FISCAL_YEAR] = {"the previous fiscal year", "前年度"},
	    [PERIOD_MONTH] = {"the previous month", "前月"},
	    [PERIOD_WEEK] = {"the previous week", "前週"},
	    [PERIOD_DAYS] = {"the day before", "前日"},
	};

	if (p->kind == PERIOD_DAYS && p->last > p->first) {
		buf_printf(&w->buf,
			   w->language == FINDINGS_EN ? "the %d days before"
						      : "直前の%d日間",
			   p->last - p->first + 1);
		return;
	}
	findings_words_say(w, names[p->kind].en, names[p->kind].ja);
}

static void say_year_before(struct findings_words *w, const struct period *p)
{
	static const struct {
		const char *en, *ja;
	} names[] = {
	    [PERIOD_QUARTER] = {"the same quarter a year before", "前年同期"},
	    [PERIOD_YEAR] = {"the previous year", "前年"},
	    [PERIOD_FISCAL_YEAR] = {"the previous fiscal year", "前年度"},
	    [PERIOD_MONTH] = {"the same month a year before", "前年同月"},
	    [PERIOD_WEEK] = {"the same week a year before", "前年同週"},
	    [PERIOD_DAYS] = {"the same days a year before", "前年の同じ期間"},
	};

	if (p->kind == PERIOD_DAYS && p->last == p->first) {
		findings_words_say(w, "the same day a year before",
				   "前年の同じ日");
		return;
	}
	findings_words_say(w, names[p->kind].en, names[p->kind].ja);
}

static void say_change(struct findings_words *w, const struct traffic_change *c,
		       bool first)
{
	enum traffic_side side = (enum traffic_side)c->index;

	if (first) {
		findings_words_side(w, side);
		findings_words_say(w, " received ", "で");
	} else {
		findings_words_say(w, ", and ", "、");
		findings_words_those(w, side);
		findings_words_say(w, " ", "で");
	}
	findings_words_change(w, c->now.per_sensor_day,
			      c->before.per_sensor_day);
	if (first && w->language == FINDINGS_EN) {
		buf_add_char(&w->buf, ' ');
		findings_words_unit(w);
		buf_add_string(&w->buf, " per sensor and day");
	}
	if (w->language == FINDINGS_EN) {
		buf_add_string(&w->buf, " (");
		findings_words_mean(w, c->now.per_sensor_day);
		buf_add_string(&w->buf, " after ");
		findings_words_mean(w, c->before.per_sensor_day);
		buf_add_char(&w->buf, ')');
		return;
	}
	buf_add_string(&w->buf, "（");
	findings_words_mean(w, c->before.per_sensor_day);
	buf_add_string(&w->buf, "から");
	findings_words_mean(w, c->now.per_sensor_day);
	buf_add_string(&w->buf, "）");
}

/* Other sensors may be the whole reason of a change. */
static void say_sensors(struct findings_words *w,
			const struct traffic_change *c)
{
	enum traffic_side side = (enum traffic_side)c->index;

	if (c->now.sensors == c->before.sensors)
		return;
	findings_words_say(w, " The number of ", "稼働した");
	findings_words_side(w, side);
	buf_printf(&w->buf,
		   w->language == FINDINGS_EN ? " differs: %d then, %d now."
					      : "は当時%d台、今期%d台です。",
		   c->before.sensors, c->now.sensors);
}

static char *change_text(const struct traffic *t, const struct comparison *c,
			 enum findings_language language)
{
	const struct traffic_change *h = c->sides[TRAFFIC_HOME];
	const struct traffic_change *a = c->sides[TRAFFIC_ABROAD];
	struct findings_words w;
	bool first = true;

	findings_words_init(&w, t, language);
	findings_words_say(&w, "Compared with ", "");
	if (strcmp(c->against, "previous") == 0)
		say_previous(&w, &t->period);
	else
		say_year_before(&w, &t->period);
	findings_words_say(&w, ", ",
			   "と比べて、センサー1台1日あたりの平均受信");
	if (language == FINDINGS_JA) {
		findings_words_unit(&w);
		buf_add_string(&w.buf, "数は");
	}
	for (size_t i = 0; i < TRAFFIC_SIDES; i++) {
		if (c->sides[i] == NULL)
			continue;
		say_change(&w, c->sides[i], first);
		first = false;
	}
	findings_words_say(&w, ".", "でした。");
	findings_words_cover(&w, c->earlier.text, h ? &h->before : NULL,
			     a ? &a->before : NULL);
	findings_words_cover(&w, t->period.text, h ? &h->now : NULL,
			     a ? &a->now : NULL);
	for (size_t i = 0; i < TRAFFIC_SIDES; i++)
		if (c->sides[i] != NULL)
			say_sensors(&w, c->sides[i]);
	return findings_words_take(&w);
}

static int add_change_numbers(struct finding *f, const struct traffic *t,
			      struct sensordb *db, const struct comparison *c,
			      enum traffic_side side)
{
	const struct traffic_change *s = c->sides[side];
	char *now = xalloc_printf("%s_now", traffic_side_text(side));
	char *before = xalloc_printf("%s_before", traffic_side_text(side));
	char *name = xalloc_printf("%s_change", traffic_side_text(side));
	char *formula = xalloc_printf("%s_mean / %s_mean - 1", now, before);
	struct findings_amount a = {now, side, t->period.first, t->period.last,
				    &s->now};
	struct findings_amount b = {before, side, c->earlier.first,
				    c->earlier.last, &s->before};
	int rc = findings_numbers_mean(f, t, db, &a);

	if (rc == 0)
		rc = findings_numbers_mean(f, t, db, &b);
	findings_ratio(f, name, s->change, formula);
	free(now);
	free(before);
	free(name);
	free(formula);
	return rc;
}

static int find_change(struct findings *f, const struct traffic *t,
		       struct sensordb *db, const char *against,
		       struct period earlier)
{
	struct comparison c = {.against = against, .earlier = earlier};
	struct finding *added;
	int rc = 0;

	collect(t, &c);
	if (c.count == 0)
		return 0;
	added =
	    findings_add(f, &t->period, FINDING_KIND_PERIOD_CHANGE, against);
	added->text_en = change_text(t, &c, FINDINGS_EN);
	added->text_ja = change_text(t, &c, FINDINGS_JA);
	for (size_t i = 0; rc == 0 && i < TRAFFIC_SIDES; i++)
		if (c.sides[i] != NULL)
			rc = add_change_numbers(added, t, db, &c,
						(enum traffic_side)i);
	return rc;
}

int findings_traffic_find(struct findings *f, const struct traffic *t,
			  struct sensordb *db)
{
	struct period previous = period_previous(&t->period);
	struct period year = period_year_before(&t->period);

	if (t->region_count == 0)
		return 0;
	if (find_comparison(f, t, db) < 0 || findings_months_find(f, t, db) < 0)
		return -1;
	if (find_change(f, t, db, "previous", previous) < 0)
		return -1;
	/* For a year the two are one. */
	if (strcmp(previous.text, year.text) != 0 &&
	    find_change(f, t, db, "year-before", year) < 0)
		return -1;
	return findings_ports_find(f, t, db);
}
