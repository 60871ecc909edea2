#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "civil.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "auditlog.h"

#define NAME "audit.log"
#define LINE_MAX_BYTES 1024 /* of ours; longer is not */
#define NEAR_BYTES 65536    /* so near the first young line halving stops */
/* A clock that was set back by no more than this hides no line. */
#define SET_BACK_MS (2 * INT64_C(3600000))
#define TIME_TEXT 25 /* "2026-11-21T01:20:00.123Z" and NUL */

struct numbers {
	int64_t *list;
	size_t count, cap;
};

/* --- which files there are */

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int list_numbers(const struct workspace *ws, struct numbers *out)
{
	DIR *dir = opendir(ws->directory);
	const struct dirent *e;

	if (dir == NULL) {
		log_error("cannot list the directory '%s': %s", ws->directory,
			  strerror(errno));
		return -1;
	}
	while ((e = readdir(dir)) != NULL) {
		void *list = out->list;
		int64_t n;

		if (!str_starts(e->d_name, NAME ".") ||
		    !str_to_int64(e->d_name + strlen(NAME "."), 1,
				  INT64_MAX - 1, &n))
			continue;
		xalloc_room(&list, &out->cap, out->count, sizeof(*out->list));
		out->list = list;
		out->list[out->count++] = n;
	}
	closedir(dir);
	if (out->count > 0)
		qsort(out->list, out->count, sizeof(*out->list), compare);
	return 0;
}

int64_t auditlog_highest(const struct workspace *ws)
{
	struct numbers n = {0};
	int64_t highest = -1;

	if (list_numbers(ws, &n) == 0)
		highest = n.count > 0 ? n.list[n.count - 1] : 0;
	free(n.list);
	return highest;
}

/* --- what a line says */

static int64_t line_time(const char *line)
{
	char text[TIME_TEXT];
	int64_t seconds;

	if (strlen(line) < TIME_TEXT || line[TIME_TEXT - 1] != ' ')
		return -1;
	memcpy(text, line, TIME_TEXT - 1);
	text[TIME_TEXT - 1] = '\0';
	return civil_parse_time(text, &seconds)
		   ? seconds * 1000 + strtol(text + 20, NULL, 10)
		   : -1;
}

/* Cuts "key=value" off, the value up to the next space or, for the last
 * one, to the end. NULL when something else stands there. */
static char *cut(char **at, const char *key, bool last)
{
	size_t len = strlen(key);
	char *value;

	if (strncmp(*at, key, len) != 0 || (*at)[len] != '=')
		return NULL;
	value = *at + len + 1;
	*at = value + (last ? strlen(value) : strcspn(value, " "));
	if (**at != '\0')
		*(*at)++ = '\0';
	return value;
}

static bool cut_number(char **at, const char *key, bool last, uint64_t *out)
{
	char *value = cut(at, key, last);
	int64_t n;

	if (value == NULL || !str_to_int64(value, 0, INT64_MAX, &n))
		return false;
	*out = (uint64_t)n;
	return true;
}

static bool read_id(const char *text, struct auditlog_line *out)
{
	char *end;

	if (strspn(text, "0123456789abcdef-") != strlen(text))
		return false;
	out->run = strtoull(text, &end, 16);
	if (end == text || *end != '-')
		return false;
	text = end + 1;
	out->number = strtoull(text, &end, 10);
	return end != text && *end == '\0';
}

static bool read_open(char *at, struct auditlog_line *out)
{
	const char *from, *to;
	uint64_t port;

	out->prober = cut(&at, "prober", false);
	from = cut(&at, "from", false);
	to = cut(&at, "to", false);
	if (out->prober == NULL || from == NULL || to == NULL ||
	    !cut_number(&at, "port", false, &port) || port > UINT16_MAX ||
	    !addr_parse(to, &out->to))
		return false;
	out->port = (uint16_t)port;
	out->why = cut(&at, "why", true);
	if (strcmp(from, "-") == 0)
		out->from.family = 0;
	else if (!addr_parse(from, &out->from))
		return false;
	return out->why != NULL;
}

static bool read_end(char *at, struct auditlog_line *out)
{
	uint64_t ms;

	if (!cut_number(&at, "sent", false, &out->sent) ||
	    !cut_number(&at, "received", false, &out->received))
		return false;
	out->outcome = cut(&at, "outcome", false);
	if (out->outcome == NULL || !cut_number(&at, "ms", true, &ms))
		return false;
	out->duration_ms = (int64_t)ms;
	return true;
}

/* @line: changed; out points into it. */
static bool read_line(char *line, struct auditlog_line *out)
{
	char *at, *what, *id;

	*out = (struct auditlog_line){.time_ms = line_time(line)};
	if (out->time_ms < 0)
		return false;
	at = line + TIME_TEXT;
	what = strsep(&at, " ");
	id = strsep(&at, " ");
	if (at == NULL || !read_id(id, out))
		return false;
	out->is_open = strcmp(what, "open") == 0;
	if (out->is_open)
		return read_open(at, out);
	return strcmp(what, "end") == 0 && read_end(at, out);
}

