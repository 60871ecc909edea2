#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "casefile_again.h"
#include "casefile_internal.h"

/* The latest probe that was asked of each address and port; of two at the
 * same millisecond the one stored last. A probe that was not asked says
 * nothing about the port and hides nothing. */
#define ASKED " AND q.outcome NOT IN ('local-error', 'withdrawn')"
#define LATEST                                                                 \
	" p.id = (SELECT q.id FROM probe q WHERE q.address = p.address"        \
	" AND q.port = p.port" ASKED                                           \
	" ORDER BY q.observed_ms DESC, q.id DESC LIMIT 1)"

/* The same, of the probes whose source was last seen before ?1. */
#define LATEST_BEFORE                                                          \
	" p.id = (SELECT q.id FROM probe q WHERE q.address = p.address"        \
	" AND q.port = p.port" ASKED " AND"                                    \
	" q.observed_ms / 1000 - coalesce(q.lag, 0) < ?1"                      \
	" ORDER BY q.observed_ms DESC, q.id DESC LIMIT 1)"

static char *text_at(sqlite3_stmt *s, int column)
{
	return xalloc_string((const char *)sqlite3_column_text(s, column));
}

static void copy_at(sqlite3_stmt *s, int column, char *out, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	snprintf(out, size, "%s", text != NULL ? text : "");
}

static void blob_at(sqlite3_stmt *s, int column, struct blob *b)
{
	const void *bytes = sqlite3_column_blob(s, column);
	int len = sqlite3_column_bytes(s, column);

	if (sqlite3_column_type(s, column) != SQLITE_NULL)
		blob_set(b, bytes, (size_t)len);
}

static int read_probe(sqlite3_stmt *s, struct observation *o)
{
	const char *address = (const char *)sqlite3_column_text(s, 1);
	const char *outcome = (const char *)sqlite3_column_text(s, 6);
	int value;

	o->id = sqlite3_column_int64(s, 0);
	if (address == NULL || !addr_parse(address, &o->address))
		return -1;
	o->port = (uint16_t)sqlite3_column_int(s, 2);
	copy_at(s, 3, o->transport, sizeof(o->transport));
	o->observed_ms = sqlite3_column_int64(s, 4);
	o->lag = sqlite3_column_type(s, 5) == SQLITE_NULL
		     ? -1
		     : sqlite3_column_int64(s, 5);
	value = outcome != NULL ? outcome_from(outcome) : -1;
	o->outcome = value < 0 ? OUTCOME_ANSWERED : (enum outcome)value;
	o->stale = sqlite3_column_int(s, 7) != 0;
	return 0;
}

static void read_stack(const char *text, struct stack *k)
{
	const char *scale, *mss;

	if (text == NULL)
		return;
	k->known = true;
	k->timestamps = strncmp(text, "ts", 2) == 0;
	k->sack = strstr(text, "sack") != NULL;
	k->window_scaling = strstr(text, ",ws") != NULL;
	scale = strstr(text, "scale=");
	mss = strstr(text, "mss=");
	k->scale = scale != NULL ? (int)strtol(scale + 6, NULL, 10) : 0;
	k->mss = mss != NULL ? (int)strtol(mss + 4, NULL, 10) : 0;
}

static void read_web(sqlite3_stmt *s, struct observation *o)
{
	o->http_status = sqlite3_column_int(s, 11);
	o->http_path = text_at(s, 12);
	blob_at(s, 13, &o->http_headers);
	blob_at(s, 14, &o->body);
	o->charset = text_at(s, 15);
	o->title = text_at(s, 16);
	blob_at(s, 17, &o->title_raw);
	o->server = text_at(s, 18);
	o->realm = text_at(s, 19);
	o->cookies = text_at(s, 20);
	o->powered_by = text_at(s, 21);
	o->generator = text_at(s, 22);
	o->forms = text_at(s, 23);
	o->links = text_at(s, 24);
	copy_at(s, 25, o->page_class, sizeof(o->page_class));
	o->favicon.present = sqlite3_column_type(s, 26) != SQLITE_NULL;
	copy_at(s, 26, o->favicon.md5, sizeof(o->favicon.md5));
	copy_at(s, 27, o->favicon.sha256, sizeof(o->favicon.sha256));
	o->favicon.mmh3 = sqlite3_column_int(s, 28);
}

