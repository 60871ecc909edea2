#include "mock.h"
#include "civil.h"
#include "schedule.h"

/* Ports of loopback addresses where nobody listens. */
#define HOSTS 7
#define PORTS 5

static uint16_t port_numbers[PORTS] = {1, 2, 3, 4, 5};
static struct port port_list[PORTS];
static struct ports ports = {port_list, PORTS};
static struct plan_host hosts[HOSTS];
static struct plan plan;

static struct {
	size_t done, refused;
	bool seen[HOSTS][PORTS + 1];
	char order[HOSTS][PORTS + 1]; /* of each host's ports, as digits */
	const char *opt_out;          /* written after the first answer */
	size_t ahead;                 /* the most that a host was of another */
} got;

static void make_plan(void)
{
	memset(&got, 0, sizeof(got));
	plan = (struct plan){
	    .hosts = hosts, .count = HOSTS, .probes = (size_t)HOSTS * PORTS};
	for (int i = 0; i < PORTS; i++)
		port_list[i] = (struct port){.number = (uint16_t)(i + 1),
					     .send = PORT_SEND_HTTP};
	for (int i = 0; i < HOSTS; i++) {
		char text[32];

		snprintf(text, sizeof(text), "127.77.%d.1", i);
		assert_true(addr_parse(text, &hosts[i].address));
		hosts[i].ports = port_numbers;
		hosts[i].port_count = PORTS;
	}
}

static size_t lead(void)
{
	size_t least = PORTS, most = 0;

	for (int i = 0; i < HOSTS; i++) {
		size_t n = strlen(got.order[i]);

		least = n < least ? n : least;
		most = n > most ? n : most;
	}
	return most - least;
}

static void probe_done(struct probe *p, const struct plan_host *host, void *arg)
{
	size_t i = (size_t)(host - hosts);

	(void)arg;
	assert_true(i < HOSTS);
	assert_false(got.seen[i][p->o.port]);
	got.seen[i][p->o.port] = true;
	got.done++;
	got.refused += p->o.outcome == OUTCOME_REFUSED;
	got.order[i][strlen(got.order[i])] = (char)('0' + p->o.port);
	if (lead() > got.ahead)
		got.ahead = lead();
	if (got.opt_out != NULL) {
		char *path = workspace_path(asker.ws, "opt-out.txt");

		assert_int_equal(
		    outfile_write(path, 0600, got.opt_out, strlen(got.opt_out)),
		    0);
		free(path);
		got.opt_out = NULL;
		usleep(300000); /* the gate looks every 200 ms */
	}
}

static struct schedule_counts run_all(size_t open_max, uint64_t seed)
{
	struct schedule_parts parts = {.prober = &asker.prober,
				       .ports = &ports,
				       .plan = &plan,
				       .open_max = open_max,
				       .seed = seed,
				       .done = probe_done};
	struct schedule *s = schedule_new(&parts);
	struct schedule_counts counts = schedule_count(s);

	for (int turns = 0; counts.live + counts.left > 0; turns++) {
		assert_true(turns < 100000);
		assert_int_equal(dialer_flush(asker.prober.dialer), 0);
		assert_int_equal(engine_turn(asker.prober.engine, 1000), 0);
		counts = schedule_count(s);
		assert_true(counts.live <= open_max);
	}
	schedule_free(s);
	return counts;
}

static void everything_is_asked_once_however_few_sockets(void **state)
{
	static const size_t open_max[] = {1, 2, 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(open_max); i++) {
		asker_open_with(NULL);
		make_plan();
		run_all(open_max[i], 1);
		assert_int_equal(got.done, HOSTS * PORTS);
		assert_int_equal(got.refused, HOSTS * PORTS);
		asker_close(NULL);
	}
}

static void hosts_that_wait_for_a_socket_get_on_at_one_speed(void **state)
{
	(void)state;
	asker_open_with(NULL);
	make_plan();
	run_all(3, 1);
	assert_int_equal(got.done, HOSTS * PORTS);
	assert_in_range(got.ahead, 1, 2);
	asker_close(NULL);
}

static void a_limit_that_hosts_share_stalls_nobody(void **state)
{
	(void)state;
	asker_open_with("pace.overall=100");
	make_plan();
	run_all(2, 1);
	assert_int_equal(got.done, HOSTS * PORTS);
	asker_close(NULL);
}

static void a_day_s_budget_leaves_the_rest_for_tomorrow(void **state)
{
	struct schedule_counts counts;

	(void)state;
	asker_open_with("pace.per_address_day=2");
	make_plan();
	counts = run_all(1, 1);
	assert_int_equal(got.done, HOSTS * 2);
	assert_int_equal(counts.spent, HOSTS * (PORTS - 2));
	asker_close(NULL);
}

static void an_opt_out_during_the_scan_withdraws_the_rest(void **state)
{
	struct schedule_counts counts;

	(void)state;
	asker_open_with(NULL);
	make_plan();
	got.opt_out = "127.77.0.0/16\n";
	counts = run_all(1, 1);
	assert_true(got.done >= 1 && got.done < HOSTS);
	assert_int_equal(counts.withdrawn + got.done, HOSTS * PORTS);
	asker_close(NULL);
}

