#include "sensornet.h"

#include <math.h>

#include "civil.h"
#include "compiler.h"
#include "traffic.h"
#include "traffic_json.h"

#define SENSORS                                                                \
	"INSERT INTO sensor VALUES ('j1', 'Japan #1', 'jp', 'JP'), "           \
	"('j2', 'Japan #2', 'jp', 'JP'), ('e1', 'Europe #1', 'eu', 'DE')"

static struct traffic load(struct network *n, const char *period)
{
	struct period p = network_period(period);
	struct traffic t;

	assert_int_equal(traffic_load(n->db, n->ws.config, &p, NULL, &t), 0);
	return t;
}

static int64_t at(const char *time)
{
	int64_t seconds;

	assert_true(civil_parse_time(time, &seconds));
	return seconds;
}

static void add_uptime(struct network *n, const char *sensor, const char *since,
		       const char *until)
{
	char *sql = xalloc_printf(
	    "INSERT INTO sensor_uptime VALUES ('%s', %lld, %lld, 0)", sensor,
	    (long long)at(since), (long long)at(until));

	network_exec(n, sql);
	free(sql);
}

/* Seconds up divided by the length of the day, which clocks may change. */
static void sensor_days_follow_the_zone(void **state)
{
	static const struct {
		const char *zone, *since, *until, *period;
		double days;
	} cases[] = {
	    /* A day of 23 hours, whole and half. */
	    {"Europe/Berlin", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z",
	     "2025-03-30..2025-03-30", 1},
	    {"Europe/Berlin", "2025-03-29T23:00:00Z", "2025-03-30T10:30:00Z",
	     "2025-03-30..2025-03-30", 0.5},
	    /* A day of 25 hours. */
	    {"Europe/Berlin", "2025-10-25T22:00:00Z", "2025-10-26T10:30:00Z",
	     "2025-10-26..2025-10-26", 0.5},
	    {"Europe/Berlin", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z",
	     "2025-10", 31},
	    /* Half an hour off: the day begins at 18:30 UTC. */
	    {"Asia/Kolkata", "2025-06-09T18:30:00Z", "2025-06-10T18:30:00Z",
	     "2025-06-10..2025-06-10", 1},
	    {"Asia/Kolkata", "2025-06-10T00:00:00Z", "2025-06-10T18:30:00Z",
	     "2025-06-10..2025-06-10", 18.5 / 24},
	    /* A change of half an hour: a day of 24.5 hours. */
	    {"Australia/Lord_Howe", "2025-04-05T13:00:00Z",
	     "2025-04-06T13:30:00Z", "2025-04-06..2025-04-06", 1},
	    /* Midnight does not exist. */
	    {"America/Sao_Paulo", "2018-11-04T03:00:00Z",
	     "2018-11-05T02:00:00Z", "2018-11-04..2018-11-04", 1},
	    /* Clipped at both ends, over months. */
	    {"UTC", "2013-01-15T12:00:00Z", "2013-04-02T06:00:00Z", "2013-02",
	     28},
	    {"UTC", "2013-01-15T12:00:00Z", "2013-04-02T06:00:00Z", "2013Q1",
	     75.5},
	    {"UTC", "2013-01-15T12:00:00Z", "2013-04-02T06:00:00Z", "2013-04",
	     1.25},
	    /* Half-open: not a second of the day after. */
	    {"UTC", "2013-01-15T00:00:00Z", "2013-01-16T00:00:00Z",
	     "2013-01-16..2013-01-16", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct network n;
		struct traffic t;

		network_start(&n, cases[i].zone);
		network_exec(&n, SENSORS);
		add_uptime(&n, "j1", cases[i].since, cases[i].until);
		t = load(&n, cases[i].period);
		assert_near(t.whole.sides[TRAFFIC_HOME].sensor_days,
			    cases[i].days, 1e-9);
		assert_false(t.whole.sides[TRAFFIC_HOME].inferred);
		traffic_release(&t);
		network_stop(&n);
	}
}

static void means_divide_by_pooled_sensor_days(void **state)
{
	const struct traffic_span *m;
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	/* j1: 30 whole days; j2: 15 days; e1 has no record, and packets on
	 * 10 days. */
	add_uptime(&n, "j1", "2025-04-01T00:00:00Z", "2025-05-01T00:00:00Z");
	add_uptime(&n, "j2", "2025-04-01T00:00:00Z", "2025-04-06T00:00:00Z");
	add_uptime(&n, "j2", "2025-04-21T00:00:00Z", "2025-05-01T00:00:00Z");
	network_traffic(&n, "j1", "2025-04-01", "2025-04-30", 23, 10);
	network_traffic(&n, "j2", "2025-04-21", "2025-04-30", 23, 60);
	network_traffic(&n, "e1", "2025-04-11", "2025-04-20", 23, 7);
	t = load(&n, "2025Q2");
	m = &t.months[0];
	assert_int_equal(t.month_count, 3);
	assert_string_equal(m->text, "2025-04");
	assert_string_equal(t.regions[0].id, "jp");
	assert_int_equal(m->regions[0].packets, 900);
	assert_near(m->regions[0].sensor_days, 45, 1e-9);
	assert_near(m->regions[0].per_sensor_day, 20, 1e-9);
	assert_false(m->regions[0].inferred);
	assert_false(m->regions[0].partial);
	assert_int_equal(m->regions[1].packets, 70);
	assert_near(m->regions[1].sensor_days, 10, 1e-9);
	assert_int_equal(m->regions[1].inferred_days, 10);
	assert_true(m->regions[1].inferred);
	assert_true(m->regions[1].partial);
	assert_int_equal(m->sides[TRAFFIC_ABROAD].packets, 70);
	/* An empty month has no mean, and is no month of zero packets. */
	assert_true(isnan(t.months[1].sides[TRAFFIC_HOME].per_sensor_day));
	assert_true(t.months[1].sides[TRAFFIC_HOME].partial);
	traffic_release(&t);
	network_stop(&n);
}

static void a_month_that_ends_early_is_partial(void **state)
{
	static const struct {
		const char *period, *last;
		bool partial;
	} cases[] = {
	    {"2025-04", "2025-04-30", false},
	    {"2025-04", "2025-04-29", true},
	    {"2025-04-02..2025-04-30", "2025-04-30", true}, /* clipped */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct network n;
		struct traffic t;

		network_start(&n, "UTC");
		network_exec(&n, SENSORS);
		network_traffic(&n, "j1", "2025-04-01", cases[i].last, 23, 1);
		t = load(&n, cases[i].period);
		assert_int_equal(t.months[0].sides[TRAFFIC_HOME].partial,
				 cases[i].partial);
		traffic_release(&t);
		network_stop(&n);
	}
}

/* With records there is no guessing: a whole day without uptime at an edge
 * of the month cuts it, hours do not; packets say nothing. */
static void records_say_when_a_sensor_stopped(void **state)
{
	static const struct {
		const char *until;
		bool partial;
	} cases[] = {
	    {"2025-05-01T00:00:00Z", false},
	    {"2025-04-30T01:00:00Z", false},
	    {"2025-04-30T00:00:00Z", true},
	    {"2025-04-09T00:00:00Z", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct network n;
		struct traffic t;

		network_start(&n, "UTC");
		network_exec(&n, SENSORS);
		network_traffic(&n, "j1", "2025-04-01", "2025-04-30", 23, 1);
		add_uptime(&n, "j1", "2025-03-01T00:00:00Z", cases[i].until);
		t = load(&n, "2025Q2");
		assert_int_equal(t.months[0].sides[TRAFFIC_HOME].partial,
				 cases[i].partial);
		/* Packets outside the records count; their days do not. */
		assert_int_equal(t.months[0].sides[TRAFFIC_HOME].packets, 30);
		assert_int_equal(t.months[0].sides[TRAFFIC_HOME].inferred_days,
				 0);
		assert_near(
		    t.months[0].sides[TRAFFIC_HOME].sensor_days,
		    (double)(at(cases[i].until) - at("2025-04-01T00:00:00Z")) /
			86400,
		    1e-9);
		traffic_release(&t);
		network_stop(&n);
	}
}

static void silence_of_a_quiet_sensor_is_no_end(void **state)
{
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	/* It is silent for two days now and then, also on the last two. */
	network_traffic(&n, "j1", "2025-04-01", "2025-04-10", 23, 1);
	network_traffic(&n, "j1", "2025-04-13", "2025-04-28", 23, 1);
	t = load(&n, "2025-04");
	assert_false(t.months[0].sides[TRAFFIC_HOME].partial);
	assert_near(t.months[0].sides[TRAFFIC_HOME].sensor_days, 26, 1e-9);
	traffic_release(&t);
	network_stop(&n);
}

static void ranks_break_ties_by_sources_port_and_transport(void **state)
{
	static const char *const order[] = {"80/TCP", "ICMP",   "22/TCP",
					    "53/TCP", "53/UDP", "23/TCP"};
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	network_exec(
	    &n,
	    "INSERT INTO traffic (day, sensor, source, protocol, port, "
	    "signature, packets, first_seen, last_seen, source_port) VALUES "
	    "('2025-04-01', 'j1', '192.0.2.1', 6, 23, '', 4, 0, 0, 0), "
	    "('2025-04-01', 'j1', '192.0.2.1', 17, 53, '', 5, 0, 0, 0), "
	    "('2025-04-01', 'j1', '192.0.2.2', 6, 53, '', 5, 0, 0, 0), "
	    "('2025-04-01', 'j1', '192.0.2.3', 6, 22, '', 5, 0, 0, 0), "
	    /* Two sources, counted once each over days and signatures. */
	    "('2025-04-01', 'j1', '192.0.2.4', 1, 0, '', 2, 0, 0, 0), "
	    "('2025-04-02', 'j1', '192.0.2.4', 1, 0, '', 1, 0, 0, 0), "
	    "('2025-04-02', 'j1', '192.0.2.5', 1, 0, '', 1, 0, 0, 0), "
	    "('2025-04-02', 'j1', '192.0.2.5', 1, 0, 'zmap', 1, 0, 0, 0), "
	    "('2025-04-30', 'j1', '192.0.2.6', 6, 80, '', 6, 0, 0, 0), "
	    /* Of other days and sensors. */
	    "('2025-03-31', 'j1', '192.0.2.6', 6, 8080, '', 99, 0, 0, 0), "
	    "('2025-04-30', 'e1', '192.0.2.6', 6, 443, '', 99, 0, 0, 0)");
	t = load(&n, "2025-04");
	/* Sensors stand by region, then label. */
	assert_string_equal(t.sensors[0].id, "j1");
	assert_int_equal(t.ranks[0].count, ARRAY_LEN(order));
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		assert_string_equal(t.ranks[0].list[i].service, order[i]);
		assert_int_equal(t.ranks[0].list[i].rank, i + 1);
	}
	assert_int_equal(t.ranks[0].list[1].sources, 2);
	assert_int_equal(t.ranks[0].list[1].port, 0);
	assert_near(t.ranks[0].list[0].share, 6.0 / 30, 1e-12);
	traffic_release(&t);
	network_stop(&n);
}

static void backscatter_counts_unless_told_otherwise(void **state)
{
	struct traffic_options scanning = {.scanning_only = true};
	struct period p = network_period("2025-04");
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	network_exec(
	    &n,
	    "INSERT INTO traffic (day, sensor, source, protocol, port, "
	    "signature, packets, first_seen, last_seen, source_port) VALUES "
	    "('2025-04-01', 'j1', '192.0.2.1', 6, 23, 'mirai', 4, 0, 0, 0), "
	    "('2025-04-02', 'j1', '192.0.2.2', 6, 80, 'backscatter', 6, 0, 0, "
	    "0)");
	t = load(&n, "2025-04");
	assert_int_equal(t.whole.sides[TRAFFIC_HOME].packets, 10);
	assert_string_equal(t.ranks[0].list[0].service, "80/TCP");
	traffic_release(&t);
	assert_int_equal(traffic_load(n.db, n.ws.config, &p, &scanning, &t), 0);
	assert_int_equal(t.whole.sides[TRAFFIC_HOME].packets, 4);
	/* A day with backscatter only is still a day that the sensor ran. */
	assert_near(t.whole.sides[TRAFFIC_HOME].sensor_days, 2, 1e-9);
	assert_int_equal(t.ranks[0].count, 1);
	assert_string_equal(t.ranks[0].list[0].service, "23/TCP");
	assert_near(t.ranks[0].list[0].share, 1, 1e-12);
	traffic_release(&t);
	network_stop(&n);
}

static void changes_compare_means_and_know_no_data(void **state)
{
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	network_traffic(&n, "j1", "2025-03-01", "2025-03-31", 23, 10);
	network_traffic(&n, "j1", "2025-04-01", "2025-04-30", 23, 15);
	network_traffic(&n, "e1", "2025-04-01", "2025-04-30", 23, 15);
	t = load(&n, "2025-04");
	assert_int_equal(t.change_count, 8);
	assert_string_equal(t.changes[0].against, "previous");
	assert_string_equal(t.changes[0].period, "2025-03");
	assert_true(t.changes[0].is_side);
	assert_near(t.changes[0].change, 0.5, 1e-12);
	assert_int_equal(t.changes[1].index, TRAFFIC_ABROAD);
	assert_true(isnan(t.changes[1].change));
	assert_string_equal(t.changes[4].against, "year-before");
	assert_string_equal(t.changes[4].period, "2024-04");
	assert_true(isnan(t.changes[4].change));
	traffic_release(&t);
	network_stop(&n);
}

static void an_empty_period_is_empty(void **state)
{
	struct network n;
	struct traffic t;
	json_t *doc;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	network_traffic(&n, "j1", "2025-03-01", "2025-03-31", 23, 10);
	t = load(&n, "2025Q4");
	assert_true(t.empty);
	assert_int_equal(t.shown_count, 0);
	doc = traffic_json_document(&t, "nothing");
	assert_int_equal(json_array_size(json_object_get(doc, "months")), 0);
	assert_int_equal(json_array_size(json_object_get(doc, "ranks")), 0);
	assert_int_equal(json_array_size(json_object_get(doc, "changes")), 0);
	assert_string_equal(json_string_value(json_object_get(doc, "note")),
			    "nothing");
	json_decref(doc);
	traffic_release(&t);
	/* A sensor that ran and received nothing is not emptiness. */
	add_uptime(&n, "e1", "2025-10-01T00:00:00Z", "2025-10-11T00:00:00Z");
	t = load(&n, "2025Q4");
	assert_false(t.empty);
	assert_near(t.whole.sides[TRAFFIC_ABROAD].per_sensor_day, 0, 0);
	traffic_release(&t);
	network_stop(&n);
}

static void table_1_shows_two_of_each_region_or_the_list(void **state)
{
	static const struct {
		const char *setting;
		const char *shown[4];
	} cases[] = {
	    /* j3 ran longest, then j1; they stand in the order of labels. */
	    {"report.sensors=auto", {"j1", "j3", "e1"}},
	    {"report.sensors=e1, Japan #2,e1", {"e1", "j2"}},
	};
	struct period p = network_period("2025-04");
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	network_exec(&n, "INSERT INTO sensor VALUES "
			 "('j3', 'Japan #10', 'jp', 'JP'), "
			 "('e0', 'Europe #0', 'eu', 'DE')");
	network_traffic(&n, "j1", "2025-04-01", "2025-04-20", 23, 1);
	network_traffic(&n, "j2", "2025-04-01", "2025-04-10", 23, 100);
	network_traffic(&n, "j3", "2025-04-01", "2025-04-30", 23, 1);
	network_traffic(&n, "e1", "2025-04-01", "2025-04-10", 23, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t count = 0;

		assert_int_equal(config_override(n.ws.config, cases[i].setting),
				 0);
		t = load(&n, "2025-04");
		for (; cases[i].shown[count] != NULL; count++)
			assert_string_equal(t.sensors[t.shown[count]].id,
					    cases[i].shown[count]);
		assert_int_equal(t.shown_count, count);
		traffic_release(&t);
	}
	assert_int_equal(
	    config_override(n.ws.config, "report.sensors=j1,nobody"), 0);
	assert_int_equal(traffic_load(n.db, n.ws.config, &p, NULL, &t), -1);
	network_stop(&n);
}

static void the_home_region_is_the_one_that_is_named(void **state)
{
	struct period p = network_period("2025-04");
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	network_traffic(&n, "e1", "2025-04-01", "2025-04-30", 23, 1);
	assert_int_equal(config_override(n.ws.config, "report.home=eu"), 0);
	t = load(&n, "2025-04");
	assert_int_equal(t.whole.sides[TRAFFIC_HOME].packets, 30);
	assert_string_equal(t.regions[traffic_home(&t)].id, "eu");
	traffic_release(&t);
	assert_int_equal(config_override(n.ws.config, "report.home=us"), 0);
	assert_int_equal(traffic_load(n.db, n.ws.config, &p, NULL, &t), -1);
	network_stop(&n);
}

static void uptime_that_overlaps_counts_once(void **state)
{
	struct network n;
	struct traffic t;
	struct period p = network_period("2013Q2");

	(void)state;
	network_start(&n, "UTC");
	/* Not as the contract wants it: overlaps, and sensors of no region. */
	network_exec(&n, "DROP TABLE sensor; DROP TABLE sensor_uptime;"
			 "CREATE TABLE sensor (id, label, region, country);"
			 "CREATE TABLE sensor_uptime (sensor, up_since, "
			 "up_until, inferred);"
			 "INSERT INTO sensor VALUES ('a', 'A', 'jp', 'JP'), "
			 "('b', 'B', NULL, NULL), ('c', 'C', '', '');"
			 "INSERT INTO sensor_uptime VALUES "
			 "('a', 1364774400, 1372636800, 0), "
			 "('a', 1367366400, 1370044800, 0), "
			 "('a', 1370044800, 1375315200, 0)");
	network_traffic(&n, "a", "2013-04-01", "2013-06-30", 23, 10);
	network_traffic(&n, "b", "2013-04-01", "2013-06-30", 23, 20);
	assert_int_equal(traffic_load(n.db, n.ws.config, &p, NULL, &t), 0);
	assert_near(t.whole.sides[TRAFFIC_HOME].sensor_days, 91.0, 1e-9);
	assert_near(t.months[1].sides[TRAFFIC_HOME].per_sensor_day, 10.0, 1e-9);
	assert_near(t.whole.sides[TRAFFIC_ABROAD].per_sensor_day, 20.0, 1e-9);
	assert_int_equal(t.region_count, 3);
	assert_string_equal(t.regions[2].id, "unassigned");
	traffic_release(&t);
	network_stop(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sensor_days_follow_the_zone),
	    cmocka_unit_test(means_divide_by_pooled_sensor_days),
	    cmocka_unit_test(a_month_that_ends_early_is_partial),
	    cmocka_unit_test(records_say_when_a_sensor_stopped),
	    cmocka_unit_test(silence_of_a_quiet_sensor_is_no_end),
	    cmocka_unit_test(ranks_break_ties_by_sources_port_and_transport),
	    cmocka_unit_test(backscatter_counts_unless_told_otherwise),
	    cmocka_unit_test(changes_compare_means_and_know_no_data),
	    cmocka_unit_test(an_empty_period_is_empty),
	    cmocka_unit_test(table_1_shows_two_of_each_region_or_the_list),
	    cmocka_unit_test(the_home_region_is_the_one_that_is_named),
	    cmocka_unit_test(uptime_that_overlaps_counts_once),
	};

	return cmocka_run_group_tests_name("traffic", tests, NULL, NULL);
}
