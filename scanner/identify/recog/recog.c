#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "outfile.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "pattern_index.h"
#include "recog.h"

#define FILE_MAX (16u << 20)    /* bytes; Recog's largest has 0.6 MB */
#define EXAMPLE_MAX (64u << 10) /* bytes of one example's file */
#define CHUNK (64u << 10)

/* Texts live as long as their file: given out from chunks, freed as one. */
struct recog_memory {
	struct recog_memory *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

static void *take(struct recog_file *f, size_t size)
{
	struct recog_memory *m = f->memory;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (m == NULL || m->size - m->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		m = xalloc(sizeof(*m) + room);
		*m = (struct recog_memory){.next = f->memory, .size = room};
		f->memory = m;
	}
	p = m->bytes + m->used;
	m->used += size;
	memset(p, 0, size);
	return p;
}

static char *keep(struct recog_file *f, const char *s, size_t len)
{
	char *copy = take(f, len + 1);

	memcpy(copy, s, len);
	return copy;
}

/* The attribute's value, NULL when it is not there. */
static const char *attribute(struct recog_file *f, const xmlNode *node,
			     const char *name)
{
	xmlChar *value = xmlGetNoNsProp((xmlNodePtr)node, BAD_CAST name);
	const char *copy = NULL;

	if (value != NULL)
		copy = keep(f, (const char *)value, strlen((char *)value));
	xmlFree(value);
	return copy;
}

static bool is_element(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE &&
	       xmlStrEqual(n->name, BAD_CAST name);
}

static size_t count_children(const xmlNode *node, const char *name)
{
	size_t n = 0;

	for (const xmlNode *c = node->children; c != NULL; c = c->next)
		n += is_element(c, name);
	return n;
}

static const char *squeezed(struct recog_file *f, const char *s)
{
	char *out = take(f, strlen(s) + 1);
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (!isspace((unsigned char)*s))
			out[n++] = *s;
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		out[--n] = '\0';
	return out;
}

static int complain(const struct recog_file *f, int line, const char *what)
{
	log_error("%s:%d: %s", f->path, line, what);
	return -1;
}

/* A parameter named twice counts once, with its last value (as in Ruby's
 * hashes, in the place of the first). */
static struct recog_param *param_slot(struct recog_param *list, size_t *n,
				      const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return &list[(*n)++];
}

static int read_param(struct recog_file *f, const xmlNode *node,
		      struct recog_fingerprint *fp, struct recog_param *list)
{
	const char *pos = attribute(f, node, "pos");
	struct recog_param p = {attribute(f, node, "name"),
				attribute(f, node, "value"), 0, false};
	int line = (int)xmlGetLineNo(node);
	int64_t number;

