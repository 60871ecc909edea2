/*
 * CSV (DESIGN section 5): one row is one packet, or as many as its column
 * says.
 */
#include <inttypes.h>
#include <string.h>

#include "lists.h"
#include "log.h"
#include "xalloc.h"
#include "csvrow.h"
#include "packetrow.h"
#include "importformat.h"

struct reading {
	struct intake *im;
	struct csvrow csv;
	struct packetrow rows;
};

static ssize_t read_content(void *arg, char *out, size_t size)
{
	return inflow_read(arg, out, size);
}

static void drop(struct reading *r, const char *what, const char *about)
{
	r->im->result->dropped[DROP_BROKEN]++;
	rowfaults_add(&r->im->faults, what, about, r->csv.line, false);
}

static int take_row(struct reading *r)
{
	struct packet packet;
	enum packetrow_got got;

	/* The last row of a file that was cut may be cut itself. */
	if (r->csv.unended && inflow_damage(r->im->in) != NULL) {
		drop(r, "cut off by the damage", "");
		return 0;
	}
	got = packetrow_read(&r->rows, &r->csv, &packet);
	if (got == PACKETROW_BROKEN) {
		drop(r, r->rows.complaint, r->rows.about);
		return 0;
	}
	if (got == PACKETROW_DOUBTFUL)
		rowfaults_add(&r->im->faults, r->rows.complaint, r->rows.about,
			      r->csv.line, true);
	return intake_add(r->im, &packet);
}

static void take_broken(struct reading *r)
{
	static const char *const what[] = {
	    [CSVROW_CELLS] = "not as many cells as the header",
	    [CSVROW_QUOTE] = "a quote has no end, or text behind it",
	    [CSVROW_NUL] = "a zero byte",
	    [CSVROW_LONG] = "longer than 1 MiB",
	};

	drop(r, what[r->csv.problem], "");
}

static int read_header(struct reading *r)
{
	enum csvrow_got got = csvrow_next(&r->csv, 0);
	const char *file = r->im->result->file;
	const char *damage = inflow_damage(r->im->in);

	if (got == CSVROW_FAILED)
		return -1;
	if (got == CSVROW_ROW)
		return packetrow_header(&r->rows, &r->csv, file);
	if (got == CSVROW_END && damage != NULL)
		log_error("'%s' is damaged from its start: %s", file, damage);
	else if (got == CSVROW_END)
		log_error("'%s' is empty: it has not even a header", file);
	else
		log_error("'%s' does not begin with a CSV header", file);
	if (got != CSVROW_END && (memcmp(r->csv.buffer, "\xff\xfe", 2) == 0 ||
				  memcmp(r->csv.buffer, "\xfe\xff", 2) == 0))
		log_hint("it is UTF-16: 'iconv -f UTF-16 -t UTF-8' makes it "
			 "readable");
	log_hint("import reads captures, and CSV with the header "
		 "time,sensor,source,protocol,port; plain, .gz or .zst");
	return -1;
}

static int read_rows(struct reading *r)
{
	size_t width = r->csv.count;
	int rc = 0;

	for (int64_t n = 0; rc == 0; n++) {
		switch (csvrow_next(&r->csv, width)) {
		case CSVROW_FAILED:
			return -1;
		case CSVROW_END:
			return 0;
		case CSVROW_BROKEN:
			take_broken(r);
			break;
		case CSVROW_ROW:
			rc = take_row(r);
			break;
		}
		intake_show(r->im, n);
	}
	return rc;
}

static int set_up(struct reading *r)
{
	const struct importer_options *o = r->im->options;

	r->rows.sensor = o->sensor;
	for (int i = 0; i < o->map_count; i++)
		if (packetrow_map(&r->rows, o->maps[i]) < 0)
			return -1;
	return 0;
}

int rowimport_read(struct intake *im)
{
	const char *count = im->options->count;
	bool flows = count != NULL && strcmp(count, "flows") == 0;
	struct reading r = {.im = im};
	int rc;

	packetrow_init(&r.rows, &im->sensors, &im->origins);
	csvrow_init(&r.csv, read_content, im->in);
	rc = intake_count(im, flows ? "flows" : "packets");
	if (rc == 0)
		rc = set_up(&r);
	if (rc == 0)
		rc = read_header(&r);
	if (rc == 0)
		rc = read_rows(&r);
	if (rc == 0)
		im->upto = xalloc_printf("line %" PRId64, r.csv.next_line - 1);
	csvrow_release(&r.csv);
	packetrow_release(&r.rows);
	return rc;
}
