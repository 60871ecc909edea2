/*
 * ClickHouse through its HTTP interface: the question in the body of a POST,
 * the answer streamed. The server sends nothing before all of the answer is
 * there (wait_end_of_query), so that its status speaks for all of it; and an
 * answer whose end cannot be told from a broken connection is refused.
 */
#include <assert.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "addr.h"
#include "clickhouseurl.h"
#include "log.h"
#include "sensorengine.h"
#include "sqltext.h"
#include "str.h"
#include "tsvrows.h"
#include "xalloc.h"

#define SAID_MAX 4096 /* bytes kept of what a server says of an error */
#define CONNECT_S 10L
/* The server's own limit comes first; this is for one that is gone. */
#define SILENCE_S 30

/* A profile of the server can ask for less than all, or for more. */
#define WHOLE                                                                  \
	"timeout_overflow_mode=throw&read_overflow_mode=throw"                 \
	"&group_by_overflow_mode=throw&sort_overflow_mode=throw"               \
	"&result_overflow_mode=throw&set_overflow_mode=throw"                  \
	"&join_overflow_mode=throw&distinct_overflow_mode=throw"               \
	"&skip_unavailable_shards=0&extremes=0&max_parallel_replicas=1"        \
	"&count_distinct_implementation=uniqExact"

struct database {
	struct engine engine;
	struct clickhouseurl url;
	char *password; /* NULL: none */
	int64_t timeout_s;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	bool answering;
};

struct answer {
	struct engine_rows rows;
	char *question;
	struct tsvrows tsv;
	struct buf said; /* of an error */
	int64_t heard;   /* seconds: when bytes came */
	bool has_length; /* or chunks: its end can be told */
	bool ended;
	CURLcode result;
	char why[CURL_ERROR_SIZE];
};

static int64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* --- what the server says of itself */

static bool has_code(const char *said, const char *codes)
{
	size_t len;

	if (!str_starts(said, "Code: "))
		return false;
	said += strlen("Code: ");
	len = strspn(said, "0123456789");
	for (; *codes != '\0'; codes += strcspn(codes, ",") + 1)
		if (strncmp(codes, said, len) == 0 && codes[len] == ',')
			return true;
	return false;
}

static const char *advice(const char *said, long status)
{
	if (has_code(said, "159,160,"))
		return "sensors.timeout_s is the time that one question may "
		       "take; 'martlet sensors check' says what is slow";
	if (has_code(said, "164,") && strstr(said, "setting") != NULL)
		return "the user's profile on the server must have readonly 2 "
		       "(or 0), since each question sets a time limit; "
		       "Martlet itself asks with readonly=2";
	if (has_code(said, "192,193,194,516,") || status == 401)
		return "the user is that of sensors.database, the password "
		       "from MARTLET_SENSORS_PASSWORD or "
		       "sensors.password_file";
	if (has_code(said, "241,"))
		return "the server's max_memory_usage is too small for the "
		       "question; max_bytes_before_external_group_by lets it "
		       "use the disk";
	if (has_code(said, "291,497,"))
		return "the user must be allowed to read the database and "
		       "system.columns";
	if (has_code(said, "81,"))
		return "write it as clickhouse://USER@HOST:PORT/DATABASE";
	if (str_starts(said, "Code: "))
		return "'martlet sensors check' says what it lacks";
	return "is that ClickHouse's HTTP port, usually 8123 (clickhouse://) "
	       "or 8443 (clickhouses://)?";
}

static int complain_of_status(struct database *db, struct answer *a)
{
	const char *said = buf_text(&a->said);
	const char *end = strstr(said, ", e.what()");
	long status = 0;
	char *text;

	curl_easy_getinfo(db->easy, CURLINFO_RESPONSE_CODE, &status);
	text = *said != '\0'
		   ? xalloc_string_n(said, end != NULL ? (size_t)(end - said)
						       : strlen(said))
		   : xalloc_printf("HTTP status %ld", status);
	sensorengine_complain(&db->engine, text, advice(said, status));
	free(text);
	return -1;
}

