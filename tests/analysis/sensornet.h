/*
 * A sensor network for tests: the shipped schema in a file of its own, and
 * whatever the test inserts.
 */
#ifndef MARTLET_SENSORNET_H
#define MARTLET_SENSORNET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "period.h"
#include "sensordb.h"
#include "workspace.h"
#include "xalloc.h"

#define assert_near(a, b, most) assert_true(fabs((a) - (b)) <= (most))

static const char network_schema[] =
#include "sensors_schema.h"
    ;

struct network {
	char path[64];
	sqlite3 *sqlite; /* for the test to write */
	struct workspace ws;
	struct sensordb *db;
};

static void network_exec(struct network *n, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(n->sqlite, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", why, sql);
}

/* Two regions, "jp" (home by its sort) and "eu", without sensors. */
static void network_start(struct network *n, const char *timezone)
{
	char *meta = xalloc_printf("INSERT INTO sensor_meta VALUES "
				   "('timezone', '%s'), ('unit', 'packets')",
				   timezone);
	char *setting;
	int descriptor;

	*n = (struct network){.path = "/tmp/martlet-network-XXXXXX"};
	descriptor = mkstemp(n->path);
	assert_true(descriptor >= 0);
	close(descriptor);
	assert_int_equal(sqlite3_open(n->path, &n->sqlite), SQLITE_OK);
	network_exec(n, "PRAGMA synchronous = OFF");
	network_exec(n, network_schema);
	network_exec(n, meta);
	network_exec(n, "INSERT INTO region VALUES "
			"('eu', 'Europe', '欧州', 2), "
			"('jp', 'Japan', '日本', 1)");
	n->ws.directory = xalloc_string("/tmp");
	n->ws.config = config_new();
	setting = xalloc_printf("sensors.database=sqlite:%s", n->path);
	assert_int_equal(config_override(n->ws.config, setting), 0);
	n->db = sensordb_open(&n->ws);
	assert_non_null(n->db);
	free(setting);
	free(meta);
}

static void network_stop(struct network *n)
{
	sensordb_close(n->db);
	sqlite3_close(n->sqlite);
	config_free(n->ws.config);
	free(n->ws.directory);
	unlink(n->path);
}

/* So many packets of source 192.0.2.1 on every day from first to last (ISO)
 * at one TCP port of a sensor. */
static inline void network_traffic(struct network *n, const char *sensor,
				   const char *first, const char *last,
				   int port, int packets)
{
	char *sql = xalloc_printf(
	    "WITH RECURSIVE d(day) AS (SELECT '%s' UNION ALL "
	    "SELECT date(day, '+1 day') FROM d WHERE day < '%s') "
	    "INSERT INTO traffic (day, sensor, source, protocol, port, "
	    "signature, packets, first_seen, last_seen, source_port) "
	    "SELECT day, '%s', '192.0.2.1', 6, %d, '', %d, 0, 0, 0 FROM d",
	    first, last, sensor, port, packets);

	network_exec(n, sql);
	free(sql);
}

static inline struct period network_period(const char *text)
{
	struct period p;

	assert_true(period_parse(text, &p));
	return p;
}

#endif
