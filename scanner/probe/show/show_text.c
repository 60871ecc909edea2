#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "compiler.h"
#include "str.h"
#include "table.h"
#include "transport.h"
#include "xalloc.h"
#include "show_text.h"

#define LABEL_COLUMNS 14
#define LINE_MAX_BYTES 400
#define DAY_SECONDS 86400
#define AGED_DAYS 90 /* DESIGN section 5, "Geography ages" */
#define LINES_MAX 40 /* of one banner or header block */

static void label(FILE *out, const char *name)
{
	fprintf(out, "    %-*s", LABEL_COLUMNS, name);
}

/* One line of a peer's bytes. */
static void put_line(FILE *out, const char *text, size_t len)
{
	char *shown = str_vis(text, len, LINE_MAX_BYTES);

	fprintf(out, "%s\n", shown);
	free(shown);
}

/* Peers' bytes, each of their lines on one; nothing when there are none. */
static void put_lines(FILE *out, const char *name, const char *text, size_t len)
{
	int lines = 0;

	while (text != NULL && len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t length = end != NULL ? (size_t)(end - text) : len;
		size_t used = end != NULL ? length + 1 : length;

		if (length > 0 && text[length - 1] == '\r')
			length--;
		label(out, lines == 0 ? name : "");
		if (++lines > LINES_MAX) {
			fprintf(out, "... %zu bytes more\n", len);
			return;
		}
		put_line(out, text, length);
		text += used;
		len -= used;
	}
}

static void put_text(FILE *out, const char *name, const char *text)
{
	if (text != NULL)
		put_lines(out, name, text, strlen(text));
}

/* Claimed by a page's marks; none is believed when there are many. */
static void put_claims(FILE *out, const struct identity *id)
{
	for (size_t i = 0; i < id->claim_count; i++) {
		const struct claim *c = &id->claims[i];
		char *text = xalloc_printf(
		    "%s%s%s, %s, %.2f (%s, of %s)", c->vendor,
		    c->product != NULL ? " " : "",
		    c->product != NULL ? c->product : "", c->device_type,
		    c->certainty, c->fingerprint, c->key);

		put_text(out,
			 id->fingerprint != NULL ? "contradicted"
						 : "claims to be",
			 text);
		free(text);
	}
}

static void put_identity(FILE *out, const struct observation *o)
{
	char *name = services_name(o);

	if (o->identity.fingerprint == NULL && o->identity.claim_count > 0) {
		put_text(out, "identity", name);
	} else if (o->identity.fingerprint == NULL) {
		put_text(out, "identity", "not recognised");
	} else {
		put_text(out, "identity", *name != '\0' ? name : "no name");
		put_text(out, "device type", o->identity.device_type);
		put_text(out, "cpe", o->identity.cpe);
		label(out, "certainty");
		fprintf(out, "%.2f\n", o->identity.certainty);
		put_text(out, "fingerprint", o->identity.fingerprint);
	}
	put_claims(out, &o->identity);
	free(name);
}

static void put_page(FILE *out, const struct observation *o)
{
	if (o->http_status > 0) {
		label(out, "http");
		fprintf(out, "status %d, %zu bytes of page\n", o->http_status,
			o->body.len);
	}
	put_text(out, "path", o->http_path);
	put_text(out, "charset", o->charset);
	put_text(out, "title", o->title);
	put_text(out, "server", o->server);
	put_text(out, "realm", o->realm);
	put_text(out, "powered by", o->powered_by);
	put_text(out, "generator", o->generator);
	put_text(out, "cookies", o->cookies);
	put_text(out, "forms", o->forms);
	put_text(out, "links", o->links);
	if (o->page_class[0] != '\0')
		put_text(out, "page class", o->page_class);
	if (o->favicon.present) {
		put_text(out, "icon md5", o->favicon.md5);
		put_text(out, "icon sha256", o->favicon.sha256);
		label(out, "icon mmh3");
		fprintf(out, "%" PRId32 "\n", o->favicon.mmh3);
	}
	put_lines(out, "headers", o->http_headers.data, o->http_headers.len);
}

static void put_certificate(FILE *out, const struct certificate *c)
{
	char from[CIVIL_TIME_TEXT], until[CIVIL_TIME_TEXT];

	if (c->subject == NULL)
		return;
	put_text(out, "cert subject", c->subject);
	put_text(out, "cert issuer", c->issuer);
	put_text(out, "cert names", c->names);
	put_text(out, "cert serial", c->serial);
	label(out, "cert valid");
	fprintf(out, "%s to %s\n", civil_format_time(c->not_before, from),
		civil_format_time(c->not_after, until));
	put_text(out, "cert sha256", c->sha256);
	put_text(out, "cert spki", c->spki_sha256);
}

