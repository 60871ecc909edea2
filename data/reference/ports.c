#include <stdlib.h>
#include <string.h>

#include "csvfile.h"
#include "log.h"
#include "reference.h"
#include "str.h"
#include "xalloc.h"
#include "ports.h"

enum { PORT, SERVICE, SPEAKS_FIRST, SEND, REASON };

static const char *const columns[] = {"port", "service", "speaks_first",
				      "send", "reason",  NULL};

static const char *const sends[] = {
    [PORT_SEND_NOTHING] = "nothing",
    [PORT_SEND_HTTP] = "http",
    [PORT_SEND_TLS] = "tls",
    [PORT_SEND_RTSP] = "rtsp",
    [PORT_SEND_SSH] = "ssh",
    [PORT_SEND_PPTP] = "pptp",
    [PORT_SEND_TELNET_REFUSALS] = "telnet-refusals",
};

static int find_send(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(sends); i++)
		if (strcmp(sends[i], text) == 0)
			return (int)i;
	return -1;
}

/* What is wrong with a row, or NULL. */
static const char *read_row(const struct csvfile *f, size_t row,
			    struct port *out)
{
	const char *first = csvfile_cell(f, row, SPEAKS_FIRST);
	int send = find_send(csvfile_cell(f, row, SEND));
	int64_t number;

	if (!str_to_int64(csvfile_cell(f, row, PORT), 1, 65535, &number))
		return "port is a number from 1 to 65535";
	if (send < 0)
		return "send is none of nothing, http, tls, rtsp, ssh, pptp, "
		       "telnet-refusals";
	if (strcmp(first, "yes") != 0 && strcmp(first, "no") != 0)
		return "speaks_first is yes or no";
	if (*csvfile_cell(f, row, REASON) == '\0')
		return "a port needs its reason";
	*out = (struct port){
	    .number = (uint16_t)number,
	    .service = xalloc_string(csvfile_cell(f, row, SERVICE)),
	    .speaks_first = *first == 'y',
	    .send = (enum port_send)send,
	    .reason = xalloc_string(csvfile_cell(f, row, REASON)),
	};
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	return x->number - y->number;
}

static int fill(struct ports *p, const struct csvfile *f, const char *path)
{
	size_t rows = csvfile_rows(f);

	p->list = xalloc_zero(rows + 1, sizeof(*p->list));
	for (size_t i = 0; i < rows; i++) {
		const char *wrong = read_row(f, i, &p->list[i]);

		if (wrong != NULL) {
			log_error("%s:%d: %s", path, csvfile_line(f, i), wrong);
			return -1;
		}
		p->count++;
	}
	qsort(p->list, p->count, sizeof(*p->list), by_number);
	for (size_t i = 1; i < p->count; i++) {
		if (p->list[i].number == p->list[i - 1].number) {
			log_error("%s: port %u is listed twice", path,
				  p->list[i].number);
			return -1;
		}
	}
	return 0;
}

struct ports *ports_read(const char *path)
{
	struct csvfile *f = csvfile_read(path, columns);
	struct ports *p = xalloc_zero(1, sizeof(*p));

	if (f == NULL || fill(p, f, path) < 0) {
		ports_free(p);
		p = NULL;
	}
	csvfile_free(f);
	return p;
}

struct ports *ports_load(void)
{
	char *path = reference_path("data/reference/ports.csv");
	struct ports *p = path != NULL ? ports_read(path) : NULL;

	free(path);
	return p;
}

void ports_free(struct ports *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++) {
		free(p->list[i].service);
		free(p->list[i].reason);
	}
	free(p->list);
	free(p);
}

const struct port *ports_find(const struct ports *p, uint16_t number)
{
	const struct port key = {.number = number};

	if (p->count == 0)
		return NULL;
	return bsearch(&key, p->list, p->count, sizeof(key), by_number);
}

static bool read_range(char *word, int64_t *low, int64_t *high)
{
	char *dash = strchr(word, '-');

	if (dash != NULL)
		*dash++ = '\0';
	if (!str_to_int64(str_trim(word), 1, 65535, low))
		return false;
	*high = *low;
	return dash == NULL || str_to_int64(str_trim(dash), *low, 65535, high);
}

static bool is_chosen(const uint16_t *list, size_t count, uint16_t number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == number)
			return true;
	return false;
}

/* Adds the listed ports of one range; returns whether there was any. */
static bool add_range(const struct ports *p, int64_t low, int64_t high,
		      uint16_t *out, size_t *count)
{
	bool any = false;

	for (size_t i = 0; i < p->count; i++) {
		uint16_t number = p->list[i].number;

		if (number < low || number > high)
			continue;
		any = true;
		if (!is_chosen(out, *count, number))
			out[(*count)++] = number;
	}
	return any;
}

static int add_word(const struct ports *p, char *word, uint16_t *out,
		    size_t *count)
{
	char *shown = xalloc_string(str_trim(word));
	int64_t low, high;
	int rc = -1;

	if (!read_range(word, &low, &high)) {
		log_error("'%s' is not a port or a range of ports", shown);
		log_hint("write ports as 22,80,8000-8100");
	} else if (!add_range(p, low, high, out, count)) {
		log_error("port %s is not in ports.csv, so it is not probed",
			  shown);
		log_hint("only ports listed there, each with its reason, are "
			 "asked");
	} else {
		rc = 0;
	}
	free(shown);
	return rc;
}

int ports_select(const struct ports *p, const char *text, uint16_t **out,
		 size_t *count)
{
	char *copy = xalloc_string(text != NULL ? text : ""), *rest = copy;
	int rc = 0;
	char *word;

	/* Each port is chosen once at the most. */
	*out = xalloc_zero(p->count + 1, sizeof(**out));
	*count = 0;
	if (*copy == '\0')
		add_range(p, 1, 65535, *out, count);
	else
		while (rc == 0 && (word = strsep(&rest, ",")) != NULL)
			rc = add_word(p, word, *out, count);
	free(copy);
	if (rc < 0) {
		free(*out);
		*out = NULL;
		*count = 0;
	}
	return rc;
}
