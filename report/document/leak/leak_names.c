#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casefile.h"
#include "log.h"
#include "outfile.h"
#include "reference.h"
#include "str.h"
#include "xalloc.h"
#include "leak_names.h"

#define TEXT_MAX (4u << 20) /* bytes of one template */
#define PORT_DIGITS 5

struct name {
	const char *kind;
	char *text; /* folded */
	size_t len;
	bool whole; /* as a whole word, in any text */
};

struct leak_names {
	struct name *list; /* by text once sorted */
	size_t count, cap;
	char **words; /* that say nothing; sorted */
	size_t word_count, word_cap;
	bool sorted;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text,
		      ((const struct name *)b)->text);
}

static int by_word(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Calls for each word of a text, folded to lower case in a copy. */
static void add_words(struct leak_names *n, const char *text)
{
	while (*text != '\0') {
		size_t len = 0;
		char *word;

		while (is_letter(text[len]))
			len++;
		if (len > 0) {
			word = xalloc_string_n(text, len);
			for (char *c = word; *c != '\0'; c++)
				*c = (char)tolower((unsigned char)*c);
			xalloc_room((void **)&n->words, &n->word_cap,
				    n->word_count, sizeof(*n->words));
			n->words[n->word_count++] = word;
		}
		text += len > 0 ? len : 1;
	}
}

static int add_file_words(struct leak_names *n, const char *path)
{
	char *text = outfile_read(path, TEXT_MAX, NULL);

	if (text == NULL)
		return -1;
	add_words(n, text);
	free(text);
	return 0;
}

/* Every file below a directory of templates, two levels deep. */
static int add_directory_words(struct leak_names *n, const char *path,
			       int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (dir == NULL) {
		log_error("cannot read the templates in '%s'", path);
		return -1;
	}
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		char *inner = xalloc_printf("%s/%s", path, entry->d_name);
		struct stat st;

		if (entry->d_name[0] != '.' && stat(inner, &st) == 0) {
			if (S_ISREG(st.st_mode))
				rc = add_file_words(n, inner);
			else if (S_ISDIR(st.st_mode) && depth > 0)
				rc = add_directory_words(n, inner, depth - 1);
		}
		free(inner);
	}
	closedir(dir);
	return rc;
}

static int load_words(struct leak_names *n)
{
	static const char *const files[] = {
	    "data/reference/device_words.csv",
	    "data/reference/country_words.csv",
	};
	char *path = reference_path("templates");
	int rc = path != NULL ? add_directory_words(n, path, 2) : -1;

	free(path);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(files); i++) {
		path = reference_path(files[i]);
		rc = path != NULL ? add_file_words(n, path) : -1;
		free(path);
	}
	return rc;
}

/* A word of a script without spaces stands inside longer ones. */
static bool is_part_of_word(const struct leak_names *n, const char *word)
{
	for (size_t i = 0; i < n->word_count; i++)
		if (strstr(n->words[i], word) != NULL)
			return true;
	return false;
}

static bool is_plain_word(const struct leak_names *n, const char *word)
{
	if (n->word_count == 0)
		return false;
	if (bsearch(&word, n->words, n->word_count, sizeof(*n->words),
		    by_word) != NULL)
		return true;
	return (unsigned char)word[0] >= 0x80 && is_part_of_word(n, word);
}

/* Whether a folded name is made of words that say nothing. Port numbers
 * beside such a word ("445/tcp") do not either; a number alone may. */
static bool says_nothing(const struct leak_names *n, const char *name)
{
	size_t longest_number = 0, words = 0;

	while (*name != '\0') {
		size_t len = 0, digits = 0;
		char word[64];

		for (; is_letter(name[len]); len++)
			digits += isdigit((unsigned char)name[len]) != 0;
		if (len >= sizeof(word))
			return false;
		memcpy(word, name, len);
		word[len] = '\0';
		if (len > 0 && digits == len && len <= PORT_DIGITS) {
			longest_number =
			    len > longest_number ? len : longest_number;
		} else if (len > 0) {
			if (!is_plain_word(n, word))
				return false;
			words++;
		}
		name += len > 0 ? len : 1;
	}
	return words > 0 || (longest_number > 0 && longest_number < 4);
}

static void add_name(struct leak_names *n, const char *kind, const char *text,
		     bool whole)
{
	struct plain plain, folded;
	char *name;

	if (text == NULL)
		return;
	plain_read(text, strlen(text), false, &plain);
	plain_fold(&plain, &folded);
	name = str_trim(folded.text);
	if (strlen(name) >= LEAK_NAMES_MIN) {
		xalloc_room((void **)&n->list, &n->cap, n->count,
			    sizeof(*n->list));
		n->list[n->count++] = (struct name){kind, xalloc_string(name),
						    strlen(name), whole};
		n->sorted = false;
	}
	plain_release(&plain);
	plain_release(&folded);
}

void leak_names_allow(struct leak_names *n, const char *text)
{
	add_words(n, text);
	n->sorted = false;
}

