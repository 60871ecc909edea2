#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "casefile_again.h"
#include "civil.h"
#include "compiler.h"
#include "jsonout.h"
#include "log.h"
#include "str.h"
#include "table.h"
#include "xalloc.h"
#include "name_list.h"

#define SHOWN_BYTES 60 /* of a title in the table */
#define HINTS 3
#define DISTANCE_MAX 8 /* letters that a slip of the hand changes */

/* A class as the case database has it. */
struct found {
	char *page_class, *address, *title, *server, *software;
	int64_t addresses, services, unnamed, observed_ms;
	int port;
	const struct named *name; /* borrowed */
};

struct found_list {
	struct found *list;
	size_t count, cap;
};

static struct found *add(struct found_list *out)
{
	void *list = out->list;

	xalloc_room(&list, &out->cap, out->count, sizeof(*out->list));
	out->list = list;
	return &out->list[out->count++];
}

static int take(const struct casefile_class *c, void *arg)
{
	*add(arg) = (struct found){
	    .page_class = xalloc_string(c->page_class),
	    .software = xalloc_string(c->product),
	    .address = xalloc_string(c->address),
	    .title = xalloc_string(c->title),
	    .server = xalloc_string(c->server),
	    .addresses = c->addresses,
	    .services = c->services,
	    .unnamed = c->unnamed,
	    .observed_ms = c->observed_ms,
	    .port = c->port,
	};
	return 0;
}

static void forget(struct found *f)
{
	free(f->page_class);
	free(f->address);
	free(f->title);
	free(f->server);
	free(f->software);
}

static void release(struct found_list *f)
{
	for (size_t i = 0; i < f->count; i++)
		forget(&f->list[i]);
	free(f->list);
}

static int load(struct casefile *cf, struct found_list *out)
{
	*out = (struct found_list){0};
	return cf != NULL ? casefile_each_class(cf, take, out) : 0;
}

/* Keeps what is asked for, in the order of the case database; then names of
 * classes that it does not have. */
static void choose(struct found_list *f, const struct named_list *names,
		   bool unnamed)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct found one = f->list[i];

		one.name = named_find(names, one.page_class);
		if (unnamed ? one.unnamed > 0 && one.name == NULL
			    : one.name != NULL) {
			f->list[i] = f->list[kept];
			f->list[kept++] = one;
		}
	}
	while (f->count > kept)
		forget(&f->list[--f->count]);
	for (size_t i = 0; !unnamed && i < names->count; i++) {
		const struct named *n = &names->list[i];
		bool known = false;

		for (size_t j = 0; j < kept; j++)
			known |= f->list[j].name == n;
		if (!known)
			*add(f) = (struct found){
			    .page_class = xalloc_string(n->page_class),
			    .name = n};
	}
}

static void set_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, jsonout_text(text));
}

static json_t *found_json(const struct found *f)
{
	json_t *o = json_object();

	set_text(o, "page_class", f->page_class);
	if (f->name != NULL) {
		set_text(o, "vendor", f->name->vendor);
		set_text(o, "product", f->name->product);
		set_text(o, "version", f->name->version);
		set_text(o, "device_type", f->name->device_type);
		set_text(o, "source", f->name->source);
	}
	if (f->name == NULL)
		set_text(o, "product", f->software);
	json_object_set_new(o, "addresses", json_integer(f->addresses));
	json_object_set_new(o, "services", json_integer(f->services));
	json_object_set_new(o, "unnamed", json_integer(f->unnamed));
	json_object_set_new(o, "observed", jsonout_time(f->observed_ms / 1000));
	set_text(o, "address", f->address);
	json_object_set_new(o, "port",
			    f->port > 0 ? json_integer(f->port) : json_null());
	set_text(o, "title", f->title);
	set_text(o, "server", f->server);
	return o;
}

static int print_json(const struct found_list *f)
{
	json_t *doc = jsonout_document("page-classes"), *list = json_array();

	for (size_t i = 0; i < f->count; i++)
		json_array_append_new(list, found_json(&f->list[i]));
	json_object_set_new(doc, "page_classes", list);
	return jsonout_print(doc, stdout);
}

/* Text of peers: str_vis for people, UTF-8 for programs. */
static void peer_cell(struct table *t, const char *text, bool csv)
{
	struct buf b;
	char *shown;

	if (text == NULL) {
		table_text(t, NULL);
	} else if (csv) {
		buf_init(&b, BUF_NO_LIMIT);
		str_add_utf8(&b, text, strlen(text));
		table_text(t, buf_text(&b));
		buf_release(&b);
	} else {
		shown = str_vis(text, strlen(text), SHOWN_BYTES);
		table_text(t, shown);
		free(shown);
	}
}

