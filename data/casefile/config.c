#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "outfile.h"
#include "str.h"
#include "xalloc.h"
#include "zone.h"
#include "config.h"

#define CONFIG_MAX (1u << 20) /* bytes: a configuration is a page or two */

enum type { TEXT, URL, ZONE, INTEGER, REAL };

static const struct setting {
	const char *key;
	enum type type;
	const char *initial;
	double min, max;
	const char *help;
} settings[] = {
    {"sensors.database", TEXT, "sqlite:sensors.db", 0, 0,
     "The sensor database: sqlite:FILE (relative to the workspace),\n"
     "postgresql://USER@HOST/DATABASE or clickhouse://USER@HOST:PORT/DATABASE\n"
     "(clickhouses:// with TLS), without a password."},
    {"sensors.password_file", TEXT, "", 0, 0,
     "File with the password for it (chmod 600) on its first line; the\n"
     "environment's MARTLET_SENSORS_PASSWORD comes first."},
    {"sensors.timeout_s", INTEGER, "600", 1, 86400,
     "Seconds that one question to the sensor database may take."},
    {"who.organisation", TEXT, "", 0, 0,
     "Who probes. Shown to those who are probed; scan needs these four."},
    {"who.url", URL, "", 0, 0,
     "A page that explains the probing; it goes into the User-Agent."},
    {"who.contact", TEXT, "", 0, 0,
     "Where owners of probed addresses can write, such as a mail address."},
    {"who.expires", TEXT, "", 0, 0,
     "Until when these four are right (2026-12-31); at most a year ahead."},
    {"who.languages", TEXT, "en", 0, 0,
     "Languages that may be written to who.contact (en,ja)."},
    {"who.canonical", TEXT, "", 0, 0,
     "Where probing.txt is found (https), separated by commas; empty: on the\n"
     "host of who.url. It must be where the reverse names of the sending\n"
     "addresses lead."},
    {"who.description", TEXT, "", 0, 0,
     "One line about the probing, for probing.txt and its page."},
    {"who.check_ptr", TEXT, "auto", 0, 0,
     "Whether scan warns when the reverse name of the sending address leads\n"
     "elsewhere than to who.url or who.canonical: yes, no, or auto, which is\n"
     "yes except in a laboratory and behind a private address."},
    {"who.resolver", TEXT, "", 0, 0,
     "Name server for that (127.0.0.1:53); empty: the system's."},
    {"scope.laboratory", TEXT, "", 0, 0,
     "Prefixes of a laboratory, separated by commas. When set, only these\n"
     "are probed, though they be special-purpose addresses."},
    {"scope.opt_out", TEXT, "opt-out.txt", 0, 0,
     "File of addresses and prefixes that are never probed, one a line."},
    {"scope.countries", TEXT, "", 0, 0,
     "Countries (JP,TW) whose addresses may be probed; empty: the countries\n"
     "of the sensors in report.home."},
    {"scope.ports", TEXT, "", 0, 0,
     "Ports to probe (22,80,8000-8100); empty: all of ports.csv."},
    {"triage.min_packets", INTEGER, "3", 1, 1e9,
     "Packets that a source must have sent to be worth a probe."},
    {"triage.min_sensors", INTEGER, "2", 1, 1e6,
     "Sensors that must have seen it, or else two days of one sensor."},
    {"triage.max_age_days", INTEGER, "7", 1, 3650,
     "Days since its last packet after which a source is no target."},
    {"pace.overall", REAL, "100", 0.01, 1e7,
     "Connections per second, all together."},
    {"pace.per_address", REAL, "1", 0.001, 1e7,
     "Connections per second to one address."},
    {"pace.per_network", REAL, "4", 0.001, 1e7,
     "Connections per second to one /24 (IPv6: /48)."},
    {"pace.per_as", REAL, "20", 0.001, 1e7,
     "Connections per second to one autonomous system."},
    {"pace.open_per_address", INTEGER, "2", 1, 1e6,
     "Connections open to one address at a time."},
    {"pace.pause_ms", INTEGER, "1000", 0, 1e9,
     "Milliseconds between two connections to one address."},
    {"pace.per_address_day", INTEGER, "300", 0, 1e9,
     "Connections to one address in a day; 0: no limit."},
    {"probe.banner_wait_ms", INTEGER, "2000", 0, 60000,
     "Milliseconds that a server gets to speak first."},
    {"probe.connect_timeout_ms", INTEGER, "5000", 10, 120000,
     "Milliseconds until a connection request counts as not answered."},
    {"probe.timeout_ms", INTEGER, "15000", 100, 600000,
     "Milliseconds for one whole probe once connected."},
    {"probe.open_max", INTEGER, "2000", 1, 1000000,
     "Connections open at a time, all together."},
    {"probe.memory_max_mb", INTEGER, "512", 8, 1000000,
     "Megabytes that all probes under way may take together, whatever peers\n"
     "send; the program itself needs some 40 more. When they are taken, no\n"
     "probe begins, and answers wait in the kernel until others are read."},
    {"ptr.resolver", TEXT, "", 0, 0,
     "Name servers for scan --ptr (127.0.0.1:53, [::1]:53), separated by\n"
     "commas; empty: the system's. A look-up tells them, and the servers of\n"
     "those who own the address, whom you watch: best is one of your own."},
    {"ptr.per_second", REAL, "20", 0.01, 100000,
     "Addresses whose names are asked for in a second."},
    {"audit.rotate_mb", REAL, "100", 0, 1e6,
     "Megabytes after which audit.log becomes audit.log.1, .2 and so on;\n"
     "0: never. Delete old ones when you need them no more."},
    {"scan.sandbox", TEXT, "yes", 0, 0,
     "yes: the scanning process gives up files outside of the workspace and\n"
     "system calls that it does not need; no: it does not."},
    {"watch.look_s", INTEGER, "60", 1, 86400,
     "Seconds between two looks of watch at the sensor database."},
    {"watch.cooldown_hours", REAL, "72", 0, 87600,
     "Hours after which watch asks a port of an address again, if that is\n"
     "still a target."},
    {"watch.metrics_file", TEXT, "", 0, 0,
     "Where watch writes its metrics for Prometheus (the textfile collector\n"
     "of node_exporter wants a name that ends in .prom); empty: nowhere."},
    {"report.home", TEXT, "", 0, 0,
     "The region called domestic (id of a region); empty: that of the first\n"
     "region in the sensor database."},
    {"report.timezone", ZONE, "", 0, 0,
     "Zone of clock times in texts; empty: that of the sensor network."},
    {"report.sensors", TEXT, "auto", 0, 0,
     "Sensors of Table 1 in order, or auto: two of each region."},
    {"report.table", TEXT, "columns", 0, 0,
     "Sensors as columns or as rows of Table 1."},
    {"report.series", TEXT, "Report Overflow", 0, 0,
     "Name of the article series, used in titles."},
    {"report.author", TEXT, "", 0, 0, "Who signs the article."},
    {"reference.location", TEXT, "", 0, 0,
     "Another libloc database file than the system's."},
    {"reference.scanners", TEXT, "", 0, 0,
     "Files with the addresses of further research scanners, separated by\n"
     "commas: MISP warning lists (.json) or CSV (prefix,organisation)."},
    {"fingerprints.paths", TEXT, "", 0, 0,
     "Further directories of Recog XML, separated by commas; relative to the\n"
     "workspace. Names of page classes are in fingerprints/named.xml anyway."},
    {"contacts.book", TEXT, "contacts.csv", 0, 0,
     "The contact book of the workspace."},
    {"import.memory_mb", INTEGER, "512", 8, 65536,
     "MiB that 'import' uses for sums before it uses the disk beside the "
     "sensor database."},
    {"retention.days", INTEGER, "400", 1, 36500,
     "Days that evidence of probes may be kept (nothing deletes it yet)."},
};

