#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "charset.h"
#include "shape.h"
#include "webpage.h"

/* Bytes of UTF-8 that are parsed. Login pages are 2 to 60 KiB, and what is
 * hostile costs libxml2 time by the square of its length: 0.15 s at this one,
 * measured with tags that never end. */
#define PARSED_MAX (64u << 10)

/* Attributes that one tag may have; libxml2 compares each with all. */
#define ATTRIBUTES_MAX 500

/* Honest pages nest some 30 deep. */
#define DEPTH_MAX 256

#define TITLE_MAX 1024
#define LIST_MAX 8192     /* bytes of forms, links or metas */
#define FIELD_MAX 64      /* form fields listed */
#define SCRIPTS_MAX 16384 /* bytes of inline script searched for a location */

struct reader {
	struct webpage *page;
	struct shape *shape;
	xmlParserCtxtPtr ctxt;
	struct buf title, forms, links, metas, scripts, refresh;
	bool has_title, in_title, in_script, in_style, has_form;
	int fields; /* of the form being read */
	int icon_rank;
};

static const char *value_of(const char *const *attributes, const char *name)
{
	for (; attributes != NULL && *attributes != NULL; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1] != NULL ? attributes[1] : "";
	return NULL;
}

/* Adds text as one line: white space squeezed, none at the start. */
static void add_squeezed(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c > ' ' && c != 0x7f)
			buf_add_char(out, (char)c);
		else if (out->len > 0 && out->data[out->len - 1] != ' ' &&
			 out->data[out->len - 1] != '\n')
			buf_add_char(out, ' ');
	}
}

static void add_text(struct buf *out, const char *text)
{
	add_squeezed(out, text, strlen(text));
}

static char *one_line(const char *text)
{
	struct buf out;

	buf_init(&out, LIMIT_SUBJECT);
	add_text(&out, text);
	while (out.len > 0 && out.data[out.len - 1] == ' ')
		out.data[--out.len] = '\0';
	return buf_detach(&out);
}

static void start_line(struct buf *out)
{
	if (out->len > 0)
		buf_add_char(out, '\n');
}

static void add_link(struct reader *r, const char *kind, const char *target)
{
	if (strncasecmp(target, "data:", 5) == 0)
		return;
	start_line(&r->links);
	buf_add_string(&r->links, kind);
	buf_add_char(&r->links, ' ');
	add_text(&r->links, target);
}

static bool has_token(const char *list, const char *token)
{
	size_t n = strlen(token);

	while (*list != '\0') {
		size_t len;

		list += strspn(list, " \t\r\n");
		len = strcspn(list, " \t\r\n");
		if (len == n && strncasecmp(list, token, n) == 0)
			return true;
		list += len;
	}
	return false;
}

/* rel="icon" is what a browser asks for; a touch icon only failing that. */
static void read_link(struct reader *r, const char *const *attributes)
{
	const char *rel = value_of(attributes, "rel");
	const char *href = value_of(attributes, "href");
	int rank = 0;

	if (rel == NULL || href == NULL || *href == '\0')
		return;
	if (has_token(rel, "icon"))
		rank = 2;
	else if (has_token(rel, "apple-touch-icon"))
		rank = 1;
	if (rank == 0 || strncasecmp(href, "data:", 5) == 0)
		return;
	add_link(r, "icon", href);
	if (rank > r->icon_rank) {
		free(r->page->icon);
		r->page->icon = one_line(href);
		r->icon_rank = rank;
	}
}

static void read_meta(struct reader *r, const char *const *attributes)
{
	const char *name = value_of(attributes, "name");
	const char *equiv = value_of(attributes, "http-equiv");
	const char *content = value_of(attributes, "content");

	if (content == NULL)
		return;
	if (equiv != NULL && str_equal_nocase(equiv, "refresh") &&
	    r->refresh.len == 0)
		add_text(&r->refresh, content);
	if (name == NULL)
		return;
	if (str_equal_nocase(name, "generator") && r->page->generator == NULL)
		r->page->generator = one_line(content);
	start_line(&r->metas);
	add_text(&r->metas, name);
	buf_add_string(&r->metas, ": ");
	add_text(&r->metas, content);
}

static void start_form(struct reader *r, const char *const *attributes)
{
	const char *method = value_of(attributes, "method");
	const char *action = value_of(attributes, "action");
	bool post = method != NULL && str_equal_nocase(method, "post");

	start_line(&r->forms);
	buf_add_string(&r->forms, post ? "POST " : "GET ");
	add_text(&r->forms, action != NULL && *action != '\0' ? action : ".");
	buf_add_char(&r->forms, ':');
	r->has_form = true;
	r->fields = 0;
}

