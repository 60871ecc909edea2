#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "xalloc.h"
#include "casefile_internal.h"

/* A statement for each closed port costs as much as its rows: one statement
 * adds so many. ?1 is the scan, ?2 the transport. */
#define PROBES_AT_ONCE 32
#define PROBE "(?1, ?2, ?, ?, ?, ?, ?)"
#define PROBES_4 PROBE ", " PROBE ", " PROBE ", " PROBE
#define PROBES_16 PROBES_4 ", " PROBES_4 ", " PROBES_4 ", " PROBES_4

static const char *const sql[CASEFILE_STATEMENTS] = {
    [CASEFILE_FIND_ADDRESS] = "SELECT id FROM address WHERE text = ?",
    [CASEFILE_ADD_ADDRESS] = "INSERT INTO address (text) VALUES (?)",
    [CASEFILE_ADD_PROBE] =
	"INSERT INTO probe (scan, transport, address, port, observed_ms, lag,"
	" outcome) VALUES " PROBE,
    [CASEFILE_ADD_PROBES] =
	"INSERT INTO probe (scan, transport, address, port, observed_ms, lag,"
	" outcome) VALUES " PROBES_16 ", " PROBES_16,
    [CASEFILE_ADD_SERVICE] =
	"INSERT INTO service (probe, protocol, truncated, banner, http_status,"
	" http_path, http_headers, body, charset, title, title_raw, server,"
	" realm, cookies, powered_by, generator, forms, links, page_class,"
	" favicon_md5, favicon_sha256, favicon_mmh3, certificate, tls_version,"
	" ssh_hassh, stack, rtt_us, clock_http_s, clock_tls_s)"
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	" ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [CASEFILE_FIND_CERTIFICATE] = "SELECT id FROM certificate WHERE sha256 = ?",
    [CASEFILE_ADD_CERTIFICATE] =
	"INSERT INTO certificate (sha256, spki_sha256, subject, issuer, names,"
	" serial, not_before, not_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [CASEFILE_SET_IDENTITY] =
	"INSERT OR REPLACE INTO identity (probe, vendor, product, version,"
	" device_type, cpe, certainty, fingerprint)"
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [CASEFILE_ADD_CLAIM] =
	"INSERT INTO claim (probe, n, vendor, product, device_type, certainty,"
	" fingerprint, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [CASEFILE_DROP_IDENTITY] = "DELETE FROM identity WHERE probe = ?",
    [CASEFILE_DROP_CLAIMS] = "DELETE FROM claim WHERE probe = ?",
    [CASEFILE_ADD_HOSTNAME] =
	"INSERT INTO hostname (prober, address, looked_up_ms, answer, name)"
	" VALUES (?, ?, ?, ?, ?)",
    [CASEFILE_FIND_HOSTNAME] =
	"SELECT 1 FROM hostname h JOIN address a ON a.id = h.address"
	" WHERE a.text = ? AND h.looked_up_ms >= ? AND h.answer <> 'failed'"
	" LIMIT 1",
    [CASEFILE_FOREIGN_CHANGES] = "PRAGMA data_version",
};

static sqlite3_stmt *statement(struct casefile *cf, enum casefile_statement id)
{
	if (cf->statements[id] == NULL)
		cf->statements[id] = casefile_prepare(cf, sql[id]);
	return cf->statements[id];
}

/* Runs a statement that gives no row and makes it ready for the next time. */
static int run(struct casefile *cf, sqlite3_stmt *s)
{
	int rc = sqlite3_step(s) == SQLITE_DONE ? 0 : casefile_complain(cf);

	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return rc;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	if (text != NULL)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void bind_some(sqlite3_stmt *s, int at, const char *text)
{
	bind_text(s, at, *text != '\0' ? text : NULL);
}

static void bind_blob(sqlite3_stmt *s, int at, const struct blob *b)
{
	if (b->data != NULL)
		sqlite3_bind_blob64(s, at, b->data, b->len, SQLITE_STATIC);
}

/* What another process deleted is not known any more. */
static int check_known(struct casefile *cf)
{
	sqlite3_stmt *s = statement(cf, CASEFILE_FOREIGN_CHANGES);
	int64_t version;

	if (s == NULL)
		return -1;
	if (sqlite3_step(s) != SQLITE_ROW) {
		casefile_complain(cf);
		sqlite3_reset(s);
		return -1;
	}
	version = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	if (version != cf->foreign_changes)
		memset(cf->known, 0, sizeof(cf->known));
	cf->foreign_changes = version;
	return 0;
}

int casefile_begin(struct casefile *cf)
{
	if (casefile_exec(cf, "BEGIN IMMEDIATE") < 0)
		return -1;
	return check_known(cf);
}

int casefile_commit(struct casefile *cf)
{
	return casefile_exec(cf, "COMMIT");
}

void casefile_rollback(struct casefile *cf)
{
	memset(cf->known, 0, sizeof(cf->known));
	/* Some failures have ended the transaction already. */
	if (!sqlite3_get_autocommit(cf->db))
		sqlite3_exec(cf->db, "ROLLBACK", NULL, NULL, NULL);
}

int casefile_begin_scan(struct casefile *cf, const char *period, bool stale,
			int64_t *scan)
{
	sqlite3_stmt *s;
	int rc;

	/* What would undo half a statement: the sandbox of a scan lets no
	 * temporary file be made. */
	if (casefile_exec(cf, "PRAGMA temp_store = MEMORY") < 0)
		return -1;
	s = casefile_prepare(
	    cf, "INSERT INTO scan (prober, period, started_ms, stale)"
		" VALUES (?, ?, ?, ?)");
	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, cf->prober);
	bind_text(s, 2, period);
	sqlite3_bind_int64(s, 3, civil_now_ms());
	sqlite3_bind_int(s, 4, stale);
	rc = run(cf, s);
	sqlite3_finalize(s);
	if (rc == 0)
		*scan = sqlite3_last_insert_rowid(cf->db);
	return rc;
}

