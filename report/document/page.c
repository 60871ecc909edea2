#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlsave.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "page.h"

#define HEADINGS_MAX 200

/* Characters that XML cannot hold. */
static char *without_controls(const char *text)
{
	char *copy = xalloc_string(text);

	for (char *c = copy; *c != '\0'; c++)
		if (((unsigned char)*c < ' ' && *c != '\n' && *c != '\t') ||
		    *c == 0x7f)
			*c = ' ';
	return copy;
}

static char *markdown_to_html(const char *markdown)
{
	static const char *const extensions[] = {"table", "strikethrough"};
	const int options = CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8;
	char *text = without_controls(markdown), *html;
	cmark_parser *parser;
	cmark_node *root;

	cmark_gfm_core_extensions_ensure_registered();
	parser = cmark_parser_new(options);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++)
		cmark_parser_attach_syntax_extension(
		    parser, cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(parser, text, strlen(text));
	root = cmark_parser_finish(parser);
	html = cmark_render_html(root, options,
				 cmark_parser_get_syntax_extensions(parser));
	cmark_node_free(root);
	cmark_parser_free(parser);
	free(text);
	return html;
}

static xmlDocPtr read_fragment(const char *html, const char *what)
{
	char *whole = xalloc_printf("<body>\n%s</body>", html);
	xmlDocPtr doc = xmlReadMemory(whole, (int)strlen(whole), what, "UTF-8",
				      XML_PARSE_NONET | XML_PARSE_NOERROR |
					  XML_PARSE_NOWARNING);

	if (doc == NULL)
		log_error("%s: the page made of it is not well-formed", what);
	free(whole);
	return doc;
}

static bool is(const xmlNode *n, const char *name)
{
	return n != NULL && n->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)n->name, name) == 0;
}

static xmlNodePtr next_element(const xmlNode *n)
{
	xmlNodePtr next = n->next;

	while (next != NULL && next->type != XML_ELEMENT_NODE)
		next = next->next;
	return next;
}

static void set(xmlNodePtr n, const char *name, const char *value)
{
	xmlSetProp(n, BAD_CAST name, BAD_CAST value);
}

static xmlNodePtr element(const char *name, const char *class)
{
	xmlNodePtr n = xmlNewNode(NULL, BAD_CAST name);

	if (class != NULL)
		set(n, "class", class);
	return n;
}

/* Puts wrapper where n is, and n into it. */
static void wrap(xmlNodePtr n, xmlNodePtr wrapper)
{
	xmlReplaceNode(n, wrapper);
	xmlAddChild(wrapper, n);
}

static void move_children(xmlNodePtr from, xmlNodePtr to)
{
	while (from->children != NULL) {
		xmlNodePtr child = from->children;

		xmlUnlinkNode(child);
		xmlAddChild(to, child);
	}
}

static void drop(xmlNodePtr n)
{
	xmlUnlinkNode(n);
	xmlFreeNode(n);
}

/* "Table 1: ..." when word is "Table ": its number, or 0. */
static int caption_number(const xmlNode *p, const char *word)
{
	xmlChar *text;
	int number = 0;

	if (!is(p, "p"))
		return 0;
	text = xmlNodeGetContent(p);
	if (str_starts((char *)text, word)) {
		const char *at = (char *)text + strlen(word);

		for (; isdigit((unsigned char)*at) && number < 1000; at++)
			number = number * 10 + (*at - '0');
		if (*at != ':' && !str_starts(at, "："))
			number = 0;
	}
	xmlFree(text);
	return number;
}

static void scope_rows(xmlNodePtr table, bool row_heads)
{
	for (xmlNodePtr part = table->children; part; part = part->next) {
		for (xmlNodePtr row = part->children; row; row = row->next) {
			xmlNodePtr first = row->children;

			while (first != NULL && first->type != XML_ELEMENT_NODE)
				first = first->next;
			if (is(part, "tbody") && row_heads && is(first, "td")) {
				xmlNodeSetName(first, BAD_CAST "th");
				set(first, "scope", "row");
			}
			for (; is(part, "thead") && first != NULL;
			     first = first->next)
				if (is(first, "th"))
					set(first, "scope", "col");
		}
	}
}

static void dress_table(xmlNodePtr table, xmlNodePtr before,
			const struct page *page)
{
	int number = caption_number(before, page->table_word);
	xmlNodePtr box = element("div", "scroll");
	char id[32];

	set(box, "role", "region");
	set(box, "tabindex", "0");
	scope_rows(table, number > 0);
	if (number > 0) {
		xmlNodePtr caption = element("caption", NULL);

		snprintf(id, sizeof(id), "table-%d", number);
		set(table, "id", id);
		snprintf(id, sizeof(id), "table-%d-caption", number);
		set(caption, "id", id);
		move_children(before, caption);
		drop(before);
		if (table->children != NULL)
			xmlAddPrevSibling(table->children, caption);
		else
			xmlAddChild(table, caption);
		set(box, "aria-labelledby", id);
	} else {
		set(box, "aria-label", page->table_word);
	}
	wrap(table, box);
}

/* The image that is all of a paragraph, or NULL. */
static xmlNodePtr lone_image(const xmlNode *p)
{
	xmlNodePtr image = NULL;

	if (!is(p, "p"))
		return NULL;
	for (xmlNodePtr c = p->children; c != NULL; c = c->next) {
		if (c->type == XML_TEXT_NODE && xmlIsBlankNode(c))
			continue;
		if (image != NULL || !is(c, "img"))
			return NULL;
		image = c;
	}
	return image;
}

