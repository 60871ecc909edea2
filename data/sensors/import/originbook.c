#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "originbook.h"

#define DAY 86400

/* --- in memory */

static bool same_sight(const struct originbook_sight *a,
		       const struct originbook_sight *b)
{
	return a->run.origin == b->run.origin &&
	       a->run.from / DAY == b->run.from / DAY &&
	       addr_compare(&a->source, &b->source) == 0;
}

static uint32_t *find_slot(const struct originbook *b,
			   const struct originbook_sight *key)
{
	size_t mask = b->slot_count - 1;
	uint64_t h = addr_hash(&key->source);
	size_t i;

	h = (h << 32 ^ (uint64_t)(key->run.from / DAY) << 12 ^
	     key->run.origin) *
	    0x9e3779b97f4a7c15u;
	i = (size_t)(h >> 32) & mask;
	while (b->slots[i] != 0 &&
	       !same_sight(&b->sights[b->slots[i] - 1], key))
		i = (i + 1) & mask;
	return &b->slots[i];
}

static void make_room(struct originbook *b)
{
	void *sights = b->sights;

	xalloc_room(&sights, &b->cap, b->count, sizeof(*b->sights));
	b->sights = sights;
	if (b->slot_count > 2 * (b->count + 1))
		return;
	free(b->slots);
	b->slot_count = b->slot_count ? b->slot_count * 2 : 1u << 12;
	b->slots = xalloc_zero(b->slot_count, sizeof(*b->slots));
	for (size_t i = 0; i < b->count; i++)
		*find_slot(b, &b->sights[i]) = (uint32_t)i + 1;
}

void originbook_add(struct originbook *b, const struct packet *p)
{
	struct originbook_sight key = {p->source,
				       {p->time, p->time, p->origin}};
	struct originbook_run *run;
	uint32_t *slot;

	make_room(b);
	slot = find_slot(b, &key);
	if (*slot == 0) {
		b->sights[b->count++] = key;
		*slot = (uint32_t)b->count;
		return;
	}
	run = &b->sights[*slot - 1].run;
	run->from = p->time < run->from ? p->time : run->from;
	run->until = p->time > run->until ? p->time : run->until;
}

void originbook_reset(struct originbook *b)
{
	b->count = 0;
	if (b->slot_count > 0)
		memset(b->slots, 0, b->slot_count * sizeof(*b->slots));
}

void originbook_release(struct originbook *b)
{
	free(b->sights);
	free(b->slots);
	*b = (struct originbook){0};
}

static int compare_runs(const void *a, const void *b)
{
	const struct originbook_run *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->until != y->until)
		return x->until < y->until ? -1 : 1;
	return (x->origin > y->origin) - (x->origin < y->origin);
}

static int compare_sights(const void *a, const void *b)
{
	const struct originbook_sight *x = a, *y = b;
	int order = addr_compare(&x->source, &y->source);

	return order != 0 ? order : compare_runs(&x->run, &y->run);
}

struct runs {
	struct originbook_run *list;
	size_t count, cap;
};

static void insert(struct runs *r, size_t at, struct originbook_run run)
{
	void *list = r->list;

	xalloc_room(&list, &r->cap, r->count, sizeof(run));
	r->list = list;
	memmove(r->list + at + 1, r->list + at, (r->count - at) * sizeof(run));
	r->list[at] = run;
	r->count++;
}

/* Puts a run back among those from i on, which are in order. */
static void put_back(struct runs *todo, size_t i, struct originbook_run run)
{
	while (i < todo->count && compare_runs(&todo->list[i], &run) < 0)
		i++;
	insert(todo, i, run);
}

static void place(struct runs *done, struct runs *todo, size_t next,
		  struct originbook_run run)
{
	struct originbook_run *last =
	    done->count > 0 ? &done->list[done->count - 1] : NULL;

	if (last != NULL && last->origin == run.origin) {
		last->until = run.until > last->until ? run.until : last->until;
		return;
	}
	if (last == NULL || last->until < run.from) {
		insert(done, done->count, run);
		return;
	}
	if (last->from == run.from) {
		run.from = last->until + 1;
		if (run.from <= run.until)
			put_back(todo, next, run);
		return;
	}
	if (last->until > run.until) {
		struct originbook_run tail = *last;

		tail.from = run.until + 1;
		put_back(todo, next, tail);
	}
	last->until = run.from - 1;
	insert(done, done->count, run);
}

