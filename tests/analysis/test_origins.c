#include "sensornet.h"

#include "civil.h"
#include "concentration.h"
#include "countries.h"
#include "habits.h"
#include "movers.h"
#include "portdays.h"
#include "research.h"
#include "scannerlists.h"
#include "signatures.h"
#include "sourcedays.h"
#include "traffic.h"

#define SENSORS                                                                \
	"INSERT INTO sensor VALUES ('j1', 'Japan #1', 'jp', 'JP'), "           \
	"('j2', 'Japan #2', 'jp', 'JP'), ('j3', 'Japan #3', 'jp', 'JP'), "     \
	"('e1', 'Europe #1', 'eu', 'DE'), ('e2', 'Europe #2', 'eu', 'DE')"

#define INSERT                                                                 \
	"INSERT INTO traffic (day, sensor, source, protocol, port, "           \
	"signature, packets, first_seen, last_seen, source_port) "

/* Every day of a period, and numbers from 1 on. */
#define DAYS(first, last)                                                      \
	"WITH RECURSIVE d(day) AS (SELECT '" first "' UNION ALL SELECT "       \
	"date(day, '+1 day') FROM d WHERE day < '" last "'), "                 \
	"k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 20) "

#define MONTH DAYS("2025-04-01", "2025-04-30")

static struct sourcedays load_sources(struct network *n, const char *period)
{
	struct period p = network_period(period);
	struct sourcedays s;

	assert_int_equal(sourcedays_load(n->db, &p, NULL, false, &s), 0);
	return s;
}

static struct traffic load(struct network *n, const char *period, int top)
{
	const struct traffic_options options = {.top = top, .no_changes = true};
	struct period p = network_period(period);
	struct traffic t;

	assert_int_equal(traffic_load(n->db, n->ws.config, &p, &options, &t),
			 0);
	return t;
}

/* Who is on a list; who is broad and steady; and who only looks so: broad
 * on one day, steady on one port, on few sensors, with a bot's mark. */
static void add_scanners(struct network *n)
{
	network_exec(n, MONTH INSERT "SELECT day, id, '192.0.2.1', 6, "
				     "100 + n, '', 1, 0, 0, 0 "
				     "FROM d, k, sensor");
	network_exec(n, INSERT "VALUES ('2025-04-03', 'j1', '71.6.135.131', 6, "
			       "23, '', 4, 0, 0, 0)");
	network_exec(n, MONTH INSERT "SELECT day, id, '192.0.2.2', 6, "
				     "100 + n, '', 1, 0, 0, 0 "
				     "FROM d, k, sensor "
				     "WHERE day = '2025-04-09'");
	network_exec(n, MONTH INSERT "SELECT day, id, '192.0.2.3', 6, 23, '', "
				     "9, 0, 0, 0 FROM d, k, sensor "
				     "WHERE n = 1");
	network_exec(n, MONTH INSERT "SELECT day, id, '192.0.2.4', 6, "
				     "100 + n, '', 1, 0, 0, 0 "
				     "FROM d, k, sensor "
				     "WHERE id IN ('j1', 'j2')");
	network_exec(n, MONTH INSERT "SELECT day, id, '192.0.2.5', 6, "
				     "100 + n, 'mirai', 1, 0, 0, 0 "
				     "FROM d, k, sensor");
}

