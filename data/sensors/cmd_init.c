#include <argp.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_status.h"
#include "log.h"
#include "outfile.h"
#include "xalloc.h"
#include "zone.h"
#include "workspace.h"
#include "sensors_commands.h"

static const char schema[] =
#include "sensors_schema.h"
    ;

struct init_options {
	const char *timezone, *directory;
};

static const struct argp_option init_argp_options[] = {
    {"timezone", 'z', "TZ", 0,
     "IANA zone that the sensor network's days are in (default UTC); fixed "
     "for the life of the sensor database",
     0},
    {0},
};

static error_t init_option(int key, char *arg, struct argp_state *state)
{
	struct init_options *o = state->input;

	if (key == 'z')
		o->timezone = arg;
	else if (key == ARGP_KEY_ARG && state->arg_num == 0)
		o->directory = arg;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static bool has(const char *directory, const char *name)
{
	char *path = xalloc_printf("%s/%s", directory, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Whether there is no workspace yet; logs. One that lost its sensor database
 * can get a new one. */
static int check_new(const char *directory)
{
	if (!has(directory, "martlet.conf") || !has(directory, "sensors.db"))
		return 0;
	log_error("'%s' is a workspace already: it has martlet.conf and "
		  "sensors.db",
		  directory);
	log_hint("use it with 'martlet -C DIR ...', or name another directory");
	return -1;
}

static int write_conf(const char *directory)
{
	char *path = xalloc_printf("%s/martlet.conf", directory);
	struct outfile *f;
	int rc = -1;

	if (access(path, F_OK) == 0) {
		log_note("keeping the configuration '%s'", path);
		free(path);
		return 0;
	}
	f = outfile_open(path, 0644);
	if (f != NULL) {
		config_write_template(outfile_stream(f));
		rc = outfile_commit(f);
	}
	free(path);
	return rc;
}

static int fill(sqlite3 *db, const char *timezone)
{
	sqlite3_stmt *meta = NULL;
	int rc;

	/* Filled and read in long stretches: larger pages are a tenth faster
	 * than those of SQLite's 4096 bytes. */
	rc = sqlite3_exec(db, "PRAGMA page_size = 16384; BEGIN", NULL, NULL,
			  NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, schema, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(
		    db,
		    "INSERT INTO sensor_meta VALUES ('timezone', ?), "
		    "('unit', 'packets')",
		    -1, &meta, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(meta, 1, timezone, -1, SQLITE_STATIC);
		rc = sqlite3_step(meta) == SQLITE_DONE ? SQLITE_OK : -1;
	}
	sqlite3_finalize(meta);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : -1;
}

static int make_sensors(const char *directory, const char *timezone)
{
	char *path = xalloc_printf("%s/sensors.db", directory);
	sqlite3 *db = NULL;
	mode_t mask = umask(0077); /* TLP:AMBER+STRICT */
	int rc = -1;

	/* An existing sensor database is kept: it may be the only one. */
	if (access(path, F_OK) == 0) {
		log_note("keeping the sensor database '%s'", path);
		rc = 0;
	} else if (sqlite3_open(path, &db) == SQLITE_OK &&
		   fill(db, timezone) == 0) {
		rc = 0;
	} else {
		log_error("cannot make the sensor database '%s': %s", path,
			  sqlite3_errmsg(db));
		log_hint("its directory must be writable and have space left");
		unlink(path);
	}
	sqlite3_close(db);
	umask(mask);
	free(path);
	return rc;
}

int cmd_init(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    init_argp_options,
	    init_option,
	    "[DIR]",
	    "Makes a workspace: a directory with a commented martlet.conf and "
	    "an empty sensor database.",
	    NULL,
	    NULL,
	    NULL};
	struct init_options o = {"UTC", with->directory};
	struct zone *zone;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	zone = zone_open(o.timezone);
	if (zone == NULL) {
		log_error("'%s' is not a time zone that this machine knows",
			  o.timezone);
		log_hint("write an IANA name such as Asia/Tokyo or UTC");
		return EXIT_USAGE;
	}
	zone_free(zone);
	if (outfile_make_directory(o.directory, 0755) < 0 ||
	    check_new(o.directory) < 0 ||
	    make_sensors(o.directory, o.timezone) < 0 ||
	    write_conf(o.directory) < 0)
		return EXIT_FAILED;
	log_note("made the workspace '%s'; edit its martlet.conf", o.directory);
	return EXIT_DONE;
}
