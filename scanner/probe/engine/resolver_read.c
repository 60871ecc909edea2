/*
 * What DNS says of the names of an address: hostile bytes of strangers, of
 * which libresolv reads the packing.
 */
#include <arpa/nameser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "xalloc.h"
#include "resolver.h"

/* Records of one answer that are looked at: each compares names. */
#define RECORDS_MAX 256

const char *resolver_question(const struct addr *a, char out[RESOLVER_QUESTION])
{
	size_t at = 0;

	if (a->family == 4) {
		snprintf(out, RESOLVER_QUESTION, "%u.%u.%u.%u.in-addr.arpa",
			 a->bytes[3], a->bytes[2], a->bytes[1], a->bytes[0]);
		return out;
	}
	for (int i = 15; i >= 0; i--, at += 4)
		snprintf(out + at, RESOLVER_QUESTION - at, "%x.%x.",
			 a->bytes[i] & 15u, (unsigned)a->bytes[i] >> 4);
	snprintf(out + at, RESOLVER_QUESTION - at, "ip6.arpa");
	return out;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order in which names come changes from answer to answer. */
static void keep_first(char **all, size_t count, struct hostname *out)
{
	qsort(all, count, sizeof(*all), by_text);
	for (size_t i = 0; i < count; i++) {
		bool again = out->count > 0 &&
			     strcmp(out->names[out->count - 1], all[i]) == 0;

		if (out->count < HOSTNAME_NAMES && !again)
			out->names[out->count++] = all[i];
		else
			free(all[i]);
	}
}

/* The name in a record's data: false when it is none. */
static bool name_of(const ns_msg *m, const ns_rr *row, char name[NS_MAXDNAME])
{
	size_t len;

	if (ns_name_uncompress(ns_msg_base(*m), ns_msg_end(*m),
			       ns_rr_rdata(*row), name, NS_MAXDNAME) < 0)
		return false;
	len = strlen(name);
	if (len > 1 && name[len - 1] == '.')
		name[len - 1] = '\0';
	return true;
}

/* Returns the number of names, -1 when the answer cannot be read. */
static int read_names(ns_msg *m, const char *question, char *names[RECORDS_MAX])
{
	char wanted[NS_MAXDNAME], name[NS_MAXDNAME];
	int rows = ns_msg_count(*m, ns_s_an), count = 0;
	ns_rr row;

	snprintf(wanted, sizeof(wanted), "%s", question);
	for (int i = 0; i < rows && i < RECORDS_MAX; i++) {
		if (ns_parserr(m, ns_s_an, i, &row) != 0)
			return count > 0 ? count : -1;
		if (strcasecmp(ns_rr_name(row), wanted) != 0 ||
		    (ns_rr_type(row) != ns_t_cname &&
		     ns_rr_type(row) != ns_t_ptr))
			continue;
		if (!name_of(m, &row, name))
			return count > 0 ? count : -1;
		if (ns_rr_type(row) == ns_t_cname)
			snprintf(wanted, sizeof(wanted), "%s", name);
		else if (*name != '\0' && strcmp(name, ".") != 0)
			names[count++] = xalloc_string(name);
	}
	return count;
}

void resolver_read(const unsigned char *answer, size_t len,
		   const char *question, struct hostname *out)
{
	char *names[RECORDS_MAX];
	ns_msg message;
	int count = -1;

	out->count = 0;
	if (len <= NS_MAXMSG && ns_initparse(answer, (int)len, &message) == 0)
		count = read_names(&message, question, names);
	if (count < 0) {
		out->answer = NAME_ANSWER_FAILED;
		return;
	}
	out->answer = count > 0 ? NAME_ANSWER_FOUND : NAME_ANSWER_NONE;
	keep_first(names, (size_t)count, out);
}
