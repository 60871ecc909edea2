#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditlog.h"
#include "civil.h"
#include "exit_status.h"
#include "jsonout.h"
#include "lists.h"
#include "log.h"
#include "str.h"
#include "table.h"
#include "xalloc.h"
#include "answerable_commands.h"

#define DAY_MS 86400000
#define TIME_MS_TEXT 32
#define WORDS_SOUGHT 256        /* a log of ours has a dozen */
#define UNFINISHED "unfinished" /* not an outcome: no end was written */

struct options {
	bool has_prefix, json, csv;
	struct prefix prefix;
	int64_t since_ms, until_ms; /* half-open */
	int64_t port;               /* -1: any */
	const char *outcome;
};

static const struct argp_option argp_options[] = {
    {"address", 'a', "ADDRESS", 0, "Only connections to this address", 0},
    {"network", 'n', "PREFIX", 0, "Only connections into this prefix", 0},
    {"since", 's', "TIME", 0, "Only those made then or later (ISO 8601, UTC)",
     0},
    {"until", 'u', "TIME", 0,
     "Only those made before; a day without a time counts whole", 0},
    {"port", 'p', "N", 0, "Only to this port", 0},
    {"outcome", 'o', "OUTCOME", 0,
     "Only with this outcome, such as answered or refused, those that scan "
     "counts; \"unfinished\": no end was written, as when the scan was "
     "killed; \"interrupted\": the scan was ended; \"tls-asked-for\": the "
     "next connection speaks TLS",
     0},
    {"json", 'j', NULL, 0, "One JSON document", 0},
    {"csv", 'c', NULL, 0, "CSV", 0},
    {0},
};

static bool read_time(const char *text, int64_t day_adds_ms, int64_t *out)
{
	int64_t seconds;
	int32_t day;

	if (civil_parse_day(text, &day))
		*out = day * (int64_t)DAY_MS + day_adds_ms;
	else if (civil_parse_time(text, &seconds))
		*out = seconds * 1000;
	else
		return false;
	return true;
}

/* Of a connection: an outcome of a probe, or why it was not the last one. */
static bool is_outcome(const char *text)
{
	static const char *const others[] = {UNFINISHED, "interrupted",
					     "tls-asked-for"};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcmp(text, others[i]) == 0)
			return true;
	return outcome_from(text) >= 0;
}