static void who_is_seen_too_long_ago_by_now_is_not_asked(void **state)
{
	struct schedule_counts counts;

	(void)state;
	asker_open_with(NULL);
	make_plan();
	hosts[1].ask_until = civil_now() - 1;
	hosts[2].ask_until = civil_now() + 3600;
	counts = run_all(3, 1);
	assert_int_equal(counts.withdrawn, PORTS);
	assert_int_equal(got.done, (HOSTS - 1) * PORTS);
	assert_false(got.seen[1][1]);
	hosts[1].ask_until = hosts[2].ask_until = 0;
	asker_close(NULL);
}

static void the_order_is_the_seed_s(void **state)
{
	char first[HOSTS][PORTS + 1], other[HOSTS][PORTS + 1];

	(void)state;
	asker_open_with(NULL);
	make_plan();
	run_all(1, 7);
	memcpy(first, got.order, sizeof(first));
	make_plan();
	run_all(1, 8);
	memcpy(other, got.order, sizeof(other));
	make_plan();
	run_all(1, 7);
	assert_memory_equal(got.order, first, sizeof(first));
	assert_memory_not_equal(other, first, sizeof(first));
	asker_close(NULL);
}

static struct {
	const struct plan_host *gone[HOSTS];
	enum schedule_end end[HOSTS];
	size_t count;
} left;

static void host_gone(const struct plan_host *host, enum schedule_end end,
		      void *arg)
{
	(void)arg;
	assert_true(left.count < HOSTS);
	left.gone[left.count] = host;
	left.end[left.count++] = end;
}

static struct schedule *start_empty(void)
{
	struct schedule_parts parts = {.prober = &asker.prober,
				       .ports = &ports,
				       .open_max = 100,
				       .seed = 1,
				       .done = probe_done,
				       .gone = host_gone};

	memset(&left, 0, sizeof(left));
	return schedule_new(&parts);
}

static void turns(struct schedule *s)
{
	for (int i = 0; schedule_count(s).hosts > 0; i++) {
		assert_true(i < 100000);
		assert_int_equal(dialer_flush(asker.prober.dialer), 0);
		assert_int_equal(engine_turn(asker.prober.engine, 1000), 0);
	}
}

static void hosts_come_while_it_runs_and_go(void **state)
{
	struct schedule *s;

	(void)state;
	asker_open_with(NULL);
	make_plan();
	s = start_empty();
	assert_int_equal(schedule_count(s).hosts, 0);
	schedule_add(s, &hosts[3]);
	assert_int_equal(schedule_count(s).left, PORTS);
	turns(s);
	assert_int_equal(left.count, 1);
	schedule_add(s, &hosts[0]);
	schedule_add(s, &hosts[6]);
	turns(s);
	assert_int_equal(left.count, 3);
	assert_ptr_equal(left.gone[0], &hosts[3]);
	assert_int_equal(left.end[0], SCHEDULE_DONE);
	assert_int_equal(got.done, 3 * PORTS);
	assert_int_equal(schedule_count(s).begun, 3 * PORTS);
	assert_int_equal(schedule_count(s).left, 0);
	schedule_free(s);
	asker_close(NULL);
}

static void a_host_goes_with_the_reason(void **state)
{
	struct schedule *s;

	(void)state;
	asker_open_with("pace.per_address_day=2");
	make_plan();
	hosts[1].ask_until = civil_now() - 1;
	s = start_empty();
	schedule_add(s, &hosts[0]);
	schedule_add(s, &hosts[1]);
	turns(s);
	assert_int_equal(left.count, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(left.end[i], left.gone[i] == &hosts[1]
						  ? SCHEDULE_WITHDRAWN
						  : SCHEDULE_SPENT);
	hosts[1].ask_until = 0;
	schedule_free(s);
	asker_close(NULL);
}

static void what_is_withdrawn_is_not_begun(void **state)
{
	struct schedule *s;

	(void)state;
	asker_open_with("pace.overall=20");
	make_plan();
	s = start_empty();
	for (int i = 0; i < HOSTS; i++)
		schedule_add(s, &hosts[i]);
	for (int i = 0; i < 1000 && schedule_count(s).begun == 0; i++)
		assert_int_equal(engine_turn(asker.prober.engine, 10), 0);
	assert_true(schedule_count(s).begun > 0);
	schedule_withdraw(s);
	turns(s);
	assert_int_equal(left.count, HOSTS);
	assert_int_equal(schedule_count(s).left, 0);
	assert_int_equal(schedule_count(s).live, 0);
	assert_int_equal(got.done, schedule_count(s).begun);
	assert_int_equal(schedule_count(s).withdrawn, HOSTS * PORTS - got.done);
	schedule_free(s);
	asker_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_asked_once_however_few_sockets),
	    cmocka_unit_test(hosts_that_wait_for_a_socket_get_on_at_one_speed),
	    cmocka_unit_test(a_limit_that_hosts_share_stalls_nobody),
	    cmocka_unit_test(a_day_s_budget_leaves_the_rest_for_tomorrow),
	    cmocka_unit_test(an_opt_out_during_the_scan_withdraws_the_rest),
	    cmocka_unit_test(who_is_seen_too_long_ago_by_now_is_not_asked),
	    cmocka_unit_test(the_order_is_the_seed_s),
	    cmocka_unit_test(hosts_come_while_it_runs_and_go),
	    cmocka_unit_test(a_host_goes_with_the_reason),
	    cmocka_unit_test(what_is_withdrawn_is_not_begun),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