int casefile_end_scan(struct casefile *cf, int64_t scan)
{
	sqlite3_stmt *s =
	    casefile_prepare(cf, "UPDATE scan SET ended_ms = ? WHERE id = ?");
	int rc;

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, civil_now_ms());
	sqlite3_bind_int64(s, 2, scan);
	rc = run(cf, s);
	sqlite3_finalize(s);
	return rc;
}

/* The number of a row that has this text, which is added when it is new.
 * @add: with its values bound but the text. */
static int64_t find_or_add(struct casefile *cf, enum casefile_statement find,
			   sqlite3_stmt *add, const char *text)
{
	sqlite3_stmt *s = statement(cf, find);
	int64_t id = -1;
	int rc;

	if (s == NULL || add == NULL)
		return -1;
	bind_text(s, 1, text);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		id = sqlite3_column_int64(s, 0);
	else if (rc != SQLITE_DONE)
		casefile_complain(cf);
	sqlite3_reset(s);
	if (rc == SQLITE_DONE) {
		bind_text(add, 1, text);
		if (run(cf, add) == 0)
			id = sqlite3_last_insert_rowid(cf->db);
	}
	sqlite3_clear_bindings(add);
	return id;
}

static int64_t address_id(struct casefile *cf, const struct addr *a)
{
	struct known *k = cf->known[addr_hash(a) & (CASEFILE_KNOWN - 1)];
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < CASEFILE_KNOWN_WAYS; i++)
		if (k[i].id > 0 && addr_same(&k[i].address, a))
			return k[i].id;
	memmove(&k[1], &k[0], (CASEFILE_KNOWN_WAYS - 1) * sizeof(*k));
	k->id = find_or_add(cf, CASEFILE_FIND_ADDRESS,
			    statement(cf, CASEFILE_ADD_ADDRESS),
			    addr_format(a, text));
	k->address = *a;
	return k->id;
}

static int64_t certificate_id(struct casefile *cf, const struct certificate *c)
{
	sqlite3_stmt *add = statement(cf, CASEFILE_ADD_CERTIFICATE);

	if (add == NULL)
		return -1;
	bind_text(add, 2, c->spki_sha256);
	bind_text(add, 3, c->subject);
	bind_text(add, 4, c->issuer != NULL ? c->issuer : "");
	bind_text(add, 5, c->names != NULL ? c->names : "");
	bind_text(add, 6, c->serial != NULL ? c->serial : "");
	sqlite3_bind_int64(add, 7, c->not_before);
	sqlite3_bind_int64(add, 8, c->not_after);
	return find_or_add(cf, CASEFILE_FIND_CERTIFICATE, add, c->sha256);
}

/* "ts,sack,ws,scale=7,mss=1460": strong marks first. */
static char *stack_text(const struct stack *k)
{
	if (!k->known)
		return NULL;
	return xalloc_printf("%s,%s,%s,scale=%d,mss=%d",
			     k->timestamps ? "ts" : "-", k->sack ? "sack" : "-",
			     k->window_scaling ? "ws" : "-", k->scale, k->mss);
}