static bool read_prefix(struct options *o, const char *text, bool alone)
{
	if (o->has_prefix || (alone && strchr(text, '/') != NULL))
		return false;
	o->has_prefix = true;
	return prefix_parse(text, &o->prefix);
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'a':
	case 'n':
		if (!read_prefix(o, arg, key == 'a'))
			argp_error(state,
				   "one --address such as 192.0.2.7, or one "
				   "--network such as 192.0.2.0/24 without "
				   "bits after the length, not '%s'",
				   arg);
		break;
	case 's':
		if (!read_time(arg, 0, &o->since_ms))
			argp_error(state, "--since is a day or time, not '%s'",
				   arg);
		break;
	case 'u':
		if (!read_time(arg, DAY_MS, &o->until_ms))
			argp_error(state, "--until is a day or time, not '%s'",
				   arg);
		break;
	case 'p':
		if (!str_to_int64(arg, 0, UINT16_MAX, &o->port))
			argp_error(state, "--port is from 0 to 65535, not '%s'",
				   arg);
		break;
	case 'o':
		if (!is_outcome(arg))
			argp_error(state, "no connection ends as '%s'", arg);
		o->outcome = arg;
		break;
	case 'j':
		o->json = true;
		break;
	case 'c':
		o->csv = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* --- gathering */

struct words { /* the few different texts of a log, each kept once */
	char **list;
	size_t count, cap;
};

struct made { /* a connection */
	int64_t time_ms;
	uint64_t run, number, sent, received;
	int64_t duration_ms;
	struct addr from, to;
	uint16_t port;
	const char *prober, *why, *outcome; /* outcome NULL: unfinished */
};

struct search {
	const struct options *o;
	struct words words;
	struct made *made;
	size_t count, cap;
};

static const char *keep_word(struct words *w, const char *text)
{
	void *list = w->list;

	for (size_t i = 0; i < w->count && i < WORDS_SOUGHT; i++)
		if (strcmp(w->list[i], text) == 0)
			return w->list[i];
	xalloc_room(&list, &w->cap, w->count, sizeof(*w->list));
	w->list = list;
	return w->list[w->count++] = xalloc_string(text);
}

static bool is_wanted(const struct options *o, const struct auditlog_line *line)
{
	return line->is_open && line->time_ms >= o->since_ms &&
	       line->time_ms < o->until_ms &&
	       (o->port < 0 || line->port == o->port) &&
	       (!o->has_prefix || prefix_contains(&o->prefix, &line->to));
}

static void take_open(const struct auditlog_line *line, void *arg)
{
	struct search *s = arg;
	void *made = s->made;

	if (!is_wanted(s->o, line))
		return;
	xalloc_room(&made, &s->cap, s->count, sizeof(*s->made));
	s->made = made;
	s->made[s->count++] =
	    (struct made){.time_ms = line->time_ms,
			  .run = line->run,
			  .number = line->number,
			  .from = line->from,
			  .to = line->to,
			  .port = line->port,
			  .prober = keep_word(&s->words, line->prober),
			  .why = keep_word(&s->words, line->why)};
}

static int compare_id(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int compare_time(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return compare_id(a, b);
}

static void take_end(const struct auditlog_line *line, void *arg)
{
	struct search *s = arg;
	struct made key = {.run = line->run, .number = line->number}, *m;

	if (line->is_open)
		return;
	m = bsearch(&key, s->made, s->count, sizeof(key), compare_id);
	if (m == NULL)
		return;
	m->sent = line->sent;
	m->received = line->received;
	m->duration_ms = line->duration_ms;
	m->outcome = keep_word(&s->words, line->outcome);
}

static void keep_outcome(struct search *s, const char *wanted)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		const char *outcome = s->made[i].outcome;

		if (strcmp(outcome != NULL ? outcome : UNFINISHED, wanted) == 0)
			s->made[kept++] = s->made[i];
	}
	s->count = kept;
}

/* Ends are looked for in a second reading: so memory is for what was asked
 * for and not for the log. */
static int gather(const struct workspace *ws, struct search *s)
{
	struct auditlog_result result;

	if (auditlog_read(ws, s->o->since_ms, take_open, s, &result) < 0)
		return -1;
	if (result.broken > 0)
		log_warning("%" PRIu64 " of %" PRIu64
			    " lines of the audit log cannot be read (the "
			    "first: %s); a crash tears one",
			    result.broken, result.lines, result.first_broken);
	if (s->count == 0)
		return 0;
	qsort(s->made, s->count, sizeof(*s->made), compare_id);
	if (auditlog_read(ws, s->o->since_ms, take_end, s, NULL) < 0)
		return -1;
	if (s->o->outcome != NULL)
		keep_outcome(s, s->o->outcome);
	if (s->count > 0)
		qsort(s->made, s->count, sizeof(*s->made), compare_time);
	return 0;
}

/* --- printing */

static const char *format_ms(int64_t ms, char *out)
{
	char text[CIVIL_TIME_TEXT];

	civil_format_time(ms / 1000, text);
	snprintf(out, TIME_MS_TEXT, "%.19s.%03uZ", text, (unsigned)(ms % 1000));
	return out;
}

static const char *format_from(const struct made *m, char *out)
{
	return m->from.family != 0 ? addr_format(&m->from, out) : NULL;
}