static void research_scanners_are_told(void **state)
{
	struct network n;
	struct sourcedays s;
	struct research r;
	struct prefixes *known;
	char text[ADDR_TEXT_MAX];

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	add_scanners(&n);
	s = load_sources(&n, "2025-04");
	known = scannerlists_load(&n.ws);
	assert_non_null(known);
	assert_int_equal(research_load(n.db, &s, known, &r), 0);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.by_list, 1);
	assert_int_equal(r.by_breadth, 1);
	assert_string_equal(r.list[0].organisation, "Shodan");
	assert_int_equal(r.list[0].packets, 4);
	assert_null(r.list[1].organisation);
	assert_string_equal(
	    addr_format(&s.sources[r.list[1].source].address, text),
	    "192.0.2.1");
	assert_int_equal(r.list[1].ports, 20);
	assert_int_equal(r.list[1].sensors, 5);
	assert_int_equal(r.list[1].days, 30);
	assert_int_equal(r.by_list_days[2], 1);
	assert_int_equal(r.by_list_days[3], 0);
	assert_int_equal(r.by_breadth_days[29], 1);
	research_release(&r);
	prefixes_free(known);
	sourcedays_release(&s);
	network_stop(&n);
}

/* Sums of what stays and of what is left out are those of all. */
static void ranks_leave_sources_out(void **state)
{
	struct period p = network_period("2025-04");
	struct traffic_options options = {.no_changes = true};
	struct addr without[2];
	struct traffic all, some;
	struct network n;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	add_scanners(&n);
	assert_true(addr_parse("192.0.2.3", &without[0]));
	assert_true(addr_parse("71.6.135.131", &without[1]));
	assert_int_equal(traffic_load(n.db, n.ws.config, &p, &options, &all),
			 0);
	options.without = without;
	options.without_count = 2;
	assert_int_equal(traffic_load(n.db, n.ws.config, &p, &options, &some),
			 0);
	assert_string_equal(all.ranks[0].list[0].service, "23/TCP");
	assert_int_equal(all.ranks[0].list[0].packets, 30 * 9 + 4);
	/* Nothing else came to port 23. */
	assert_string_equal(some.ranks[0].list[0].service, "101/TCP");
	assert_int_equal(some.ranks[0].list[0].with.rank, 2);
	assert_int_equal(some.left_out, 2);
	assert_int_equal(some.ranks[0].list[0].packets,
			 all.ranks[0].list[1].packets);
	assert_near(some.ranks[0].list[0].share, 1.0 / 20, 1e-12);
	assert_int_equal(some.whole.sides[0].packets,
			 all.whole.sides[0].packets);
	traffic_release(&all);
	traffic_release(&some);
	network_stop(&n);
}

static void earlier_ranks_and_movers(void **state)
{
	struct mover_amount *now, *before;
	struct traffic t, then;
	struct movers m = {0};
	struct network n;
	size_t now_count, before_count;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	/* March: 23 before 22 before 80; April: 22, 23, 5555; and 80 falls
	 * with j2's days, which is no fall of its mean. */
	network_traffic(&n, "j1", "2025-03-01", "2025-03-31", 23, 50);
	network_traffic(&n, "j1", "2025-03-01", "2025-03-31", 22, 40);
	network_traffic(&n, "j1", "2025-03-01", "2025-03-31", 80, 30);
	network_traffic(&n, "j1", "2025-04-01", "2025-04-10", 23, 50);
	network_traffic(&n, "j1", "2025-04-01", "2025-04-10", 22, 90);
	network_traffic(&n, "j1", "2025-04-01", "2025-04-10", 5555, 20);
	network_traffic(&n, "j1", "2025-04-01", "2025-04-10", 80, 30);
	network_traffic(&n, "e1", "2025-04-01", "2025-04-10", 80, 30);
	t = load(&n, "2025-04", INT32_MAX);
	then = load(&n, "2025-03", INT32_MAX);
	traffic_ranks_compare(&t, TRAFFIC_PREVIOUS, &then);
	assert_string_equal(t.ranks[0].list[0].service, "22/TCP");
	assert_int_equal(t.ranks[0].list[0].then[0].rank, 2);
	assert_int_equal(t.ranks[0].list[1].then[0].rank, 1);
	assert_true(t.ranks[0].list[3].then[0].known);
	assert_int_equal(t.ranks[0].list[3].then[0].rank, 0);
	/* e1 had no data in March, which is not "nothing came". */
	assert_false(
	    t.ranks[traffic_find_sensor(&t, "e1")].list[0].then[0].known);
	now_count = movers_ports(&t, &now);
	before_count = movers_ports(&then, &before);
	movers_add(&m, &t, &then, TRAFFIC_PREVIOUS, now, now_count, before,
		   before_count);
	assert_int_equal(m.count, 2); /* 80 and 23 have the same mean */
	assert_int_equal(m.list[0].key, portdays_service(6, 22));
	assert_near(m.list[0].change, 90.0 / 40 - 1, 1e-12);
	assert_int_equal(m.list[1].key, portdays_service(6, 5555));
	assert_true(isnan(m.list[1].change));
	movers_release(&m);
	free(now);
	free(before);
	traffic_release(&t);
	traffic_release(&then);
	network_stop(&n);
}

