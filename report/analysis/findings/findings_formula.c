#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "xalloc.h"
#include "findings_formula.h"

struct composing {
	const struct finding *f;
	const struct finding_number *of;
	const char *database;
	struct buf sql;
	struct sensordb_value *parameters; /* texts are borrowed */
	size_t count;
};

static const struct finding_number *find(const struct composing *c,
					 const char *name, size_t len)
{
	for (size_t i = 0; i < c->f->number_count; i++) {
		const struct finding_number *n = &c->f->numbers[i];

		if (n != c->of && strncmp(n->name, name, len) == 0 &&
		    n->name[len] == '\0')
			return n;
	}
	return NULL;
}

/* Sums are whole numbers in SQL: made real, they divide as in C. */
static bool add_name(struct composing *c, const char *name, size_t len)
{
	const struct finding_number *n = find(c, name, len);

	if (n == NULL || n->database == NULL ||
	    (c->database != NULL && strcmp(c->database, n->database) != 0))
		return false;
	c->database = n->database;
	buf_printf(&c->sql, "(1.0 * (%s))", n->statement);
	c->parameters =
	    xalloc_grow(c->parameters, c->count + n->parameter_count,
			sizeof(*c->parameters));
	for (size_t i = 0; i < n->parameter_count; i++)
		c->parameters[c->count++] = n->parameters[i];
	return true;
}

static bool compose(struct composing *c)
{
	const char *at = c->of->formula;

	buf_add_string(&c->sql, "SELECT ");
	while (*at != '\0') {
		size_t len = 0;

		while (isalnum((unsigned char)at[len]) || at[len] == '_')
			len++;
		if (len > 0 && !isdigit((unsigned char)*at)) {
			if (!add_name(c, at, len))
				return false;
		} else if (len > 0) {
			buf_add(&c->sql, at, len);
		} else if (strchr(" +-*/()", *at) != NULL) {
			buf_add_char(&c->sql, *at);
			len = 1;
		} else {
			return false;
		}
		at += len;
	}
	return c->database != NULL;
}

void findings_formula_compose(const struct finding *f, struct finding_number *n)
{
	struct composing c = {.f = f, .of = n};

	buf_init(&c.sql, BUF_NO_LIMIT);
	if (compose(&c)) {
		n->database = c.database;
		n->statement = xalloc_string(buf_text(&c.sql));
		n->parameters = xalloc_zero(c.count, sizeof(*n->parameters));
		n->parameter_count = c.count;
		for (size_t i = 0; i < c.count; i++) {
			n->parameters[i] = c.parameters[i];
			n->parameters[i].text =
			    xalloc_string(c.parameters[i].text);
		}
	}
	buf_release(&c.sql);
	free(c.parameters);
}