	if (p.name == NULL || pos == NULL)
		return complain(f, line, "a param needs pos and name");
	if (!str_to_int64(pos, 0, PATTERN_GROUPS - 1, &number))
		return complain(f, line, "pos is a number from 0 to 15");
	p.pos = (int)number;
	if (p.pos == 0 && p.value == NULL)
		return complain(f, line, "a param with pos 0 needs a value");
	if (p.pos > 0 && p.value != NULL && *p.value != '\0')
		return complain(f, line, "a param with a capture has no value");
	if (p.pos > 0)
		p.value = NULL;
	*param_slot(list, &fp->param_count, p.name) = p;
	return 0;
}

static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* In place; line ends and what is no digit are passed over. */
static size_t decode_base64(char *s)
{
	unsigned bits = 0, held = 0;
	size_t n = 0;

	for (const char *in = s; *in != '\0' && *in != '='; in++) {
		int digit = base64_digit(*in);

		if (digit < 0)
			continue;
		bits = bits << 6 | (unsigned)digit;
		held += 6;
		if (held >= 8) {
			held -= 8;
			s[n++] = (char)(bits >> held & 0xff);
		}
	}
	s[n] = '\0';
	return n;
}

/* The file of an example lies in the directory named like the XML file. */
static void read_example_file(struct recog_file *f, struct recog_example *e,
			      const char *name)
{
	size_t stem = strlen(f->path) - strlen(".xml");
	char *path, *text;

	if (*name == '/' || *name == '\0' || strstr(name, "..") != NULL) {
		e->problem = "its file lies outside the fingerprints";
		return;
	}
	path = xalloc_printf("%.*s/%s", (int)stem, f->path, name);
	text = outfile_read(path, EXAMPLE_MAX, &e->len);
	e->text = text != NULL ? keep(f, text, e->len) : "";
	e->problem = text != NULL ? NULL : "its file cannot be read";
	free(text);
	free(path);
}

static void read_attributes(struct recog_file *f, const xmlNode *node,
			    struct recog_example *e, const char **encoding,
			    const char **filename)
{
	struct recog_param *list;
	size_t n = 0;

	for (const xmlAttr *a = node->properties; a != NULL; a = a->next)
		n++;
	list = take(f, (n + 1) * sizeof(*list));
	for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
		const char *name = (const char *)a->name;
		const char *value = attribute(f, node, name);

		if (strcmp(name, "_encoding") == 0)
			*encoding = value;
		else if (strcmp(name, "_filename") == 0)
			*filename = value;
		else if (strcmp(name, "_source") == 0)
			e->source = value;
		else if (strcmp(name, "_kind") == 0)
			e->kind = value;
		else
			list[e->expected_count++] = (struct recog_param){
			    keep(f, name, strlen(name)), value, 0, false};
	}
	e->expected = list;
}

static void read_example(struct recog_file *f, const xmlNode *node,
			 struct recog_example *e)
{
	const char *encoding = NULL, *filename = NULL;
	xmlChar *content = xmlNodeGetContent((xmlNodePtr)node);
	char *text = keep(f, (const char *)content, strlen((char *)content));

	xmlFree(content);
	e->line = (int)xmlGetLineNo(node);
	e->text = text;
	e->len = strlen(text);
	read_attributes(f, node, e, &encoding, &filename);
	if (filename != NULL)
		read_example_file(f, e, filename);
	else if (encoding != NULL && strcmp(encoding, "base64") == 0)
		e->len = decode_base64(text);
	else if (encoding != NULL)
		e->problem = "its _encoding is not base64";
}

/* Moves those that no result shows to the end. */
static void hide_temporary(struct recog_file *f, struct recog_fingerprint *fp,
			   struct recog_param *list)
{
	struct recog_param *hidden =
	    take(f, (fp->param_count + 1) * sizeof(*hidden));
	size_t n = 0;

	for (size_t i = 0; i < fp->param_count; i++) {
		list[i].refers =
		    list[i].value != NULL && strchr(list[i].value, '{') != NULL;
		fp->refers |= list[i].refers;
		fp->says_protocol |=
		    strcmp(list[i].name, "service.protocol") == 0;
		if (str_starts(list[i].name, "_tmp."))
			hidden[n++] = list[i];
		else
			list[fp->shown_count++] = list[i];
	}
	memcpy(list + fp->shown_count, hidden, n * sizeof(*hidden));
}

static int read_fingerprint(struct recog_file *f, const xmlNode *node,
			    struct recog_fingerprint *fp, bool examples)
{
	const char *pattern = attribute(f, node, "pattern");
	const char *flags = attribute(f, node, "flags");
	size_t params = count_children(node, "param");
	struct recog_param *list = take(f, (params + 1) * sizeof(*list));

	fp->line = (int)xmlGetLineNo(node);
	fp->description = "";
	fp->params = list;
	if (pattern == NULL)
		return complain(f, fp->line, "a fingerprint needs a pattern");
	if (pattern_init(&fp->pattern, pattern, flags) < 0)
		return complain(f, fp->line, "a flag that Recog does not have");
	if (examples)
		fp->examples = take(f, (count_children(node, "example") + 1) *
					   sizeof(*fp->examples));
	for (const xmlNode *c = node->children; c != NULL; c = c->next) {
		if (is_element(c, "description")) {
			xmlChar *text = xmlNodeGetContent((xmlNodePtr)c);

			fp->description = squeezed(f, (const char *)text);
			xmlFree(text);
		} else if (is_element(c, "param")) {
			if (read_param(f, c, fp, list) < 0)
				return -1;
		} else if (is_element(c, "example") && examples) {
			read_example(f, c, &fp->examples[fp->example_count++]);
		}
	}
	hide_temporary(f, fp, list);
	return 0;
}