void leak_names_add(struct leak_names *n, const char *kind, const char *name)
{
	add_name(n, kind, name, false);
}

/* An IPv4 address in the two ways that have no dots. */
static void add_numbers(struct leak_names *n, const struct addr *a)
{
	char text[16];
	uint32_t value = 0;

	if (a->family != 4)
		return;
	for (int i = 0; i < 4; i++)
		value = value << 8 | a->bytes[i];
	snprintf(text, sizeof(text), "%u", value);
	add_name(n, "address as a number", text, true);
	snprintf(text, sizeof(text), "%08x", value);
	add_name(n, "address as a number", text, true);
}

/* The values of CN in "CN=gate.example.net,O=Example". */
static void add_common_names(struct leak_names *n, const char *subject)
{
	const char *at = subject;

	if (at == NULL)
		return;
	while ((at = strstr(at, "CN=")) != NULL) {
		char *value;

		at += 3;
		value = xalloc_string_n(at, strcspn(at, ",+"));
		add_name(n, "certificate name", value, false);
		free(value);
	}
}

static void add_lines(struct leak_names *n, const char *kind, const char *text)
{
	char *copy = xalloc_string(text), *rest = copy, *line;

	while (copy != NULL && (line = strsep(&rest, "\n")) != NULL)
		add_name(n, kind, line, false);
	free(copy);
}

static int visit(struct observation *o, void *arg)
{
	struct leak_names *n = arg;

	add_numbers(n, &o->address);
	add_name(n, "page title", o->title, false);
	add_name(n, "realm", o->realm, false);
	add_common_names(n, o->certificate.subject);
	add_lines(n, "certificate name", o->certificate.names);
	add_name(n, "certificate serial", o->certificate.serial, false);
	return 0;
}

/* Also what an address was once called. */
static int visit_hostname(const struct hostname *h, void *arg)
{
	for (size_t i = 0; i < h->count; i++)
		add_name(arg, "host name", h->names[i], false);
	return 0;
}

static int load_case(struct leak_names *n, const struct workspace *ws)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;
	struct casefile *cf;
	int rc;

	free(path);
	if (!there)
		return 0;
	cf = casefile_open(ws, CASEFILE_READ);
	if (cf == NULL)
		return -1;
	rc = casefile_each_service(cf, NULL, visit, n);
	if (rc == 0)
		rc = casefile_each_hostname(cf, 0, visit_hostname, n);
	casefile_close(cf);
	return rc;
}

struct leak_names *leak_names_load(const struct workspace *ws)
{
	struct leak_names *n = xalloc_zero(1, sizeof(*n));

	if (load_words(n) < 0 || (ws != NULL && load_case(n, ws) < 0)) {
		leak_names_free(n);
		return NULL;
	}
	return n;
}

void leak_names_free(struct leak_names *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->count; i++)
		free(n->list[i].text);
	for (size_t i = 0; i < n->word_count; i++)
		free(n->words[i]);
	free(n->list);
	free(n->words);
	free(n);
}

/* The first name that is not before the text at these bytes. */
static size_t lower_bound(const struct leak_names *n, const char *text)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strncmp(n->list[middle].text, text, LEAK_NAMES_MIN) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool fits(const struct name *name, const struct plain *p, size_t at,
		 bool author)
{
	bool short_name = name->len < LEAK_NAMES_LONG;

	if (short_name && !author && !name->whole)
		return false;
	if (at + name->len > p->len ||
	    memcmp(p->text + at, name->text, name->len) != 0)
		return false;
	if (!short_name && !name->whole)
		return true;
	return (at == 0 || !is_letter(p->text[at - 1])) &&
	       !is_letter(p->text[at + name->len]);
}

/* Sorts both lists and lets go of the names that say nothing. */
static void settle(struct leak_names *n)
{
	size_t kept = 0;

	if (n->sorted)
		return;
	if (n->word_count > 1)
		qsort(n->words, n->word_count, sizeof(*n->words), by_word);
	for (size_t i = 0; i < n->count; i++) {
		if (says_nothing(n, n->list[i].text))
			free(n->list[i].text);
		else
			n->list[kept++] = n->list[i];
	}
	n->count = kept;
	if (kept > 1)
		qsort(n->list, kept, sizeof(*n->list), by_text);
	n->sorted = true;
}

void leak_names_scan(struct leak_names *n, const struct plain *folded,
		     bool author, leak_address_found *found, void *arg)
{
	settle(n);
	for (size_t at = 0; n->count > 0 && at < folded->len; at++) {
		const char *text = folded->text + at;

		for (size_t i = lower_bound(n, text);
		     i < n->count &&
		     strncmp(n->list[i].text, text, LEAK_NAMES_MIN) == 0;
		     i++) {
			if (!fits(&n->list[i], folded, at, author))
				continue;
			found(arg, n->list[i].kind, at, n->list[i].len);
			break;
		}
	}
}
