#include <argp.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "ownname.h"
#include "sandbox.h"
#include "str.h"
#include "table.h"
#include "who.h"
#include "xalloc.h"
#include "progress.h"
#include "scan.h"
#include "scan_commands.h"

struct scan_options {
	const char *period;
	struct plan_wishes wishes;
	bool dry_run, json, names;
};

static const struct argp_option scan_argp_options[] = {
    {"dry-run", 'n', NULL, 0,
     "Say what would be asked and how long the pace makes it; connect to "
     "nobody",
     0},
    {"stale", 's', NULL, 0,
     "Also sources older than triage.max_age_days; what they answer never "
     "enters a finding or a mail",
     0},
    {"country", 'c', "CC", 0, "Only sources of this country", 0},
    {"ports", 'p', "LIST", 0, "Such as 22,80,8000-8100 (default scope.ports)",
     0},
    {"limit", 'l', "N", 0, "At most N addresses", 0},
    {"shard", 'S', "I/N", 0,
     "The I-th of N parts, each for a host of its own: the overall and AS "
     "rates are divided",
     0},
    {"ptr", 'r', NULL, 0,
     "Also ask a name server (ptr.resolver) what the targets are called; it "
     "learns whom you watch",
     0},
    {"json", 'j', NULL, 0, "The summary as JSON", 0},
    {0},
};

static error_t scan_option(int key, char *arg, struct argp_state *state)
{
	struct scan_options *o = state->input;

	switch (key) {
	case 'n':
		o->dry_run = true;
		break;
	case 's':
		o->wishes.stale = true;
		break;
	case 'c':
		if (strlen(arg) != 2 || !isalpha((unsigned char)arg[0]) ||
		    !isalpha((unsigned char)arg[1]))
			argp_error(state,
				   "--country is two letters such as JP, "
				   "not '%s'",
				   arg);
		o->wishes.country = arg;
		break;
	case 'p':
		/* An empty variable of a shell does not mean all of them. */
		if (*arg == '\0')
			argp_error(state, "--ports is a list such as "
					  "22,80,8000-8100, not ''");
		o->wishes.ports = arg;
		break;
	case 'l':
		if (!str_to_int64(arg, 1, INT32_MAX, &o->wishes.limit))
			argp_error(state,
				   "--limit is a number of addresses, "
				   "not '%s'",
				   arg);
		break;
	case 'S':
		if (!plan_read_shard(arg, &o->wishes))
			argp_error(state,
				   "--shard is I/N with I from 1 to N, "
				   "not '%s'",
				   arg);
		break;
	case 'r':
		o->names = true;
		break;
	case 'j':
		o->json = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			return ARGP_ERR_UNKNOWN;
		o->period = arg;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a period, such as 2025Q3");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int check_clock(const struct config *config)
{
	if (who_check_clock(config, "scan") == 0)
		return 0;
	log_hint("unset it, or add --dry-run to see what would have been "
		 "asked");
	return -1;
}

/* Before any work: a wrong list is wrong usage. */
static bool are_ports_right(const char *text)
{
	struct ports *ports = text != NULL ? ports_load() : NULL;
	uint16_t *list = NULL;
	size_t count;
	bool right =
	    ports == NULL || ports_select(ports, text, &list, &count) == 0;

	free(list);
	ports_free(ports);
	return right;
}

/* Nothing to ask surprises most where all sources are old. */
static void hint_no_target(const struct scan_options *o,
			   const struct plan *plan)
{
	if (plan->targets > 0 || plan->sources == 0)
		return;
	if (plan->refused[REFUSAL_TARGET] > 0)
		log_hint("%zu sources are targets, but none of them has the "
			 "country or is in the shard that was asked for",
			 plan->refused[REFUSAL_TARGET]);
	else
		log_hint("'martlet sources %s' says why no source is a target",
			 o->period);
}

static void print_plan(const struct scan_options *o, const struct plan *plan,
		       double seconds)
{
	char address[ADDR_TEXT_MAX], when[CIVIL_TIME_TEXT], time[40];
	struct table *t = table_new();

	table_column(t, "address", TABLE_LEFT);
	table_column(t, "ports", TABLE_RIGHT);
	table_column(t, "last seen", TABLE_LEFT);
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_host *h = &plan->hosts[i];

		table_text(t, addr_format(&h->address, address));
		table_number(t, (int64_t)h->port_count);
		table_text(t, civil_format_time(h->last_seen, when));
	}
	table_print(t, stdout);
	table_free(t);
	progress_format_seconds(seconds, time, sizeof(time));
	printf("%zu sources, %zu targets, %zu with something to ask: %zu "
	       "probes, at least as many connections, at least %s at this "
	       "pace; %zu answered before\n",
	       plan->sources, plan->targets, plan->count, plan->probes, time,
	       plan->answered);
	hint_no_target(o, plan);
}

static int print_plan_json(const struct plan *plan, double seconds)
{
	json_t *document = jsonout_document("scan-plan");
	json_t *list = json_array();
	char address[ADDR_TEXT_MAX];

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_host *h = &plan->hosts[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:i, s:o}", "address",
				    addr_format(&h->address, address), "ports",
				    (int)h->port_count, "last_seen",
				    jsonout_time(h->last_seen)));
	}
	json_object_set_new(document, "sources",
			    json_integer((json_int_t)plan->sources));
	json_object_set_new(document, "targets",
			    json_integer((json_int_t)plan->targets));
	json_object_set_new(document, "probes",
			    json_integer((json_int_t)plan->probes));
	json_object_set_new(document, "answered_before",
			    json_integer((json_int_t)plan->answered));
	json_object_set_new(document, "seconds", jsonout_real(seconds));
	json_object_set_new(document, "hosts", list);
	return jsonout_print(document, stdout);
}

