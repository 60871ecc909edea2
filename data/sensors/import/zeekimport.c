/*
 * Zeek's conn.log, as TSV and as JSON (docs.zeek.org, "conn.log"). A flow
 * has no flags but its history: S a SYN, H a SYN-ACK, R an RST; in capitals
 * those of the originator.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "log.h"
#include "str.h"
#include "transport.h"
#include "flowimport.h"
#include "importformat.h"

enum column {
	TIME,
	FROM,
	FROM_PORT,
	TO,
	TO_PORT,
	PROTOCOL,
	STATE,
	HISTORY,
	FROM_PACKETS,
	TO_PACKETS,
	COLUMNS
};

static const char *const columns[COLUMNS] = {
    "ts",    "id.orig_h",  "id.orig_p", "id.resp_h", "id.resp_p",
    "proto", "conn_state", "history",   "orig_pkts", "resp_pkts"};

struct reading {
	struct flowimport f;
	char separator;
	char unset[16]; /* what stands where nothing is known */
	int places[COLUMNS];
	size_t width;   /* cells of a line; 0: no #fields yet */
	bool other_log; /* #path names another one */
};

bool zeekimport_is(const char *begin, size_t len)
{
	static const char tsv[] = "#separator", json[] = "\"id.orig_h\"";

	if (len > sizeof(tsv) && memcmp(begin, tsv, sizeof(tsv) - 1) == 0)
		return true;
	return len > 0 && begin[0] == '{' &&
	       memmem(begin, len, json, sizeof(json) - 1) != NULL;
}

static const char *read_packets(const char *text, int64_t *out)
{
	*out = FLOWIMPORT_UNKNOWN;
	if (*text != '\0' && !str_to_int64(text, 0, INT64_C(1) << 40, out))
		return "a number of packets is none";
	return NULL;
}

static void read_history(const char *history, const char *state,
			 struct flow *out)
{
	bool capitals = strpbrk(history, "SHADFRCTWGIQ") != NULL;

	if (strchr(history, 'S') != NULL)
		return;
	out->opener_answers = strpbrk(history, "HR") != NULL;
	out->answerer_answers = !capitals && (strpbrk(history, "hr") != NULL ||
					      strcmp(state, "SHR") == 0 ||
					      strcmp(state, "RSTRH") == 0);
}

/* ICMP has its type and code where others have ports. */
static void read_icmp(struct flow *out)
{
	if (out->opener.address.family == 6)
		out->protocol = TRANSPORT_ICMPV6;
	out->opener_answers = flowimport_is_error(out);
}

/* @cells: "" where nothing is known. Returns what is wrong, or NULL. */
static const char *read_flow(const char *const cells[COLUMNS], struct flow *out)
{
	const char *wrong = flowimport_time(cells[TIME], &out->time);

	if (wrong == NULL)
		wrong = flowimport_address(cells[FROM], &out->opener.address);
	if (wrong == NULL)
		wrong = flowimport_address(cells[TO], &out->answerer.address);
	if (wrong == NULL)
		wrong = flowimport_port(cells[FROM_PORT], &out->opener.port);
	if (wrong == NULL)
		wrong = flowimport_port(cells[TO_PORT], &out->answerer.port);
	if (wrong == NULL)
		wrong = read_packets(cells[FROM_PACKETS], &out->opener.packets);
	if (wrong == NULL)
		wrong = read_packets(cells[TO_PACKETS], &out->answerer.packets);
	if (wrong != NULL)
		return wrong;
	out->protocol = transport_parse(cells[PROTOCOL]);
	if (out->protocol < 0)
		return "the protocol is not a name or number known here";
	if (out->protocol == TRANSPORT_ICMP)
		read_icmp(out);
	else
		read_history(cells[HISTORY], cells[STATE], out);
	return NULL;
}

static int take_cells(struct reading *r, const char *const cells[COLUMNS])
{
	struct flow flow = {0};
	const char *wrong = read_flow(cells, &flow);

	if (wrong == NULL)
		return flowimport_add(&r->f, &flow);
	flowimport_drop(&r->f, wrong, "");
	return 0;
}

