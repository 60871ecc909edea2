#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "civil.h"
#include "escape.h"
#include "jsonout.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "view.h"

static json_t *number_text(double value)
{
	char text[32];

	return json_string(figure_number(value, text));
}

static json_t *month_name(const json_t *words, const char *list, int month)
{
	json_t *name =
	    json_array_get(json_object_get(words, list), (size_t)(month - 1));

	return name != NULL ? json_incref(name) : json_integer(month);
}

static json_t *day_view(const json_t *words, int32_t day)
{
	struct civil c = civil_from_day(day);
	char text[CIVIL_DAY_TEXT];

	return json_pack("{s:i, s:i, s:i, s:s, s:o, s:o}", "year", c.year,
			 "month", c.month, "day", c.day, "iso",
			 civil_format_day(day, text), "short",
			 month_name(words, "months_short", c.month), "long",
			 month_name(words, "months_long", c.month));
}

/* Which way of writing the period fits: exactly one of them is true. */
static void add_shape(json_t *view, const struct period *p)
{
	struct civil first = civil_from_day(p->first);
	struct civil last = civil_from_day(p->last);
	bool whole = first.day == 1 &&
		     last.day == civil_month_length(last.year, last.month);
	bool same_year = first.year == last.year;
	bool one_month = same_year && first.month == last.month;
	bool one_day = p->first == p->last;

	json_object_set_new(view, "in_day", json_boolean(one_day));
	json_object_set_new(view, "in_days", json_boolean(!whole && !one_day));
	json_object_set_new(view, "in_month", json_boolean(whole && one_month));
	json_object_set_new(view, "in_year",
			    json_boolean(whole && same_year && !one_month));
	json_object_set_new(view, "in_years",
			    json_boolean(whole && !same_year));
}

static json_t *mean_view(const struct model_mean *mean)
{
	json_t *o = json_object();

	json_object_set_new(o, "known", json_boolean(mean->known));
	json_object_set_new(o, "value", number_text(mean->value));
	json_object_set_new(o, "partial", json_boolean(mean->partial));
	json_object_set_new(o, "inferred", json_boolean(mean->inferred));
	return o;
}

static bool is_ja(const char *lang)
{
	return strcmp(lang, "ja") == 0;
}

/* "April 2013", "2013年4月" */
static json_t *month_of_year(const struct model_month *month,
			     const json_t *names, bool ja)
{
	const char *name = json_string_value(json_object_get(names, "long"));

	if (name == NULL)
		name = "";
	return ja ? json_sprintf("%d年%s", month->year, name)
		  : json_sprintf("%s %d", name, month->year);
}

static void add_months(json_t *view, const struct model *m, const char *lang,
		       const json_t *words)
{
	json_t *list = json_array();
	bool partial = false, inferred = false, known = false, gap = false;
	bool home = m->has_side[TRAFFIC_HOME];
	bool abroad = m->has_side[TRAFFIC_ABROAD];

	for (size_t i = 0; i < m->month_count; i++) {
		const struct model_month *month = &m->months[i];
		json_t *o = json_object();

		json_object_set_new(o, "year", json_integer(month->year));
		json_object_set_new(o, "month", json_integer(month->month));
		json_object_set_new(
		    o, "short",
		    month_name(words, "months_short", month->month));
		json_object_set_new(
		    o, "long", month_name(words, "months_long", month->month));
		json_object_set_new(o, "name",
				    month_of_year(month, o, is_ja(lang)));
		for (int side = 0; side < TRAFFIC_SIDES; side++) {
			const struct model_mean *mean = &month->sides[side];

			json_object_set_new(
			    o, traffic_side_text((enum traffic_side)side),
			    mean_view(mean));
			known |= mean->known;
			gap |= m->has_side[side] && !mean->known;
			partial |= mean->known && mean->partial;
			inferred |= mean->known && mean->inferred;
		}
		json_object_set_new(o, "last",
				    json_boolean(i + 1 == m->month_count));
		json_array_append_new(list, o);
	}
	json_object_set_new(view, "months", list);
	json_object_set_new(view, "has_several_months",
			    json_boolean(m->month_count > 1));
	json_object_set_new(view, "has_figure", json_boolean(known));
	json_object_set_new(view, "has_home", json_boolean(home));
	json_object_set_new(view, "has_abroad", json_boolean(abroad));
	json_object_set_new(view, "has_both", json_boolean(home && abroad));
	json_object_set_new(view, "has_gap", json_boolean(gap));
	json_object_set_new(view, "has_partial", json_boolean(partial));
	json_object_set_new(view, "has_inferred", json_boolean(inferred));
}

