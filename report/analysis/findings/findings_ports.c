/*
 * Ports that almost all shown sensors have among their first ten.
 */
#include <stdlib.h>

#include "buf.h"
#include "civil.h"
#include "xalloc.h"
#include "findings_numbers.h"
#include "findings_traffic.h"
#include "findings_words.h"

#define ALMOST_ALL_PERCENT 80

struct common {
	int protocol;
	uint16_t port;
	const char *service; /* borrowed from a rank */
	size_t sensors;      /* of those shown */
};

struct ports {
	const struct traffic *t;
	struct common *list; /* most sensors first, then by port */
	size_t count, cap;
};

static void count_rank(struct ports *p, const struct traffic_rank *r)
{
	void *list = p->list;

	for (size_t i = 0; i < p->count; i++) {
		if (p->list[i].protocol == r->protocol &&
		    p->list[i].port == r->port) {
			p->list[i].sensors++;
			return;
		}
	}
	xalloc_room(&list, &p->cap, p->count, sizeof(*p->list));
	p->list = list;
	p->list[p->count++] =
	    (struct common){r->protocol, r->port, r->service, 1};
}

static int by_sensors(const void *a, const void *b)
{
	const struct common *x = a, *y = b;

	if (x->sensors != y->sensors)
		return x->sensors > y->sensors ? -1 : 1;
	/* What has no ports, such as ICMP, comes last. */
	if ((x->port == 0) != (y->port == 0))
		return x->port == 0 ? 1 : -1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return (x->protocol > y->protocol) - (x->protocol < y->protocol);
}

static void collect(struct ports *p)
{
	const struct traffic *t = p->t;
	size_t kept = 0;

	for (size_t s = 0; s < t->shown_count; s++) {
		const struct traffic_ranks *r = &t->ranks[t->shown[s]];

		for (size_t i = 0; i < r->count && i < TRAFFIC_TOP; i++)
			count_rank(p, &r->list[i]);
	}
	if (p->count > 0)
		qsort(p->list, p->count, sizeof(*p->list), by_sensors);
	while (kept < p->count && p->list[kept].sensors * 100 >=
				      t->shown_count * ALMOST_ALL_PERCENT)
		kept++;
	p->count = kept;
}

static void say_ports(struct findings_words *w, const struct ports *p,
		      size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		findings_words_join(w, i - from, to - from);
		buf_add_string(&w->buf, p->list[i].service);
	}
}

static size_t end_of(const struct ports *p, size_t from)
{
	size_t to = from;

	while (to < p->count && p->list[to].sensors == p->list[from].sensors)
		to++;
	return to;
}

static void say_en(struct findings_words *w, const struct ports *p)
{
	size_t shown = p->t->shown_count;

	for (size_t from = 0, to; from < p->count; from = to) {
		size_t n = p->list[from].sensors;

		to = end_of(p, from);
		if (from > 0)
			buf_add_string(&w->buf,
				       to == p->count ? ", and " : ", ");
		say_ports(w, p, from, to);
		if (from == 0) {
			buf_add_string(&w->buf, to == 1 ? " was" : " were");
			buf_printf(&w->buf, " among the %d ports with most ",
				   TRAFFIC_TOP);
			findings_words_unit(w);
		}
		if (n == shown && n == 2)
			buf_add_string(&w->buf, " at both sensors shown");
		else if (n == shown)
			buf_printf(&w->buf, " at all %zu sensors shown", n);
		else
			buf_printf(&w->buf,
				   " at almost all sensors shown (%zu of %zu)",
				   n, shown);
	}
	buf_add_char(&w->buf, '.');
}

static void say_ja(struct findings_words *w, const struct ports *p)
{
	size_t shown = p->t->shown_count;

	for (size_t from = 0, to; from < p->count; from = to) {
		size_t n = p->list[from].sensors;

		to = end_of(p, from);
		buf_add_string(&w->buf, from > 0 ? "、" : "表に示した");
		if (n == shown)
			buf_printf(&w->buf, "センサー%zu台すべてで", n);
		else
			buf_printf(&w->buf,
				   "ほぼすべてのセンサー（%zu台中%zu台）で",
				   shown, n);
		say_ports(w, p, from, to);
	}
	buf_add_string(&w->buf, "が、受信");
	findings_words_unit(w);
	buf_printf(&w->buf, "数の多い上位%dポートに入っていました。",
		   TRAFFIC_TOP);
}