static json_t *made_json(const struct made *m)
{
	char text[ADDR_TEXT_MAX + TIME_MS_TEXT];
	bool ended = m->outcome != NULL;
	json_t *o = json_object();

	snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIu64, m->run, m->number);
	json_object_set_new(o, "id", json_string(text));
	json_object_set_new(o, "opened",
			    json_string(format_ms(m->time_ms, text)));
	json_object_set_new(o, "prober", jsonout_text(m->prober));
	json_object_set_new(o, "from", jsonout_text(format_from(m, text)));
	json_object_set_new(o, "address",
			    json_string(addr_format(&m->to, text)));
	json_object_set_new(o, "port", json_integer(m->port));
	json_object_set_new(o, "why", jsonout_text(m->why));
	json_object_set_new(o, "outcome", jsonout_text(m->outcome));
	json_object_set_new(
	    o, "sent", ended ? json_integer((json_int_t)m->sent) : json_null());
	json_object_set_new(o, "received",
			    ended ? json_integer((json_int_t)m->received)
				  : json_null());
	json_object_set_new(o, "ms",
			    ended ? json_integer(m->duration_ms) : json_null());
	return o;
}

static int print_json(const struct search *s)
{
	json_t *doc = jsonout_document("audit"), *list = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(list, made_json(&s->made[i]));
	json_object_set_new(doc, "connections", list);
	return jsonout_print(doc, stdout);
}

static void number_cell(struct table *t, bool known, int64_t value)
{
	if (known)
		table_number(t, value);
	else
		table_text(t, NULL);
}

static void print_table(const struct search *s)
{
	static const struct {
		const char *title;
		enum table_align align;
	} columns[] = {
	    {"opened", TABLE_LEFT}, {"address", TABLE_LEFT},
	    {"port", TABLE_RIGHT},  {"outcome", TABLE_LEFT},
	    {"sent", TABLE_RIGHT},  {"received", TABLE_RIGHT},
	    {"ms", TABLE_RIGHT},    {"why", TABLE_CUT},
	    {"from", TABLE_CUT},    {"prober", TABLE_CUT},
	};
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_column(t, columns[i].title, columns[i].align);
	for (size_t i = 0; i < s->count; i++) {
		const struct made *m = &s->made[i];
		char text[ADDR_TEXT_MAX + TIME_MS_TEXT];
		bool ended = m->outcome != NULL;

		table_text(t, format_ms(m->time_ms, text));
		table_text(t, addr_format(&m->to, text));
		table_printf(t, "%u", m->port);
		table_text(t, ended ? m->outcome : UNFINISHED);
		number_cell(t, ended, (int64_t)m->sent);
		number_cell(t, ended, (int64_t)m->received);
		number_cell(t, ended, m->duration_ms);
		table_text(t, m->why);
		table_text(t, format_from(m, text));
		table_text(t, m->prober);
	}
	if (s->o->csv)
		table_print_csv(t, stdout);
	else
		table_print(t, stdout);
	table_free(t);
}

static int run(const struct workspace *ws, const struct options *o)
{
	struct search s = {.o = o};
	int rc = gather(ws, &s);

	if (rc == 0) {
		log_note("%zu connections", s.count);
		if (o->json)
			rc = print_json(&s);
		else
			print_table(&s);
	}
	for (size_t i = 0; i < s.words.count; i++)
		free(s.words.list[i]);
	free(s.words.list);
	free(s.made);
	return rc;
}

int cmd_audit(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    take_option,
	    NULL,
	    "Searches the audit log: every connection that was ever made, in "
	    "the order of time.\v"
	    "Reads audit.log and the files rotated away from it (audit.log.1 "
	    "is the oldest; audit.rotate_mb sets their size), also while a "
	    "scan runs. Times are those of the real clock, in UTC.",
	    NULL,
	    NULL,
	    NULL};
	struct options o = {.until_ms = INT64_MAX, .port = -1};
	struct workspace *ws;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.json && o.csv) {
		log_error("--json and --csv exclude each other");
		return EXIT_USAGE;
	}
	if (o.since_ms >= o.until_ms) {
		log_error("--since must be before --until");
		return EXIT_USAGE;
	}
	ws = workspace_open(with);
	if (ws == NULL)
		return EXIT_FAILED;
	status = run(ws, &o) == 0 ? EXIT_DONE : EXIT_FAILED;
	workspace_free(ws);
	return status;
}
