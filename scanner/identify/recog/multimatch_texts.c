#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "multimatch_texts.h"
#include "pattern_mask.h"

#define NOWHERE UINT32_MAX

/* A place in the tree of texts. Places are numbered as they are made; 0 is
 * the root. */
struct place {
	uint32_t fallback; /* the longest end of this that starts a text */
	uint32_t ended;    /* the nearest place, from here along fallbacks,
			    * where a text ends; NOWHERE: none */
	uint32_t owner;    /* pattern whose text ends here; NOWHERE: none */
	uint32_t more;     /* further owner in others[]; NOWHERE: none */
};

struct other {
	uint32_t owner, more;
};

struct multimatch_texts {
	size_t patterns;
	bool *always;            /* patterns without texts */
	unsigned char kind[256]; /* of a byte, lower-cased; 0: in no text */
	uint32_t kinds;
	struct place *places;
	uint32_t *next; /* [place * kinds + kind] */
	size_t place_count, place_cap, next_cap;
	struct other *others;
	size_t other_count, other_cap;
};

static uint32_t add_place(struct multimatch_texts *t)
{
	size_t end = (t->place_count + 1) * t->kinds;

	xalloc_room((void **)&t->places, &t->place_cap, t->place_count,
		    sizeof(*t->places));
	if (end > t->next_cap) {
		t->next_cap = end * 2;
		t->next = xalloc_grow(t->next, t->next_cap, sizeof(*t->next));
	}
	for (size_t i = end - t->kinds; i < end; i++)
		t->next[i] = NOWHERE;
	t->places[t->place_count] =
	    (struct place){0, NOWHERE, NOWHERE, NOWHERE};
	return (uint32_t)t->place_count++;
}

static void own(struct multimatch_texts *t, uint32_t at, uint32_t owner)
{
	struct place *p = &t->places[at];

	if (p->owner == NOWHERE) {
		p->owner = owner;
		return;
	}
	xalloc_room((void **)&t->others, &t->other_cap, t->other_count,
		    sizeof(*t->others));
	t->others[t->other_count] = (struct other){owner, p->more};
	p->more = (uint32_t)t->other_count++;
}

static void add_text(struct multimatch_texts *t, const char *text,
		     uint32_t owner)
{
	uint32_t at = 0;

	for (; *text != '\0'; text++) {
		size_t step =
		    at * (size_t)t->kinds + t->kind[(unsigned char)*text];

		if (t->next[step] == NOWHERE) {
			uint32_t made = add_place(t);

			t->next[step] = made;
		}
		at = t->next[step];
	}
	own(t, at, owner);
}

static void find_kinds(struct multimatch_texts *t,
		       struct pattern_texts *const *texts)
{
	t->kinds = 1;
	for (size_t i = 0; i < t->patterns; i++)
		for (size_t j = 0; texts[i] != NULL && j < texts[i]->count; j++)
			for (const char *s = texts[i]->text[j]; *s != '\0'; s++)
				if (t->kind[(unsigned char)*s] == 0)
					t->kind[(unsigned char)*s] =
					    (unsigned char)t->kinds++;
	for (int c = 'A'; c <= 'Z'; c++)
		t->kind[c] = t->kind[c - 'A' + 'a'];
}

/* Breadth first: a fallback is always shorter, so it is done before. Steps
 * that lead nowhere become those of the fallback. */
static void complete(struct multimatch_texts *t)
{
	uint32_t *queue = xalloc(t->place_count * sizeof(*queue));
	size_t head = 0, tail = 0;

	queue[tail++] = 0;
	while (head < tail) {
		uint32_t at = queue[head++];
		uint32_t back = t->places[at].fallback;

		for (uint32_t k = 0; k < t->kinds; k++) {
			uint32_t *step = &t->next[at * (size_t)t->kinds + k];
			uint32_t other =
			    at == 0 ? 0 : t->next[back * (size_t)t->kinds + k];

			if (*step == NOWHERE) {
				*step = other;
				continue;
			}
			t->places[*step].fallback = other;
			t->places[*step].ended =
			    t->places[*step].owner != NOWHERE
				? *step
				: t->places[other].ended;
			queue[tail++] = *step;
		}
	}
	free(queue);
}

static struct pattern_texts *texts_of(const struct pattern *p)
{
	struct pattern_texts *texts;
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	pattern_translate(p->source, &b);
	texts = pattern_mask_texts(buf_text(&b));
	buf_release(&b);
	return texts;
}

struct multimatch_texts *multimatch_texts_new(const struct pattern *const *list,
					      size_t count)
{
	struct multimatch_texts *t = xalloc_zero(1, sizeof(*t));
	struct pattern_texts **texts = xalloc_zero(count + 1, sizeof(*texts));

	t->patterns = count;
	t->always = xalloc_zero(count + 1, sizeof(*t->always));
	for (size_t i = 0; i < count; i++) {
		texts[i] = texts_of(list[i]);
		t->always[i] = texts[i] == NULL;
	}
	find_kinds(t, texts);
	add_place(t);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; texts[i] != NULL && j < texts[i]->count; j++)
			add_text(t, texts[i]->text[j], (uint32_t)i);
		free(texts[i]);
	}
	free(texts);
	complete(t);
	return t;
}

void multimatch_texts_free(struct multimatch_texts *t)
{
	if (t == NULL)
		return;
	free(t->always);
	free(t->places);
	free(t->next);
	free(t->others);
	free(t);
}

static void mark(const struct multimatch_texts *t, uint32_t at, bool *could)
{
	while (at != NOWHERE) {
		const struct place *p = &t->places[at];

		could[p->owner] = true;
		for (uint32_t i = p->more; i != NOWHERE; i = t->others[i].more)
			could[t->others[i].owner] = true;
		at = t->places[p->fallback].ended;
	}
}

/* One byte of the subject at s as patterns see it: where case does not
 * count, these two are "s" and "k". Returns the bytes that were read. */
static size_t read_byte(const unsigned char *s, size_t left,
			unsigned char *byte)
{
	*byte = *s;
	if (*s == 0xc5 && left > 1 && s[1] == 0xbf) {
		*byte = 's';
		return 2;
	}
	if (*s == 0xe2 && left > 2 && s[1] == 0x84 && s[2] == 0xaa) {
		*byte = 'k';
		return 3;
	}
	return 1;
}

void multimatch_texts_find(const struct multimatch_texts *t,
			   const struct pattern_subject *s, bool *could)
{
	const unsigned char *text = (const unsigned char *)s->text;
	uint32_t at = 0, last = NOWHERE;

	memcpy(could, t->always, t->patterns * sizeof(*could));
	for (size_t i = 0; i < s->len;) {
		unsigned char byte;

		i += read_byte(text + i, s->len - i, &byte);
		at = t->next[at * (size_t)t->kinds + t->kind[byte]];
		/* A page of one text repeated marks it once. */
		if (t->places[at].ended != NOWHERE &&
		    t->places[at].ended != last) {
			last = t->places[at].ended;
			mark(t, last, could);
		}
	}
}