static int dry_run(const struct scan_options *o, const struct plan *plan,
		   const struct config *config)
{
	double seconds = plan_seconds(plan, config);

	if (!o->json)
		print_plan(o, plan, seconds);
	else if (print_plan_json(plan, seconds) < 0)
		return EXIT_FAILED;
	return EXIT_DONE;
}

static void print_names(const struct ptr_counts *n)
{
	printf("  names: %zu found, %zu without, %zu failed, %zu known before",
	       n->answers[NAME_ANSWER_FOUND], n->answers[NAME_ANSWER_NONE],
	       n->answers[NAME_ANSWER_FAILED], n->known);
	if (n->refused > 0)
		printf(", %zu no targets any more", n->refused);
	printf("%s\n", n->given_up ? "; no name server answers" : "");
}

static void print_result(const struct plan *plan, const struct scan_result *r)
{
	char time[40];

	progress_format_seconds(r->seconds, time, sizeof(time));
	printf("%s: %zu of %zu probes of %zu addresses in %s; %zu services, "
	       "%zu recognised\n",
	       r->interrupted ? "interrupted" : "done", r->done, plan->probes,
	       plan->count, time, r->services, r->recognised);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (r->outcomes[i] > 0)
			printf("  %-24s %zu\n", outcome_text((enum outcome)i),
			       r->outcomes[i]);
	if (r->spent > 0)
		printf("  %zu ports left for tomorrow: the day's budget of "
		       "their addresses (pace.per_address_day) is spent\n",
		       r->spent);
	if (r->withdrawn > 0)
		printf("  %zu ports not asked: their owners opted out, the "
		       "scope changed, or they were last seen too long ago\n",
		       r->withdrawn);
	if (r->named)
		print_names(&r->names);
	if (r->left > 0)
		printf("  %zu ports not asked yet: the same command goes on\n",
		       r->left);
}

static json_t *names_json(const struct ptr_counts *n)
{
	json_t *o = json_object();

	for (int i = 0; i < NAME_ANSWER_COUNT; i++)
		json_object_set_new(o, name_answer_text((enum name_answer)i),
				    json_integer((json_int_t)n->answers[i]));
	json_object_set_new(o, "known", json_integer((json_int_t)n->known));
	json_object_set_new(o, "given_up", json_boolean(n->given_up));
	return o;
}

