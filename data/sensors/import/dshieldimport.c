/*
 * Lines as DShield takes them (isc.sans.edu/specs), without a header, with
 * tabs or commas between:
 *
 *     time  author  count  source  source-port  target  target-port
 *     protocol  flags
 *
 * Flags are letters, such as S, SA or R. A count is of packets.
 */
#include <string.h>

#include "str.h"
#include "transport.h"
#include "flowimport.h"
#include "importformat.h"

enum column {
	TIME,
	AUTHOR,
	COUNT,
	FROM,
	FROM_PORT,
	TO,
	TO_PORT,
	PROTOCOL,
	FLAGS, /* may be missing */
	COLUMNS
};

/* "2013-03-03 21:53:59 +09:00": the space before the zone is DShield's. */
static const char *read_time(const char *text, int64_t *out)
{
	char joined[40];
	const char *zone = strlen(text) > 11 ? strchr(text + 11, ' ') : NULL;

	if (zone == NULL || strlen(text) >= sizeof(joined))
		return flowimport_time(text, out);
	memcpy(joined, text, (size_t)(zone - text));
	memcpy(joined + (zone - text), zone + 1, strlen(zone + 1) + 1);
	return flowimport_time(joined, out);
}

static const char *read_port(const char *text, uint16_t *out)
{
	*out = 0;
	return *text == '\0' || strcmp(text, "???") == 0
		   ? NULL
		   : flowimport_port(text, out);
}

static const char *read_line(char *cells[], size_t count, struct flow *out)
{
	const char *flags = count > FLAGS ? cells[FLAGS] : "";
	const char *wrong;

	if (count < FLAGS || count > COLUMNS)
		return "not the 8 or 9 cells of DShield";
	for (size_t i = 0; i < count; i++)
		cells[i] = str_trim(cells[i]);
	wrong = read_time(cells[TIME], &out->time);
	if (wrong == NULL)
		wrong = flowimport_address(cells[FROM], &out->opener.address);
	if (wrong == NULL)
		wrong = flowimport_address(cells[TO], &out->answerer.address);
	if (wrong == NULL)
		wrong = read_port(cells[FROM_PORT], &out->opener.port);
	if (wrong == NULL)
		wrong = read_port(cells[TO_PORT], &out->answerer.port);
	if (wrong != NULL)
		return wrong;
	if (!str_to_int64(cells[COUNT], 1, INT64_C(1) << 40,
			  &out->opener.packets))
		return "the number of packets is not 1 or more";
	out->protocol = transport_parse(cells[PROTOCOL]);
	if (out->protocol < 0)
		return "the protocol is not a name or number known here";
	if (out->protocol == TRANSPORT_ICMP)
		/* The type stands where others have the source port. */
		out->opener_answers = flowimport_is_error(out);
	else if (out->protocol == TRANSPORT_TCP)
		out->opener_answers =
		    strchr(flags, 'R') != NULL ||
		    (strchr(flags, 'S') != NULL && strchr(flags, 'A') != NULL);
	return NULL;
}

int dshieldimport_read(struct intake *im)
{
	char *cells[LOGLINE_CELLS];
	struct flowimport f;
	int rc = flowimport_begin(&f, im, false);

	while (rc == 0 && (rc = flowimport_line(&f)) > 0) {
		struct flow flow = {0};
		bool tabs = strchr(f.log.text, '\t') != NULL;
		const char *wrong;
		size_t count;

		rc = 0;
		if (f.log.text[0] == '#')
			continue;
		count = logline_split(&f.log, tabs ? '\t' : ',', cells);
		wrong = read_line(cells, count, &flow);
		if (wrong == NULL)
			rc = flowimport_add(&f, &flow);
		else
			flowimport_drop(&f, wrong, "");
	}
	flowimport_end(&f);
	return rc;
}