static void put_when(FILE *out, const struct observation *o)
{
	char time[CIVIL_TIME_TEXT], lag[SERVICES_LAG_TEXT];

	label(out, "observed");
	fputs(civil_format_time(o->observed_ms / 1000, time), out);
	if (o->lag >= 0)
		fprintf(out, ", %s after its last packet",
			services_lag(o->lag, lag));
	fprintf(out, "%s%s\n", o->stale ? ", with --stale" : "",
		o->truncated ? ", cut at a limit" : "");
}

static void put_clock(FILE *out, const char *name, int64_t ahead)
{
	label(out, name);
	if (ahead == 0)
		fputs("as ours\n", out);
	else
		fprintf(out, "%" PRId64 " s %s ours\n",
			ahead < 0 ? -ahead : ahead,
			ahead < 0 ? "behind" : "ahead of");
}

static void put_service(FILE *out, const struct service *s)
{
	const struct observation *o = &s->o;
	char *stack = services_stack(&o->stack);

	fprintf(out, "\n  %u/%s %s, %s", o->port, o->transport,
		protocol_text(o->protocol), outcome_text(o->outcome));
	if (s->machine > 0)
		fprintf(out, ", machine %d", s->machine);
	fputc('\n', out);
	put_when(out, o);
	put_identity(out, o);
	put_text(out, "host name", o->hostname);
	put_lines(out, "banner", o->banner.data, o->banner.len);
	put_page(out, o);
	put_text(out, "tls", o->tls_version);
	put_certificate(out, &o->certificate);
	put_text(out, "ssh hassh", o->ssh_hassh);
	if (o->clock.http_known)
		put_clock(out, "http clock", o->clock.http_s);
	if (o->clock.tls_known)
		put_clock(out, "tls clock", o->clock.tls_s);
	put_text(out, "stack", stack);
	free(stack);
}

bool show_is_aged(const struct shown *s)
{
	int64_t seen = s->seen.last_seen != 0 ? s->seen.last_seen : civil_now();

	return llabs(s->location_day - seen / DAY_SECONDS) > AGED_DAYS;
}

/* Where a country or an AS is known from. */
static void put_origin(FILE *out, const struct shown *s, bool found)
{
	char day[CIVIL_DAY_TEXT];

	if (!found) {
		fputs(" (sensor database)\n", out);
		return;
	}
	fprintf(out, " (%s of %s%s)\n", s->location_database,
		civil_format_day(s->location_day, day),
		show_is_aged(s) ? ", more than 90 days apart" : "");
}

static void put_head(FILE *out, const struct shown *s)
{
	char address[ADDR_TEXT_MAX];
	const struct location_origin *at = &s->origin;
	char *name = str_vis(at->as_name, strlen(at->as_name), LINE_MAX_BYTES);

	fprintf(out, "%s\n", addr_format(&s->address, address));
	if (at->country[0] != '\0') {
		label(out, "country");
		fputs(at->country, out);
		put_origin(out, s, s->country_found);
	}
	if (at->asn != 0) {
		label(out, "as");
		fprintf(out, "%" PRIu32 "%s%s", at->asn,
			*name != '\0' ? " " : "", name);
		put_origin(out, s, s->as_found);
	}
	free(name);
}

static void put_traffic(FILE *out, const struct sightings *seen)
{
	static const char *const titles[] = {
	    "SERVICE", "SIGNATURE",  "PACKETS",  "SENSORS",
	    "DAYS",    "FIRST SEEN", "LAST SEEN"};
	struct table *t = table_new();
	char text[TRANSPORT_TEXT], time[CIVIL_TIME_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		table_column(t, titles[i],
			     i >= 2 && i <= 4 ? TABLE_RIGHT : TABLE_LEFT);
	for (size_t i = 0; i < seen->count; i++) {
		const struct sighting *g = &seen->list[i];

		table_text(t, transport_service(g->protocol, g->port, text));
		table_text(t, signature_text(g->signature));
		table_number(t, g->packets);
		table_number(t, g->sensors);
		table_number(t, g->days);
		table_text(t, civil_format_time(g->first_seen, time));
		table_text(t, civil_format_time(g->last_seen, time));
	}
	table_print(t, out);
	table_free(t);
}

static void put_sensors(FILE *out, const struct sightings *seen)
{
	for (size_t i = 0; i < seen->sensor_count; i++) {
		const struct sighting_sensor *s = &seen->sensors[i];

		label(out, i == 0 ? "sensors" : "");
		fprintf(out, "%s: %" PRId64 " packets\n", s->label, s->packets);
	}
}

void show_text(const struct shown *s, FILE *out)
{
	put_head(out, s);
	fputs("\nSeen by the sensors", out);
	if (s->seen.count == 0) {
		fputs(": never.\n", out);
	} else {
		fputs("\n", out);
		put_sensors(out, &s->seen);
		fputs("\n", out);
		put_traffic(out, &s->seen);
	}
	fputs("\nOpen ports", out);
	if (s->services.count == 0)
		fputs(": none known.\n", out);
	else
		fputs("\n", out);
	for (size_t i = 0; i < s->services.count; i++)
		put_service(out, &s->services.list[i]);
}
