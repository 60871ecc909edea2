#include "sensornet.h"

#include "addr.h"
#include "civil.h"
#include "events.h"
#include "events_print.h"
#include "portdays.h"

#define SENSORS                                                                \
	"INSERT INTO sensor VALUES ('j1', 'Japan #1', 'jp', 'JP'), "           \
	"('j2', 'Japan #2', 'jp', 'JP'), ('j3', 'Japan #3', 'jp', 'JP'), "     \
	"('e1', 'Europe #1', 'eu', 'DE'), ('e2', 'Europe #2', 'eu', 'DE')"

static const char *const sensors[] = {"j1", "j2", "j3", "e1", "e2"};

struct writer {
	struct network *n;
	sqlite3_stmt *traffic, *origin;
	uint32_t chance;
};

/* Numbers that are the same in every run. */
static uint32_t draw(struct writer *w, uint32_t below)
{
	w->chance = w->chance * 1664525u + 1013904223u;
	return (w->chance >> 8) % below;
}

static void add(struct writer *w, int32_t day, const char *sensor,
		const char *source, int port, int packets)
{
	char text[CIVIL_DAY_TEXT];
	sqlite3_stmt *q = w->traffic;

	sqlite3_bind_text(q, 1, civil_format_day(day, text), -1,
			  SQLITE_TRANSIENT);
	sqlite3_bind_text(q, 2, sensor, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, source, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(q, 4, port);
	sqlite3_bind_int(q, 5, packets);
	assert_int_equal(sqlite3_step(q), SQLITE_DONE);
	sqlite3_reset(q);
}

static void place(struct writer *w, const char *source, const char *country,
		  int asn)
{
	sqlite3_bind_text(w->origin, 1, source, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(w->origin, 2, country, -1, SQLITE_STATIC);
	sqlite3_bind_int(w->origin, 3, asn);
	assert_int_equal(sqlite3_step(w->origin), SQLITE_DONE);
	sqlite3_reset(w->origin);
}

static struct writer start(struct network *n)
{
	struct writer w = {.n = n, .chance = 1};

	network_start(n, "UTC");
	network_exec(n, SENSORS "; BEGIN");
	assert_int_equal(
	    sqlite3_prepare_v2(
		n->sqlite,
		"INSERT INTO traffic (day, sensor, source, protocol, port, "
		"signature, packets, first_seen, last_seen, source_port) "
		"VALUES (?, ?, ?, 6, ?, '', ?, 0, 0, 0) ON CONFLICT DO UPDATE "
		"SET packets = packets + excluded.packets",
		-1, &w.traffic, NULL),
	    SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(n->sqlite,
			       "INSERT INTO source_origin VALUES "
			       "(?, 0, 4000000000, ?, ?, 'Example Net')",
			       -1, &w.origin, NULL),
	    SQLITE_OK);
	return w;
}

static void finish(struct writer *w)
{
	sqlite3_finalize(w->traffic);
	sqlite3_finalize(w->origin);
	network_exec(w->n, "COMMIT");
}

static int32_t day_of(const char *text)
{
	int32_t day;

	assert_true(civil_parse_day(text, &day));
	return day;
}

/* A quarter of ordinary days and a month on either side: 60 sources of six
 * countries, each on about half of the days, at every sensor. */
static void add_ordinary(struct writer *w)
{
	static const char countries[6][3] = {"CN", "US", "RU",
					     "NL", "BR", "JP"};
	static const int ports[] = {23, 22, 445, 80, 8080};
	int32_t first = day_of("2025-03-01"), last = day_of("2025-07-31");
	char source[ADDR_TEXT_MAX];

	for (int k = 0; k < 60; k++) {
		snprintf(source, sizeof(source), "203.0.%d.%d", k, k + 1);
		place(w, source, countries[k % 6], 65000 + k % 6);
	}
	for (int32_t day = first; day <= last; day++)
		for (size_t s = 0; s < 5; s++)
			for (int k = 0; k < 60; k++) {
				snprintf(source, sizeof(source), "203.0.%d.%d",
					 k, k + 1);
				if (draw(w, 2) == 0)
					add(w, day, sensors[s], source,
					    ports[draw(w, 5)],
					    1 + (int)draw(w, 8));
			}
}

/* Twelve sources of one country to two sensors of one region on 15 days. */
static void plant(struct writer *w, const char *network)
{
	int32_t first = day_of("2025-05-06");
	char source[ADDR_TEXT_MAX];

	for (int k = 1; k <= 12; k++) {
		snprintf(source, sizeof(source), "%s%d", network, k);
		place(w, source, "RU", 64500);
		for (int32_t day = first; day < first + 15; day++)
			for (int s = 0; s < 2; s++)
				add(w, day, sensors[s], source,
				    14000 + (int)draw(w, 2000), 4 + k % 3);
	}
}

static struct events load(struct network *n, const char *period,
			  struct traffic *t)
{
	struct period p = network_period(period);
	struct events e;

	assert_int_equal(traffic_load(n->db, n->ws.config, &p, NULL, t), 0);
	assert_int_equal(events_load(n->db, n->ws.config, t, NULL, &e), 0);
	return e;
}

static void ordinary_days_are_no_events(void **state)
{
	struct network n;
	struct traffic t;
	struct events e;
	struct writer w = start(&n);

	(void)state;
	add_ordinary(&w);
	finish(&w);
	e = load(&n, "2025Q2", &t);
	assert_int_equal(e.count, 0);
	assert_int_equal(e.left_out, 0);
	events_release(&e);
	traffic_release(&t);
	network_stop(&n);
}

static void check_planted(const struct traffic *t, const struct events *e)
{
	const struct event *found = &e->list[0];
	const struct event_set *sources = &found->sets[EVENT_SOURCES];
	int64_t packets = 0;

	assert_int_equal(e->count, 1);
	assert_string_equal(t->regions[found->region].id, "jp");
	assert_int_equal(found->first, day_of("2025-05-06"));
	assert_int_equal(found->last, day_of("2025-05-20"));
	assert_int_equal(found->days, 15);
	assert_int_equal(found->explained, EVENT_SOURCES);
	assert_int_equal(sources->count, 12);
	assert_true(sources->accounts);
	for (size_t i = 0; i < sources->count; i++) {
		assert_string_equal(sources->parts[i].country, "RU");
		assert_int_equal(sources->parts[i].asn, 64500);
		packets += sources->parts[i].packets;
	}
	assert_int_equal(packets, found->packets);
	assert_int_equal(packets, 12 * 15 * 2 * 5);
	assert_int_equal(found->sets[EVENT_COUNTRIES].count, 1);
	assert_string_equal(found->sets[EVENT_COUNTRIES].parts[0].country,
			    "RU");
	assert_int_equal(found->sets[EVENT_ASES].parts[0].asn, 64500);
	/* Two sensors of the region, and nobody abroad. */
	for (size_t s = 0; s < t->sensor_count; s++) {
		bool two = strcmp(t->sensors[s].id, "j1") == 0 ||
			   strcmp(t->sensors[s].id, "j2") == 0;

		assert_true(found->places[s].ran);
		assert_int_equal(found->places[s].seen, two);
		assert_int_equal(found->places[s].packets, two ? 900 : 0);
	}
}

static void planted_sources_are_found(void **state)
{
	static const char *const networks[] = {"198.51.100.", "2001:db8::"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct network n;
		struct traffic t;
		struct events e;
		struct writer w = start(&n);

		add_ordinary(&w);
		plant(&w, networks[i]);
		finish(&w);
		e = load(&n, "2025Q2", &t);
		check_planted(&t, &e);
		assert_int_equal(e.list[0].sets[EVENT_NETWORKS].count, 1);
		events_release(&e);
		traffic_release(&t);
		/* The quarter after has nothing of it, though its neighbours
		 * begin before it. */
		e = load(&n, "2025-06-01..2025-06-30", &t);
		assert_int_equal(e.count, 0);
		events_release(&e);
		traffic_release(&t);
		network_stop(&n);
	}
}

/* A day of a port that everybody sends to is explained by the port. */
static void many_sources_of_one_port(void **state)
{
	struct network n;
	struct traffic t;
	struct events e;
	struct writer w = start(&n);
	char source[ADDR_TEXT_MAX];

	(void)state;
	add_ordinary(&w);
	for (int k = 0; k < 400; k++) {
		snprintf(source, sizeof(source), "198.%d.%d.7", 18 + k / 200,
			 k % 200);
		for (int day = 0; day < 3; day++)
			for (size_t s = 0; s < 5; s++)
				add(&w, day_of("2025-05-10") + day, sensors[s],
				    source, 5555, 1);
	}
	finish(&w);
	e = load(&n, "2025Q2", &t);
	/* It is one event, though it is above in both regions. */
	assert_int_equal(e.count, 1);
	assert_true(e.list[0].regions[0] && e.list[0].regions[1]);
	for (size_t i = 0; i < e.count; i++) {
		assert_int_equal(e.list[i].first, day_of("2025-05-10"));
		assert_int_equal(e.list[i].last, day_of("2025-05-12"));
		assert_int_equal(e.list[i].scope.of, EVENT_OF_PORT);
		assert_int_equal(e.list[i].scope.service,
				 portdays_service(6, 5555));
		assert_int_equal(e.list[i].explained, EVENT_PORTS);
		assert_int_equal(e.list[i].sources, 400);
	}
	events_release(&e);
	traffic_release(&t);
	network_stop(&n);
}

/* Who is down changes the mean of a region and is no event: here j3, which
 * gets little, does not run for ten days. */
static void a_sensor_down_is_no_event(void **state)
{
	struct network n;
	struct traffic t;
	struct events e;
	struct writer w = start(&n);

	(void)state;
	add_ordinary(&w);
	finish(&w);
	network_exec(&n, "UPDATE traffic SET packets = 40 * packets "
			 "WHERE sensor IN ('j1', 'j2')");
	network_exec(&n, "INSERT INTO sensor_uptime SELECT id, "
			 "strftime('%s', '2025-03-01') + 0, "
			 "strftime('%s', '2025-08-01') + 0, 0 FROM sensor "
			 "WHERE id <> 'j3'");
	network_exec(&n, "INSERT INTO sensor_uptime SELECT 'j3', "
			 "strftime('%s', '2025-03-01') + 0, "
			 "strftime('%s', '2025-05-10') + 0, 0 UNION SELECT "
			 "'j3', strftime('%s', '2025-05-20') + 0, "
			 "strftime('%s', '2025-08-01') + 0, 0");
	network_exec(&n, "DELETE FROM traffic WHERE sensor = 'j3' AND "
			 "day BETWEEN '2025-05-10' AND '2025-05-19'");
	e = load(&n, "2025Q2", &t);
	assert_int_equal(e.count, 0);
	events_release(&e);
	traffic_release(&t);
	network_stop(&n);
}

static void json_says_where_it_was_not_seen(void **state)
{
	struct network n;
	struct traffic t;
	struct events e;
	struct writer w = start(&n);
	json_t *list, *event;

	(void)state;
	add_ordinary(&w);
	plant(&w, "198.51.100.");
	finish(&w);
	e = load(&n, "2025Q2", &t);
	list = events_json(&e, &t);
	event = json_array_get(list, 0);
	assert_string_equal(
	    json_string_value(json_object_get(event, "first_day")),
	    "2025-05-06");
	assert_string_equal(
	    json_string_value(json_object_get(event, "explained_by")),
	    "sources");
	assert_string_equal(json_string_value(json_array_get(
				json_object_get(event, "regions_seen"), 0)),
			    "jp");
	assert_string_equal(json_string_value(json_array_get(
				json_object_get(event, "regions_not_seen"), 0)),
			    "eu");
	json_decref(list);
	events_release(&e);
	traffic_release(&t);
	network_stop(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ordinary_days_are_no_events),
	    cmocka_unit_test(planted_sources_are_found),
	    cmocka_unit_test(many_sources_of_one_port),
	    cmocka_unit_test(a_sensor_down_is_no_event),
	    cmocka_unit_test(json_says_where_it_was_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