static void add_marked(struct network *n)
{
	network_exec(n, "INSERT INTO source_origin VALUES "
			"('192.0.2.1', 0, 4000000000, 'JP', 64500, 'A'), "
			"('192.0.2.9', 0, 4000000000, 'JP', 64500, 'A'), "
			"('2001:db8::1', 0, 4000000000, 'US', 64501, 'B')");
	network_exec(n, INSERT
		     "VALUES "
		     "('2025-04-01', 'j1', '192.0.2.1', 6, 23, 'mirai', 6, 0, "
		     "0, 0), "
		     "('2025-04-01', 'j1', '192.0.2.1', 6, 23, '', 2, 0, 0, 0),"
		     "('2025-04-01', 'e1', '192.0.2.1', 6, 23, 'mirai', 1, 0, "
		     "0, 0), "
		     "('2025-04-02', 'e1', '192.0.2.9', 6, 22, '', 1, 0, 0, 0),"
		     "('2025-04-05', 'j1', '2001:db8::1', 6, 23, 'zmap', 3, 0, "
		     "0, 0), "
		     "('2025-04-05', 'j1', '2001:db8::1', 6, 80, "
		     "'backscatter', 4, 0, 0, 0)");
}

static void signatures_add_up(void **state)
{
	struct period p = network_period("2025-04");
	struct signatures g;
	struct portdays ports;
	struct network n;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	add_marked(&n);
	assert_int_equal(portdays_load(n.db, &p, false, &ports), 0);
	signatures_make(&ports, &g);
	assert_int_equal(g.all.packets, 17);
	assert_int_equal(g.port_count, 3);
	assert_int_equal(g.ports[0].service, portdays_service(6, 23));
	assert_int_equal(g.ports[0].packets, 12);
	assert_int_equal(g.ports[0].by[SIGNATURE_MIRAI], 7);
	assert_int_equal(g.ports[0].by[SIGNATURE_NONE], 2);
	assert_int_equal(g.day_count, 3);
	assert_int_equal(g.days[2].by[SIGNATURE_BACKSCATTER], 4);
	signatures_release(&g);
	portdays_release(&ports);
	assert_int_equal(portdays_load(n.db, &p, true, &ports), 0);
	signatures_make(&ports, &g);
	assert_int_equal(g.all.packets, 13);
	signatures_release(&g);
	portdays_release(&ports);
	network_stop(&n);
}