/* --- one file */

/* Halves the file until the first line that is young enough is near. */
static void seek_near(FILE *in, int64_t since_ms)
{
	char line[LINE_MAX_BYTES];
	off_t low = 0, high;

	fseeko(in, 0, SEEK_END);
	high = ftello(in);
	while (high - low > NEAR_BYTES) {
		off_t middle = low + (high - low) / 2;
		int64_t when = -1;

		fseeko(in, middle, SEEK_SET);
		if (fgets(line, sizeof(line), in) != NULL)
			while (when < 0 && fgets(line, sizeof(line), in))
				when = line_time(line);
		if (when >= 0 && when < since_ms)
			low = middle;
		else
			high = middle;
	}
	fseeko(in, low, SEEK_SET);
	if (low > 0 && fgets(line, sizeof(line), in) == NULL)
		return;
}

/* Returns 1 for a line, 0 for one that is too long, has a NUL or no end,
 * -1 at the end of the file. */
static int next_line(FILE *in, char *line)
{
	size_t len = 0;
	bool good = true;
	int c;

	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (c == '\0' || len + 1 == LINE_MAX_BYTES)
			good = false;
		else
			line[len++] = (char)c;
	}
	line[len] = '\0';
	if (c == EOF)
		return len > 0 || !good ? 0 : -1;
	return good;
}

struct reading {
	int64_t since_ms;
	void (*visit)(const struct auditlog_line *line, void *arg);
	void *arg;
	struct auditlog_result result;
};

static void note_broken(struct reading *r, const char *path, off_t at)
{
	const char *slash = strrchr(path, '/');

	if (r->result.broken++ == 0)
		snprintf(r->result.first_broken, sizeof(r->result.first_broken),
			 "%.60s: byte %jd", slash != NULL ? slash + 1 : path,
			 (intmax_t)at);
}

static int read_stream(struct reading *r, FILE *in, const char *path)
{
	char text[LINE_MAX_BYTES];
	struct auditlog_line line;
	int more;

	seek_near(in, r->since_ms - SET_BACK_MS);
	for (;;) {
		off_t at = ftello(in);

		more = next_line(in, text);
		if (more < 0)
			break;
		if (more > 0 && *text == '\0')
			continue;
		r->result.lines++;
		if (more == 0 || !read_line(text, &line))
			note_broken(r, path, at);
		else if (line.time_ms >= r->since_ms)
			r->visit(&line, r->arg);
	}
	if (!ferror(in))
		return 0;
	log_error("cannot read the audit log '%s': %s", path, strerror(errno));
	return -1;
}

static FILE *open_log(const char *path, struct stat *st)
{
	FILE *in = fopen(path, "re");

	if (in != NULL && fstat(fileno(in), st) == 0)
		return in;
	log_error("cannot read the audit log '%s': %s", path, strerror(errno));
	if (in != NULL)
		fclose(in);
	return NULL;
}

/* --- all of them */

static int read_numbered(struct reading *r, const struct workspace *ws,
			 int64_t number, const struct stat *current)
{
	char *name = xalloc_printf(NAME ".%" PRId64, number);
	char *path = workspace_path(ws, name);
	struct stat st;
	FILE *in = open_log(path, &st);
	int rc = in != NULL ? 0 : -1;

	/* What was the current file a moment ago is read as that. */
	if (in != NULL &&
	    (st.st_ino != current->st_ino || st.st_dev != current->st_dev))
		rc = read_stream(r, in, path);
	if (in != NULL)
		fclose(in);
	free(path);
	free(name);
	return rc;
}

int auditlog_read(const struct workspace *ws, int64_t since_ms,
		  void (*visit)(const struct auditlog_line *line, void *arg),
		  void *arg, struct auditlog_result *result)
{
	struct reading r = {.since_ms = since_ms, .visit = visit, .arg = arg};
	char *path = workspace_path(ws, NAME);
	struct stat current = {0}, st;
	struct numbers numbers = {0};
	FILE *in = NULL;
	int rc = 0;

	/* The current one is opened first, so that a rotation in between
	 * hides nothing. */
	if (stat(path, &st) == 0) {
		in = open_log(path, &current);
		rc = in != NULL ? 0 : -1;
	}
	if (rc == 0)
		rc = list_numbers(ws, &numbers);
	for (size_t i = 0; rc == 0 && i < numbers.count; i++)
		rc = read_numbered(&r, ws, numbers.list[i], &current);
	if (rc == 0 && in != NULL)
		rc = read_stream(&r, in, path);
	if (in != NULL)
		fclose(in);
	free(numbers.list);
	free(path);
	if (result != NULL)
		*result = r.result;
	return rc;
}