static int read_document(struct recog_file *f, const xmlDoc *doc, bool examples)
{
	const xmlNode *root = xmlDocGetRootElement((xmlDocPtr)doc);
	const char *text;
	char *lower;

	/* Entities could grow without end, or name other files. */
	if (doc->intSubset != NULL || doc->extSubset != NULL)
		return complain(f, 1, "fingerprints have no document type");
	if (root == NULL || !is_element(root, "fingerprints"))
		return complain(f, 1, "this is not a file of fingerprints");
	text = attribute(f, root, "matches");
	f->key = text != NULL ? text : f->name;
	text = attribute(f, root, "protocol");
	lower =
	    keep(f, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
	for (char *s = lower; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	f->protocol = lower;
	f->list = xalloc_zero(count_children(root, "fingerprint") + 1,
			      sizeof(*f->list));
	for (const xmlNode *c = root->children; c != NULL; c = c->next) {
		if (!is_element(c, "fingerprint"))
			continue;
		if (read_fingerprint(f, c, &f->list[f->count++], examples) < 0)
			return -1;
	}
	return 0;
}

static xmlDocPtr read_xml(const struct recog_file *f)
{
	size_t len;
	char *text = outfile_read(f->path, FILE_MAX, &len);
	const xmlError *error;
	xmlDocPtr doc;

	if (text == NULL)
		return NULL;
	xmlResetLastError();
	doc = xmlReadMemory(text, (int)len, f->path, NULL,
			    XML_PARSE_NONET | XML_PARSE_NOERROR |
				XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
	free(text);
	error = xmlGetLastError();
	if (doc == NULL) {
		char *why = str_vis(error != NULL && error->message != NULL
					? error->message
					: "not XML",
				    error != NULL && error->message != NULL
					? strcspn(error->message, "\n")
					: strlen("not XML"),
				    200);

		complain(f, error != NULL ? error->line : 1, why);
		free(why);
	}
	return doc;
}

static void make_index(struct recog_file *f)
{
	struct pattern_mask *needs = xalloc(f->count * sizeof(*needs) + 1);

	for (size_t i = 0; i < f->count; i++)
		needs[i] = f->list[i].pattern.needs;
	f->index = pattern_index_new(needs, f->count);
	free(needs);
}

struct recog_file *recog_load(const char *path, bool examples)
{
	struct recog_file *f = xalloc_zero(1, sizeof(*f));
	const char *base = strrchr(path, '/');
	xmlDocPtr doc;
	int rc = -1;

	f->path = xalloc_string(path);
	base = base != NULL ? base + 1 : path;
	f->name = keep(f, base, strcspn(base, "."));
	doc = read_xml(f);
	if (doc != NULL)
		rc = read_document(f, doc, examples);
	xmlFreeDoc(doc);
	if (rc == 0) {
		make_index(f);
		return f;
	}
	recog_free(f);
	return NULL;
}

void recog_prepare(struct recog_file *f, enum multimatch_engine engine,
		   const char *cache)
{
	const struct pattern **list =
	    xalloc_zero(f->count + 1, sizeof(const struct pattern *));

	for (size_t i = 0; i < f->count; i++)
		list[i] = &f->list[i].pattern;
	multimatch_free(f->many);
	f->many = multimatch_new(list, f->count, engine, cache);
	free(list);
}

void recog_free(struct recog_file *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++)
		pattern_release(&f->list[i].pattern);
	multimatch_free(f->many);
	pattern_index_free(f->index);
	free(f->list);
	while (f->memory != NULL) {
		struct recog_memory *next = f->memory->next;

		free(f->memory);
		f->memory = next;
	}
	free(f->path);
	free(f);
}
