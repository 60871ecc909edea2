#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "jsonout.h"
#include "optout.h"
#include "optoutbook.h"
#include "str.h"
#include "table.h"
#include "xalloc.h"
#include "optout_list.h"

#define DAY_S 86400

struct shown {
	struct optout list;
	struct optoutbook *book; /* NULL: cannot be read */
	int which;
};

static int compare(const void *a, const void *b)
{
	const struct optout_entry *x = a, *y = b;
	int order = addr_compare(&x->prefix.base, &y->prefix.base);

	if (order == 0)
		order = x->prefix.length - y->prefix.length;
	return order != 0 ? order : x->line - y->line;
}

/* Nothing is known of a line that was written by hand, or again by hand
 * after its removal. */
static const struct optoutbook_row *record_of(const struct shown *s,
					      const struct optout_entry *e)
{
	const struct optoutbook_row *row =
	    s->book != NULL ? optoutbook_last(s->book, &e->prefix) : NULL;

	return row != NULL && strcmp(row->action, "add") == 0 ? row : NULL;
}

static bool is_due(const struct optoutbook_row *row)
{
	int32_t day;

	return row != NULL && civil_parse_day(row->until, &day) &&
	       day < (int32_t)(civil_now() / DAY_S);
}

static bool is_shown(const struct shown *s, const struct optout_entry *e)
{
	return (s->which & OPTOUT_LIST_DUE) == 0 || is_due(record_of(s, e));
}

/* --- JSON */

static void set_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key,
			    text != NULL && *text != '\0' ? jsonout_text(text)
							  : json_null());
}

static void set_record(json_t *o, const struct optoutbook_row *row)
{
	json_object_set_new(
	    o, "recorded", row != NULL ? jsonout_time(row->time) : json_null());
	set_text(o, "asked_by", row != NULL ? row->asked_by : NULL);
	set_text(o, "verified", row != NULL ? row->verified : NULL);
	set_text(o, "until", row != NULL ? row->until : NULL);
	set_text(o, "note", row != NULL ? row->note : NULL);
}

static json_t *entry_json(const struct shown *s, const struct optout_entry *e)
{
	const struct optoutbook_row *row = record_of(s, e);
	json_t *o = json_object();
	char text[ADDR_TEXT_MAX + 4], *comment;

	json_object_set_new(o, "prefix",
			    json_string(prefix_format(&e->prefix, text)));
	json_object_set_new(o, "line", json_integer(e->line));
	comment = xalloc_string(e->comment);
	set_text(o, "comment", str_trim(comment));
	free(comment);
	set_record(o, row);
	json_object_set_new(o, "due", json_boolean(is_due(row)));
	return o;
}

static json_t *history_json(const struct shown *s)
{
	json_t *list = json_array();
	char text[ADDR_TEXT_MAX + 4];
	size_t count = 0;
	const struct optoutbook_row *rows =
	    s->book != NULL ? optoutbook_rows(s->book, &count) : NULL;

	for (size_t i = 0; i < count; i++) {
		json_t *o = json_object();

		set_text(o, "action", rows[i].action);
		set_text(o, "prefix", prefix_format(&rows[i].prefix, text));
		set_record(o, &rows[i]);
		set_text(o, "reason", rows[i].reason);
		json_array_append_new(list, o);
	}
	return list;
}

static int print_json(const struct shown *s)
{
	json_t *doc = jsonout_document("opt-outs"), *list = json_array();

	for (size_t i = 0; i < s->list.count; i++)
		if (is_shown(s, &s->list.entries[i]))
			json_array_append_new(
			    list, entry_json(s, &s->list.entries[i]));
	json_object_set_new(doc, "opt_outs", list);
	json_object_set_new(doc, "history", history_json(s));
	return jsonout_print(doc, stdout);
}

/* --- tables */

static void add_columns(struct table *t, const char *const *titles,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		table_column(t, titles[i], i < 4 ? TABLE_LEFT : TABLE_CUT);
}

static struct table *list_table(const struct shown *s)
{
	static const char *const titles[] = {"prefix",  "recorded", "until",
					     "due",     "asked_by", "verified",
					     "comment", "note"};
	struct table *t = table_new();

	add_columns(t, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < s->list.count; i++) {
		const struct optout_entry *e = &s->list.entries[i];
		const struct optoutbook_row *row = record_of(s, e);
		char text[CIVIL_TIME_TEXT + ADDR_TEXT_MAX], *comment;

		if (!is_shown(s, e))
			continue;
		table_text(t, prefix_format(&e->prefix, text));
		table_text(t, row != NULL ? civil_format_time(row->time, text)
					  : "by hand");
		table_text(t, row != NULL ? row->until : NULL);
		table_text(t, is_due(row) ? "due" : NULL);
		table_text(t, row != NULL ? row->asked_by : NULL);
		table_text(t, row != NULL ? row->verified : NULL);
		comment = xalloc_string(e->comment);
		table_text(t, str_trim(comment));
		free(comment);
		table_text(t, row != NULL ? row->note : NULL);
	}
	return t;
}

static struct table *history_table(const struct shown *s)
{
	static const char *const titles[] = {"time",   "action",   "prefix",
					     "until",  "asked_by", "verified",
					     "reason", "note"};
	struct table *t = table_new();
	size_t count = 0;
	const struct optoutbook_row *rows =
	    s->book != NULL ? optoutbook_rows(s->book, &count) : NULL;

	add_columns(t, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < count; i++) {
		const struct optoutbook_row *row = &rows[i];
		char text[CIVIL_TIME_TEXT + ADDR_TEXT_MAX];

		table_text(t, civil_format_time(row->time, text));
		table_text(t, row->action);
		table_text(t, prefix_format(&row->prefix, text));
		table_text(t, row->until);
		table_text(t, row->asked_by);
		table_text(t, row->verified);
		table_text(t, row->reason);
		table_text(t, row->note);
	}
	return t;
}

int optout_list_print(const char *path, enum optout_list_form form, int which)
{
	struct shown s = {.which = which};
	char *book_path = optoutbook_path(path);
	int rc = optout_read(path, &s.list);
	struct table *t;

	s.book = optoutbook_read(book_path);
	free(book_path);
	if (s.list.broken > 0 || s.book == NULL ||
	    optoutbook_broken(s.book) > 0)
		rc = -1;
	if (s.list.count > 0)
		qsort(s.list.entries, s.list.count, sizeof(*s.list.entries),
		      compare);
	if (form == OPTOUT_LIST_JSON) {
		if (print_json(&s) < 0)
			rc = -1;
	} else {
		t = (which & OPTOUT_LIST_HISTORY) != 0 ? history_table(&s)
						       : list_table(&s);
		if (form == OPTOUT_LIST_CSV)
			table_print_csv(t, stdout);
		else
			table_print(t, stdout);
		table_free(t);
	}
	optoutbook_free(s.book);
	optout_release(&s.list);
	return rc;
}