/* --- TSV */

static void read_fields(struct reading *r, char *cells[], size_t count)
{
	r->width = count;
	for (int c = 0; c < COLUMNS; c++) {
		r->places[c] = -1;
		for (size_t i = 0; i < count; i++)
			if (strcmp(cells[i], columns[c]) == 0)
				r->places[c] = (int)i;
	}
}

/* "#separator \x09" has a space behind its name, the other lines what it
 * says. */
static void read_directive(struct reading *r)
{
	static const char separator[] = "#separator \\x";
	char *cells[LOGLINE_CELLS];
	size_t count;

	if (str_starts(r->f.log.text, separator)) {
		const char *hex = r->f.log.text + sizeof(separator) - 1;
		long value = strtol(hex, NULL, 16);

		r->separator = value > 0 && value < 128 ? (char)value : '\t';
		return;
	}
	count = logline_split(&r->f.log, r->separator, cells);
	if (count == 2 && strcmp(cells[0], "#unset_field") == 0 &&
	    strlen(cells[1]) < sizeof(r->unset))
		memcpy(r->unset, cells[1], strlen(cells[1]) + 1);
	if (count == 2 && strcmp(cells[0], "#path") == 0)
		r->other_log = strcmp(cells[1], "conn") != 0;
	if (count > 1 && strcmp(cells[0], "#fields") == 0)
		read_fields(r, cells + 1, count - 1);
}

static int take_tsv(struct reading *r)
{
	const char *chosen[COLUMNS];
	char *cells[LOGLINE_CELLS];
	size_t count = logline_split(&r->f.log, r->separator, cells);

	if (r->width == 0) {
		flowimport_drop(&r->f, "no line #fields is before it", "");
		return 0;
	}
	if (count != r->width) {
		flowimport_drop(&r->f, "not as many cells as #fields", "");
		return 0;
	}
	for (int c = 0; c < COLUMNS; c++) {
		int at = r->places[c];

		chosen[c] = at >= 0 && strcmp(cells[at], r->unset) != 0
				? cells[at]
				: "";
	}
	return take_cells(r, chosen);
}

/* --- JSON */

static int take_json(struct reading *r)
{
	json_t *o = json_loadb(r->f.log.text, r->f.log.len, 0, NULL);
	char numbers[COLUMNS][32];
	const char *cells[COLUMNS];
	int rc;

	if (!json_is_object(o)) {
		flowimport_drop(&r->f, "no JSON object", "");
		json_decref(o);
		return 0;
	}
	for (int c = 0; c < COLUMNS; c++) {
		json_t *v = json_object_get(o, columns[c]);

		cells[c] = json_is_string(v) ? json_string_value(v) : "";
		if (!json_is_number(v))
			continue;
		if (json_is_integer(v))
			snprintf(numbers[c], sizeof(numbers[c]), "%lld",
				 (long long)json_integer_value(v));
		else
			snprintf(numbers[c], sizeof(numbers[c]), "%.6f",
				 json_real_value(v));
		cells[c] = numbers[c];
	}
	rc = take_cells(r, cells);
	json_decref(o);
	return rc;
}

static int read_lines(struct reading *r)
{
	int got;

	while ((got = flowimport_line(&r->f)) > 0) {
		int rc = 0;

		if (r->f.log.text[0] == '#')
			read_directive(r);
		else
			rc = r->f.log.text[0] == '{' ? take_json(r)
						     : take_tsv(r);
		if (r->other_log) {
			log_error("%s: this is a log of Zeek, but not conn.log",
				  r->f.im->result->file);
			return -1;
		}
		if (rc < 0)
			return -1;
	}
	return got;
}

int zeekimport_read(struct intake *im)
{
	struct reading r = {.separator = '\t', .unset = "-"};
	int rc = flowimport_begin(&r.f, im, true);

	if (rc == 0)
		rc = read_lines(&r);
	flowimport_end(&r.f);
	return rc;
}
