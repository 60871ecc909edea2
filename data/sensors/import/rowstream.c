#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "rowstream.h"

#define FETCH_AHEAD 8  /* rows in memory whose turn comes soon */
#define READ_ROWS 2048 /* of one run at a time */

/* One run: the rows that were read of it, and the first of them. */
struct run {
	struct rollup_place place;
	struct spill_row row;   /* the first; what it holds is in use */
	struct spill_row *rows; /* NULL: the run in memory */
	size_t at, count, number;
};

/* Sums of a key without its signature. */
struct sums {
	struct rollup_row rows[SIGNATURE_COUNT];
	size_t next; /* to give, in the order of the signatures' texts */
};

struct rowstream {
	const struct rollup *memory;
	struct spill *spill;
	uint32_t *ranks;
	struct run *runs;
	size_t *heap; /* of runs by their first rows */
	size_t heap_count;
	struct sums sums;
	size_t done, all;
	enum signature order[SIGNATURE_COUNT];
};

static int compare_runs(const struct rowstream *s, size_t a, size_t b)
{
	const struct run *x = &s->runs[a], *y = &s->runs[b];

	return rollup_compare(&x->place, &x->row.row, &y->place, &y->row.row);
}

static void sink(struct rowstream *s, size_t i)
{
	for (;;) {
		size_t least = i, child = 2 * i + 1, run;

		for (size_t c = child; c < child + 2 && c < s->heap_count; c++)
			if (compare_runs(s, s->heap[c], s->heap[least]) < 0)
				least = c;
		if (least == i)
			return;
		run = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = run;
		i = least;
	}
}

/* The next row of a run becomes its first: 1, or 0 at its end; -1. */
static int advance(struct rowstream *s, struct run *r)
{
	ssize_t n;

	if (r->rows == NULL) {
		const struct rollup_place *p = &s->memory->order[r->at];

		if (r->at == s->memory->count)
			return 0;
		r->at++;
		if (r->at + FETCH_AHEAD < s->memory->count)
			__builtin_prefetch(
			    &s->memory->rows[p[FETCH_AHEAD].index]);
		r->place = *p;
		r->row.row = s->memory->rows[p->index];
		return 1;
	}
	if (r->at == r->count) {
		n = spill_read(s->spill, r->number, r->rows, READ_ROWS);
		if (n <= 0)
			return (int)n;
		r->count = (size_t)n;
		r->at = 0;
	}
	r->row = r->rows[r->at++];
	rollup_place_of_known(&r->row.row, s->ranks, r->row.source, &r->place);
	return 1;
}

static int start(struct rowstream *s)
{
	size_t spilled = s->spill != NULL ? s->spill->count : 0;

	for (size_t i = 0; i < spilled + 1; i++) {
		struct run *r = &s->runs[i];
		int got;

		if (i < spilled) {
			r->rows = xalloc(READ_ROWS * sizeof(*r->rows));
			r->number = i;
		}
		got = advance(s, r);
		if (got < 0)
			return -1;
		if (got > 0)
			s->heap[s->heap_count++] = i;
	}
	for (size_t i = s->heap_count; i-- > 0;)
		sink(s, i);
	return 0;
}

static int compare_signatures(const void *a, const void *b)
{
	return strcmp(signature_text(*(const enum signature *)a),
		      signature_text(*(const enum signature *)b));
}

struct rowstream *rowstream_new(const struct rollup *memory,
				struct spill *spill,
				const struct wordlist *sensors)
{
	struct rowstream *s = xalloc_zero(1, sizeof(*s));
	size_t spilled = spill != NULL ? spill->count : 0;

	s->memory = memory;
	s->spill = spill;
	s->ranks = rollup_ranks(sensors);
	s->runs = xalloc_zero(spilled + 1, sizeof(*s->runs));
	s->heap = xalloc_zero(spilled + 1, sizeof(*s->heap));
	s->all = memory->count;
	if (spilled > 0)
		s->all += (size_t)spill->size / sizeof(struct spill_row);
	s->sums.next = SIGNATURE_COUNT;
	for (int i = 0; i < SIGNATURE_COUNT; i++)
		s->order[i] = (enum signature)i;
	qsort(s->order, SIGNATURE_COUNT, sizeof(s->order[0]),
	      compare_signatures);
	return s;
}

