#include <argp.h>
#include <stdlib.h>

#include "exit_status.h"
#include "log.h"
#include "ownname.h"
#include "sandbox.h"
#include "watch.h"
#include "watch_commands.h"

struct watch_options {
	struct plan_wishes wishes; /* the shard */
	bool once;
};

static const struct argp_option watch_argp_options[] = {
    {"shard", 'S', "I/N", 0,
     "The I-th of N parts, each for a host of its own: the overall and AS "
     "rates are divided",
     0},
    {"once", '1', NULL, 0,
     "End after one look and what that found due, as from a timer; exit "
     "status 1 when the look failed or not all could be asked",
     0},
    {0},
};

static error_t watch_option(int key, char *arg, struct argp_state *state)
{
	struct watch_options *o = state->input;

	switch (key) {
	case 'S':
		if (!plan_read_shard(arg, &o->wishes))
			argp_error(state,
				   "--shard is I/N with I from 1 to N, "
				   "not '%s'",
				   arg);
		break;
	case '1':
		o->once = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Addresses of the documentation: only the route to them is looked up. */
static int check_own_names(const struct config *config)
{
	static const char *const far[] = {"192.0.2.1", "2001:db8::1"};

	for (size_t i = 0; i < ARRAY_LEN(far); i++) {
		struct addr to;

		if (addr_parse(far[i], &to) && ownname_check(config, &to) < 0)
			return -1;
	}
	return 0;
}

static int enter_sandbox(const struct workspace *ws)
{
	const char *metrics = config_text(ws->config, "watch.metrics_file");

	/* The metrics are often read from a directory of their own. */
	return sandbox_enter_with(ws, &metrics, *metrics != '\0');
}

static int run(struct watch_parts *parts)
{
	struct casefile *cf = casefile_open(parts->ws, CASEFILE_WRITE);
	int rc = -1;

	parts->casefile = cf;
	if (cf != NULL && casefile_lock_scan(cf, "watch") == 0 &&
	    watch_tools_open(parts->tools, parts->ws) == 0 &&
	    enter_sandbox(parts->ws) >= 0 &&
	    check_own_names(parts->ws->config) == 0)
		rc = watch_run(parts);
	watch_tools_release(parts->tools);
	casefile_close(cf);
	return rc;
}

int cmd_watch(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    watch_argp_options,
	    watch_option,
	    NULL,
	    "Asks new sources what they are, soon after the sensors saw them, "
	    "until SIGINT or SIGTERM. SIGHUP reads martlet.conf again. Only "
	    "one process of a workspace may probe. Under systemd it says how "
	    "it goes; watch.metrics_file is for Prometheus.",
	    NULL,
	    NULL,
	    NULL};
	struct watch_options o = {0};
	struct watch_tools tools = {0};
	struct watch_parts parts = {.with = with, .tools = &tools};
	struct ports *ports;
	int rc = -1;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	parts.shards = o.wishes.shards;
	parts.once = o.once;
	parts.ports = ports = ports_load();
	parts.ws = ports != NULL ? workspace_open(with) : NULL;
	if (parts.ws != NULL && watch_check(parts.ws, ports, parts.shards) == 0)
		parts.planner = planner_start(parts.ws, &o.wishes);
	if (parts.planner != NULL) {
		parts.notify = notify_open();
		rc = run(&parts);
	}
	notify_free(parts.notify);
	planner_free(parts.planner);
	workspace_free(parts.ws);
	ports_free(ports);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}
