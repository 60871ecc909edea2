/*
 * The contract as statements for the engines that 'martlet init' does not
 * make a database of.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "exit_status.h"
#include "log.h"
#include "zone.h"
#include "sensors_commands.h"

#define PLACE "@TIMEZONE@"

static const struct {
	const char *engine, *statements;
} contracts[] = {
    {
	"postgresql",
#include "contract_postgresql.h"
    },
    {
	"clickhouse",
#include "contract_clickhouse.h"
    },
};

struct ddl_options {
	const char *timezone, *statements;
};

static const struct argp_option ddl_argp_options[] = {
    {"timezone", 'z', "TZ", 0,
     "IANA zone that the sensor network's days are in (default UTC)", 0},
    {0},
};

static error_t ddl_option(int key, char *arg, struct argp_state *state)
{
	struct ddl_options *o = state->input;

	if (key == 'z') {
		o->timezone = arg;
	} else if (key == ARGP_KEY_ARG && state->arg_num == 0) {
		for (size_t i = 0; i < ARRAY_LEN(contracts); i++)
			if (strcmp(contracts[i].engine, arg) == 0)
				o->statements = contracts[i].statements;
		if (o->statements == NULL)
			argp_error(state, "there are no statements for '%s'",
				   arg);
	} else if (key == ARGP_KEY_END && o->statements == NULL) {
		argp_error(state, "for which engine? postgresql or clickhouse");
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int cmd_sensors_ddl(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    ddl_argp_options,
	    ddl_option,
	    "postgresql | clickhouse",
	    "Prints the statements that make an empty sensor database on a "
	    "database server, for its own client to run.\v"
	    "Martlet itself never writes there.",
	    NULL,
	    NULL,
	    NULL};
	struct ddl_options o = {"UTC", NULL};
	const char *place;
	struct zone *zone;

	(void)with;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	zone = zone_open(o.timezone);
	if (zone == NULL) {
		log_error("'%s' is not a time zone that this machine knows",
			  o.timezone);
		log_hint("write an IANA name such as Asia/Tokyo or UTC");
		return EXIT_USAGE;
	}
	zone_free(zone);
	place = strstr(o.statements, PLACE);
	fwrite(o.statements, 1, (size_t)(place - o.statements), stdout);
	fputs(o.timezone, stdout);
	fputs(place + strlen(PLACE), stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	log_error("cannot write the result: %s", strerror(errno));
	return EXIT_FAILED;
}
