#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "lists.h"
#include "log.h"
#include "str.h"
#include "transport.h"
#include "xalloc.h"
#include "packetrow.h"

#define SENSOR_MAX 64           /* bytes of a sensor's id */
#define AS_NAME_MAX 95          /* bytes kept of an AS's name */
#define YEAR_10000 253402300800 /* Unix seconds; civil.h ends there */
#define NO_SENSOR UINT32_MAX

static const struct {
	const char *name;
	bool required;
} columns[PACKETROW_COLUMNS] = {
    [PACKETROW_TIME] = {"time", true},
    [PACKETROW_SENSOR] = {"sensor", true},
    [PACKETROW_SOURCE] = {"source", true},
    [PACKETROW_PROTOCOL] = {"protocol", true},
    [PACKETROW_PORT] = {"port", true},
    [PACKETROW_PACKETS] = {"packets", false},
    [PACKETROW_SOURCE_PORT] = {"source_port", false},
    [PACKETROW_SIGNATURE] = {"signature", false},
    [PACKETROW_COUNTRY] = {"country", false},
    [PACKETROW_ASN] = {"asn", false},
    [PACKETROW_AS_NAME] = {"as_name", false},
};

void packetrow_init(struct packetrow *p, struct wordlist *sensors,
		    struct wordlist *origins)
{
	*p = (struct packetrow){
	    .sensors = sensors, .origins = origins, .last_sensor = NO_SENSOR};
	for (size_t i = 0; i < PACKETROW_COLUMNS; i++)
		p->places[i] = -1;
}

void packetrow_release(struct packetrow *p)
{
	for (size_t i = 0; i < PACKETROW_COLUMNS; i++)
		free(p->names[i]);
	*p = (struct packetrow){0};
}

static int map_one(struct packetrow *p, char *pair)
{
	char *equals = strchr(pair, '=');

	if (equals != NULL && equals != pair && equals[1] != '\0') {
		*equals = '\0';
		for (size_t i = 0; i < PACKETROW_COLUMNS; i++) {
			if (strcmp(columns[i].name, str_trim(pair)) != 0)
				continue;
			free(p->names[i]);
			p->names[i] = xalloc_string(str_trim(equals + 1));
			return 0;
		}
		log_error("--map: there is no column '%s'", str_trim(pair));
	} else {
		log_error("--map: '%s' is not COLUMN=NAME-IN-FILE", pair);
	}
	log_hint("columns: time, sensor, source, protocol, port, packets, "
		 "source_port, signature, country, asn, as_name");
	return -1;
}

int packetrow_map(struct packetrow *p, const char *text)
{
	char *copy = xalloc_string(text), *rest = copy, *pair;
	int rc = 0;

	while (rc == 0 && (pair = strsep(&rest, ",")) != NULL)
		rc = map_one(p, pair);
	free(copy);
	return rc;
}

static const char *file_name(const struct packetrow *p, size_t column)
{
	return p->names[column] != NULL ? p->names[column]
					: columns[column].name;
}

static void log_missing(const struct csvrow *header, const char *path,
			const char *missing)
{
	struct buf there;
	char *text;

	buf_init(&there, 4096);
	for (size_t i = 0; i < header->count; i++)
		buf_printf(&there, "%s%s", i ? ", " : "",
			   header->cells[i].text);
	text = str_vis(buf_text(&there), there.len, 1000);
	log_error("%s: the header has no column '%s'; it has: %s", path,
		  missing, text);
	log_hint("--map time=NAME,sensor=NAME,... tells which column is what%s",
		 strcmp(missing, "sensor") == 0
		     ? "; --sensor ID names the one sensor of a whole file"
		     : "");
	free(text);
	buf_release(&there);
}

int packetrow_header(struct packetrow *p, const struct csvrow *header,
		     const char *path)
{
	for (size_t c = 0; c < PACKETROW_COLUMNS; c++) {
		const char *name = file_name(p, c);
		bool need = columns[c].required || p->names[c] != NULL;

		p->places[c] = -1;
		if (c == PACKETROW_SENSOR && p->sensor != NULL)
			continue;
		for (size_t i = 0; i < header->count; i++) {
			if (strcmp(str_trim(header->cells[i].text), name) != 0)
				continue;
			if (p->places[c] >= 0) {
				log_error("%s: the header has two columns '%s'",
					  path, name);
				return -1;
			}
			p->places[c] = (int)i;
		}
		if (p->places[c] < 0 && need) {
			log_missing(header, path, name);
			return -1;
		}
	}
	return 0;
}

/* The trimmed text of a column; "" for one that the file has not. */
static char *cell(struct packetrow *p, struct csvrow *row,
		  enum packetrow_column column)
{
	struct csvcell *c;

