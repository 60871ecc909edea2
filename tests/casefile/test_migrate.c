#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "casefile.h"
#include "casefile_merge.h"
#include "compiler.h"
#include "xalloc.h"

/* The schema as version 1 was released. */
#define SCHEMA_1 "tests/casefile/schema-1.sql"

static const char rows_1[] =
    "INSERT INTO meta VALUES ('k', 'v');"
    "INSERT INTO prober VALUES (1, 'ours', 'here'), (7, 'theirs', 'there');"
    "INSERT INTO address VALUES (3, '192.0.2.9'), (5, '2001:db8::1');"
    "INSERT INTO scan VALUES (1, 1, '2025Q3', 10, 20, 0),"
    " (2, 7, '2025Q3', 30, NULL, 1);"
    "INSERT INTO probe VALUES (1, 1, 3, 443, 'TCP', 1000, 42, 'answered'),"
    " (2, 2, 5, 80, 'TCP', 2000, NULL, 'stalled'),"
    " (9, 2, 5, 81, 'TCP', 2001, NULL, 'refused');"
    "INSERT INTO certificate VALUES (4, 'aa', 'bb', 'CN=x', 'CN=y', 'n',"
    " '01', 5, 6);"
    "INSERT INTO service VALUES (1, 'https', 1, x'610062', 200, '/l', x'48',"
    " x'3cff', 'CP932', 't', x'985e', 's', 'r', 'c', 'p', 'g', 'f', 'l',"
    " 'pc', 'm', 's2', -7, 4, 'TLSv1.2', 'h', 'ts,-,-,scale=7,mss=1460', 250,"
    " 'gate.example'),"
    " (2, 'http', 0, NULL, NULL, NULL, NULL, zeroblob(30000), NULL, NULL,"
    " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
    " NULL, NULL, NULL, NULL, NULL, NULL);"
    "INSERT INTO identity VALUES (1, 'Yamaha', 'RTX', NULL, 'router', NULL,"
    " 0.85, 'x.xml: y');"
    "INSERT INTO deployment VALUES (12, '2025Q3', 'ab');"
    "PRAGMA user_version = 1";

struct place {
	char dir[64], file[96];
	struct workspace ws;
};

static void must(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
}

static sqlite3 *open_file(const struct place *p)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(p->file, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	return db;
}

static void make_place(struct place *p)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->dir, sizeof(p->dir), "/tmp/martlet-migrate-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof(p->file), "%s/martlet.db", p->dir);
	p->ws.directory = p->dir;
}

static void make_version_1(struct place *p)
{
	char sql[8192];
	FILE *f = fopen(SCHEMA_1, "r");
	sqlite3 *db;
	size_t len;

	make_place(p);
	assert_non_null(f);
	len = fread(sql, 1, sizeof(sql) - 1, f);
	fclose(f);
	sql[len] = '\0';
	db = open_file(p);
	must(db, "PRAGMA journal_mode = WAL");
	must(db, sql);
	must(db, rows_1);
	sqlite3_close(db);
}

static void remove_place(const struct place *p)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".scan-lock"};
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", p->file, ends[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(p->dir), 0);
}

static int add_value(void *arg, int count, char **values, char **names)
{
	(void)names;
	for (int i = 0; i < count; i++)
		buf_printf(arg, "%s|", values[i] != NULL ? values[i] : "NULL");
	buf_add_string(arg, "\n");
	return 0;
}

static char *ask(sqlite3 *db, const char *sql)
{
	struct buf out;
	char *error = NULL;

	buf_init(&out, BUF_NO_LIMIT);
	buf_add_string(&out, "");
	if (sqlite3_exec(db, sql, add_value, &out, &error) != SQLITE_OK)
		fail_msg("%s", error);
	return buf_detach(&out);
}