struct config {
	char *values[ARRAY_LEN(settings)]; /* NULL: not given */
};

struct config *config_new(void)
{
	return xalloc_zero(1, sizeof(struct config));
}

void config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		free(c->values[i]);
	free(c);
}

static int find_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (strcmp(settings[i].key, key) == 0)
			return (int)i;
	return -1;
}

static bool read_real(const char *text, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	return end != text && *end == '\0' && errno == 0 && isfinite(*out);
}

/* It goes into a header that strangers read. */
static bool is_url(const char *text)
{
	if (!str_starts(text, "https://") && !str_starts(text, "http://"))
		return false;
	for (; *text > ' ' && *text < 0x7f; text++)
		continue;
	return *text == '\0';
}

static bool is_zone(const char *text)
{
	struct zone *zone = zone_open(text);

	zone_free(zone);
	return zone != NULL;
}

/* @where: such as "martlet.conf:12", for messages. */
static int check_text(const char *where, const char *key, enum type type,
		      const char *value)
{
	if (*value == '\0')
		return 0;
	if (type == URL && !is_url(value)) {
		log_error("%s: %s is not a URL: '%s'", where, key, value);
		log_hint("write it as https://csirt.example/probing");
		return -1;
	}
	if (type == ZONE && !is_zone(value)) {
		log_error("%s: %s: '%s' is not a time zone that this machine "
			  "knows",
			  where, key, value);
		log_hint("write an IANA name such as Asia/Tokyo or UTC");
		return -1;
	}
	return 0;
}

static bool is_number(enum type type)
{
	return type == INTEGER || type == REAL;
}

