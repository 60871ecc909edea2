#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "csvfile.h"
#include "log.h"
#include "packetrow.h"
#include "str.h"
#include "xalloc.h"
#include "sensormap.h"

/* The shortest prefixes that a network of sensors can have. */
#define OWN_LENGTH_4 8
#define OWN_LENGTH_6 24

/* Whoever reads the map knows where the sensors are. */
static int check_mode(const char *path, const char *shown)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		log_error("cannot read the sensor map '%s': %s", shown,
			  strerror(errno));
		log_hint("it is CSV with the header sensor,prefix and a line "
			 "for each prefix of each sensor");
		return -1;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		log_error("the sensor map '%s' can be read by others: it tells "
			  "where the sensors are",
			  shown);
		log_hint("chmod 600 it");
		return -1;
	}
	return 0;
}

/* Either is of one first byte at least: they are not too wide. */
static void add_own(struct sensormap *m, const struct prefix *p, int number)
{
	prefix_set_add(&m->own, p, number);
	m->heads[p->base.family == 6][p->base.bytes[0]] = true;
}

static int add_line(struct sensormap *m, const char *id, const char *text,
		    const char *shown, int line)
{
	const char *wrong = packetrow_wrong_sensor(id);
	struct prefix p;
	int number;

	if (wrong != NULL) {
		log_error("%s:%d: %s", shown, line, wrong);
		return -1;
	}
	if (!prefix_parse(text, &p)) {
		log_error("%s:%d: the prefix of this sensor is none", shown,
			  line);
		log_hint("write 198.51.100.0/28 or 2001:db8::/64, with no bits "
			 "behind its length, or one address");
		return -1;
	}
	number = (int)wordlist_add(&m->sensors, id);
	prefix_set_add(&m->prefixes, &p, number);
	if (p.length >= (p.base.family == 4 ? OWN_LENGTH_4 : OWN_LENGTH_6))
		add_own(m, &p, number);
	return 0;
}

/* All lines together: one prefix cannot be that of two sensors. */
static int check_whole(struct sensormap *m, const char *shown)
{
	const struct prefix_entry *e = m->prefixes.entries;

	if (m->prefixes.count == 0) {
		log_error("the sensor map '%s' names no sensor", shown);
		return -1;
	}
	/* Looking one up puts them in order. */
	prefix_set_find(&m->prefixes, &e[0].prefix.base);
	for (size_t i = 1; i < m->prefixes.count; i++) {
		if (e[i].prefix.length != e[i - 1].prefix.length ||
		    addr_compare(&e[i].prefix.base, &e[i - 1].prefix.base) != 0)
			continue;
		log_error("the sensor map '%s' gives one prefix to '%s' and "
			  "again to '%s'",
			  shown, m->sensors.words[e[i - 1].value],
			  m->sensors.words[e[i].value]);
		return -1;
	}
	return 0;
}

struct sensormap *sensormap_read(const char *path)
{
	static const char *const columns[] = {"sensor", "prefix", NULL};
	char *shown = str_vis(path, strlen(path), 4096);
	struct sensormap *m = NULL;
	struct csvfile *f = NULL;
	int rc = check_mode(path, shown);

	if (rc == 0 && (f = csvfile_read(path, columns)) != NULL) {
		m = xalloc_zero(1, sizeof(*m));
		for (size_t i = 0; rc == 0 && i < csvfile_rows(f); i++)
			rc = add_line(m, csvfile_cell(f, i, 0),
				      csvfile_cell(f, i, 1), shown,
				      csvfile_line(f, i));
		rc = rc == 0 ? check_whole(m, shown) : rc;
	}
	if (rc < 0) {
		sensormap_free(m);
		m = NULL;
	}
	csvfile_free(f);
	free(shown);
	return m;
}

void sensormap_free(struct sensormap *m)
{
	if (m == NULL)
		return;
	prefix_set_release(&m->prefixes);
	prefix_set_release(&m->own);
	wordlist_release(&m->sensors);
	free(m);
}

int sensormap_find(struct sensormap *m, const struct addr *to)
{
	uint8_t last = to->bytes[to->family == 4 ? 3 : 15];

	/* Sensors have few addresses. A family of 0 is no address yet. */
	if (addr_compare(&m->known[last].to, to) != 0) {
		m->known[last].to = *to;
		m->known[last].sensor = prefix_set_find(&m->prefixes, to);
	}
	return m->known[last].sensor;
}

bool sensormap_owns(struct sensormap *m, const struct addr *from)
{
	/* Nearly all senders end here. */
	if (!m->heads[from->family == 6][from->bytes[0]])
		return false;
	return prefix_set_find(&m->own, from) >= 0;
}
