/*
 * The front door: one table of commands, nothing else.
 */
#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answerable_commands.h"
#include "casefile_commands.h"
#include "civil.h"
#include "compiler.h"
#include "config.h"
#include "contacts_commands.h"
#include "document_commands.h"
#include "exit_status.h"
#include "findings_commands.h"
#include "groups_commands.h"
#include "identify_commands.h"
#include "log.h"
#include "scan_commands.h"
#include "sensors_commands.h"
#include "show_commands.h"
#include "traffic_commands.h"
#include "triage_commands.h"
#include "watch_commands.h"
#include "workspace.h"
#include "xalloc.h"

static const struct command commands[] = {
    {"init", "[--timezone TZ] [DIR]", "make a workspace", cmd_init},
    {"import", "FILE... | --undo ID | --list",
     "packets into the sensor database", cmd_import},
    {"sensors", "[list | check | add | uptime | ddl]",
     "the sensor network and its contract", cmd_sensors},
    {"traffic", "PERIOD [--json]", "what the sensors received in a period",
     cmd_traffic},
    {"sources", "PERIOD [--country CC] [--new] ...",
     "sources, and why each is or is not a target", cmd_sources},
    {"scan", "PERIOD [--dry-run] [--stale] [--ports LIST] ...",
     "probe the targets; a second run goes on", cmd_scan},
    {"watch", "[--shard I/N] [--once]",
     "the service: probe new sources as sensors see them", cmd_watch},
    {"merge", "OTHER-MARTLET.DB... [--json]",
     "take in what other probing hosts found", cmd_merge},
    {"opt-out", "add PREFIX ... | remove PREFIX ... | list",
     "who asked not to be probed", cmd_opt_out},
    {"probing-txt", "[--out DIR]",
     "probing.txt and a page that explains the probing", cmd_probing_txt},
    {"audit", "[--address A | --network P] [--since T] ...",
     "every connection that was made", cmd_audit},
    {"findings", "PERIOD [--json]",
     "claims with sentences and the numbers behind them", cmd_findings},
    {"services", "PERIOD [--json|--csv]",
     "what answered at the addresses of a period", cmd_services},
    {"show", "ADDRESS [--json]", "everything about one address", cmd_show},
    {"groups", "PERIOD [--json|--csv]", "identical deployments of a period",
     cmd_groups},
    {"group", "ID [--json]", "one group with what varies in it", cmd_group},
    {"name", "PAGE-CLASS --vendor V --product P | --list ...",
     "what the analyst calls a kind of page", cmd_name},
    {"contacts", "PERIOD [--since DATE] [--json|--csv]",
     "whom to tell about which address", cmd_contacts},
    {"report", "PERIOD [--lang LANG,...]",
     "the article of a period, its figure and data", cmd_report},
    {"check", "PERIOD|FILE...", "look for leaks and faults in public text",
     cmd_check},
    {"fingerprint", "verify [DIR] | match --key KEY | apply",
     "run examples of fingerprints; match lines; look again", cmd_fingerprint},
};

static void print_help(FILE *out)
{
	fputs("Usage: martlet [-C DIR] [-o KEY=VALUE]... COMMAND ...\n\n"
	      "Follows up on the scanners that a sensor network saw.\n\n",
	      out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-12s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n  -C DIR         the workspace (default: here)\n"
	      "  -o KEY=VALUE   overrides a line of martlet.conf\n"
	      "  --help         this text; 'martlet COMMAND --help' for one\n"
	      "  --version      the version\n",
	      out);
}

/* A full disk must not pass for a short result. */
static int flush_results(int status)
{
	if ((fflush(stdout) == 0 && !ferror(stdout)) || status != EXIT_DONE)
		return status;
	log_error("cannot write the results: %s", strerror(errno));
	log_hint("look where standard output goes");
	return EXIT_FAILED;
}

/* Whether -o is right shows before any work, and is wrong usage if not. */
static bool are_overrides_right(const struct invocation *with)
{
	struct config *c = config_new();
	bool right = true;

	for (size_t i = 0; right && i < with->override_count; i++)
		right = config_override(c, with->overrides[i]) == 0;
	config_free(c);
	return right;
}

static int run(const struct invocation *with, int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		char *name;
		int status;

		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		name = xalloc_printf("martlet %s", argv[0]);
		argv[0] = name;
		status = commands[i].run(with, argc, argv);
		free(name);
		return flush_results(status);
	}
	log_error("there is no command '%s'", argv[0]);
	log_hint("'martlet --help' lists them");
	return EXIT_USAGE;
}

/* Reads the words before the command; returns the index of the command, 0
 * when the work is done, -1 for wrong usage. */
static int read_front(struct invocation *with, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
		    strcmp(word, "help") == 0) {
			print_help(stdout);
			return 0;
		}
		if (strcmp(word, "--version") == 0) {
			puts("martlet " MARTLET_VERSION);
			return 0;
		}
		if (word[0] != '-')
			return i;
		if ((strcmp(word, "-C") != 0 && strcmp(word, "-o") != 0) ||
		    i + 1 == argc) {
			log_error("'%s' needs a value or is not an option",
				  word);
			break;
		}
		if (word[1] == 'C')
			with->directory = argv[++i];
		else
			with->overrides[with->override_count++] = argv[++i];
	}
	print_help(stderr);
	return -1;
}

int main(int argc, char **argv)
{
	struct invocation with = {.directory = "."};
	int at, status = EXIT_USAGE;

	setlocale(LC_CTYPE, "C.UTF-8");
	argp_err_exit_status = EXIT_USAGE;
	if (civil_set_now() < 0)
		return EXIT_USAGE;
	with.overrides = xalloc_zero((size_t)argc, sizeof(*with.overrides));
	at = read_front(&with, argc, argv);
	if (at == 0)
		status = flush_results(EXIT_DONE);
	else if (at > 0 && are_overrides_right(&with))
		status = run(&with, argc - at, argv + at);
	free(with.overrides);
	return status;
}