	if (p->places[column] < 0)
		return "";
	c = &row->cells[p->places[column]];
	if (c->len > 0 && (isspace((unsigned char)c->text[0]) ||
			   isspace((unsigned char)c->text[c->len - 1])))
		return str_trim(c->text);
	return c->text;
}

static enum packetrow_got complain(struct packetrow *p, const char *what,
				   const char *about)
{
	p->complaint = what;
	p->about = about;
	return PACKETROW_BROKEN;
}

static bool is_digits(const char *s, size_t from, size_t to)
{
	for (; from < to; from++)
		if (s[from] < '0' || s[from] > '9')
			return false;
	return true;
}

/* "2013-03-03 21:53:59", with the day as in the row before: by far the most
 * frequent case. */
static bool read_same_day(const struct packetrow *p, const char *s,
			  int64_t *out)
{
	int h, m, sec;

	if (strncmp(s, p->last_day, 10) != 0 || p->last_day[0] == '\0' ||
	    (s[10] != ' ' && s[10] != 'T') || strnlen(s, 21) < 19 ||
	    s[13] != ':' || s[16] != ':' || !is_digits(s, 11, 13) ||
	    !is_digits(s, 14, 16) || !is_digits(s, 17, 19) ||
	    (s[19] != '\0' && (s[19] != 'Z' || s[20] != '\0')))
		return false;
	h = (s[11] - '0') * 10 + s[12] - '0';
	m = (s[14] - '0') * 10 + s[15] - '0';
	sec = (s[17] - '0') * 10 + s[18] - '0';
	*out = p->last_day_start + h * 3600 + m * 60 + sec;
	return h < 24 && m < 60 && sec < 60;
}

/* Unix seconds, with a fraction that is dropped. */
static bool read_unix(const char *s, int64_t *out)
{
	int64_t t = 0;
	size_t n = 0;

	for (; s[n] >= '0' && s[n] <= '9' && n < 13; n++)
		t = t * 10 + (s[n] - '0');
	if (n == 0 || (s[n] != '\0' && s[n] != '.'))
		return false;
	if (s[n] == '.' && !is_digits(s, n + 1, strlen(s)))
		return false;
	*out = t;
	return true;
}

static bool read_time(struct packetrow *p, const char *s, int64_t *out)
{
	int32_t day;
	char date[CIVIL_DAY_TEXT];

	if (read_same_day(p, s, out))
		return true;
	if (!read_unix(s, out)) {
		if (!civil_parse_time(s, out))
			return false;
		memcpy(date, s, 10);
		date[10] = '\0';
		if (civil_parse_day(date, &day)) {
			memcpy(p->last_day, date, sizeof(date));
			p->last_day_start = (int64_t)day * 86400;
		}
	}
	return *out >= 0 && *out < YEAR_10000;
}

static bool read_port(const char *s, uint16_t *out)
{
	unsigned value = 0;
	size_t n = 0;

	for (; s[n] >= '0' && s[n] <= '9' && n < 5; n++)
		value = value * 10 + (unsigned)(s[n] - '0');
	*out = (uint16_t)value;
	return n > 0 && s[n] == '\0' && value <= 65535;
}

static int read_protocol(const char *s)
{
	if (strcmp(s, "TCP") == 0)
		return TRANSPORT_TCP;
	if (strcmp(s, "UDP") == 0)
		return TRANSPORT_UDP;
	return transport_parse(s);
}

const char *packetrow_wrong_sensor(const char *id)
{
	size_t len = strlen(id);
	struct addr a;

	if (len == 0 || len > SENSOR_MAX || !str_is_utf8(id, len))
		return "the sensor has no id, or one that is too long or not "
		       "UTF-8";
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)id[i]))
			return "the sensor's id has control characters";
	/* No sensor address anywhere (DESIGN section 5). */
	if (addr_parse(id, &a))
		return "the sensor is given by its address, which is never "
		       "stored: give it a name";
	return NULL;
}

static enum packetrow_got read_sensor(struct packetrow *p, struct csvrow *row,
				      struct packet *out)
{
	const char *id =
	    p->sensor != NULL ? p->sensor : cell(p, row, PACKETROW_SENSOR);
	const char *wrong;
	struct addr a;

	out->sensor = p->last_sensor;
	if (out->sensor != NO_SENSOR &&
	    strcmp(id, p->sensors->words[out->sensor]) == 0)
		return PACKETROW_GOOD;
	wrong = packetrow_wrong_sensor(id);
	if (wrong != NULL)
		return complain(p, wrong, addr_parse(id, &a) ? "" : id);
	out->sensor = p->last_sensor = wordlist_add(p->sensors, id);
	return PACKETROW_GOOD;
}

static enum packetrow_got read_ports(struct packetrow *p, struct csvrow *row,
				     struct packet *out)
{
	const char *s = cell(p, row, PACKETROW_PROTOCOL);
	int protocol = read_protocol(s);

