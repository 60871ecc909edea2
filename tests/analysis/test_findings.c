#include "sensornet.h"

#include "civil.h"
#include "compiler.h"
#include "findings.h"
#include "traffic.h"

struct found {
	struct traffic t;
	struct findings f;
};

static struct found find_with(struct network *n, const char *period,
			      bool scanning_only)
{
	struct traffic_options options = {.scanning_only = scanning_only};
	struct period p = network_period(period);
	struct found found;

	assert_int_equal(
	    traffic_load(n->db, n->ws.config, &p, &options, &found.t), 0);
	assert_int_equal(findings_list(&found.t, n->db, NULL, &found.f), 0);
	return found;
}

static struct found find(struct network *n, const char *period)
{
	return find_with(n, period, false);
}

static void release(struct found *found)
{
	findings_release(&found->f);
	traffic_release(&found->t);
}

static const struct finding *get(const struct found *found, const char *id)
{
	for (size_t i = 0; i < found->f.count; i++)
		if (strcmp(found->f.list[i].id, id) == 0)
			return &found->f.list[i];
	return NULL;
}

static const struct finding_number *number(const struct finding *f,
					   const char *name)
{
	for (size_t i = 0; i < f->number_count; i++)
		if (strcmp(f->numbers[i].name, name) == 0)
			return &f->numbers[i];
	fail_msg("%s has no number %s", f->id, name);
	return NULL;
}

static void assert_says(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' does not say '%s'", text, part);
}

static void assert_silent(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("'%s' says '%s'", text, part);
}

#define SENSORS                                                                \
	"INSERT INTO sensor VALUES ('j1', 'Japan #1', 'jp', 'JP'), "           \
	"('e1', 'Europe #1', 'eu', 'DE'), ('e2', 'Europe #2', 'eu', 'DE')"

static void months_move_as_their_means_do(void **state)
{
	/* Packets of each day of April, May, June 2025, and the last day. */
	static const struct {
		int packets[3];
		const char *last;
		const char *says, *silent;
	} cases[] = {
	    {{100, 200, 150},
	     "2025-06-30",
	     "rose from 100.0 in April to 200.0 in May, and then fell to "
	     "150.0 in June. It was highest in May.",
	     "left out"},
	    {{100, 104, 102},
	     "2025-06-30",
	     "stayed about level from 100.0 in April to 102.0 in June.",
	     "highest"},
	    {{100, 104, 108},
	     "2025-06-30",
	     "rose slightly from 100.0 in April to 108.0 in June. It was "
	     "highest in May and June, with little between them.",
	     "level"},
	    {{300, 200, 100},
	     "2025-06-30",
	     "fell from 300.0 in April to 100.0 in June. It was highest in "
	     "April.",
	     "rose"},
	    /* Data that end are no fall, and a high week is no peak. */
	    {{100, 200, 150},
	     "2025-06-08",
	     "rose from 100.0 in April to 200.0 in May. It was highest in May. "
	     "June is left out, because its data cover only 1 to 8 June 2025.",
	     "fell"},
	    {{100, 200, 999},
	     "2025-06-08",
	     "It was highest in May. June is left out",
	     "999"},
	    {{100, 200, 0},
	     "2025-05-31",
	     "It was highest in May. There are no data for June.",
	     "fell"},
	    {{100, 0, 0},
	     "2025-04-30",
	     "only April (100.0) has whole data",
	     "fell"},
	    {{100, 0, 0},
	     "2025-04-20",
	     "no month has whole data, so the months are not compared. There "
	     "are no data for May and June. April is left out, because its "
	     "data cover only 1 to 20 April 2025.",
	     "fell"},
	};
	static const char *const first[] = {"2025-04-01", "2025-05-01",
					    "2025-06-01"};
	static const char *const last[] = {"2025-04-30", "2025-05-31",
					   "2025-06-30"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct finding *f;
		struct network n;
		struct found found;

		network_start(&n, "UTC");
		network_exec(&n, SENSORS);
		for (size_t m = 0; m < 3; m++) {
			const char *end = strcmp(cases[i].last, last[m]) < 0
					      ? cases[i].last
					      : last[m];

			if (strcmp(first[m], end) <= 0)
				network_traffic(&n, "j1", first[m], end, 23,
						cases[i].packets[m]);
		}
		found = find(&n, "2025Q2");
		f = get(&found, "2025Q2/monthly-movement/home");
		assert_non_null(f);
		assert_says(f->text_en, cases[i].says);
		assert_silent(f->text_en, cases[i].silent);
		assert_non_null(f->text_ja);
		assert_null(get(&found, "2025Q2/monthly-movement/abroad"));
		release(&found);
		network_stop(&n);
	}
}