/* Every row of every table of version 1, save hostname, with all bytes. */
static char *contents(const struct place *p)
{
	static const char *const selects[] = {
	    "SELECT * FROM meta",
	    "SELECT * FROM prober ORDER BY id",
	    "SELECT * FROM address ORDER BY id",
	    "SELECT * FROM scan ORDER BY id",
	    "SELECT * FROM probe ORDER BY id",
	    "SELECT probe, protocol, truncated, hex(banner), http_status,"
	    " http_path, hex(http_headers), hex(body), charset, title,"
	    " hex(title_raw), server, realm, cookies, powered_by, generator,"
	    " forms, links, page_class, favicon_md5, favicon_sha256,"
	    " favicon_mmh3, certificate, tls_version, ssh_hassh, stack, rtt_us"
	    " FROM service ORDER BY probe",
	    "SELECT * FROM certificate",
	    "SELECT * FROM identity",
	    "SELECT * FROM deployment",
	};
	sqlite3 *db = open_file(p);
	struct buf all;

	buf_init(&all, BUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(selects); i++) {
		char *part = ask(db, selects[i]);

		buf_add_string(&all, part);
		free(part);
	}
	sqlite3_close(db);
	return buf_detach(&all);
}

static char *ask_file(const struct place *p, const char *sql)
{
	sqlite3 *db = open_file(p);
	char *answer = ask(db, sql);

	sqlite3_close(db);
	return answer;
}

static void file_says(const struct place *p, const char *sql,
		      const char *expected)
{
	char *answer = ask_file(p, sql);

	assert_string_equal(answer, expected);
	free(answer);
}

static void is_whole(const struct place *p, const char *version)
{
	file_says(p, "PRAGMA integrity_check", "ok|\n");
	file_says(p, "PRAGMA foreign_key_check", "");
	file_says(p, "PRAGMA user_version", version);
}

static void writing_migrates_and_keeps_every_row(void **state)
{
	struct place p;
	char *before, *after;
	struct casefile *cf;

	(void)state;
	make_version_1(&p);
	before = contents(&p);
	cf = casefile_open(&p.ws, CASEFILE_WRITE);
	assert_non_null(cf);
	/* The scan lock is free again. */
	assert_int_equal(casefile_lock_scan(cf, "scan"), 0);
	casefile_close(cf);
	after = contents(&p);
	assert_string_equal(after, before);
	is_whole(&p, "2|\n");
	file_says(&p, "SELECT * FROM hostname",
		  "1|1|3|1000|found|gate.example|\n");
	file_says(&p, "SELECT clock_http_s, clock_tls_s FROM service",
		  "NULL|NULL|\nNULL|NULL|\n");
	free(before);
	free(after);
	remove_place(&p);
}

/* What of two ways to this version must be equal. */
#define COLUMNS                                                                \
	"SELECT m.name, c.cid, c.name, c.type, c.\"notnull\", c.pk"            \
	" FROM sqlite_schema m, pragma_table_xinfo(m.name) c"                  \
	" WHERE m.type = 'table' ORDER BY m.name, c.cid"
#define INDEXES                                                                \
	"SELECT m.name, m.tbl_name, c.seqno, c.name FROM sqlite_schema m,"     \
	" pragma_index_info(m.name) c WHERE m.type = 'index' ORDER BY 1, 3"
#define KEYS                                                                   \
	"SELECT m.name, k.\"from\", k.\"table\" FROM sqlite_schema m,"         \
	" pragma_foreign_key_list(m.name) k WHERE m.type = 'table'"            \
	" ORDER BY 1, 2"

static void a_migrated_database_has_the_form_of_a_new_one(void **state)
{
	static const char *const forms[] = {COLUMNS, INDEXES, KEYS};
	struct place old, new;

	(void)state;
	make_version_1(&old);
	make_place(&new);
	casefile_close(casefile_open(&old.ws, CASEFILE_WRITE));
	casefile_close(casefile_open(&new.ws, CASEFILE_WRITE));
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		char *expected = ask_file(&new, forms[i]);

		assert_true(strlen(expected) > 100);
		file_says(&old, forms[i], expected);
		free(expected);
	}
	remove_place(&old);
	remove_place(&new);
}

static int look(struct observation *o, void *arg)
{
	int *seen = arg;

	++*seen;
	assert_false(o->clock.http_known);
	if (o->port == 443)
		assert_string_equal(o->hostname, "gate.example");
	else
		assert_null(o->hostname);
	return 0;
}

static int look_at_name(const struct hostname *h, void *arg)
{
	++*(int *)arg;
	assert_int_equal(h->answer, NAME_ANSWER_FOUND);
	assert_int_equal(h->looked_up_ms, 1000);
	assert_string_equal(h->names[0], "gate.example");
	return 0;
}