static void read_field(struct reader *r, const char *const *attributes)
{
	const char *name = value_of(attributes, "name");
	const char *type = value_of(attributes, "type");

	if (type == NULL || (!str_equal_nocase(type, "hidden") &&
			     !str_equal_nocase(type, "submit") &&
			     !str_equal_nocase(type, "button")))
		r->page->asks = true;
	if (name == NULL)
		name = value_of(attributes, "id");
	if (name == NULL || *name == '\0' || r->fields >= FIELD_MAX)
		return;
	/* Old pages put fields beside forms. */
	if (!r->has_form) {
		buf_add_string(&r->forms, "-:");
		r->has_form = true;
	}
	buf_add_string(&r->forms, r->fields++ > 0 ? ", " : " ");
	add_text(&r->forms, name);
}

static void read_element(struct reader *r, const char *name,
			 const char *const *attributes)
{
	const char *value;

	if (strcmp(name, "title") == 0) {
		r->in_title = !r->has_title;
		r->has_title = true;
	} else if (strcmp(name, "meta") == 0) {
		read_meta(r, attributes);
	} else if (strcmp(name, "link") == 0) {
		read_link(r, attributes);
	} else if (strcmp(name, "base") == 0 && r->page->base == NULL) {
		value = value_of(attributes, "href");
		r->page->base = value == NULL ? NULL : one_line(value);
	} else if (strcmp(name, "script") == 0) {
		value = value_of(attributes, "src");
		r->in_script = value == NULL;
		if (value != NULL)
			add_link(r, "script", value);
	} else if (strcmp(name, "style") == 0) {
		r->in_style = true;
	} else if (strcmp(name, "form") == 0) {
		start_form(r, attributes);
	} else if (strcmp(name, "input") == 0 || strcmp(name, "select") == 0 ||
		   strcmp(name, "textarea") == 0) {
		read_field(r, attributes);
	} else if (strcmp(name, "body") == 0) {
		value = value_of(attributes, "onload");
		if (value != NULL)
			buf_printf(&r->scripts, "%s\n", value);
	}
}

static void on_start(void *data, const xmlChar *name, const xmlChar **atts)
{
	struct reader *r = data;
	const char *const *attributes = (const char *const *)atts;

	if (shape_depth(r->shape) >= DEPTH_MAX) {
		xmlStopParser(r->ctxt);
		return;
	}
	shape_start(r->shape, (const char *)name, attributes);
	read_element(r, (const char *)name, attributes);
}

static void on_end(void *data, const xmlChar *name)
{
	struct reader *r = data;

	shape_end(r->shape);
	if (xmlStrEqual(name, BAD_CAST "title"))
		r->in_title = false;
	else if (xmlStrEqual(name, BAD_CAST "script"))
		r->in_script = false;
	else if (xmlStrEqual(name, BAD_CAST "style"))
		r->in_style = false;
}

static void on_text(void *data, const xmlChar *text, int len)
{
	struct reader *r = data;

	shape_text(r->shape, (const char *)text, (size_t)len);
	if (r->in_title)
		add_squeezed(&r->title, (const char *)text, (size_t)len);
	else if (r->in_script)
		buf_add(&r->scripts, text, (size_t)len);
	else if (!r->in_style)
		for (int i = 0; i < len; i++)
			r->page->text_len += text[i] > ' ';
}

static void on_doctype(void *data, const xmlChar *name, const xmlChar *public,
		       const xmlChar *system)
{
	struct reader *r = data;
	char *text = xalloc_printf("%s%s%.100s%s", (const char *)name,
				   public != NULL ? " " : "",
				   public != NULL ? (const char *)public : "",
				   system != NULL ? " system" : "");

	shape_prologue(r->shape, text);
	free(text);
}

static void on_instruction(void *data, const xmlChar *target,
			   const xmlChar *text)
{
	struct reader *r = data;

	(void)text;
	if (xmlStrEqual(target, BAD_CAST "xml"))
		shape_prologue(r->shape, "xml declaration");
}

static void parse(struct reader *r, const struct buf *text)
{
	xmlParserCtxtPtr ctxt =
	    htmlCreateMemoryParserCtxt(text->data, (int)text->len);

	if (ctxt == NULL)
		return;
	memset(ctxt->sax, 0, sizeof(*ctxt->sax));
	ctxt->sax->startElement = on_start;
	ctxt->sax->endElement = on_end;
	ctxt->sax->characters = on_text;
	ctxt->sax->ignorableWhitespace = on_text;
	ctxt->sax->cdataBlock = on_text;
	ctxt->sax->internalSubset = on_doctype;
	ctxt->sax->processingInstruction = on_instruction;
	ctxt->userData = r;
	r->ctxt = ctxt;
	htmlCtxtUseOptions(ctxt, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
				     HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
				     HTML_PARSE_NOIMPLIED |
				     HTML_PARSE_IGNORE_ENC);
	xmlSwitchEncoding(ctxt, XML_CHAR_ENCODING_UTF8);
	htmlParseDocument(ctxt);
	htmlFreeParserCtxt(ctxt);
}