size_t originbook_flatten(struct originbook_run **runs, size_t count)
{
	struct runs todo = {*runs, count, count}, done = {0};

	if (count > 1)
		qsort(todo.list, count, sizeof(*todo.list), compare_runs);
	for (size_t i = 0; i < todo.count; i++)
		place(&done, &todo, i + 1, todo.list[i]);
	free(todo.list);
	*runs = done.list;
	return done.count;
}

/* --- in the database */

#define SAID "source, import, valid_from, valid_until, country, asn, as_name"

enum statement {
	HAS_ORIGIN,
	ADD_SAID,
	KEEP_OLD,
	READ_SAID,
	CLEAR,
	ADD_ORIGIN,
	COUNT_SAID,
	RESTORE,
	FORGET_SAID,
	STATEMENTS,
};

static const char *const statements[STATEMENTS] = {
    [HAS_ORIGIN] = "SELECT 1 FROM source_origin WHERE source = ?1",
    [ADD_SAID] =
	"INSERT INTO import_origin (" SAID ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
	"?7) ON CONFLICT DO UPDATE SET "
	"valid_until = max(valid_until, excluded.valid_until)",
    /* Origins that no import gave are kept as those of import 0. */
    [KEEP_OLD] =
	"INSERT INTO import_origin (" SAID ") SELECT source, 0, valid_from, "
	"valid_until, country, asn, as_name FROM source_origin "
	"WHERE source = ?1 AND NOT EXISTS "
	"(SELECT 1 FROM import_origin WHERE source = ?1)",
    [READ_SAID] = "SELECT valid_from, valid_until, country || char(9) || asn "
		  "|| char(9) || as_name FROM import_origin WHERE source = ?1",
    [CLEAR] = "DELETE FROM source_origin WHERE source = ?1",
    [ADD_ORIGIN] = "INSERT INTO source_origin VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [COUNT_SAID] = "SELECT COUNT(*) FROM import_origin "
		   "WHERE source = ?1 AND import <> 0",
    [RESTORE] = "INSERT INTO source_origin SELECT source, valid_from, "
		"valid_until, country, asn, as_name FROM import_origin "
		"WHERE source = ?1",
    [FORGET_SAID] = "DELETE FROM import_origin WHERE source = ?1",
};

struct writing {
	struct sensorstore *store;
	sqlite3_stmt *q[STATEMENTS];
	struct wordlist words; /* of origins read from the database */
};

static int open_writing(struct writing *w, struct sensorstore *s)
{
	*w = (struct writing){.store = s};
	for (int i = 0; i < STATEMENTS; i++)
		if ((w->q[i] = sensorstore_prepare(s, statements[i])) == NULL)
			return -1;
	return 0;
}

static void close_writing(struct writing *w)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(w->q[i]);
	wordlist_release(&w->words);
}

static int run_for(struct writing *w, enum statement which, const char *source)
{
	sqlite3_bind_text(w->q[which], 1, source, -1, SQLITE_STATIC);
	return sensorstore_step(w->store, w->q[which]);
}

/* The number that a question about a source answers; 0 without a row. */
static int64_t ask_for(struct writing *w, enum statement which,
		       const char *source)
{
	sqlite3_stmt *q = w->q[which];
	int64_t value = 0;

	sqlite3_bind_text(q, 1, source, -1, SQLITE_STATIC);
	if (sqlite3_step(q) == SQLITE_ROW)
		value = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return value;
}

/* Adds a run with the statement's values from @at on. */
static int add_run(struct writing *w, enum statement which, int at,
		   const struct originbook_run *run, const char *origin)
{
	sqlite3_stmt *q = w->q[which];
	const char *asn = strchr(origin, '\t') + 1;
	const char *name = strchr(asn, '\t') + 1;

	sqlite3_bind_int64(q, at, run->from);
	sqlite3_bind_int64(q, at + 1, run->until);
	sqlite3_bind_text(q, at + 2, origin, (int)(asn - 1 - origin),
			  SQLITE_STATIC);
	sqlite3_bind_int64(q, at + 3, strtoll(asn, NULL, 10));
	sqlite3_bind_text(q, at + 4, name, -1, SQLITE_STATIC);
	return sensorstore_step(w->store, q);
}