static void read_certificate(sqlite3_stmt *s, struct certificate *c)
{
	c->subject = text_at(s, 34);
	c->issuer = text_at(s, 35);
	c->names = text_at(s, 36);
	c->serial = text_at(s, 37);
	copy_at(s, 38, c->sha256, sizeof(c->sha256));
	copy_at(s, 39, c->spki_sha256, sizeof(c->spki_sha256));
	c->not_before = sqlite3_column_int64(s, 40);
	c->not_after = sqlite3_column_int64(s, 41);
}

static void read_service(sqlite3_stmt *s, struct observation *o)
{
	const char *protocol = (const char *)sqlite3_column_text(s, 8);
	int value = protocol != NULL ? protocol_from(protocol) : -1;

	o->protocol = value < 0 ? PROTOCOL_UNKNOWN : (enum protocol)value;
	o->truncated = sqlite3_column_int(s, 9) != 0;
	blob_at(s, 10, &o->banner);
	read_web(s, o);
	o->tls_version = text_at(s, 29);
	o->ssh_hassh = text_at(s, 30);
	read_stack((const char *)sqlite3_column_text(s, 31), &o->stack);
	o->stack.rtt_us = (uint32_t)sqlite3_column_int64(s, 32);
	o->hostname = text_at(s, 33);
	o->clock.http_known = sqlite3_column_type(s, 49) != SQLITE_NULL;
	o->clock.http_s = sqlite3_column_int64(s, 49);
	o->clock.tls_known = sqlite3_column_type(s, 50) != SQLITE_NULL;
	o->clock.tls_s = sqlite3_column_int64(s, 50);
	read_certificate(s, &o->certificate);
	o->identity.vendor = text_at(s, 42);
	o->identity.product = text_at(s, 43);
	o->identity.version = text_at(s, 44);
	o->identity.device_type = text_at(s, 45);
	o->identity.cpe = text_at(s, 46);
	o->identity.certainty = sqlite3_column_double(s, 47);
	o->identity.fingerprint = text_at(s, 48);
}

/* @s: the claims of a probe, its parameter. */
static int read_claims(struct casefile *cf, sqlite3_stmt *s,
		       struct observation *o)
{
	struct identity *id = &o->identity;
	size_t cap = 0;
	int step;

	sqlite3_bind_int64(s, 1, o->id);
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		xalloc_room((void **)&id->claims, &cap, id->claim_count,
			    sizeof(*id->claims));
		id->claims[id->claim_count++] = (struct claim){
		    .vendor = text_at(s, 0),
		    .product = text_at(s, 1),
		    .device_type = text_at(s, 2),
		    .certainty = sqlite3_column_double(s, 3),
		    .fingerprint = text_at(s, 4),
		    .key = text_at(s, 5),
		};
	}
	sqlite3_reset(s);
	return step == SQLITE_DONE ? 0 : casefile_complain(cf);
}

/* @claims: NULL: without evidence. */
static int visit_rows(struct casefile *cf, sqlite3_stmt *s,
		      sqlite3_stmt *claims, casefile_visit *visit, void *arg)
{
	int rc = 0, step;

	while (rc == 0 && (step = sqlite3_step(s)) != SQLITE_DONE) {
		struct observation o;

		if (step != SQLITE_ROW) {
			rc = casefile_complain(cf);
			break;
		}
		observation_init(&o);
		if (read_probe(s, &o) == 0) {
			if (claims != NULL) {
				read_service(s, &o);
				rc = read_claims(cf, claims, &o);
			}
			if (rc == 0)
				rc = visit(&o, arg);
		}
		observation_release(&o);
	}
	return rc;
}

/* Orders addresses as addr_compare does; SQLite only knows their text. */
static void numeric_address(sqlite3_context *context, int argc,
			    sqlite3_value **argv)
{
	const char *text = (const char *)sqlite3_value_text(argv[0]);
	struct addr a;

	(void)argc;
	if (text != NULL && addr_parse(text, &a))
		sqlite3_result_blob(context, &a, 1 + sizeof(a.bytes),
				    SQLITE_TRANSIENT);
}

/* The numbers of the probes in question, in order. They are sorted without
 * their evidence: SQLite would write all pages to a temporary file. */