static json_t *service_cell(const struct model_sensor *s, int rank)
{
	return json_string(rank < s->service_count ? s->services[rank] : "–");
}

static json_t *row_view(json_t *cells, int number, const char *label)
{
	json_t *o = json_object();

	if (number > 0)
		json_object_set_new(o, "number", json_integer(number));
	if (label != NULL)
		json_object_set_new(o, "label", jsonout_text(label));
	if (cells != NULL)
		json_object_set_new(o, "cells", cells);
	return o;
}

/* "Japan #1" is "日本 #1" in Japanese; other labels stay as they are. */
static char *label_in(const struct model_sensor *s, const char *lang)
{
	size_t len = s->region_en != NULL ? strlen(s->region_en) : 0;

	if (is_ja(lang) && len > 0 && s->region_ja != NULL &&
	    s->region_ja[0] != '\0' && str_starts(s->label, s->region_en) &&
	    str_starts(s->label + len, " #"))
		return xalloc_printf("%s%s", s->region_ja, s->label + len);
	return xalloc_string(s->label);
}

static void add_table(json_t *view, const struct model *m, const char *lang)
{
	json_t *columns = json_array(), *rows = json_array();
	bool by_rows = m->sensors_as_rows;
	bool any = false;

	for (size_t i = 0; i < m->sensor_count; i++) {
		const struct model_sensor *s = &m->sensors[i];
		char *label = label_in(s, lang);
		json_t *cells = NULL;

		any |= s->service_count > 0;
		if (by_rows)
			cells = json_array();
		for (int r = 0; by_rows && r < TRAFFIC_TOP; r++)
			json_array_append_new(cells, service_cell(s, r));
		json_array_append_new(by_rows ? rows : columns,
				      row_view(cells, 0, label));
		free(label);
	}
	for (int r = 0; r < TRAFFIC_TOP; r++) {
		json_t *cells = NULL;

		if (!by_rows)
			cells = json_array();
		for (size_t i = 0; !by_rows && i < m->sensor_count; i++)
			json_array_append_new(cells,
					      service_cell(&m->sensors[i], r));
		json_array_append_new(by_rows ? columns : rows,
				      row_view(cells, r + 1, NULL));
	}
	json_object_set_new(view, "has_table", json_boolean(any));
	json_object_set_new(view, "table",
			    json_pack("{s:b, s:o, s:o}", "by_sensor", by_rows,
				      "columns", columns, "rows", rows));
}

/* "- " at the start of a line makes an item; an empty line or a change of
 * kind ends a block. */
static json_t *blocks_of(const char *text)
{
	json_t *blocks = json_array(), *items = NULL;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > 2 && str_starts(text, "- ")) {
			if (items == NULL) {
				items = json_array();
				json_array_append_new(
				    blocks, json_pack("{s:{s:o}}", "list",
						      "items", items));
			}
			json_array_append_new(
			    items, jsonout_text_n(text + 2, len - 2));
		} else {
			items = NULL;
			if (len > 0)
				json_array_append_new(
				    blocks,
				    json_pack("{s:o}", "paragraph",
					      jsonout_text_n(text, len)));
		}
		text += len + (text[len] == '\n');
	}
	return blocks;
}

/* Sentences of one kind as one paragraph. */
static json_t *joined(const struct model *m, const char *lang,
		      enum finding_kind kind)
{
	bool ja = is_ja(lang);
	struct buf text;
	json_t *value;

	buf_init(&text, BUF_NO_LIMIT);
	for (size_t i = 0; i < m->finding_count; i++) {
		const struct model_finding *f = &m->findings[i];
		const char *sentence = ja ? f->text_ja : f->text_en;

		if (f->kind != kind || sentence == NULL)
			continue;
		if (text.len > 0 && !ja)
			buf_add_char(&text, ' ');
		buf_add_string(&text, sentence);
	}
	value = jsonout_text(buf_text(&text));
	buf_release(&text);
	return value;
}

/* Whether the sentence has its place in the article's own sections. */
static bool is_placed(enum finding_kind kind)
{
	return kind == FINDING_KIND_REGION_COMPARISON ||
	       kind == FINDING_KIND_MONTHLY_MOVEMENT ||
	       kind == FINDING_KIND_PERIOD_CHANGE ||
	       kind == FINDING_KIND_COMMON_PORTS;
}