static void countries_count_each_source_once(void **state)
{
	struct concentration few;
	struct countries c;
	struct sourcedays s;
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	add_marked(&n);
	s = load_sources(&n, "2025-04");
	t = load(&n, "2025-04", 10);
	countries_make(&s, &t, &c);
	assert_int_equal(c.count, 2);
	assert_string_equal(c.list[0].code, "JP");
	assert_int_equal(c.list[0].sources, 2);
	assert_int_equal(c.list[0].packets, 10);
	assert_int_equal(c.list[0].days[0].sources, 1);
	assert_int_equal(c.list[0].days[0].mirai, 1);
	assert_int_equal(c.list[0].days[0].packets, 9);
	assert_int_equal(c.list[0].signatures[SIGNATURE_MIRAI], 7);
	assert_int_equal(c.list[0].signature_sources[SIGNATURE_MIRAI], 1);
	assert_int_equal(c.list[0].sides[TRAFFIC_HOME], 8);
	assert_int_equal(c.list[1].days[4].sources, 1);
	/* Nobody ran on the third: a gap. */
	assert_true(c.ran[0] && c.ran[1] && c.ran[4]);
	assert_false(c.ran[2]);
	concentration_make(&s, &few);
	assert_int_equal(few.lists[CONCENTRATION_SOURCES].count, 3);
	assert_int_equal(few.lists[CONCENTRATION_SOURCES].half, 1);
	assert_int_equal(few.lists[CONCENTRATION_SOURCES].nine_tenths, 2);
	assert_int_equal(few.lists[CONCENTRATION_NETWORKS].count, 2);
	assert_int_equal(few.lists[CONCENTRATION_ASES].parts[0].asn, 64500);
	assert_int_equal(few.lists[CONCENTRATION_ASES].parts[0].sources, 2);
	assert_string_equal(few.lists[CONCENTRATION_ASES].parts[0].as_name,
			    "A");
	countries_release(&c);
	sourcedays_release(&s);
	traffic_release(&t);
	network_stop(&n);
}

/* 2025-04-05 is a Saturday; 18:30 UTC is midnight in India. */
static void habits_follow_the_zone(void **state)
{
	struct habits h;
	struct network n;
	struct traffic t;

	(void)state;
	network_start(&n, "Asia/Kolkata");
	network_exec(&n, SENSORS);
	network_traffic(&n, "j1", "2025-04-01", "2025-04-30", 23, 10);
	network_traffic(&n, "j1", "2025-04-05", "2025-04-05", 22, 70);
	t = load(&n, "2025-04", 10);
	assert_int_equal(habits_load(n.db, &t, &h), 0);
	assert_false(h.has_hours);
	assert_int_equal(h.days[TRAFFIC_HOME][5].packets, 4 * 10 + 70);
	assert_near(h.days[TRAFFIC_HOME][5].per_sensor_day, 110.0 / 4, 1e-12);
	assert_near(h.days[TRAFFIC_HOME][0].per_sensor_day, 10, 1e-12);
	assert_true(isnan(h.days[TRAFFIC_ABROAD][0].per_sensor_day));
	network_exec(&n, "CREATE TABLE IF NOT EXISTS traffic_hour (hour "
			 "INTEGER, sensor TEXT, protocol INTEGER, port "
			 "INTEGER, packets INTEGER, sources INTEGER)");
	network_exec(&n,
		     "INSERT INTO traffic_hour (hour, sensor, protocol, port, "
		     "packets, sources) VALUES "
		     "(strftime('%s', '2025-04-04 18:30:00') + 0, 'j1', 6, 23, "
		     "5, 1), "
		     "(strftime('%s', '2025-04-04 17:30:00') + 0, 'j1', 6, 23, "
		     "3, 1), "
		     "(strftime('%s', '2025-04-30 18:30:00') + 0, 'j1', 6, 23, "
		     "9, 1)");
	assert_int_equal(habits_load(n.db, &t, &h), 0);
	assert_true(h.has_hours);
	assert_int_equal(h.hours[TRAFFIC_HOME][5][0], 5);
	assert_int_equal(h.hours[TRAFFIC_HOME][4][23], 3);
	assert_int_equal(h.hour_packets[TRAFFIC_HOME], 8);
	traffic_release(&t);
	network_stop(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(research_scanners_are_told),
	    cmocka_unit_test(ranks_leave_sources_out),
	    cmocka_unit_test(earlier_ranks_and_movers),
	    cmocka_unit_test(signatures_add_up),
	    cmocka_unit_test(countries_count_each_source_once),
	    cmocka_unit_test(habits_follow_the_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