#define LIST_SERVICES                                                          \
	"SELECT p.id FROM probe p JOIN address a ON a.id = p.address"          \
	" JOIN service s ON s.probe = p.id WHERE"
#define IN_ORDER " ORDER BY numeric_address(a.text), p.port"

struct id_list {
	int64_t *ids;
	size_t count, cap;
};

static int list_ids(struct casefile *cf, sqlite3_stmt *s, struct id_list *out)
{
	int step;

	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		xalloc_room((void **)&out->ids, &out->cap, out->count,
			    sizeof(*out->ids));
		out->ids[out->count++] = sqlite3_column_int64(s, 0);
	}
	return step == SQLITE_DONE ? 0 : casefile_complain(cf);
}

/* A look-up that failed says nothing of the name. */
#define NEWEST_NAME                                                            \
	" (SELECT h.name FROM hostname h WHERE h.address = p.address"          \
	" AND h.answer <> 'failed'"                                            \
	" ORDER BY h.looked_up_ms DESC, h.id LIMIT 1)"

/* Columns as read_probe, read_service and read_certificate count them. */
static sqlite3_stmt *ask_service(struct casefile *cf)
{
	return casefile_prepare(
	    cf,
	    "SELECT p.id, a.text, p.port, p.transport, p.observed_ms, p.lag,"
	    " p.outcome, c.stale, s.protocol, s.truncated, s.banner,"
	    " s.http_status, s.http_path, s.http_headers, s.body, s.charset,"
	    " s.title, s.title_raw, s.server, s.realm, s.cookies,"
	    " s.powered_by, s.generator, s.forms, s.links, s.page_class,"
	    " s.favicon_md5, s.favicon_sha256, s.favicon_mmh3, s.tls_version,"
	    " s.ssh_hassh, s.stack, s.rtt_us," NEWEST_NAME ","
	    " t.subject, t.issuer,"
	    " t.names, t.serial, t.sha256, t.spki_sha256, t.not_before,"
	    " t.not_after, i.vendor, i.product, i.version, i.device_type,"
	    " i.cpe, i.certainty, i.fingerprint, s.clock_http_s,"
	    " s.clock_tls_s"
	    " FROM probe p JOIN address a ON a.id = p.address"
	    " JOIN scan c ON c.id = p.scan JOIN service s ON s.probe = p.id"
	    " LEFT JOIN certificate t ON t.id = s.certificate"
	    " LEFT JOIN identity i ON i.probe = p.id WHERE p.id = ?");
}

static int visit_ids(struct casefile *cf, const struct id_list *list,
		     casefile_visit *visit, void *arg)
{
	sqlite3_stmt *s = ask_service(cf);
	sqlite3_stmt *claims = casefile_prepare(
	    cf, "SELECT vendor, product, device_type, certainty, fingerprint,"
		" key FROM claim WHERE probe = ? ORDER BY n");
	int rc = s != NULL && claims != NULL ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < list->count; i++) {
		sqlite3_bind_int64(s, 1, list->ids[i]);
		rc = visit_rows(cf, s, claims, visit, arg);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	sqlite3_finalize(claims);
	return rc;
}

/* @list: moved in; gives numbers of probes. Both questions are asked of one
 * state of the database. */
static int visit_list(struct casefile *cf, sqlite3_stmt *list,
		      casefile_visit *visit, void *arg)
{
	bool alone = sqlite3_get_autocommit(cf->db) != 0;
	struct id_list ids = {0};
	int rc = -1;

	if (list != NULL && (!alone || casefile_exec(cf, "BEGIN") == 0)) {
		rc = list_ids(cf, list, &ids);
		sqlite3_finalize(list);
		list = NULL;
		if (rc == 0)
			rc = visit_ids(cf, &ids, visit, arg);
		if (alone && casefile_exec(cf, "COMMIT") < 0)
			rc = -1;
	}
	sqlite3_finalize(list);
	free(ids.ids);
	return rc;
}

static void know_addresses(struct casefile *cf)
{
	sqlite3_create_function(cf->db, "numeric_address", 1,
				SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
				numeric_address, NULL, NULL);
}

