/*
 * PostgreSQL through libpq: values are parameters of the protocol, rows come
 * one by one, and nothing is believed that the server did not finish.
 */
#include "sensorengine.h"
#include "log.h"

#ifdef HAVE_LIBPQ

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sqltext.h"
#include "str.h"
#include "xalloc.h"

#define INT8_OID 20     /* pg_type of bigint; 0: found by the server */
#define NUMBER_TEXT 21  /* bytes of an int64_t with its NUL */
#define VALUES_MAX 4096 /* far below the protocol's 65,535 */
/* The server's own limit comes first; this is for one that is gone. */
#define SILENCE_S 30

struct database {
	struct engine engine;
	PGconn *connection;
	int64_t timeout_s;
	bool answering;
};

struct answer {
	struct engine_rows rows;
	PGresult *row;
	bool ended;
};

static struct database *database_of(struct engine_rows *rows)
{
	return (struct database *)rows->engine;
}

/* What to do about an SQLSTATE. */
static const char *advice(const char *state)
{
	if (state == NULL)
		return "the connection broke: nothing of the answer was used; "
		       "run it again";
	if (strcmp(state, "57014") == 0)
		return "sensors.timeout_s is the time that one question may "
		       "take; 'martlet sensors check' says what is slow";
	if (strcmp(state, "42501") == 0)
		return "grant it: GRANT SELECT ON ALL TABLES IN SCHEMA public "
		       "TO the user of sensors.database";
	if (str_starts(state, "42") || str_starts(state, "22"))
		return "'martlet sensors check' says what it lacks";
	if (str_starts(state, "57P"))
		return "the server stops or restarts: run it again when it is "
		       "up";
	return NULL;
}

static int complain(struct database *db, const PGresult *result)
{
	const char *said = result != NULL ? PQresultErrorMessage(result)
					  : PQerrorMessage(db->connection);
	const char *state = result != NULL
				? PQresultErrorField(result, PG_DIAG_SQLSTATE)
				: NULL;

	return sensorengine_complain(&db->engine, said, advice(state));
}

/* Waits for the server to say something. -1, logged: it is gone. */
static int wait_for_more(struct database *db)
{
	struct pollfd p = {PQsocket(db->connection), POLLIN, 0};
	int64_t patience_ms = (db->timeout_s + SILENCE_S) * 1000;
	int got;

	do
		got = poll(&p, 1, (int)patience_ms);
	while (got < 0 && errno == EINTR);
	if (got > 0 && PQconsumeInput(db->connection))
		return 0;
	if (got == 0)
		return sensorengine_complain(
		    &db->engine, "the server does not answer any more",
		    advice(NULL));
	return complain(db, NULL);
}

/* The next result; NULL after the last. -1, logged. */
static int get_result(struct database *db, PGresult **out)
{
	*out = NULL;
	while (PQisBusy(db->connection))
		if (wait_for_more(db) < 0)
			return -1;
	*out = PQgetResult(db->connection);
	return 0;
}

/* Reads what is left of an answer. */
static void drain(struct database *db)
{
	PGresult *result;

	while (PQstatus(db->connection) == CONNECTION_OK &&
	       get_result(db, &result) == 0 && result != NULL)
		PQclear(result);
	db->answering = false;
}

static int command(struct database *db, const char *sql)
{
	PGresult *result = PQexec(db->connection, sql);
	int rc = 0;

	assert(!db->answering);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		rc = complain(db, result);
	PQclear(result);
	return rc;
}

/* --- opening */

/* -1, logged: not a URI, or one with a password. */
static int check_uri(const char *name)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(name, &why);
	int rc = 0;

	if (options == NULL) {
		char *shown = why ? str_vis(why, strcspn(why, "\n"), 300)
				  : xalloc_string("it cannot be read");

		/* What stands before @ may be a password. */
		if (strchr(name, '@') != NULL)
			log_error("sensors.database is not a PostgreSQL URI");
		else
			log_error("sensors.database: %s", shown);
		log_hint("write it as "
			 "postgresql://USER@HOST:PORT/DATABASE?sslmode="
			 "verify-full");
		free(shown);
		PQfreemem(why);
		return -1;
	}
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (strcmp(o->keyword, "password") == 0 && o->val != NULL &&
		    *o->val != '\0')
			rc = -1;
	PQconninfoFree(options);
	if (rc < 0)
		sensorengine_refuse_password();
	return rc;
}

static const char *connection_advice(PGconn *c)
{
	if (PQconnectionNeedsPassword(c))
		return "put the password into the file that "
		       "sensors.password_file names (chmod 600), into "
		       "MARTLET_SENSORS_PASSWORD, or into ~/.pgpass";
	if (PQconnectionUsedPassword(c))
		return "is it the right password? It is from "
		       "MARTLET_SENSORS_PASSWORD, sensors.password_file, or "
		       "what libpq finds (PGPASSWORD, ~/.pgpass)";
	return "is the server running, and does sensors.database name its "
	       "host, port, user and database?";
}

static int set_session(struct database *db)
{
	char *sql = xalloc_printf(
	    "SET default_transaction_read_only = on; SET datestyle = 'ISO'; "
	    "SET standard_conforming_strings = on; SET timezone = 'UTC'; "
	    "SET statement_timeout = %" PRId64,
	    db->timeout_s * 1000);
	int rc = command(db, sql);

	free(sql);
	return rc;
}