static void reading_an_older_one_changes_nothing(void **state)
{
	struct place p;
	struct casefile *cf;
	int services = 0, names = 0;

	(void)state;
	make_version_1(&p);
	cf = casefile_open(&p.ws, CASEFILE_READ);
	assert_non_null(cf);
	assert_int_equal(casefile_each_service(cf, NULL, look, &services), 0);
	assert_int_equal(casefile_each_hostname(cf, 0, look_at_name, &names),
			 0);
	assert_int_equal(services, 2);
	assert_int_equal(names, 1);
	casefile_close(cf);
	is_whole(&p, "1|\n");
	remove_place(&p);
}

static void a_running_older_scan_is_not_disturbed(void **state)
{
	struct place p;
	struct casefile *old, *cf;

	(void)state;
	make_version_1(&p);
	old = casefile_open(&p.ws, CASEFILE_READ);
	assert_int_equal(casefile_lock_scan(old, "scan"), 0);
	assert_null(casefile_open(&p.ws, CASEFILE_WRITE));
	is_whole(&p, "1|\n");
	casefile_close(old);
	cf = casefile_open(&p.ws, CASEFILE_WRITE);
	assert_non_null(cf);
	casefile_close(cf);
	remove_place(&p);
}

static void an_older_one_is_merged_as_it_is(void **state)
{
	struct place theirs, ours;
	struct casefile_merged m;
	struct casefile *cf;
	char *before, *after;

	(void)state;
	make_version_1(&theirs);
	make_place(&ours);
	before = contents(&theirs);
	cf = casefile_open(&ours.ws, CASEFILE_WRITE);
	assert_non_null(cf);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(casefile_merge(cf, theirs.file, &m), 0);
		assert_int_equal(m.probes, i == 0 ? 3 : 0);
	}
	casefile_close(cf);
	after = contents(&theirs);
	assert_string_equal(after, before);
	is_whole(&theirs, "1|\n");
	is_whole(&ours, "2|\n");
	file_says(&ours,
		  "SELECT p.name, a.text, looked_up_ms, answer, h.name"
		  " FROM hostname h JOIN prober p ON p.id = h.prober"
		  " JOIN address a ON a.id = h.address",
		  "ours|192.0.2.9|1000|found|gate.example|\n");
	file_says(&ours, "SELECT length(body) FROM service ORDER BY 1",
		  "2|\n30000|\n");
	free(before);
	free(after);
	remove_place(&theirs);
	remove_place(&ours);
}

/* --- kill -9 in the middle */

static int steps_left; /* of SQLite's machine, in hundreds */

static int die_when_done(void *arg)
{
	(void)arg;
	if (steps_left-- <= 0)
		kill(getpid(), SIGKILL);
	return 0;
}

static int watch_steps(sqlite3 *db, const char **error, const void *api)
{
	(void)error;
	(void)api;
	sqlite3_progress_handler(db, 100, die_when_done, NULL);
	return SQLITE_OK;
}

/* Whether the migration ended before so many steps. */
static bool migrate_for(const struct place *p, int steps)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		steps_left = steps;
		sqlite3_auto_extension((void (*)(void))watch_steps);
		_exit(casefile_open(&p->ws, CASEFILE_WRITE) != NULL ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return false;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

static void killed_at_any_step_nothing_is_lost(void **state)
{
	struct place p;
	char *before, *after;
	int killed = 0;
	bool ended = false;

	(void)state;
	make_version_1(&p);
	before = contents(&p);
	for (int steps = 0; !ended && steps < 10000; steps++) {
		ended = migrate_for(&p, steps);
		killed += !ended;
		is_whole(&p, ended ? "2|\n" : "1|\n");
		after = contents(&p);
		assert_string_equal(after, before);
		free(after);
	}
	assert_true(ended);
	assert_true(killed > 5);
	file_says(&p, "SELECT count(*) FROM hostname", "1|\n");
	free(before);
	remove_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writing_migrates_and_keeps_every_row),
	    cmocka_unit_test(a_migrated_database_has_the_form_of_a_new_one),
	    cmocka_unit_test(reading_an_older_one_changes_nothing),
	    cmocka_unit_test(a_running_older_scan_is_not_disturbed),
	    cmocka_unit_test(an_older_one_is_merged_as_it_is),
	    cmocka_unit_test(killed_at_any_step_nothing_is_lost),
	};

	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
