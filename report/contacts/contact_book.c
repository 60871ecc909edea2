#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler.h"
#include "csvfile.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "contact_book.h"

#define COMPLAINTS_MAX 20 /* further broken rows are only counted */

struct keyed {
	uint32_t key; /* AS number, or two letters of a country */
	size_t entry;
};

struct contact_book {
	struct contact_entry *entries;
	size_t count;
	struct prefix_set networks;
	struct keyed *asns, *countries; /* by key */
	size_t asn_count, country_count;
	int64_t changed;
};

enum { KIND, MATCH, CONTACT };

static const char *const kinds[] = {"network", "asn", "country"};

static const char *const roles[] = {"abuse", "technical", "administrative",
				    "manual", "national-csirt"};

static bool is_listed(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static uint32_t country_key(const char *country)
{
	return (uint32_t)(unsigned char)country[0] << 8 |
	       (unsigned char)country[1];
}

static bool parse_asn(const char *text, uint32_t *asn)
{
	int64_t value;

	if (strncasecmp(text, "AS", 2) == 0)
		text += 2;
	if (!str_to_int64(text, 1, UINT32_MAX, &value))
		return false;
	*asn = (uint32_t)value;
	return true;
}

static bool is_country(const char *text)
{
	return isupper((unsigned char)text[0]) &&
	       isupper((unsigned char)text[1]) && text[2] == '\0';
}

/* Something@somewhere without space, or an https form. */
static bool is_reachable(const char *contact)
{
	const char *at = strchr(contact, '@');

	for (const char *c = contact; *c != '\0'; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			return false;
	if (str_starts(contact, "https://"))
		return contact[8] != '\0';
	return at != NULL && at != contact && at[1] != '\0' &&
	       strchr(at + 1, '@') == NULL;
}

/* What is wrong with a row, or NULL. */
static const char *judge(const struct contact_entry *e, const char *kind)
{
	struct prefix prefix;
	uint32_t asn;

	if (!is_listed(kind, kinds, ARRAY_LEN(kinds)))
		return "kind is network, asn or country";
	if (e->kind == CONTACT_NETWORK && !prefix_parse(e->match, &prefix))
		return "match is a network such as 192.0.2.0/24 or "
		       "2001:db8::/32, without host bits";
	if (e->kind == CONTACT_ASN && !parse_asn(e->match, &asn))
		return "match is a number such as AS64500";
	if (e->kind == CONTACT_COUNTRY && !is_country(e->match))
		return "match is a country of two capital letters, such as JP";
	if (!is_reachable(e->contact))
		return "contact is a mail address or starts with https://";
	if (!is_listed(e->role, roles, ARRAY_LEN(roles)))
		return "role is abuse, technical, administrative, manual or "
		       "national-csirt";
	return NULL;
}

static char *optional(const struct csvfile *f, size_t row, const char *name)
{
	const char *cell = csvfile_optional(f, row, name);
	char *copy = xalloc_string(cell != NULL ? cell : "");
	char *trimmed = xalloc_string(str_trim(copy));

	free(copy);
	return trimmed;
}

static void fill_entry(struct contact_entry *e, const struct csvfile *f,
		       size_t row)
{
	const char *kind = csvfile_cell(f, row, KIND);
	char *disabled = optional(f, row, "disabled");

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			e->kind = (enum contact_kind)i;
	e->match = optional(f, row, "match");
	e->contact = optional(f, row, "contact");
	e->role = optional(f, row, "role");
	e->name = optional(f, row, "name");
	e->language = optional(f, row, "language");
	e->note = optional(f, row, "note");
	e->disabled = *disabled != '\0' && strcmp(disabled, "no") != 0;
	e->line = csvfile_line(f, row);
	if (*e->role == '\0') {
		free(e->role);
		e->role = xalloc_string(
		    e->kind == CONTACT_COUNTRY ? "national-csirt" : "abuse");
	}
	free(disabled);
}

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static const struct keyed *find_key(const struct keyed *list, size_t count,
				    uint32_t key)
{
	struct keyed wanted = {key, 0};

	return count == 0
		   ? NULL
		   : bsearch(&wanted, list, count, sizeof(*list), by_key);
}

static void index_entry(struct contact_book *b, size_t at)
{
	const struct contact_entry *e = &b->entries[at];
	struct prefix prefix;
	uint32_t asn;

	if (e->kind == CONTACT_NETWORK && prefix_parse(e->match, &prefix))
		prefix_set_add(&b->networks, &prefix, (int)at);
	else if (e->kind == CONTACT_ASN && parse_asn(e->match, &asn))
		b->asns[b->asn_count++] = (struct keyed){asn, at};
	else
		b->countries[b->country_count++] =
		    (struct keyed){country_key(e->match), at};
}

static bool same_match(const struct contact_entry *a,
		       const struct contact_entry *b)
{
	struct prefix p, q;
	uint32_t i, j;

	if (a->kind != b->kind)
		return false;
	if (a->kind == CONTACT_NETWORK)
		return prefix_parse(a->match, &p) &&
		       prefix_parse(b->match, &q) && p.length == q.length &&
		       addr_compare(&p.base, &q.base) == 0;
	if (a->kind == CONTACT_ASN)
		return parse_asn(a->match, &i) && parse_asn(b->match, &j) &&
		       i == j;
	return strcmp(a->match, b->match) == 0;
}

/* Two rows for one match: which is right is not ours to guess. */
static bool is_twice(const struct contact_book *b, const char *path, size_t at)
{
	const struct contact_entry *e = &b->entries[at];

	for (size_t i = 0; i < at; i++) {
		const struct contact_entry *o = &b->entries[i];

		if (o->disabled || !same_match(o, e))
			continue;
		log_error("%s:%d: %s %s is in line %d already; write yes under "
			  "disabled in one of them",
			  path, e->line, kinds[e->kind], e->match, o->line);
		return true;
	}
	return false;
}

/* Every row is read, so that all that is broken is said at once. */
static int fill(struct contact_book *b, const struct csvfile *f,
		const char *path)
{
	size_t rows = csvfile_rows(f);
	int broken = 0;

	b->entries = xalloc_zero(rows + 1, sizeof(*b->entries));
	b->asns = xalloc_zero(rows + 1, sizeof(*b->asns));
	b->countries = xalloc_zero(rows + 1, sizeof(*b->countries));
	for (size_t row = 0; row < rows; row++) {
		struct contact_entry *e = &b->entries[b->count++];
		const char *wrong;

		fill_entry(e, f, row);
		wrong = judge(e, csvfile_cell(f, row, KIND));
		if (wrong != NULL) {
			if (broken++ < COMPLAINTS_MAX)
				log_error("%s:%d: %s", path, e->line, wrong);
		} else if (!e->disabled && is_twice(b, path, row)) {
			broken++;
		} else if (!e->disabled) {
			index_entry(b, row);
		}
	}
	if (broken > COMPLAINTS_MAX)
		log_error("%s: %d more broken rows", path,
			  broken - COMPLAINTS_MAX);
	if (broken > 0)
		log_hint("correct the row, or start it with # to leave it out");
	qsort(b->asns, b->asn_count, sizeof(*b->asns), by_key);
	qsort(b->countries, b->country_count, sizeof(*b->countries), by_key);
	return broken == 0 ? 0 : -1;
}

struct contact_book *contact_book_read(const char *path)
{
	static const char *const columns[] = {"kind", "match", "contact", NULL};
	struct contact_book *b;
	struct csvfile *f;
	struct stat st;

	if (stat(path, &st) < 0) {
		log_error("cannot open the contact book '%s': %s", path,
			  strerror(errno));
		log_hint("'martlet contacts --init-book' writes one to fill "
			 "in; contacts.book in martlet.conf names another");
		return NULL;
	}
	f = csvfile_read(path, columns);
	if (f == NULL) {
		log_hint("its first line is kind,match,contact,role,name,"
			 "language,note, and every row has as many cells");
		return NULL;
	}
	b = xalloc_zero(1, sizeof(*b));
	b->changed = st.st_mtime;
	if (fill(b, f, path) < 0) {
		contact_book_free(b);
		b = NULL;
	}
	csvfile_free(f);
	return b;
}

void contact_book_free(struct contact_book *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++) {
		free(b->entries[i].match);
		free(b->entries[i].contact);
		free(b->entries[i].role);
		free(b->entries[i].name);
		free(b->entries[i].language);
		free(b->entries[i].note);
	}
	prefix_set_release(&b->networks);
	free(b->entries);
	free(b->asns);
	free(b->countries);
	free(b);
}

const struct contact_entry *contact_book_find(struct contact_book *b,
					      const struct addr *a,
					      uint32_t asn, const char *country)
{
	int network = prefix_set_find(&b->networks, a);
	const struct keyed *found = NULL;

	if (network >= 0)
		return &b->entries[network];
	if (asn != 0)
		found = find_key(b->asns, b->asn_count, asn);
	if (found == NULL && is_country(country))
		found = find_key(b->countries, b->country_count,
				 country_key(country));
	return found != NULL ? &b->entries[found->entry] : NULL;
}

int64_t contact_book_changed(const struct contact_book *b)
{
	return b->changed;
}

void contact_book_write_template(FILE *out)
{
	fputs(
	    "# The contact book: who is responsible for an address. The most "
	    "specific row\n"
	    "# wins: the longest network, then the AS, then the country "
	    "(national CSIRT).\n"
	    "# kind is network, asn or country; disabled is yes for a row "
	    "that is not used.\n"
	    "# Remove the # of a row to use it.\n"
	    "kind,match,contact,role,name,language,note,disabled\n"
	    "#network,192.0.2.0/24,abuse@example.net,abuse,Example Net,en,,\n"
	    "#asn,AS64500,noc@example.org,technical,Example AS,ja,,\n"
	    "#country,JP,info@csirt.example,national-csirt,National CSIRT,ja,,"
	    "\n",
	    out);
}