static PGconn *connect_to(const char *name, const char *password)
{
	/* Defaults stand before the URI, what it must not say after it. */
	const char *keys[] = {"connect_timeout",
			      "keepalives_idle",
			      "fallback_application_name",
			      "dbname",
			      "client_encoding",
			      password ? "password" : NULL,
			      NULL};
	const char *values[] = {"10",   "30",     "martlet", name,
				"UTF8", password, NULL};

	return PQconnectdbParams(keys, values, 1);
}

static void close_connection(struct engine *e)
{
	struct database *db = (struct database *)e;

	PQfinish(db->connection);
	free(db);
}

static struct engine *open_connection(const struct workspace *ws,
				      const char *name)
{
	struct database *db;
	char *password;

	if (check_uri(name) < 0 || sensorengine_password(ws, &password) < 0)
		return NULL;
	db = xalloc_zero(1, sizeof(*db));
	db->engine = (struct engine){&engine_postgresql, name};
	db->timeout_s = config_int(ws->config, "sensors.timeout_s");
	db->connection = connect_to(name, password);
	sensorengine_password_free(password);
	if (PQstatus(db->connection) != CONNECTION_OK)
		sensorengine_complain(&db->engine,
				      PQerrorMessage(db->connection),
				      connection_advice(db->connection));
	else if (set_session(db) == 0)
		return &db->engine;
	close_connection(&db->engine);
	return NULL;
}

/* --- asking */

static int send_question(struct database *db, const char *sql,
			 const struct sensordb_value *values, size_t count)
{
	const char **texts = xalloc_zero(count + 1, sizeof(*texts));
	Oid *types = xalloc_zero(count + 1, sizeof(*types));
	char(*numbers)[NUMBER_TEXT] = xalloc_zero(count + 1, sizeof(*numbers));
	char *text = sqltext_postgresql(sql);
	int sent;

	assert(count < VALUES_MAX);
	for (size_t i = 0; i < count; i++) {
		texts[i] = values[i].text;
		if (values[i].type != SENSORDB_INT)
			continue;
		snprintf(numbers[i], NUMBER_TEXT, "%" PRId64, values[i].number);
		texts[i] = numbers[i];
		types[i] = INT8_OID;
	}
	sent = PQsendQueryParams(db->connection, text, (int)count, types, texts,
				 NULL, NULL, 0);
	free(text);
	free(numbers);
	free(types);
	free(texts);
	if (!sent)
		return complain(db, NULL);
	PQsetSingleRowMode(db->connection);
	return 0;
}

static struct engine_rows *ask(struct engine *e, const char *sql,
			       const struct sensordb_value *values,
			       size_t count)
{
	struct database *db = (struct database *)e;
	struct answer *answer;

	assert(!db->answering);
	if (send_question(db, sql, values, count) < 0)
		return NULL;
	db->answering = true;
	answer = xalloc_zero(1, sizeof(*answer));
	answer->rows.engine = e;
	return &answer->rows;
}

static int next(struct engine_rows *rows)
{
	struct database *db = database_of(rows);
	struct answer *answer = (struct answer *)rows;

	PQclear(answer->row);
	answer->row = NULL;
	if (answer->ended)
		return 0;
	if (get_result(db, &answer->row) < 0)
		return -1;
	switch (PQresultStatus(answer->row)) {
	case PGRES_SINGLE_TUPLE:
		return 1;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		answer->ended = true;
		drain(db);
		return 0;
	default:
		return complain(db, answer->row);
	}
}

static const char *text(struct engine_rows *rows, int column)
{
	const PGresult *row = ((struct answer *)rows)->row;

	return PQgetisnull(row, 0, column) ? NULL : PQgetvalue(row, 0, column);
}

static void finish(struct engine_rows *rows)
{
	struct answer *answer = (struct answer *)rows;

	PQclear(answer->row);
	drain(database_of(rows));
	free(answer);
}

static int begin(struct engine *e)
{
	return command((struct database *)e,
		       "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

static int end(struct engine *e)
{
	return command((struct database *)e, "COMMIT");
}

#else

static struct engine *open_connection(const struct workspace *ws,
				      const char *name)
{
	(void)ws;
	(void)name;
	log_error("sensors.database is of PostgreSQL, and this program was "
		  "built without libpq");
	log_hint("install libpq-dev and build it again");
	return NULL;
}

#endif

const struct engine_kind engine_postgresql = {
    .id = SENSORDB_POSTGRESQL,
    .schemes = (const char *const[]){"postgresql://", "postgres://", NULL},
    .open = open_connection,
#ifdef HAVE_LIBPQ
    .has = "SELECT 1 FROM pg_catalog.pg_class "
	   "WHERE oid = to_regclass(?) AND relkind IN "
	   "('r', 'v', 'm', 'f', 'p')",
    .columns =
	"SELECT a.attname, format_type(CASE WHEN t.typtype = 'd' THEN "
	"t.typbasetype ELSE t.oid END, NULL) FROM pg_catalog.pg_attribute a "
	"JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
	"WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 "
	"AND NOT a.attisdropped",
    .close = close_connection,
    .ask = ask,
    .next = next,
    .text = text,
    .finish = finish,
    .begin = begin,
    .end = end,
#endif
};