/* Makes source_origin anew from all that imports say of a source. */
static int derive(struct writing *w, const char *source)
{
	sqlite3_stmt *q = w->q[READ_SAID];
	struct runs said = {0};
	int rc = run_for(w, CLEAR, source), got;

	sqlite3_bind_text(q, 1, source, -1, SQLITE_STATIC);
	while ((got = sqlite3_step(q)) == SQLITE_ROW) {
		struct originbook_run run = {
		    sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1),
		    wordlist_add(&w->words,
				 (const void *)sqlite3_column_text(q, 2))};

		insert(&said, said.count, run);
	}
	sqlite3_reset(q);
	if (got != SQLITE_DONE)
		rc = sensorstore_complain(w->store);
	said.count = originbook_flatten(&said.list, said.count);
	sqlite3_bind_text(w->q[ADD_ORIGIN], 1, source, -1, SQLITE_STATIC);
	for (size_t i = 0; rc == 0 && i < said.count; i++)
		rc = add_run(w, ADD_ORIGIN, 2, &said.list[i],
			     w->words.words[said.list[i].origin]);
	free(said.list);
	return rc;
}

/* @runs: of one source, flat. */
static int write_source(struct writing *w, int64_t import, const char *source,
			const struct runs *runs, const struct wordlist *origins)
{
	bool known = ask_for(w, HAS_ORIGIN, source) != 0;
	int rc = known ? run_for(w, KEEP_OLD, source) : 0;

	sqlite3_bind_text(w->q[ADD_SAID], 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_int64(w->q[ADD_SAID], 2, import);
	sqlite3_bind_text(w->q[ADD_ORIGIN], 1, source, -1, SQLITE_STATIC);
	for (size_t i = 0; rc == 0 && i < runs->count; i++) {
		const char *origin = origins->words[runs->list[i].origin];

		rc = add_run(w, ADD_SAID, 3, &runs->list[i], origin);
		if (rc == 0 && !known)
			rc = add_run(w, ADD_ORIGIN, 2, &runs->list[i], origin);
	}
	return rc == 0 && known ? derive(w, source) : rc;
}

int originbook_write(struct sensorstore *s, int64_t import,
		     struct originbook *b, const struct wordlist *origins)
{
	struct writing w;
	int rc = open_writing(&w, s);

	if (b->count > 1)
		qsort(b->sights, b->count, sizeof(*b->sights), compare_sights);
	for (size_t i = 0, n; rc == 0 && i < b->count; i += n) {
		const struct addr *source = &b->sights[i].source;
		struct runs runs = {0};
		char text[ADDR_TEXT_MAX];

		for (n = 0; i + n < b->count &&
			    addr_compare(source, &b->sights[i + n].source) == 0;
		     n++)
			insert(&runs, n, b->sights[i + n].run);
		runs.count = originbook_flatten(&runs.list, runs.count);
		rc = write_source(&w, import, addr_format(source, text), &runs,
				  origins);
		free(runs.list);
	}
	close_writing(&w);
	return rc;
}

static int undo_source(struct writing *w, const char *source)
{
	if (ask_for(w, COUNT_SAID, source) > 0)
		return derive(w, source);
	if (run_for(w, CLEAR, source) < 0 || run_for(w, RESTORE, source) < 0)
		return -1;
	return run_for(w, FORGET_SAID, source);
}

int originbook_undo(struct sensorstore *s, int64_t import)
{
	struct writing w;
	struct wordlist sources = {0};
	sqlite3_stmt *q = sensorstore_prepare(
	    s, "SELECT DISTINCT source FROM import_origin WHERE import = ?");
	int rc = open_writing(&w, s) == 0 && q != NULL ? 0 : -1;

	if (rc == 0) {
		sqlite3_bind_int64(q, 1, import);
		while (sqlite3_step(q) == SQLITE_ROW)
			wordlist_add(&sources,
				     (const void *)sqlite3_column_text(q, 0));
		if (sqlite3_reset(q) != SQLITE_OK)
			rc = sensorstore_complain(s);
	}
	sqlite3_finalize(q);
	if (rc == 0)
		rc = sensorstore_run(
		    s, "DELETE FROM import_origin WHERE import = ?", "i",
		    import);
	for (size_t i = 0; rc == 0 && i < sources.count; i++)
		rc = undo_source(&w, sources.words[i]);
	close_writing(&w);
	wordlist_release(&sources);
	return rc;
}