static void add_row(struct table *t, const struct found *f, bool unnamed,
		    bool csv)
{
	char time[CIVIL_TIME_TEXT] = "";

	table_text(t, f->page_class);
	if (!unnamed) {
		table_text(t, f->name->vendor);
		table_text(t, f->name->product);
		table_text(t, f->name->version);
		table_text(t, f->name->device_type);
	} else {
		peer_cell(t, f->software, csv);
	}
	table_number(t, f->addresses);
	table_number(t, f->services);
	if (f->observed_ms > 0)
		civil_format_time(f->observed_ms / 1000, time);
	table_printf(t, "%.*s", csv ? -1 : 10, time);
	if (f->address != NULL)
		table_printf(t, strchr(f->address, ':') ? "[%s]:%d" : "%s:%d",
			     f->address, f->port);
	else
		table_text(t, NULL);
	peer_cell(t, f->title, csv);
	peer_cell(t, f->server, csv);
}

static int print_table(const struct found_list *f, bool unnamed, bool csv)
{
	static const struct {
		const char *title, *csv;
		enum table_align align;
		enum { BOTH, NAMED, UNNAMED } of;
	} columns[] = {
	    {"PAGE CLASS", "page_class", TABLE_LEFT, BOTH},
	    {"VENDOR", "vendor", TABLE_CUT, NAMED},
	    {"PRODUCT", "product", TABLE_CUT, NAMED},
	    {"VERSION", "version", TABLE_CUT, NAMED},
	    {"TYPE", "device_type", TABLE_CUT, NAMED},
	    {"SOFTWARE", "product", TABLE_CUT, UNNAMED},
	    {"ADDRESSES", "addresses", TABLE_RIGHT, BOTH},
	    {"SERVICES", "services", TABLE_RIGHT, BOTH},
	    {"OBSERVED", "observed", TABLE_LEFT, BOTH},
	    {"EXAMPLE", "example", TABLE_LEFT, BOTH},
	    {"TITLE", "title", TABLE_CUT, BOTH},
	    {"SERVER", "server", TABLE_CUT, BOTH},
	};
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (columns[i].of == BOTH ||
		    (columns[i].of == UNNAMED) == unnamed)
			table_column(t, csv ? columns[i].csv : columns[i].title,
				     columns[i].align);
	for (size_t i = 0; i < f->count; i++)
		add_row(t, &f->list[i], unnamed, csv);
	if (csv)
		table_print_csv(t, stdout);
	else
		table_print(t, stdout);
	table_free(t);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_error("cannot write the page classes: %s", strerror(errno));
	return -1;
}

int name_list_print(struct casefile *cf, const struct named_list *names,
		    bool unnamed, enum name_format format)
{
	struct found_list f;
	int rc = load(cf, &f);

	if (rc == 0) {
		choose(&f, names, unnamed);
		if (f.count == 0)
			log_note("there is no page class %s",
				 unnamed ? "that is not recognised"
					 : "with a name");
		rc = format == NAME_JSON
			 ? print_json(&f)
			 : print_table(&f, unnamed, format == NAME_CSV);
	}
	release(&f);
	return rc;
}

/* --- hints */

/* How many letters must change to make one of the other. */
static int distance(const char *a, const char *b)
{
	int row[64], n = (int)strnlen(b, ARRAY_LEN(row) - 1);

	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++) {
		int corner = row[0];

		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static int nearness(const struct found *f, const char *page_class)
{
	/* The start of one is as near as a slip. */
	return str_starts(f->page_class, page_class)
		   ? 1
		   : distance(page_class, f->page_class);
}

void name_list_hints(struct casefile *cf, const char *page_class)
{
	struct found_list f;
	int shown = 0;

	if (load(cf, &f) < 0 || strlen(page_class) > 64)
		f.count = 0;
	for (int d = 1; d <= DISTANCE_MAX; d++) {
		for (size_t i = 0; i < f.count && shown < HINTS; i++) {
			const char *title = f.list[i].title;
			char *text;

			if (nearness(&f.list[i], page_class) != d)
				continue;
			title = title != NULL ? title : "";
			text = str_vis(title, strlen(title), SHOWN_BYTES);
			log_hint("did you mean %s ('%s')?",
				 f.list[i].page_class, text);
			free(text);
			shown++;
		}
	}
	log_hint("'martlet name --list --unnamed' lists those worth a name");
	release(&f);
}