static int store_service(struct casefile *cf, const struct observation *o)
{
	sqlite3_stmt *s = statement(cf, CASEFILE_ADD_SERVICE);
	char *stack = stack_text(&o->stack);
	int64_t certificate = 0;
	int rc;

	if (o->certificate.subject != NULL)
		certificate = certificate_id(cf, &o->certificate);
	if (s == NULL || certificate < 0) {
		free(stack);
		return -1;
	}
	sqlite3_bind_int64(s, 1, o->id);
	bind_text(s, 2, protocol_text(o->protocol));
	sqlite3_bind_int(s, 3, o->truncated);
	bind_blob(s, 4, &o->banner);
	if (o->http_status > 0)
		sqlite3_bind_int(s, 5, o->http_status);
	bind_text(s, 6, o->http_path);
	bind_blob(s, 7, &o->http_headers);
	bind_blob(s, 8, &o->body);
	bind_text(s, 9, o->charset);
	bind_text(s, 10, o->title);
	bind_blob(s, 11, &o->title_raw);
	bind_text(s, 12, o->server);
	bind_text(s, 13, o->realm);
	bind_text(s, 14, o->cookies);
	bind_text(s, 15, o->powered_by);
	bind_text(s, 16, o->generator);
	bind_text(s, 17, o->forms);
	bind_text(s, 18, o->links);
	bind_some(s, 19, o->page_class);
	if (o->favicon.present) {
		bind_text(s, 20, o->favicon.md5);
		bind_text(s, 21, o->favicon.sha256);
		sqlite3_bind_int(s, 22, o->favicon.mmh3);
	}
	if (certificate > 0)
		sqlite3_bind_int64(s, 23, certificate);
	bind_text(s, 24, o->tls_version);
	bind_text(s, 25, o->ssh_hassh);
	bind_text(s, 26, stack);
	if (o->stack.known)
		sqlite3_bind_int64(s, 27, o->stack.rtt_us);
	if (o->clock.http_known)
		sqlite3_bind_int64(s, 28, o->clock.http_s);
	if (o->clock.tls_known)
		sqlite3_bind_int64(s, 29, o->clock.tls_s);
	rc = run(cf, s);
	free(stack);
	return rc;
}

static int add_claim(struct casefile *cf, int64_t probe, size_t n,
		     const struct claim *c)
{
	sqlite3_stmt *s = statement(cf, CASEFILE_ADD_CLAIM);

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, probe);
	sqlite3_bind_int64(s, 2, (int64_t)n);
	bind_text(s, 3, c->vendor);
	bind_text(s, 4, c->product);
	bind_text(s, 5, c->device_type);
	sqlite3_bind_double(s, 6, c->certainty);
	bind_text(s, 7, c->fingerprint);
	bind_text(s, 8, c->key);
	return run(cf, s);
}

static int add_identity(struct casefile *cf, const struct observation *o)
{
	sqlite3_stmt *s = statement(cf, CASEFILE_SET_IDENTITY);
	const struct identity *id = &o->identity;

	if (s == NULL)
		return -1;
	for (size_t i = 0; i < id->claim_count; i++)
		if (add_claim(cf, o->id, i, &id->claims[i]) < 0)
			return -1;
	if (id->fingerprint == NULL)
		return 0;
	sqlite3_bind_int64(s, 1, o->id);
	bind_text(s, 2, id->vendor);
	bind_text(s, 3, id->product);
	bind_text(s, 4, id->version);
	bind_text(s, 5, id->device_type);
	bind_text(s, 6, id->cpe);
	sqlite3_bind_double(s, 7, id->certainty);
	bind_text(s, 8, id->fingerprint);
	return run(cf, s);
}

int casefile_set_identity(struct casefile *cf, const struct observation *o)
{
	static const enum casefile_statement drops[] = {CASEFILE_DROP_IDENTITY,
							CASEFILE_DROP_CLAIMS};

	for (size_t i = 0; i < ARRAY_LEN(drops); i++) {
		sqlite3_stmt *s = statement(cf, drops[i]);

		if (s == NULL)
			return -1;
		sqlite3_bind_int64(s, 1, o->id);
		if (run(cf, s) < 0)
			return -1;
	}
	return add_identity(cf, o);
}

static int store_name(struct casefile *cf, int64_t address,
		      const struct hostname *h, const char *name)
{
	sqlite3_stmt *s = statement(cf, CASEFILE_ADD_HOSTNAME);

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, cf->prober);
	sqlite3_bind_int64(s, 2, address);
	sqlite3_bind_int64(s, 3, h->looked_up_ms);
	bind_text(s, 4, name_answer_text(h->answer));
	bind_text(s, 5, name);
	return run(cf, s);
}

int casefile_store_hostname(struct casefile *cf, const struct hostname *h)
{
	int64_t address = address_id(cf, &h->address);
	size_t i = 0;

	if (address < 0)
		return -1;
	do
		if (store_name(cf, address, h,
			       i < h->count ? h->names[i] : NULL) < 0)
			return -1;
	while (++i < h->count);
	return 0;
}