static void add_findings(json_t *view, const struct model *m, const char *lang)
{
	json_t *deployments = json_array(), *others = json_array();
	bool ja = is_ja(lang);

	json_object_set_new(view, "comparison",
			    joined(m, lang, FINDING_KIND_REGION_COMPARISON));
	json_object_set_new(view, "movement",
			    joined(m, lang, FINDING_KIND_MONTHLY_MOVEMENT));
	json_object_set_new(view, "changes",
			    joined(m, lang, FINDING_KIND_PERIOD_CHANGE));
	json_object_set_new(view, "common_ports",
			    joined(m, lang, FINDING_KIND_COMMON_PORTS));
	for (size_t i = 0; i < m->finding_count; i++) {
		const struct model_finding *f = &m->findings[i];
		const char *text = ja ? f->text_ja : f->text_en;
		json_t *into = others;

		if (text == NULL || is_placed(f->kind))
			continue;
		if (f->kind == FINDING_KIND_IDENTICAL_DEPLOYMENT)
			into = deployments;
		json_array_append_new(
		    into, json_pack("{s:o}", "blocks", blocks_of(text)));
	}
	json_object_set_new(view, "has_deployments",
			    json_boolean(json_array_size(deployments) > 0));
	json_object_set_new(view, "deployments", deployments);
	json_object_set_new(view, "has_others",
			    json_boolean(json_array_size(others) > 0));
	json_object_set_new(view, "others", others);
}

static void add_names(json_t *view, const struct model *m, const char *lang)
{
	bool ja = is_ja(lang);
	const char *home = ja && m->home_ja != NULL ? m->home_ja : m->home_en;

	json_object_set_new(view, "lang", json_string(lang));
	json_object_set_new(view, "figure_file",
			    ja ? json_sprintf("fig-1.%s.svg", lang)
			       : json_string("fig-1.svg"));
	json_object_set_new(view, "series", jsonout_text(m->series));
	json_object_set_new(view, "author", jsonout_text(m->author));
	json_object_set_new(view, "period", json_string(m->period.text));
	json_object_set_new(view, "home", jsonout_text(home));
	json_object_set_new(view, "flows",
			    json_boolean(strcmp(m->unit, "flows") == 0));
	json_object_set_new(view, "scanning_only",
			    json_boolean(m->scanning_only));
	json_object_set_new(view, "sensor_count",
			    json_integer((json_int_t)m->sensor_count));
}

static int add_words(json_t *view, const json_t *from, const char *file,
		     struct library *library)
{
	struct mustache with = {escape_none, library_partial, library};
	json_t *words = json_object(), *value;
	const char *key;

	json_object_set_new(view, "words", words);
	json_object_foreach((json_t *)from, key, value)
	{
		struct mustache_source source = {file,
						 json_string_value(value)};
		struct buf out;
		int rc;

		if (source.text == NULL)
			continue;
		buf_init(&out, BUF_NO_LIMIT);
		rc = mustache_render(&with, &source, view, &out);
		json_object_set_new(words, key, jsonout_text(buf_text(&out)));
		buf_release(&out);
		if (rc < 0) {
			log_hint("it is the word '%s'", key);
			return -1;
		}
	}
	return 0;
}

json_t *view_build(const struct model *m, const char *lang,
		   struct library *library)
{
	struct mustache_source source;
	json_error_t error;
	json_t *words, *view;

	if (!library_text(library, "words.json", &source))
		return NULL;
	words = json_loads(source.text, 0, &error);
	if (words == NULL) {
		log_error("%s:%d: %s", source.name, error.line, error.text);
		return NULL;
	}
	view = json_object();
	add_names(view, m, lang);
	json_object_set_new(view, "from", day_view(words, m->period.first));
	json_object_set_new(view, "to", day_view(words, m->period.last));
	add_shape(view, &m->period);
	add_months(view, m, lang, words);
	add_table(view, m, lang);
	add_findings(view, m, lang);
	if (add_words(view, words, source.name, library) < 0) {
		json_decref(view);
		view = NULL;
	}
	json_decref(words);
	return view;
}

const char *view_word(const json_t *view, const char *name)
{
	const char *word = json_string_value(
	    json_object_get(json_object_get(view, "words"), name));

	return word != NULL ? word : "";
}