int casefile_each_service(struct casefile *cf, const struct addr *only,
			  casefile_visit *visit, void *arg)
{
	sqlite3_stmt *s;
	char text[ADDR_TEXT_MAX];

	know_addresses(cf);
	s = casefile_prepare(cf, only != NULL ? LIST_SERVICES
				     " a.text = ?1 AND" LATEST IN_ORDER
					      : LIST_SERVICES LATEST IN_ORDER);
	if (s != NULL && only != NULL)
		sqlite3_bind_text(s, 1, addr_format(only, text), -1,
				  SQLITE_TRANSIENT);
	return visit_list(cf, s, visit, arg);
}

int casefile_services_before(struct casefile *cf, int64_t before,
			     casefile_visit *visit, void *arg)
{
	sqlite3_stmt *s;

	know_addresses(cf);
	s = casefile_prepare(cf, LIST_SERVICES LATEST_BEFORE IN_ORDER);
	if (s != NULL)
		sqlite3_bind_int64(s, 1, before);
	return visit_list(cf, s, visit, arg);
}

int casefile_each_probe(struct casefile *cf, const struct addr *address,
			int64_t since_ms, casefile_visit *visit, void *arg)
{
	char text[ADDR_TEXT_MAX];
	int rc;

	if (cf->asked == NULL)
		cf->asked = casefile_prepare(
		    cf, "SELECT p.id, a.text, p.port, p.transport,"
			" p.observed_ms, p.lag, p.outcome, c.stale"
			" FROM probe p JOIN address a ON a.id = p.address"
			" JOIN scan c ON c.id = p.scan"
			" WHERE a.text = ? AND p.observed_ms >= ? AND" LATEST
			" ORDER BY p.port");
	if (cf->asked == NULL)
		return -1;
	sqlite3_bind_text(cf->asked, 1, addr_format(address, text), -1,
			  SQLITE_TRANSIENT);
	sqlite3_bind_int64(cf->asked, 2, since_ms);
	rc = visit_rows(cf, cf->asked, false, visit, arg);
	sqlite3_reset(cf->asked);
	return rc;
}

static int visit_name(sqlite3_stmt *s,
		      int (*visit)(const struct hostname *h, void *arg),
		      void *arg)
{
	const char *address = (const char *)sqlite3_column_text(s, 0);
	const char *answer = (const char *)sqlite3_column_text(s, 2);
	int value = answer != NULL ? name_answer_from(answer) : -1;
	struct hostname h = {.looked_up_ms = sqlite3_column_int64(s, 1)};
	int rc;

	if (address == NULL || !addr_parse(address, &h.address) || value < 0)
		return 0;
	h.answer = (enum name_answer)value;
	h.names[0] = text_at(s, 3);
	h.count = h.names[0] != NULL;
	rc = visit(&h, arg);
	hostname_release(&h);
	return rc;
}

int casefile_each_hostname(struct casefile *cf, int64_t since_ms,
			   int (*visit)(const struct hostname *h, void *arg),
			   void *arg)
{
	sqlite3_stmt *s = casefile_prepare(
	    cf, "SELECT a.text, h.looked_up_ms, h.answer, h.name"
		" FROM hostname h JOIN address a ON a.id = h.address"
		" WHERE h.looked_up_ms >= ?"
		" ORDER BY h.address, h.looked_up_ms, h.id");
	int rc = 0, step;

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, since_ms);
	while (rc == 0 && (step = sqlite3_step(s)) != SQLITE_DONE)
		rc = step == SQLITE_ROW ? visit_name(s, visit, arg)
					: casefile_complain(cf);
	sqlite3_finalize(s);
	return rc;
}

int casefile_services_after(struct casefile *cf, int64_t after,
			    const char *page_class, int max,
			    casefile_visit *visit, void *arg)
{
	sqlite3_stmt *s = casefile_prepare(
	    cf, page_class != NULL
		    ? "SELECT probe FROM service WHERE probe > ?1"
		      " AND page_class = ?3 ORDER BY probe LIMIT ?2"
		    : "SELECT probe FROM service WHERE probe > ?1"
		      " ORDER BY probe LIMIT ?2");

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, after);
		sqlite3_bind_int(s, 2, max);
		if (page_class != NULL)
			sqlite3_bind_text(s, 3, page_class, -1, SQLITE_STATIC);
	}
	return visit_list(cf, s, visit, arg);
}