void rowstream_free(struct rowstream *s)
{
	size_t spilled;

	if (s == NULL)
		return;
	spilled = s->spill != NULL ? s->spill->count : 0;
	for (size_t i = 0; i < spilled; i++)
		free(s->runs[i].rows);
	free(s->runs);
	free(s->heap);
	free(s->ranks);
	free(s);
}

static void add(struct rollup_row *to, const struct rollup_row *from,
		enum signature as)
{
	if (from->packets == 0)
		return;
	if (to->packets == 0) {
		*to = *from;
		to->signature = (uint8_t)as;
	} else {
		rollup_merge(to, from);
	}
}

/* @base: the first row of a key; takes all rows that differ from it in the
 * signature only. */
static int gather(struct rowstream *s)
{
	const struct rollup_row base = s->runs[s->heap[0]].row.row;
	struct rollup_row zmap = {0}, masscan = {0}, follows = {0};
	struct rollup_row *sums = s->sums.rows;
	int64_t plain = 0;
	bool zmap_holds, masscan_holds;

	memset(sums, 0, sizeof(s->sums.rows));
	while (s->heap_count > 0) {
		struct run *r = &s->runs[s->heap[0]];
		const struct rollup_row *row = &r->row.row;
		int got;

		if (!rollup_same_base(row, &base))
			break;
		if (row->signature == PACKET_MAYBE_ZMAP)
			add(&zmap, row, SIGNATURE_ZMAP);
		else if (row->signature == PACKET_MAYBE_MASSCAN)
			add(&masscan, row, SIGNATURE_MASSCAN);
		else if (row->signature == PACKET_FOLLOWS)
			add(&follows, row, SIGNATURE_NONE);
		else
			add(&sums[row->signature], row,
			    (enum signature)row->signature);
		s->done++;
		if ((got = advance(s, r)) < 0)
			return -1;
		if (got == 0)
			s->heap[0] = s->heap[--s->heap_count];
		sink(s, 0);
	}
	plain = sums[SIGNATURE_NONE].packets + sums[SIGNATURE_MIRAI].packets;
	zmap_holds = zmap.packets >= 2 || plain + masscan.packets == 0;
	masscan_holds = masscan.packets >= 2 || plain + zmap.packets == 0;
	add(&sums[zmap_holds ? SIGNATURE_ZMAP : SIGNATURE_NONE], &zmap,
	    zmap_holds ? SIGNATURE_ZMAP : SIGNATURE_NONE);
	add(&sums[masscan_holds ? SIGNATURE_MASSCAN : SIGNATURE_NONE], &masscan,
	    masscan_holds ? SIGNATURE_MASSCAN : SIGNATURE_NONE);
	add(&sums[SIGNATURE_NONE], &follows, SIGNATURE_NONE);
	s->sums.next = 0;
	return 0;
}

int rowstream_next(struct rowstream *s, struct rollup_row *out)
{
	if (s->done == 0 && s->heap_count == 0 && start(s) < 0)
		return -1;
	for (;;) {
		while (s->sums.next < SIGNATURE_COUNT) {
			*out = s->sums.rows[s->order[s->sums.next++]];
			if (out->packets > 0)
				return 1;
		}
		if (s->heap_count == 0)
			return 0;
		if (gather(s) < 0)
			return -1;
	}
}

size_t rowstream_done(const struct rowstream *s)
{
	return s->done;
}

size_t rowstream_all(const struct rowstream *s)
{
	return s->all;
}