	if (protocol < 0)
		return complain(p,
				"the protocol is not a name or number known "
				"here",
				s);
	out->protocol = (uint8_t)protocol;
	out->port = out->source_port = 0;
	if (!transport_has_ports(protocol))
		return PACKETROW_GOOD;
	s = cell(p, row, PACKETROW_PORT);
	if (!read_port(s, &out->port))
		return complain(p, "the port is not a number from 0 to 65535",
				s);
	s = cell(p, row, PACKETROW_SOURCE_PORT);
	if (*s != '\0' && !read_port(s, &out->source_port)) {
		complain(p,
			 "the source port is not a number from 0 to 65535 "
			 "(packet counted without it)",
			 s);
		return PACKETROW_DOUBTFUL;
	}
	return PACKETROW_GOOD;
}

static enum packetrow_got read_signature(struct packetrow *p,
					 struct csvrow *row, struct packet *out)
{
	const char *s = cell(p, row, PACKETROW_SIGNATURE);
	int signature = *s != '\0' ? signature_from(s) : SIGNATURE_NONE;

	if (signature < 0)
		return complain(p, "the signature is not in the closed list",
				s);
	if (signature == SIGNATURE_NONE && out->protocol == TRANSPORT_GRE)
		signature = SIGNATURE_GRE;
	out->signature = (uint8_t)signature;
	return PACKETROW_GOOD;
}

static bool read_country(const char *s, char *out)
{
	if (!isalpha((unsigned char)s[0]) || !isalpha((unsigned char)s[1]) ||
	    s[2] != '\0')
		return false;
	out[0] = (char)toupper((unsigned char)s[0]);
	out[1] = (char)toupper((unsigned char)s[1]);
	out[2] = '\0';
	return true;
}

static enum packetrow_got read_origin(struct packetrow *p, struct csvrow *row,
				      struct packet *out)
{
	const char *country = cell(p, row, PACKETROW_COUNTRY);
	const char *asn = cell(p, row, PACKETROW_ASN);
	const char *name = cell(p, row, PACKETROW_AS_NAME);
	enum packetrow_got got = PACKETROW_GOOD;
	char cc[3] = "", text[AS_NAME_MAX + 20];
	int64_t number = 0;
	size_t len;

	if (*country != '\0' && !read_country(country, cc)) {
		complain(p,
			 "the country is not a two-letter code (packet "
			 "counted without it)",
			 country);
		got = PACKETROW_DOUBTFUL;
	}
	if (strncasecmp(asn, "AS", 2) == 0)
		asn += 2;
	if (*asn != '\0' && !str_to_int64(asn, 0, UINT32_MAX, &number)) {
		complain(p,
			 "the AS is not a number (packet counted without "
			 "it)",
			 asn);
		got = PACKETROW_DOUBTFUL;
	}
	if (cc[0] == '\0' && number == 0)
		return got;
	len = strlen(name);
	if (number == 0 || !str_is_utf8(name, len))
		len = 0;
	if (len > AS_NAME_MAX)
		for (len = AS_NAME_MAX; (name[len] & 0xc0) == 0x80;)
			len--;
	snprintf(text, sizeof(text), "%s\t%u\t%.*s", cc, (unsigned)number,
		 (int)len, name);
	out->origin = wordlist_add(p->origins, text);
	return got;
}

enum packetrow_got packetrow_read(struct packetrow *p, struct csvrow *row,
				  struct packet *out)
{
	enum packetrow_got ports, origin = PACKETROW_GOOD;
	const char *s = cell(p, row, PACKETROW_TIME);

	if (!read_time(p, s, &out->time))
		return complain(p,
				"the time is neither ISO 8601 nor Unix "
				"seconds",
				s);
	s = cell(p, row, PACKETROW_SOURCE);
	if (!addr_parse(s, &out->source))
		return complain(p, "the source is not an address", s);
	s = cell(p, row, PACKETROW_PACKETS);
	out->packets = 1;
	if (*s != '\0' && !str_to_int64(s, 1, INT64_C(1) << 40, &out->packets))
		return complain(p, "the number of packets is not 1 or more", s);
	if (read_sensor(p, row, out) != PACKETROW_GOOD)
		return PACKETROW_BROKEN;
	ports = read_ports(p, row, out);
	if (ports == PACKETROW_BROKEN ||
	    read_signature(p, row, out) != PACKETROW_GOOD)
		return PACKETROW_BROKEN;
	out->origin = PACKET_NO_ORIGIN;
	if (p->places[PACKETROW_COUNTRY] >= 0 || p->places[PACKETROW_ASN] >= 0)
		origin = read_origin(p, row, out);
	return ports != PACKETROW_GOOD ? ports : origin;
}