static int set(struct config *c, const char *where, const char *key,
	       const char *value)
{
	int i = find_key(key);
	const struct setting *s;
	double number;
	int64_t whole;

	if (i < 0) {
		log_error("%s: there is no setting '%s'", where, key);
		log_hint("'martlet init' writes a file with all of them");
		return -1;
	}
	s = &settings[i];
	if (check_text(where, key, s->type, value) < 0)
		return -1;
	if (is_number(s->type) && (!read_real(value, &number) ||
				   number < s->min || number > s->max)) {
		log_error("%s: %s is a number from %.12g to %.12g, not '%s'",
			  where, key, s->min, s->max, value);
		return -1;
	}
	if (s->type == INTEGER &&
	    !str_to_int64(value, INT64_MIN, INT64_MAX, &whole)) {
		log_error("%s: %s is a whole number, not '%s'", where, key,
			  value);
		return -1;
	}
	free(c->values[i]);
	c->values[i] = xalloc_string(value);
	return 0;
}

static int read_line(struct config *c, const char *path, int number, char *line)
{
	char *text = str_trim(line), *equals = strchr(text, '=');
	char *where;
	int rc;

	if (*text == '\0' || *text == '#')
		return 0;
	if (!str_is_utf8(text, strlen(text))) {
		log_error("%s:%d: this line is not UTF-8", path, number);
		log_hint("save the file in UTF-8");
		return -1;
	}
	if (equals == NULL) {
		log_error("%s:%d: '%s' is not 'key = value'", path, number,
			  text);
		log_hint("start the line with # if it is a comment");
		return -1;
	}
	*equals = '\0';
	where = xalloc_printf("%s:%d", path, number);
	rc = set(c, where, str_trim(text), str_trim(equals + 1));
	free(where);
	return rc;
}

int config_read(struct config *c, const char *path)
{
	char *text = outfile_read(path, CONFIG_MAX, NULL), *rest = text, *line;
	int rc = text != NULL ? 0 : -1;

	for (int n = 1; rc == 0 && (line = strsep(&rest, "\n")) != NULL; n++)
		rc = read_line(c, path, n, line);
	free(text);
	return rc;
}

int config_override(struct config *c, const char *assignment)
{
	char *copy = xalloc_string(assignment), *equals = strchr(copy, '=');
	int rc = -1;

	if (!str_is_utf8(assignment, strlen(assignment))) {
		log_error("-o: the value is not UTF-8");
	} else if (equals == NULL) {
		log_error("-o %s: write it as KEY=VALUE", assignment);
	} else {
		*equals = '\0';
		rc = set(c, "-o", str_trim(copy), str_trim(equals + 1));
	}
	free(copy);
	return rc;
}

void config_write_template(FILE *out)
{
	fputs("# Configuration of this Martlet workspace. Every line below "
	      "shows a default;\n# remove the # to change it. "
	      "'martlet -o KEY=VALUE' overrides one for a run.\n",
	      out);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const char *help = settings[i].help;

		fputs("\n# ", out);
		for (; *help != '\0'; help++)
			fputs(*help == '\n' ? "\n# " : (char[]){*help, '\0'},
			      out);
		fprintf(out, "\n#%s = %s\n", settings[i].key,
			settings[i].initial);
	}
}

const char *config_text(const struct config *c, const char *key)
{
	int i = find_key(key);

	assert(i >= 0);
	return c->values[i] != NULL ? c->values[i] : settings[i].initial;
}

double config_real(const struct config *c, const char *key)
{
	double value = 0;
	bool ok = read_real(config_text(c, key), &value);

	assert(ok);
	(void)ok;
	return value;
}

int64_t config_int(const struct config *c, const char *key)
{
	int64_t value = 0;
	bool ok =
	    str_to_int64(config_text(c, key), INT64_MIN, INT64_MAX, &value);

	assert(ok);
	(void)ok;
	return value;
}

bool config_is_set(const struct config *c, const char *key)
{
	int i = find_key(key);

	assert(i >= 0);
	return c->values[i] != NULL;
}

const char *config_given(const struct config *c, size_t *at, const char **value)
{
	while (*at < ARRAY_LEN(settings)) {
		size_t i = (*at)++;

		if (c->values[i] == NULL)
			continue;
		*value = c->values[i];
		return settings[i].key;
	}
	return NULL;
}

bool config_list(const struct config *c, const char *key, int i, char *out,
		 size_t size)
{
	const char *at = config_text(c, key);
	size_t len;

	for (;; at += *at == ',' ? 1 : 0) {
		at += strspn(at, " \t,");
		if (*at == '\0')
			return false;
		len = strcspn(at, ",");
		if (i-- == 0)
			break;
		at += len;
	}
	while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}
