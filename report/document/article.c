#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "figure.h"
#include "log.h"
#include "page.h"
#include "table.h"
#include "view.h"
#include "xalloc.h"
#include "article.h"

static void add_file(struct article *a, char *text, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Takes text over. */
static void add_file(struct article *a, char *text, const char *format, ...)
{
	struct article_file *f = &a->files[a->count++];
	va_list args;

	assert(a->count <= ARTICLE_FILES);
	va_start(args, format);
	vsnprintf(f->name, sizeof(f->name), format, args);
	va_end(args);
	f->text = text;
}

static char *json_text(const struct model *m)
{
	json_t *doc = model_json(m);
	char *text = json_dumps(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	char *line = xalloc_printf("%s\n", text);

	free(text);
	json_decref(doc);
	return line;
}

static char *csv_of(struct table *t)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert(out != NULL);
	table_print_csv(t, out);
	fclose(out);
	table_free(t);
	return text;
}

static char *figure_csv(const struct model *m)
{
	static const char *const columns[] = {
	    "month",          "side",    "packets", "sensor_days",
	    "per_sensor_day", "partial", "inferred"};
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_column(t, i == 2 ? m->unit : columns[i], TABLE_LEFT);
	for (size_t i = 0; i < m->month_count * TRAFFIC_SIDES; i++) {
		const struct model_month *month = &m->months[i / 2];
		const struct model_mean *mean = &month->sides[i % 2];

		if (!m->has_side[i % 2])
			continue;
		table_printf(t, "%04d-%02d", month->year, month->month);
		table_text(t, traffic_side_text((enum traffic_side)(i % 2)));
		table_number(t, mean->packets);
		table_printf(t, "%.12g", mean->sensor_days);
		if (mean->known)
			table_printf(t, "%.12g", mean->value);
		else
			table_text(t, "");
		table_text(t, mean->partial ? "yes" : "no");
		table_text(t, mean->inferred ? "yes" : "no");
	}
	return csv_of(t);
}

static char *ranks_csv(const struct model *m)
{
	struct table *t = table_new();

	table_column(t, "sensor", TABLE_LEFT);
	table_column(t, "region", TABLE_LEFT);
	table_column(t, "rank", TABLE_LEFT);
	table_column(t, "service", TABLE_LEFT);
	for (size_t i = 0; i < m->sensor_count; i++) {
		const struct model_sensor *s = &m->sensors[i];

		for (int r = 0; r < s->service_count; r++) {
			table_text(t, s->label);
			table_text(t, s->region_en);
			table_number(t, r + 1);
			table_text(t, s->services[r]);
		}
	}
	return csv_of(t);
}

static const char *figure_file(const json_t *view)
{
	return json_string_value(json_object_get(view, "figure_file"));
}

static char *figure_svg(const struct model *m, const json_t *view)
{
	struct figure_words w = {
	    .id = "fig-1",
	    .title = view_word(view, "figure_title"),
	    .description = view_word(view, "figure_description"),
	    .axis = view_word(view, "axis"),
	    .sides = {view_word(view, "home"), view_word(view, "abroad")},
	    .no_data = view_word(view, "no_data"),
	    .partial = view_word(view, "partial"),
	};
	struct buf out;
	json_t *months = json_object_get(view, "months"), *month;
	size_t i;

	w.months = xalloc_zero(m->month_count + 1, sizeof(*w.months));
	json_array_foreach(months, i, month)
	{
		snprintf(w.months[i], sizeof(*w.months), "%s",
			 json_string_value(json_object_get(month, "short")));
	}
	buf_init(&out, BUF_NO_LIMIT);
	figure_draw(m, &w, &out);
	free(w.months);
	return buf_detach(&out);
}

/* Empty lines pile up where a section or a note was empty. */
static void squeeze(char *text)
{
	char *to = text;
	int empty = 2;

	for (const char *at = text; *at != '\0'; at++) {
		empty = *at == '\n' ? empty + 1 : 0;
		if (empty <= 2)
			*to++ = *at;
	}
	while (to > text + 1 && to[-1] == '\n' && to[-2] == '\n')
		to--;
	*to = '\0';
}

static char *render(struct library *library, const char *name,
		    mustache_escape *escape, json_t *view)
{
	struct mustache with = {escape, library_partial, library};
	struct mustache_source source;
	struct buf out;
	char *text;

	if (!library_text(library, name, &source))
		return NULL;
	buf_init(&out, BUF_NO_LIMIT);
	if (mustache_render(&with, &source, view, &out) < 0 ||
	    library_failed(library)) {
		buf_release(&out);
		return NULL;
	}
	text = buf_detach(&out);
	return text;
}

int article_make(const struct model *m, const char *lang,
		 struct library *library, struct article *out)
{
	json_t *view;
	char *markdown;

	*out = (struct article){0};
	view = view_build(m, lang, library);
	if (view == NULL)
		return -1;
	add_file(out, json_text(m), "report.json");
	add_file(out, figure_csv(m), "data/fig-1.csv");
	add_file(out, ranks_csv(m), "data/table-1.csv");
	add_file(out, figure_svg(m, view), "%s", figure_file(view));
	markdown = render(library, "report.md", escape_markdown, view);
	json_decref(view);
	if (markdown == NULL)
		return -1;
	squeeze(markdown);
	add_file(out, markdown, "report.%s.md", lang);
	return 0;
}

static int add_page(struct article *a, const char *lang,
		    struct library *library, struct page *page, json_t *view)
{
	struct mustache_source style;
	char *data = render(library, "/figure.html", escape_html, view);
	char *body = NULL, *html = NULL;

	page->figure_data = data;
	if (data != NULL && library_text(library, "/style.css", &style))
		body = page_body(page);
	if (body != NULL) {
		json_object_set_new(view, "body", json_string(body));
		json_object_set_new(view, "style", json_string(style.text));
		html = render(library, "/page.html", escape_html, view);
	}
	if (html != NULL)
		add_file(a, html, "report.%s.html", lang);
	free(body);
	free(data);
	return html != NULL ? 0 : -1;
}

int article_add_page(struct article *a, const struct model *m, const char *lang,
		     struct library *library, const char *name,
		     const char *markdown)
{
	json_t *view = view_build(m, lang, library);
	struct page page;
	int rc;

	if (view == NULL)
		return -1;
	page = (struct page){
	    .name = name,
	    .markdown = markdown,
	    .figure_file = figure_file(view),
	    .figure = article_text(a, figure_file(view)),
	    .figure_word = view_word(view, "figure_word"),
	    .table_word = view_word(view, "table_word"),
	    .contents_word = view_word(view, "contents"),
	};
	rc = add_page(a, lang, library, &page, view);
	json_decref(view);
	return rc;
}

const char *article_text(const struct article *a, const char *name)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->files[i].name, name) == 0)
			return a->files[i].text;
	return NULL;
}

void article_release(struct article *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->files[i].text);
	*a = (struct article){0};
}