static int complain_of_connection(struct database *db, const struct answer *a)
{
	const char *why =
	    *a->why != '\0' ? a->why : curl_easy_strerror(a->result);

	switch (a->result) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_OPERATION_TIMEDOUT:
		return sensorengine_complain(
		    &db->engine, why,
		    "is the server running, and does sensors.database name "
		    "its host and HTTP port?");
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
		return sensorengine_complain(
		    &db->engine, why,
		    "clickhouses:// checks the server's certificate; "
		    "?sslrootcert=FILE names the authority of your own");
	default:
		return sensorengine_complain(
		    &db->engine, why,
		    "the connection broke: nothing of the answer was used; "
		    "run it again");
	}
}

/* --- opening */

static void warn_if_open(const struct database *db)
{
	struct addr a;
	bool loopback =
	    strcmp(db->url.host, "localhost") == 0 ||
	    strcmp(db->url.host, "[::1]") == 0 ||
	    (addr_parse(db->url.host, &a) && str_starts(db->url.host, "127."));

	if (db->url.tls || db->password == NULL || loopback)
		return;
	log_warning("the password goes to '%s' unencrypted", db->url.host);
	log_hint("clickhouses:// encrypts");
}

static void close_database(struct engine *e)
{
	struct database *db = (struct database *)e;

	curl_multi_cleanup(db->multi);
	curl_easy_cleanup(db->easy);
	curl_slist_free_all(db->headers);
	clickhouseurl_release(&db->url);
	sensorengine_password_free(db->password);
	free(db);
}

static void set_server(struct database *db)
{
	CURL *easy = db->easy;

	curl_easy_setopt(easy, CURLOPT_CURLU, db->url.handle);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "martlet/" MARTLET_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, db->headers);
	if (db->url.user != NULL || db->password != NULL) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME,
				 db->url.user ? db->url.user : "default");
		curl_easy_setopt(easy, CURLOPT_PASSWORD,
				 db->password ? db->password : "");
	}
	if (db->url.authority != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, db->url.authority);
}

static struct engine *open_database(const struct workspace *ws,
				    const char *name)
{
	struct database *db = xalloc_zero(1, sizeof(*db));
	char *query;

	db->engine = (struct engine){&engine_clickhouse, name};
	db->timeout_s = config_int(ws->config, "sensors.timeout_s");
	query = xalloc_printf("readonly=2&wait_end_of_query=1"
			      "&max_execution_time=%" PRId64 "&" WHOLE,
			      db->timeout_s);
	if (clickhouseurl_read(&db->url, name, query) == 0 &&
	    sensorengine_password(ws, &db->password) == 0) {
		db->multi = curl_multi_init();
		db->easy = curl_easy_init();
		/* Without "100 Continue", and with the body as it is. */
		db->headers = curl_slist_append(NULL, "Expect:");
		db->headers = curl_slist_append(
		    db->headers, "Content-Type: text/plain; charset=UTF-8");
		set_server(db);
		warn_if_open(db);
		free(query);
		return &db->engine;
	}
	free(query);
	close_database(&db->engine);
	return NULL;
}

/* --- asking */

static size_t take_header(char *bytes, size_t size, size_t n, void *arg)
{
	static const char *const lengths[] = {"content-length:",
					      "transfer-encoding: chunked"};
	struct answer *a = arg;

	a->heard = now_s();
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		if (n >= strlen(lengths[i]) &&
		    strncasecmp(bytes, lengths[i], strlen(lengths[i])) == 0)
			a->has_length = true;
	return size * n;
}

static size_t take_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct answer *a = arg;
	struct database *db = (struct database *)a->rows.engine;
	long status = 0;

	a->heard = now_s();
	curl_easy_getinfo(db->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		tsvrows_add(&a->tsv, bytes, n);
	else
		buf_add(&a->said, bytes, n);
	return size * n;
}