/* The loud one of two sensors stops: the mean falls, the traffic does not. */
static void a_sensor_that_stops_is_no_fall(void **state)
{
	static const char *const ends[] = {"2025-04-30", "2025-05-08"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const struct finding *f;
		struct network n;
		struct found found;

		network_start(&n, "UTC");
		network_exec(&n, SENSORS);
		network_traffic(&n, "e1", "2025-04-01", "2025-05-31", 23, 10);
		network_traffic(&n, "e2", "2025-04-01", ends[i], 23, 1000);
		found = find(&n, "2025-04-01..2025-05-31");
		f = get(&found, "2025-04-01..2025-05-31/monthly-movement/"
				"abroad");
		assert_non_null(f);
		assert_silent(f->text_en, "fell");
		assert_silent(f->text_ja, "減少");
		assert_says(f->text_en, "with the set of running sensors");
		release(&found);
		network_stop(&n);
	}
}

static void sides_are_compared_by_sensor_and_day(void **state)
{
	static const struct {
		int home, abroad; /* packets of a day; abroad has two sensors */
		const char *en, *ja;
	} cases[] = {
	    {300, 100,
	     "On average, sensors in Japan received more packets than those "
	     "abroad: 300.0 per sensor and day, against 100.0 (3.0 times as "
	     "many).",
	     "日本のセンサーは海外のセンサーより多くのパケットを受信しました"
	     "（300.0に対して100.0、約3.0倍）"},
	    {1000, 1300,
	     "sensors abroad received more packets than those in Japan: "
	     "1,300.0 per sensor and day, against 1,000.0 (30% more).",
	     "海外のセンサーは日本のセンサーより多くの"},
	    {104, 100, "received about as many packets: 104.0 and 100.0",
	     "ほぼ同程度"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct finding *f;
		struct network n;
		struct found found;

		network_start(&n, "UTC");
		network_exec(&n, SENSORS);
		network_traffic(&n, "j1", "2025-04-01", "2025-04-30", 23,
				cases[i].home);
		network_traffic(&n, "e1", "2025-04-01", "2025-04-30", 23,
				cases[i].abroad);
		network_traffic(&n, "e2", "2025-04-01", "2025-04-30", 23,
				cases[i].abroad);
		found = find(&n, "2025-04");
		f = get(&found, "2025-04/region-comparison");
		assert_non_null(f);
		assert_says(f->text_en, cases[i].en);
		assert_says(f->text_ja, cases[i].ja);
		assert_near(number(f, "ratio")->value,
			    (double)cases[i].home / cases[i].abroad, 1e-9);
		assert_string_equal(f->confidence, "medium");
		release(&found);
		network_stop(&n);
	}
}

static void earlier_periods_are_compared_when_there_are_data(void **state)
{
	const struct finding *f;
	struct network n;
	struct found found;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	network_traffic(&n, "j1", "2024-04-01", "2024-04-30", 23, 100);
	network_traffic(&n, "j1", "2025-03-20", "2025-04-30", 23, 90);
	network_traffic(&n, "e1", "2025-03-01", "2025-03-31", 23, 10);
	network_traffic(&n, "e1", "2025-04-01", "2025-04-30", 23, 25);
	network_traffic(&n, "e2", "2025-04-01", "2025-04-30", 23, 25);
	found = find(&n, "2025-04");
	f = get(&found, "2025-04/period-change/previous");
	assert_non_null(f);
	assert_string_equal(
	    f->text_en,
	    "Compared with the previous month, sensors in Japan received "
	    "about as many packets per sensor and day (90.0 after 90.0), and "
	    "those abroad 2.5 times as many (25.0 after 10.0). The data of "
	    "2025-03 from sensors in Japan cover only 20 to 31 March 2025. "
	    "The number of sensors abroad differs: 1 then, 2 now.");
	assert_string_equal(f->confidence, "low");
	f = get(&found, "2025-04/period-change/year-before");
	assert_non_null(f);
	assert_says(f->text_en, "Compared with the same month a year before, "
				"sensors in Japan received 10% fewer packets "
				"per sensor and day (90.0 after 100.0).");
	release(&found);
	found = find(&n, "2024-04");
	assert_null(get(&found, "2024-04/period-change/previous"));
	release(&found);
	network_stop(&n);
}

static void almost_all_means_four_of_five(void **state)
{
	/* Sensors that have 23/TCP, all have 80/TCP. */
	static const struct {
		int sensors, with;
		const char *says;
	} cases[] = {
	    {5, 5,
	     "23/TCP and 80/TCP were among the 10 ports with most packets at "
	     "all 5 sensors shown."},
	    {5, 4,
	     "80/TCP was among the 10 ports with most packets at all 5 "
	     "sensors shown, and 23/TCP at almost all sensors shown (4 of "
	     "5)."},
	    {5, 3, "at all 5 sensors shown."},
	    {4, 3, "at all 4 sensors shown."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct finding *f;
		struct network n;
		struct found found;

		network_start(&n, "UTC");
		assert_int_equal(
		    config_override(n.ws.config,
				    cases[i].sensors == 5
					? "report.sensors=s0,s1,s2,s3,s4"
					: "report.sensors=s0,s1,s2,s3"),
		    0);
		for (int s = 0; s < cases[i].sensors; s++) {
			char id[3] = {'s', (char)('0' + s), '\0'};
			char *sql = xalloc_printf(
			    "INSERT INTO sensor VALUES ('%s', 'Sensor %s', "
			    "'jp', '')",
			    id, id);

			network_exec(&n, sql);
			free(sql);
			network_traffic(&n, id, "2025-04-01", "2025-04-03", 80,
					5);
			if (s < cases[i].with)
				network_traffic(&n, id, "2025-04-01",
						"2025-04-02", 23, 5);
		}
		found = find(&n, "2025-04");
		f = get(&found, "2025-04/common-ports");
		assert_non_null(f);
		assert_says(f->text_en, cases[i].says);
		if (cases[i].with * 5 < cases[i].sensors * 4)
			assert_silent(f->text_en, "23/TCP");
		release(&found);
		network_stop(&n);
	}
}

/* An eleventh port, or one that loses a tie for the tenth place, is not
 * among the first ten, for the sentence and for the statement. */
static void the_eleventh_port_is_not_common(void **state)
{
	const struct finding *f;
	struct network n;
	struct found found;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	for (int port = 1001; port <= 1011; port++) {
		network_traffic(&n, "j1", "2025-04-01", "2025-04-01", port, 7);
		network_traffic(&n, "e1", "2025-04-01", "2025-04-01", port, 7);
	}
	found = find(&n, "2025-04");
	f = get(&found, "2025-04/common-ports");
	assert_non_null(f);
	assert_says(f->text_en, "1010/TCP were");
	assert_silent(f->text_en, "1011");
	assert_near(number(f, "sensors_TCP_1010")->value, 2, 0);
	release(&found);
	network_stop(&n);
}

static void assert_statements_hold(struct network *n, const struct finding *f,
				   size_t *checked)
{
	for (size_t i = 0; i < f->number_count; i++) {
		const struct finding_number *number = &f->numbers[i];
		struct sensordb_rows *rows;
		double again;

		assert_non_null(number->database);
		assert_string_equal(number->database, "sensors");
		rows =
		    sensordb_ask(n->db, number->statement, number->parameters,
				 number->parameter_count);
		assert_non_null(rows);
		assert_int_equal(sensordb_next(rows), 1);
		again = strtod(sensordb_text(rows, 0), NULL);
		if (fabs(again - number->value) >
		    (number->formula ? 1e-9 * fabs(number->value) : 0))
			fail_msg("%s: %s is %.15g, its statement gives %.15g",
				 f->id, number->name, number->value, again);
		assert_int_equal(sensordb_next(rows), 0);
		sensordb_rows_free(rows);
		(*checked)++;
	}
}

/* Clocks change in the period; some sensors have records and some not. */
static void every_statement_gives_its_number(void **state)
{
	struct network n;
	size_t checked = 0;

	(void)state;
	network_start(&n, "Europe/Berlin");
	network_exec(&n, SENSORS);
	network_exec(&n, "INSERT INTO sensor_uptime VALUES "
			 "('j1', 1733000000, 1745100000, 0), "
			 "('j1', 1745200000, 1760000000, 0), "
			 "('e2', 1740000000, 1744000000, 1)");
	network_traffic(&n, "j1", "2024-12-01", "2025-04-30", 23, 17);
	network_traffic(&n, "j1", "2025-02-01", "2025-03-30", 22, 5);
	network_traffic(&n, "e1", "2025-01-05", "2025-03-29", 23, 19);
	network_traffic(&n, "e2", "2025-02-19", "2025-04-06", 22, 4);
	network_exec(&n, "UPDATE traffic SET signature = 'backscatter' "
			 "WHERE port = 22 AND day > '2025-03-10'");
	for (int scanning_only = 0; scanning_only < 2; scanning_only++) {
		struct found found =
		    find_with(&n, "2025Q1", scanning_only != 0);
		const struct finding *f;

		assert_true(found.f.count >= 5);
		for (size_t i = 0; i < found.f.count; i++)
			assert_statements_hold(&n, &found.f.list[i], &checked);
		f = get(&found, "2025Q1/monthly-movement/home");
		assert_non_null(f);
		/* March has a day of 23 hours, so two lengths of day. */
		assert_near(number(f, "home_2025_03_packets")->value /
				(number(f, "home_2025_03_up_seconds_2025_03_01")
					 ->value /
				     86400 +
				 number(f, "home_2025_03_up_seconds_2025_03_30")
					 ->value /
				     82800 +
				 number(f, "home_2025_03_up_seconds_2025_03_31")
					 ->value /
				     86400),
			    number(f, "home_2025_03_mean")->value, 1e-9);
		release(&found);
	}
	assert_true(checked > 60);
	network_stop(&n);
}

static void an_empty_period_finds_nothing(void **state)
{
	struct network n;
	struct found found;

	(void)state;
	network_start(&n, "UTC");
	found = find(&n, "2025Q1");
	assert_int_equal(found.f.count, 0);
	release(&found);
	network_exec(&n, "DELETE FROM region");
	found = find(&n, "2025Q1");
	assert_int_equal(found.f.count, 0);
	release(&found);
	network_stop(&n);
}

static void assert_period_says(struct network *n, const char *period,
			       const char *kind, const char *says,
			       const char *ja)
{
	struct period p = network_period(period);
	struct findings f;
	struct traffic t;
	const char *en = NULL, *text_ja = NULL;

	assert_int_equal(traffic_load(n->db, n->ws.config, &p, NULL, &t), 0);
	assert_int_equal(findings_list(&t, n->db, NULL, &f), 0);
	for (size_t i = 0; i < f.count; i++) {
		if (strstr(f.list[i].id, kind) == NULL)
			continue;
		en = f.list[i].text_en;
		text_ja = f.list[i].text_ja;
	}
	if ((en == NULL) != (says == NULL) ||
	    (en != NULL && strstr(en, says) == NULL))
		fail_msg("%s says '%s'", kind, en != NULL ? en : "(nothing)");
	if (ja != NULL && strstr(text_ja, ja) == NULL)
		fail_msg("%s says '%s'", kind, text_ja);
	findings_release(&f);
	traffic_release(&t);
}

static void odd_values_and_periods_read_well(void **state)
{
	static const int means[] = {5, 5, 9, 9, 9, 3, 3, 20, 20, 1, 900, 900};
	struct network n;

	(void)state;
	network_start(&n, "UTC");
	network_exec(&n, SENSORS);
	for (int m = 0; m < 12; m++) {
		char first[32], last[32];

		snprintf(first, sizeof(first), "2025-%02d-01", m + 1);
		snprintf(last, sizeof(last), "2025-%02d-%02d", m + 1,
			 civil_month_length(2025, m + 1));
		network_traffic(&n, "j1", first, last, 23, means[m]);
	}
	network_traffic(&n, "e1", "2025-01-01", "2025-12-31", 23, 9);
	assert_period_says(
	    &n, "2025", "movement/home",
	    "moved up and down from 5.0 in January to 900.0 in "
	    "December; the lowest was 1.0 in October. It was highest "
	    "in November and December, with little between them.",
	    "増減を繰り返し、最も少なかったのは10月（1.0）でした。");
	assert_period_says(&n, "2025-W18", "movement", NULL, NULL);
	assert_period_says(&n, "2025-06-02..2025-06-02", "change/previous",
			   "Compared with the day before, ", "前日と比べて");
	assert_period_says(&n, "2025-06-02..2025-06-11", "change/previous",
			   "Compared with the 10 days before, ",
			   "直前の10日間と比べて");
	network_exec(&n, "UPDATE traffic SET packets = 90000 WHERE "
			 "day BETWEEN '2025-04-01' AND '2025-06-30'");
	assert_period_says(&n, "2025Q3", "change/previous", "over 99% fewer",
			   "99%超の減");
	network_exec(&n, "UPDATE sensor SET region = 'unassigned'");
	network_exec(&n, "DELETE FROM region");
	network_exec(&n, "INSERT INTO region VALUES ('unassigned', "
			 "'Unassigned', '未割り当て', 1000)");
	assert_period_says(&n, "2025Q3", "movement", "For sensors at home, ",
			   "国内のセンサー");
	network_stop(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(months_move_as_their_means_do),
	    cmocka_unit_test(a_sensor_that_stops_is_no_fall),
	    cmocka_unit_test(sides_are_compared_by_sensor_and_day),
	    cmocka_unit_test(earlier_periods_are_compared_when_there_are_data),
	    cmocka_unit_test(almost_all_means_four_of_five),
	    cmocka_unit_test(the_eleventh_port_is_not_common),
	    cmocka_unit_test(every_statement_gives_its_number),
	    cmocka_unit_test(an_empty_period_finds_nothing),
	    cmocka_unit_test(odd_values_and_periods_read_well),
	};

	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
