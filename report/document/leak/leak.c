#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leak_address.h"
#include "leak_encoded.h"
#include "leak_names.h"
#include "plain.h"
#include "str.h"
#include "xalloc.h"
#include "leak.h"

struct leak_gate {
	struct leak_names *names;
};

struct hits {
	struct leak_hit *list;
	size_t count, cap;
	const struct plain *p; /* what is being looked at */
};

struct leak_gate *leak_open(const struct workspace *ws)
{
	struct leak_gate *g = xalloc_zero(1, sizeof(*g));

	g->names = leak_names_load(ws);
	if (g->names == NULL) {
		free(g);
		return NULL;
	}
	return g;
}

void leak_free(struct leak_gate *g)
{
	if (g == NULL)
		return;
	leak_names_free(g->names);
	free(g);
}

void leak_add_name(struct leak_gate *g, const char *kind, const char *name)
{
	leak_names_add(g->names, kind, name);
}

void leak_allow(struct leak_gate *g, const char *text)
{
	leak_names_allow(g->names, text);
}

/* Enough to find it in the line, too little to pass it on. */
static void mask(const char *text, size_t len, char *out, size_t size)
{
	char head[3] = "";
	char *safe; /* two bytes are eight at most, so this one is whole */

	memcpy(head, text, len < 2 ? len : 2);
	safe = str_vis(head, strlen(head), 32);
	snprintf(out, size, "%s... (%zu characters)", safe, len);
	free(safe);
}

static void add_hit(void *arg, const char *kind, size_t at, size_t len)
{
	struct hits *h = arg;
	struct leak_hit *hit;

	xalloc_room((void **)&h->list, &h->cap, h->count, sizeof(*h->list));
	hit = &h->list[h->count++];
	*hit = (struct leak_hit){.line = h->p->lines[at], .kind = kind};
	mask(h->p->text + at, len, hit->shown, sizeof(hit->shown));
}

static int by_line(const void *a, const void *b)
{
	const struct leak_hit *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return order != 0 ? order : strcmp(x->shown, y->shown);
}

static void look(struct leak_gate *g, const char *text, size_t len, bool author,
		 bool without_markup, struct hits *h)
{
	struct plain plain, folded;

	plain_read(text, len, without_markup, &plain);
	h->p = &plain;
	leak_address_scan(&plain, add_hit, h);
	leak_encoded_scan(&plain, add_hit, h);
	plain_fold(&plain, &folded);
	h->p = &folded;
	leak_names_scan(g->names, &folded, author, add_hit, h);
	h->p = NULL;
	plain_release(&plain);
	plain_release(&folded);
}

size_t leak_check(struct leak_gate *g, const char *text, size_t len,
		  bool author, leak_found *found, void *arg)
{
	struct hits h = {0};
	size_t count = 0;

	look(g, text, len, author, false, &h);
	look(g, text, len, author, true, &h);
	if (h.count > 0)
		qsort(h.list, h.count, sizeof(*h.list), by_line);
	for (size_t i = 0; i < h.count; i++) {
		if (i > 0 && by_line(&h.list[i - 1], &h.list[i]) == 0)
			continue;
		count++;
		found(arg, &h.list[i]);
	}
	free(h.list);
	return count;
}