static void finish(struct engine_rows *rows)
{
	struct answer *a = (struct answer *)rows;
	struct database *db = (struct database *)rows->engine;

	curl_multi_remove_handle(db->multi, db->easy);
	db->answering = false;
	tsvrows_release(&a->tsv);
	buf_release(&a->said);
	free(a->question);
	free(a);
}

static struct engine_rows *ask(struct engine *e, const char *sql,
			       const struct sensordb_value *values,
			       size_t count)
{
	struct database *db = (struct database *)e;
	struct answer *a = xalloc_zero(1, sizeof(*a));
	char *text = sqltext_clickhouse(sql, values, count);

	assert(!db->answering);
	a->rows.engine = e;
	a->question =
	    xalloc_printf("%s\nFORMAT TabSeparatedWithNamesAndTypes", text);
	free(text);
	tsvrows_init(&a->tsv);
	buf_init(&a->said, SAID_MAX);
	a->heard = now_s();
	curl_easy_setopt(db->easy, CURLOPT_POSTFIELDS, a->question);
	curl_easy_setopt(db->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)strlen(a->question));
	curl_easy_setopt(db->easy, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(db->easy, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(db->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(db->easy, CURLOPT_HEADERDATA, a);
	curl_easy_setopt(db->easy, CURLOPT_ERRORBUFFER, a->why);
	curl_multi_add_handle(db->multi, db->easy);
	db->answering = true;
	return &a->rows;
}

/* Lets bytes come, or sees the end of the answer. */
static void hear(struct database *db, struct answer *a)
{
	int running = 0, left;
	const CURLMsg *m;

	curl_multi_perform(db->multi, &running);
	while ((m = curl_multi_info_read(db->multi, &left)) != NULL) {
		if (m->msg == CURLMSG_DONE) {
			a->ended = true;
			a->result = m->data.result;
		}
	}
	if (!a->ended && a->tsv.searched == a->tsv.in.len)
		curl_multi_poll(db->multi, NULL, 0, 1000, NULL);
}

static int complain_of_part(struct database *db)
{
	return sensorengine_complain(
	    &db->engine, "the answer is not whole, or not known to be",
	    "ask the server itself, or a proxy that leaves its answers as "
	    "they are");
}

/* The end of an answer: 0 when it was all. */
static int judge_end(struct database *db, struct answer *a)
{
	long status = 0;

	curl_easy_getinfo(db->easy, CURLINFO_RESPONSE_CODE, &status);
	if (a->result != CURLE_OK)
		return complain_of_connection(db, a);
	if (status != 200)
		return complain_of_status(db, a);
	return a->has_length && tsvrows_is_whole(&a->tsv)
		   ? 0
		   : complain_of_part(db);
}

static int next(struct engine_rows *rows)
{
	struct answer *a = (struct answer *)rows;
	struct database *db = (struct database *)rows->engine;
	int got;

	while ((got = tsvrows_next(&a->tsv)) == 0) {
		if (a->ended)
			return judge_end(db, a);
		hear(db, a);
		if (!a->ended && now_s() - a->heard > db->timeout_s + SILENCE_S)
			return sensorengine_complain(
			    &db->engine, "the server does not answer any more",
			    "nothing of the answer was used; run it again");
	}
	if (got < 0)
		return sensorengine_complain(
		    &db->engine, a->tsv.why,
		    "is that ClickHouse's HTTP port, usually 8123?");
	return a->has_length ? 1 : complain_of_part(db);
}

static const char *text(struct engine_rows *rows, int column)
{
	return tsvrows_text(&((struct answer *)rows)->tsv, column);
}

const struct engine_kind engine_clickhouse = {
    .id = SENSORDB_CLICKHOUSE,
    .schemes = (const char *const[]){"clickhouse://", "clickhouses://", NULL},
    .has = "SELECT 1 FROM system.tables "
	   "WHERE database = currentDatabase() AND name = ?",
    .columns = "SELECT name, lower(type) FROM system.columns "
	       "WHERE database = currentDatabase() AND table = ?",
    .open = open_database,
    .close = close_database,
    .ask = ask,
    .next = next,
    .text = text,
    .finish = finish,
};