int casefile_knows_hostname(struct casefile *cf, const struct addr *address,
			    int64_t since_ms)
{
	sqlite3_stmt *s = statement(cf, CASEFILE_FIND_HOSTNAME);
	char text[ADDR_TEXT_MAX];
	int rc, known = -1;

	if (s == NULL)
		return -1;
	bind_text(s, 1, addr_format(address, text));
	sqlite3_bind_int64(s, 2, since_ms);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		known = rc == SQLITE_ROW;
	else
		casefile_complain(cf);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return known;
}

/* The values of one row, from place at on. */
static int bind_probe(struct casefile *cf, sqlite3_stmt *s, int at,
		      const struct plain_probe *p)
{
	int64_t address = address_id(cf, &p->address);

	if (address < 0)
		return -1;
	sqlite3_bind_int64(s, at, address);
	sqlite3_bind_int(s, at + 1, p->port);
	sqlite3_bind_int64(s, at + 2, p->observed_ms);
	if (p->lag >= 0)
		sqlite3_bind_int64(s, at + 3, p->lag);
	else
		sqlite3_bind_null(s, at + 3);
	bind_text(s, at + 4, outcome_text(p->outcome));
	return 0;
}

/* @count: 1 or PROBES_AT_ONCE */
static int add_probes(struct casefile *cf, int64_t scan, const char *transport,
		      const struct plain_probe *probes, size_t count)
{
	sqlite3_stmt *s = statement(cf, count == 1 ? CASEFILE_ADD_PROBE
						   : CASEFILE_ADD_PROBES);

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, scan);
	bind_text(s, 2, transport);
	for (size_t i = 0; i < count; i++)
		if (bind_probe(cf, s, 3 + 5 * (int)i, &probes[i]) < 0)
			return -1;
	return run(cf, s);
}

int casefile_store_plain(struct casefile *cf, int64_t scan,
			 const struct plain_probe *probes, size_t count)
{
	size_t at = 0;

	while (at < count) {
		size_t n = count - at >= PROBES_AT_ONCE ? PROBES_AT_ONCE : 1;

		if (add_probes(cf, scan, "TCP", &probes[at], n) < 0)
			return -1;
		at += n;
	}
	return 0;
}

int casefile_store(struct casefile *cf, int64_t scan, struct observation *o)
{
	const struct plain_probe p = {o->address, o->port, o->outcome,
				      o->observed_ms, o->lag};

	if (add_probes(cf, scan, o->transport, &p, 1) < 0)
		return -1;
	o->id = sqlite3_last_insert_rowid(cf->db);
	if (!observation_is_service(o))
		return 0;
	if (store_service(cf, o) < 0)
		return -1;
	return add_identity(cf, o);
}

static int find_deployment(struct casefile *cf, const char *period,
			   const char *profile, int64_t *id)
{
	sqlite3_stmt *s = casefile_prepare(cf, "SELECT id FROM deployment"
					       " WHERE period = ?"
					       " AND profile = ?");
	int rc = 0, step;

	if (s == NULL)
		return -1;
	bind_text(s, 1, period);
	bind_text(s, 2, profile);
	step = sqlite3_step(s);
	*id = step == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = casefile_complain(cf);
	sqlite3_finalize(s);
	return rc;
}

/* Also for a reader, where the file lets it: that a group was seen is no
 * observation. A failure is no error: the group has no number yet. */
static void add_deployment(struct casefile *cf, const char *period,
			   const char *profile)
{
	sqlite3_stmt *s;
	bool reader = cf->mode == CASEFILE_READ;

	if (sqlite3_db_readonly(cf->db, "main"))
		return;
	if (reader)
		sqlite3_exec(cf->db, "PRAGMA query_only = 0", NULL, NULL, NULL);
	s = casefile_prepare(cf, "INSERT OR IGNORE INTO deployment"
				 " (period, profile) VALUES (?, ?)");
	bind_text(s, 1, period);
	bind_text(s, 2, profile);
	sqlite3_step(s);
	sqlite3_finalize(s);
	if (reader)
		sqlite3_exec(cf->db, "PRAGMA query_only = 1", NULL, NULL, NULL);
}

int casefile_deployment(struct casefile *cf, const char *period,
			const char *profile, int64_t *id)
{
	if (find_deployment(cf, period, profile, id) < 0)
		return -1;
	if (*id != 0)
		return 0;
	add_deployment(cf, period, profile);
	return find_deployment(cf, period, profile, id);
}

int casefile_deployment_period(struct casefile *cf, int64_t id, char *period,
			       size_t size)
{
	sqlite3_stmt *s =
	    casefile_prepare(cf, "SELECT period FROM deployment WHERE id = ?");
	int rc = -1, step;

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, id);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		snprintf(period, size, "%s",
			 (const char *)sqlite3_column_text(s, 0));
		rc = 1;
	} else {
		rc = step == SQLITE_DONE ? 0 : casefile_complain(cf);
	}
	sqlite3_finalize(s);
	return rc;
}
