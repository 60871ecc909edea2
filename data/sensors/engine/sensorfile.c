#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "xalloc.h"
#include "sensorfile.h"

#define BUSY_TIMEOUT_MS 10000

/* The path as a URI that says that nobody changes the file. */
static char *immutable_uri(const char *path)
{
	struct buf uri;

	buf_init(&uri, BUF_NO_LIMIT);
	buf_add_string(&uri, "file:");
	for (const char *p = path; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || strchr("/._-", *p) != NULL)
			buf_add_char(&uri, *p);
		else
			buf_printf(&uri, "%%%02X", (unsigned char)*p);
	}
	buf_add_string(&uri, "?immutable=1");
	return buf_detach(&uri);
}

/* Whether a write-ahead log holds something that is not in the file yet. */
static bool has_log(const char *path)
{
	char *log = xalloc_printf("%s-wal", path);
	struct stat st;
	bool has = stat(log, &st) == 0 && st.st_size > 0;

	free(log);
	return has;
}

static bool is_on_read_only_disk(const char *path)
{
	return access(path, W_OK) != 0 && errno == EROFS;
}

static int try_read(sqlite3 *db)
{
	return sqlite3_exec(db, "SELECT 1 FROM sqlite_master LIMIT 1", NULL,
			    NULL, NULL);
}

static void complain(const char *path, sqlite3 *db, int rc)
{
	if ((rc & 0xff) == SQLITE_NOTADB) {
		log_error("'%s' is not an SQLite database", path);
		log_hint("'martlet init' makes an empty one; sensors.database "
			 "names another");
	} else {
		log_error("cannot read the sensor database '%s': %s", path,
			  sqlite3_errmsg(db));
		log_hint("look at the rights of its file and directory; "
			 "sensors.database names another");
	}
}

sqlite3 *sensorfile_open(const char *path)
{
	sqlite3 *db = NULL;
	struct stat st;
	int rc;

	errno = 0;
	if (stat(path, &st) != 0 || access(path, R_OK) != 0 ||
	    S_ISDIR(st.st_mode)) {
		errno = errno != 0 ? errno : EISDIR;
		log_error("cannot open the sensor database '%s': %s", path,
			  strerror(errno));
		log_hint("'martlet init' makes an empty one; "
			 "sensors.database names another");
		return NULL;
	}
	rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
	sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
	if (rc == SQLITE_OK)
		rc = try_read(db);
	/* A write-ahead log that a kill left wants a file beside the
	 * database. On a read-only disk nobody changes the database, so that
	 * it can be read without. */
	if (rc != SQLITE_OK && is_on_read_only_disk(path) && !has_log(path)) {
		char *uri = immutable_uri(path);

		sqlite3_close(db);
		db = NULL;
		rc = sqlite3_open_v2(
		    uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
		if (rc == SQLITE_OK)
			rc = try_read(db);
		free(uri);
	}
	if (rc == SQLITE_OK)
		return db;
	complain(path, db, rc);
	sqlite3_close(db);
	return NULL;
}