static char *ports_text(const struct ports *p, enum findings_language language)
{
	struct findings_words w;

	findings_words_init(&w, p->t, language);
	if (p->count > 0 && language == FINDINGS_EN)
		say_en(&w, p);
	else if (p->count > 0)
		say_ja(&w, p);
	else
		buf_printf(&w.buf,
			   language == FINDINGS_EN
			       ? "No port was among the first %d of almost "
				 "all (at least %d%% of) the %zu sensors "
				 "shown."
			       : "上位%dポートのうち、表に示したセンサーの"
				 "ほぼすべて（%d%%以上、%zu台中）に"
				 "共通するものはありませんでした。",
			   TRAFFIC_TOP, ALMOST_ALL_PERCENT, p->t->shown_count);
	return findings_words_take(&w);
}

/* Counts the sensors at which not more than ten ports stand at this one's
 * place or before it: b runs over the ports that are not behind a. */
static void write_statement(struct buf *sql, const struct traffic *t)
{
	const char *scanning = t->scanning_only ? " AND signature <> ?" : "";

	buf_add_string(sql, "SELECT COUNT(*) FROM (SELECT a.place FROM "
			    "(SELECT sensor AS place, SUM(packets) AS total, "
			    "COUNT(DISTINCT source) AS senders FROM traffic "
			    "WHERE day BETWEEN ? AND ?");
	buf_printf(sql, "%s AND protocol = ? AND port = ? AND sensor IN (",
		   scanning);
	for (size_t i = 0; i < t->shown_count; i++)
		buf_add_string(sql, i > 0 ? ", ?" : "?");
	buf_printf(sql,
		   ") GROUP BY sensor) AS a JOIN "
		   "(SELECT sensor, protocol, port, SUM(packets) AS rival, "
		   "COUNT(DISTINCT source) AS sources FROM traffic "
		   "WHERE day BETWEEN ? AND ?%s "
		   "GROUP BY sensor, protocol, port) AS b "
		   "ON b.sensor = a.place "
		   "WHERE b.rival > a.total OR (b.rival = a.total AND "
		   "(b.sources > a.senders OR (b.sources = a.senders AND "
		   "(b.port < ? OR (b.port = ? AND b.protocol <= ?))))) "
		   "GROUP BY a.place HAVING COUNT(*) <= %d) AS ranked",
		   scanning, TRAFFIC_TOP);
}

static struct sensordb_value number(int64_t n)
{
	return (struct sensordb_value){SENSORDB_INT, n, NULL};
}

/* @values: room for shown_count + 11. Returns how many there are. */
static size_t write_values(struct sensordb_value *values,
			   const struct traffic *t, char days[2][11],
			   const struct common *c)
{
	const struct sensordb_value backscatter = {
	    SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)};
	size_t n = 2;

	sensordb_days(&t->period, days, values);
	if (t->scanning_only)
		values[n++] = backscatter;
	values[n++] = number(c->protocol);
	values[n++] = number(c->port);
	for (size_t i = 0; i < t->shown_count; i++)
		values[n++] = (struct sensordb_value){
		    SENSORDB_TEXT, 0, t->sensors[t->shown[i]].id};
	values[n] = values[0];
	values[n + 1] = values[1];
	n += 2;
	if (t->scanning_only)
		values[n++] = backscatter;
	values[n++] = number(c->port);
	values[n++] = number(c->port);
	values[n++] = number(c->protocol);
	return n;
}

static void add_numbers(struct finding *f, const struct ports *p)
{
	const struct traffic *t = p->t;
	struct sensordb_value *values =
	    xalloc_zero(t->shown_count + 11, sizeof(*values));
	char days[2][CIVIL_DAY_TEXT];
	struct buf sql;

	buf_init(&sql, BUF_NO_LIMIT);
	write_statement(&sql, t);
	for (size_t i = 0; i < p->count; i++) {
		const struct common *c = &p->list[i];
		size_t n = write_values(values, t, days, c);
		char name[TRANSPORT_TEXT], *number_name;

		number_name =
		    xalloc_printf("sensors_%s_%u",
				  transport_name(c->protocol, name), c->port);
		findings_count(f, number_name, (int64_t)c->sensors, "sensors",
			       buf_text(&sql), values, n);
		free(number_name);
	}
	buf_release(&sql);
	free(values);
}

int findings_ports_find(struct findings *f, const struct traffic *t,
			struct sensordb *db)
{
	struct ports p = {.t = t};
	struct finding *added;

	(void)db;
	if (t->shown_count < 2)
		return 0;
	collect(&p);
	added = findings_add(f, &t->period, FINDING_KIND_COMMON_PORTS, NULL);
	added->text_en = ports_text(&p, FINDINGS_EN);
	added->text_ja = ports_text(&p, FINDINGS_JA);
	add_numbers(added, &p);
	free(p.list);
	return 0;
}