/*
 * Copies the page without NUL, and ends any tag that goes on for too many
 * attributes: blanks and "=" since the last "<" bound their number. What is
 * put in ends a tag in whatever quotes it stands, and is harmless in text.
 */
static void bound(const struct buf *in, struct buf *out)
{
	int separators = 0;
	size_t from = 0;

	for (size_t i = 0; i < in->len; i++) {
		unsigned char c = (unsigned char)in->data[i];

		if (c == '<')
			separators = 0;
		else if (c <= ' ' || c == '=')
			separators++;
		if (c == '\0') {
			buf_add(out, in->data + from, i - from);
			buf_add_char(out, ' ');
			from = i + 1;
		}
		if (separators > ATTRIBUTES_MAX) {
			buf_add(out, in->data + from, i + 1 - from);
			from = i + 1;
			buf_add_string(out, "'\">'\">");
			separators = 0;
		}
	}
	buf_add(out, buf_text(in) + from, in->len - from);
}

static char *detach_or_null(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
	if (b->len == 0) {
		buf_release(b);
		return NULL;
	}
	return buf_detach(b);
}

/* A cut at a limit may have split a character. */
static char *detach_text(struct buf *b)
{
	while (b->too_big && b->len > 0 && !str_is_utf8(b->data, b->len))
		b->data[--b->len] = '\0';
	return detach_or_null(b);
}

void webpage_read(const struct blob *body, const char *content_type,
		  struct webpage *out)
{
	struct reader r = {.page = out, .shape = shape_new()};
	size_t len = body->len < PARSED_MAX ? body->len : PARSED_MAX;
	struct buf text, bounded;

	*out = (struct webpage){0};
	buf_init(&text, 3 * PARSED_MAX);
	buf_init(&r.title, TITLE_MAX);
	buf_init(&r.forms, LIST_MAX);
	buf_init(&r.links, LIST_MAX);
	buf_init(&r.metas, LIST_MAX);
	buf_init(&r.refresh, LIMIT_SUBJECT);
	buf_init(&r.scripts, SCRIPTS_MAX);
	if (body->len > 0) {
		out->charset =
		    charset_choose(body->data, body->len, content_type);
		charset_to_utf8(out->charset, body->data, len, &text);
	}
	/* libxml2 makes all names lower case; who wrote "<HTML>" shows. */
	if (text.len > 0 && memmem(text.data, text.len, "<HTML", 5) != NULL)
		shape_prologue(r.shape, "CAPITALS");
	buf_init(&bounded, 4 * PARSED_MAX);
	bound(&text, &bounded);
	buf_release(&text);
	/* libxml2 would make elements up around mere text. */
	if (bounded.len > 0 && strchr(bounded.data, '<') != NULL)
		parse(&r, &bounded);
	buf_release(&bounded);
	out->title = detach_text(&r.title);
	out->forms = detach_text(&r.forms);
	out->links = detach_text(&r.links);
	out->metas = detach_text(&r.metas);
	out->refresh = detach_text(&r.refresh);
	out->scripts = detach_text(&r.scripts);
	shape_class(r.shape, out->page_class);
	shape_free(r.shape);
}

void webpage_release(struct webpage *page)
{
	free(page->title);
	free(page->generator);
	free(page->forms);
	free(page->links);
	free(page->icon);
	free(page->base);
	free(page->refresh);
	free(page->scripts);
	free(page->metas);
	*page = (struct webpage){0};
}

static const char *find(const char *at, const char *end, const char *word)
{
	size_t n = strlen(word);

	for (; (size_t)(end - at) >= n; at++)
		if (strncasecmp(at, word, n) == 0)
			return at;
	return NULL;
}

struct blob webpage_raw_title(const struct blob *body)
{
	const char *end, *start, *stop;

	if (body->len == 0)
		return (struct blob){0};
	end = body->data + body->len;
	start = find(body->data, end, "<title");
	start = start != NULL ? find(start, end, ">") : NULL;
	stop = start != NULL ? find(start, end, "</title") : NULL;
	if (stop == NULL)
		return (struct blob){0};
	return (struct blob){(char *)start + 1, (size_t)(stop - start - 1)};
}