/* Adds the elements of a well-formed fragment to a node. */
static int add_fragment(xmlNodePtr to, const char *fragment, const char *what)
{
	xmlDocPtr doc = read_fragment(fragment, what);

	if (doc == NULL)
		return -1;
	for (xmlNodePtr c = xmlDocGetRootElement(doc)->children; c != NULL;
	     c = c->next)
		xmlAddChild(to, xmlDocCopyNode(c, to->doc, 1));
	xmlFreeDoc(doc);
	return 0;
}

static int dress_figure(xmlNodePtr p, xmlNodePtr image, const struct page *page)
{
	xmlNodePtr figure = element("figure", NULL), caption;
	xmlNodePtr after = next_element(p);
	xmlChar *src = xmlGetProp(image, BAD_CAST "src");
	int number = caption_number(after, page->figure_word);
	int rc = 0;
	bool ours = src != NULL && strcmp((char *)src, page->figure_file) == 0;
	char id[32];

	xmlReplaceNode(p, figure);
	if (ours) {
		xmlNodePtr box = element("div", "wide");

		xmlAddChild(figure, box);
		rc = add_fragment(box, page->figure, page->figure_file);
	} else {
		move_children(p, figure);
	}
	xmlFreeNode(p);
	if (number > 0) {
		snprintf(id, sizeof(id), "figure-%d", number);
		set(figure, "id", id);
		caption = element("figcaption", NULL);
		move_children(after, caption);
		drop(after);
		xmlAddChild(figure, caption);
	}
	if (ours && rc == 0)
		rc = add_fragment(figure, page->figure_data, "figure.html");
	xmlFree(src);
	return rc;
}

/* Letters and digits of a heading; other scripts get its number. */
static char *heading_id(xmlNodePtr h, int number)
{
	xmlChar *text = xmlNodeGetContent(h);
	struct buf b;
	char *id;

	buf_init(&b, 60);
	for (const char *c = (char *)text; *c != '\0'; c++) {
		if (isalnum((unsigned char)*c))
			buf_add_char(&b, (char)tolower((unsigned char)*c));
		else if (b.len > 0 && b.data[b.len - 1] != '-')
			buf_add_char(&b, '-');
	}
	xmlFree(text);
	while (b.len > 0 && b.data[b.len - 1] == '-')
		b.data[--b.len] = '\0';
	if (b.len == 0)
		buf_printf(&b, "part");
	id = xalloc_printf("s%d-%s", number, buf_text(&b));
	buf_release(&b);
	return id;
}

static bool is_heading(const xmlNode *n)
{
	return is(n, "h1") || is(n, "h2") || is(n, "h3") || is(n, "h4");
}

static void add_contents_line(xmlNodePtr list, xmlNodePtr heading,
			      const char *id)
{
	xmlNodePtr item = xmlNewChild(list, NULL, BAD_CAST "li", NULL);
	xmlNodePtr link = xmlNewChild(item, NULL, BAD_CAST "a", NULL);
	char *target = xalloc_printf("#%s", id);
	xmlChar *text = xmlNodeGetContent(heading);

	set(link, "href", target);
	xmlNodeAddContent(link, text);
	xmlFree(text);
	free(target);
}

static void dress_headings(xmlNodePtr body, const struct page *page)
{
	xmlNodePtr nav = element("nav", "contents"), h1 = NULL, title, list;
	int count = 0, sections = 0;

	title = xmlNewTextChild(nav, NULL, BAD_CAST "p",
				BAD_CAST page->contents_word);
	set(title, "id", "contents-title");
	set(nav, "aria-labelledby", "contents-title");
	list = xmlNewChild(nav, NULL, BAD_CAST "ol", NULL);
	for (xmlNodePtr n = body->children; n != NULL; n = n->next) {
		char *id;

		if (!is_heading(n) || count == HEADINGS_MAX)
			continue;
		if (h1 == NULL && is(n, "h1"))
			h1 = n;
		id = heading_id(n, ++count);
		set(n, "id", id);
		if (is(n, "h2")) {
			add_contents_line(list, n, id);
			sections++;
		}
		free(id);
	}
	if (sections >= PAGE_CONTENTS_MIN && h1 != NULL)
		xmlAddNextSibling(h1, nav);
	else
		xmlFreeNode(nav);
}

static int dress(xmlNodePtr body, const struct page *page)
{
	xmlNodePtr before = NULL, next, image;

	dress_headings(body, page);
	for (xmlNodePtr n = body->children; n != NULL; n = next) {
		next = next_element(n);
		if (n->type != XML_ELEMENT_NODE)
			continue;
		image = lone_image(n);
		if (image != NULL) {
			/* The figure takes the caption after it along. */
			if (next != NULL &&
			    caption_number(next, page->figure_word) > 0)
				next = next_element(next);
			if (dress_figure(n, image, page) < 0)
				return -1;
			before = NULL;
			continue;
		}
		if (is(n, "table")) {
			dress_table(n, before, page);
			before = NULL;
			continue;
		}
		before = n;
	}
	return 0;
}

static char *serialized(xmlDocPtr doc)
{
	xmlBufferPtr out = xmlBufferCreate();
	xmlSaveCtxtPtr save =
	    xmlSaveToBuffer(out, "UTF-8", XML_SAVE_XHTML | XML_SAVE_NO_DECL);
	char *text;

	for (xmlNodePtr c = xmlDocGetRootElement(doc)->children; c != NULL;
	     c = c->next)
		xmlSaveTree(save, c);
	xmlSaveClose(save);
	text = xalloc_string((const char *)xmlBufferContent(out));
	xmlBufferFree(out);
	return text;
}

char *page_body(const struct page *page)
{
	char *html = markdown_to_html(page->markdown), *body = NULL;
	xmlDocPtr doc = read_fragment(html, page->name);

	if (doc != NULL && dress(xmlDocGetRootElement(doc), page) == 0)
		body = serialized(doc);
	xmlFreeDoc(doc);
	free(html);
	return body;
}