static int print_result_json(const struct plan *plan,
			     const struct scan_result *r)
{
	json_t *document = jsonout_document("scan");
	json_t *outcomes = json_object();
	const struct {
		const char *name;
		size_t value;
	} counts[] = {
	    {"addresses", plan->count},
	    {"probes", plan->probes},
	    {"done", r->done},
	    {"services", r->services},
	    {"recognised", r->recognised},
	    {"spent", r->spent},
	    {"withdrawn", r->withdrawn},
	    {"left", r->left},
	    {"answered_before", plan->answered},
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_object_set_new(document, counts[i].name,
				    json_integer((json_int_t)counts[i].value));
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (r->outcomes[i] > 0)
			json_object_set_new(
			    outcomes, outcome_text((enum outcome)i),
			    json_integer((json_int_t)r->outcomes[i]));
	json_object_set_new(document, "outcomes", outcomes);
	if (r->named)
		json_object_set_new(document, "names", names_json(&r->names));
	json_object_set_new(document, "seconds", jsonout_real(r->seconds));
	json_object_set_new(document, "interrupted",
			    json_boolean(r->interrupted));
	return jsonout_print(document, stdout);
}

/* What a scan has open besides the workspace. Starts as {0}. */
struct tools {
	struct scope *scope;
	struct location *location;
	struct ports *ports;
	struct casefile *casefile;
	struct fingerprints *fingerprints;
	struct plan plan;
};

static void release_tools(struct tools *t)
{
	plan_release(&t->plan);
	fingerprints_free(t->fingerprints);
	casefile_close(t->casefile);
	ports_free(t->ports);
	location_free(t->location);
	scope_free(t->scope);
}

/* A dry run changes nothing, so it makes no case database either. */
static int open_casefile(struct tools *t, const struct workspace *ws,
			 bool dry_run)
{
	if (!dry_run) {
		t->casefile = casefile_open(ws, CASEFILE_WRITE);
		return t->casefile != NULL &&
			       casefile_lock_scan(t->casefile, "scan") == 0
			   ? 0
			   : -1;
	}
	if (!casefile_exists(ws))
		return 0;
	t->casefile = casefile_open(ws, CASEFILE_READ);
	return t->casefile != NULL ? 0 : -1;
}

static int open_tools(struct tools *t, const struct workspace *ws,
		      const struct scan_options *o)
{
	struct plan_parts parts;

	t->scope = scope_open(ws);
	if (t->scope == NULL)
		return -1;
	t->location =
	    location_open(config_text(ws->config, "reference.location"));
	t->ports = ports_load();
	if (t->location == NULL || t->ports == NULL ||
	    open_casefile(t, ws, o->dry_run) < 0)
		return -1;
	parts = (struct plan_parts){.ws = ws,
				    .scope = t->scope,
				    .location = t->location,
				    .ports = t->ports,
				    .casefile = t->casefile};
	return plan_make(&parts, &o->wishes, &t->plan);
}

/* One address of each family tells which of ours it is asked from. */
static int check_own_names(const struct config *config, const struct plan *plan)
{
	bool seen[2] = {false, false};

	for (size_t i = 0; i < plan->count; i++) {
		const struct addr *a = &plan->hosts[i].address;

		if (seen[a->family == 6])
			continue;
		seen[a->family == 6] = true;
		if (ownname_check(config, a) < 0)
			return -1;
	}
	return 0;
}

static int scan(const struct workspace *ws, const struct scan_options *o,
		struct tools *t)
{
	struct scan_parts parts = {.ws = ws,
				   .casefile = t->casefile,
				   .scope = t->scope,
				   .location = t->location,
				   .ports = t->ports,
				   .plan = &t->plan,
				   .period = o->wishes.period->text,
				   .stale = o->wishes.stale,
				   .names = o->names};
	struct scan_result result;

	t->fingerprints = fingerprints_load(ws);
	if (t->fingerprints == NULL)
		return EXIT_FAILED;
	parts.fingerprints = t->fingerprints;
	/* What a name server says is a stranger's, too. */
	if (sandbox_enter(ws) < 0 ||
	    check_own_names(ws->config, &t->plan) < 0 ||
	    scan_run(&parts, &result) < 0)
		return EXIT_FAILED;
	if (!o->json)
		print_result(&t->plan, &result);
	else if (print_result_json(&t->plan, &result) < 0)
		return EXIT_FAILED;
	if (scope_failed(t->scope)) {
		log_error("the opt-out list could not be read for a while, in "
			  "which nobody was asked");
		log_hint("mend it, then run the same command again");
		return EXIT_FAILED;
	}
	return result.interrupted ? EXIT_FAILED : EXIT_DONE;
}

static int run(struct workspace *ws, const struct scan_options *o)
{
	struct scan_result nothing = {0};
	struct tools t = {0};
	int status = EXIT_FAILED;

	if ((!o->dry_run && (check_clock(ws->config) < 0 ||
			     who_check(ws->config, "scan") < 0)) ||
	    (o->wishes.shards > 0 &&
	     plan_divide_rates(ws->config, o->wishes.shards) < 0) ||
	    open_tools(&t, ws, o) < 0)
		goto out;
	if (o->dry_run) {
		status = dry_run(o, &t.plan, ws->config);
	} else if (t.plan.probes > 0 || (o->names && t.plan.targets > 0)) {
		status = scan(ws, o, &t);
	} else {
		log_note("nothing left to ask: %zu targets among %zu sources, "
			 "%zu probes answered",
			 t.plan.targets, t.plan.sources, t.plan.answered);
		hint_no_target(o, &t.plan);
		status = o->json && print_result_json(&t.plan, &nothing) < 0
			     ? EXIT_FAILED
			     : EXIT_DONE;
	}
out:
	release_tools(&t);
	return status;
}

int cmd_scan(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    scan_argp_options,
	    scan_option,
	    "PERIOD",
	    "Asks the targets of a period what they are. A second run goes on "
	    "where the first ended. Exit status 0 when all was asked, 1 when "
	    "it failed or was interrupted.",
	    NULL,
	    NULL,
	    NULL};
	struct scan_options o = {0};
	struct workspace *ws;
	struct period period;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (period_parse_argument(o.period, &period) < 0)
		return EXIT_USAGE;
	o.wishes.period = &period;
	if (!are_ports_right(o.wishes.ports))
		return EXIT_USAGE;
	ws = workspace_open(with);
	if (ws == NULL)
		return EXIT_FAILED;
	status = run(ws, &o);
	workspace_free(ws);
	return status;
}
