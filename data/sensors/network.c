#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "civil.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "network.h"

#define UNASSIGNED "unassigned"
#define WORD_MAX 64 /* bytes of an id, a label or a name */

/* Regions that need no explaining; the order is that of an article. */
static const struct {
	const char *id, *name_en, *name_ja;
	int sort;
} usual[] = {
    {"japan", "Japan", "日本", 10},
    {"north-america", "North America", "北米", 20},
    {"europe", "Europe", "欧州", 30},
    {"asia", "Asia", "アジア", 40},
    {"south-america", "South America", "南米", 50},
    {"africa", "Africa", "アフリカ", 60},
    {"oceania", "Oceania", "オセアニア", 70},
    {"other", "Other regions", "その他の地域", 900},
    {UNASSIGNED, "Unassigned", "未割り当て", 1000},
};

/* A text that can be stored and shown: not empty, UTF-8, on one line. */
static bool is_word(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > WORD_MAX || !str_is_utf8(s, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)s[i]))
			return false;
	return true;
}

static int refuse(const char *where, const char *what, const char *value,
		  const char *hint)
{
	char *shown = str_vis(value, strlen(value), 100);

	log_error("%s: %s, not '%s'", where, what, shown);
	log_hint("%s", hint);
	free(shown);
	return -1;
}

int network_check(const struct network_sensor *n, const char *where)
{
	static const char one_line[] = "1 to 64 bytes of UTF-8 on one line";
	struct addr a;

	if (!is_word(n->id))
		return refuse(where, "the sensor needs an id", n->id, one_line);
	if (addr_parse(n->id, &a))
		return refuse(where, "a sensor's id is a name", n->id,
			      "a sensor's address is never stored");
	if (!is_word(n->label))
		return refuse(where, "the sensor needs a label", n->label,
			      "what may be published, such as 'Japan #1'");
	if (addr_parse(n->label, &a))
		return refuse(where, "the label is published", n->label,
			      "a sensor's address is never stored");
	if (!is_word(n->region) || strchr(n->region, ' ') != NULL)
		return refuse(where, "the sensor needs the id of a region",
			      n->region,
			      "japan, north-america, europe, asia, "
			      "south-america, africa, oceania, other, or one "
			      "of your own");
	if (*n->country != '\0' &&
	    (!isupper((unsigned char)n->country[0]) ||
	     !isupper((unsigned char)n->country[1]) || n->country[2] != '\0'))
		return refuse(where, "the country is a code of ISO 3166",
			      n->country, "such as JP or US");
	if ((n->region_en != NULL && !is_word(n->region_en)) ||
	    (n->region_ja != NULL && !is_word(n->region_ja)))
		return refuse(where, "a region's name is a text", "", one_line);
	return 0;
}

/* A name for a region with an id of the user's own: "south-sea" is "South
 * Sea". Caller frees. */
static char *make_name(const char *id)
{
	char *name = xalloc_string(id);
	bool first = true;

	for (char *p = name; *p != '\0'; p++) {
		if (first)
			*p = (char)toupper((unsigned char)*p);
		first = *p == '-' || *p == '_';
		if (first)
			*p = ' ';
	}
	return name;
}

/* Makes a region that is not there; one that is there gets the names that
 * were given. */
static int put_region(struct sensorstore *s, const char *id, const char *en,
		      const char *ja)
{
	char *made = make_name(id);
	const char *name_en = made, *name_ja = NULL;
	int64_t sort = 500;
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
		if (strcmp(usual[i].id, id) != 0)
			continue;
		name_en = usual[i].name_en;
		name_ja = usual[i].name_ja;
		sort = usual[i].sort;
	}
	if (en != NULL)
		name_en = en;
	if (ja != NULL || name_ja == NULL)
		name_ja = ja != NULL ? ja : name_en;
	/* Regions of the user's own come in the order of their making. */
	rc = sensorstore_run(
	    s,
	    "INSERT INTO region SELECT ?1, ?2, ?3, CASE ?4 WHEN 500 THEN "
	    "(SELECT COALESCE(MAX(sort), 499) + 1 FROM region "
	    "WHERE sort BETWEEN 500 AND 899) ELSE ?4 END "
	    "WHERE NOT EXISTS (SELECT 1 FROM region WHERE id = ?1)",
	    "sssi", id, name_en, name_ja, sort);
	if (rc == 0 && en != NULL)
		rc = sensorstore_run(
		    s, "UPDATE region SET name_en = ?2 WHERE id = ?1", "ss", id,
		    en);
	if (rc == 0 && ja != NULL)
		rc = sensorstore_run(
		    s, "UPDATE region SET name_ja = ?2 WHERE id = ?1", "ss", id,
		    ja);
	free(made);
	return rc;
}

/* Whether a question with one text has an answer: 1, 0; -1, logged. */
static int exists(struct sensorstore *s, const char *sql, const char *value)
{
	sqlite3_stmt *q = sensorstore_prepare(s, sql);
	int rc = SQLITE_ERROR;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, value, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sensorstore_complain(s);
	sqlite3_finalize(q);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

static int drop_unassigned(struct sensorstore *s)
{
	return sensorstore_exec(
	    s, "DELETE FROM region WHERE id = '" UNASSIGNED "' AND NOT EXISTS "
	       "(SELECT 1 FROM sensor WHERE region = '" UNASSIGNED "')");
}

/* Two sensors with one label could not be told apart in an article. */
static int check_label(struct sensorstore *s, const struct network_sensor *n)
{
	sqlite3_stmt *q = sensorstore_prepare(
	    s, "SELECT id FROM sensor WHERE label = ? AND id <> ?");
	int rc = -1, got;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, n->label, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, n->id, -1, SQLITE_STATIC);
	got = sqlite3_step(q);
	if (got == SQLITE_DONE) {
		rc = 0;
	} else if (got == SQLITE_ROW) {
		log_error("the label '%s' is that of the sensor '%s' already",
			  n->label, (const char *)sqlite3_column_text(q, 0));
		log_hint("give each sensor a label of its own");
	} else {
		sensorstore_complain(s);
	}
	sqlite3_finalize(q);
	return rc;
}

int network_put(struct sensorstore *s, const struct network_sensor *n,
		bool *changed)
{
	int there = exists(s, "SELECT 1 FROM sensor WHERE id = ?", n->id);

	if (there < 0 || check_label(s, n) < 0)
		return -1;
	*changed = there == 1;
	if (put_region(s, n->region, n->region_en, n->region_ja) < 0 ||
	    sensorstore_run(s,
			    "INSERT INTO sensor VALUES (?1, ?2, ?3, ?4) "
			    "ON CONFLICT DO UPDATE SET label = ?2, "
			    "region = ?3, country = ?4",
			    "ssss", n->id, n->label, n->region,
			    n->country) < 0 ||
	    sensorstore_run(s, "DELETE FROM import_sensor WHERE sensor = ?",
			    "s", n->id) < 0)
		return -1;
	return drop_unassigned(s);
}

int network_add_unknown(struct sensorstore *s, const char *id)
{
	int there = exists(s, "SELECT 1 FROM sensor WHERE id = ?", id);

	if (there != 0)
		return there < 0 ? -1 : 0;
	if (put_region(s, UNASSIGNED, NULL, NULL) < 0 ||
	    sensorstore_run(
		s,
		/* The first number above all that are in use. */
		"INSERT INTO sensor SELECT ?1, 'Sensor #' || (1 + MAX("
		"(SELECT COUNT(*) FROM sensor), "
		"(SELECT COALESCE(MAX(CAST(substr(label, 9) AS INTEGER)), 0) "
		"FROM sensor WHERE label GLOB 'Sensor #[0-9]*'))), "
		"'" UNASSIGNED "', ''",
		"s", id) < 0 ||
	    sensorstore_run(s, "INSERT INTO import_sensor VALUES (?)", "s",
			    id) < 0)
		return -1;
	return 1;
}

int network_drop_unused(struct sensorstore *s)
{
	if (sensorstore_exec(s,
			     "DELETE FROM sensor WHERE id IN "
			     "(SELECT sensor FROM import_sensor "
			     "EXCEPT SELECT sensor FROM traffic "
			     "EXCEPT SELECT sensor FROM sensor_uptime);"
			     "DELETE FROM import_sensor "
			     "WHERE sensor NOT IN (SELECT id FROM sensor)") < 0)
		return -1;
	return drop_unassigned(s);
}

static int check_sensor(struct sensorstore *s, const char *sensor)
{
	int known = exists(s, "SELECT 1 FROM sensor WHERE id = ?", sensor);
	char *shown;

	if (known != 0)
		return known < 0 ? -1 : 0;
	shown = str_vis(sensor, strlen(sensor), 100);
	log_error("there is no sensor '%s'", shown);
	log_hint("'martlet sensors' lists them, 'martlet sensors add' adds "
		 "one");
	free(shown);
	return -1;
}

static int refuse_overlap(sqlite3_stmt *q, const char *sensor)
{
	char since[CIVIL_TIME_TEXT], until[CIVIL_TIME_TEXT];

	log_error("'%s' is recorded as up from %s until %s already", sensor,
		  civil_format_time(sqlite3_column_int64(q, 0), since),
		  civil_format_time(sqlite3_column_int64(q, 1), until));
	log_hint("remove that record first: martlet sensors uptime --remove "
		 "%s %s %s",
		 sensor, since, until);
	return -1;
}

int network_add_uptime(struct sensorstore *s, const char *sensor, int64_t since,
		       int64_t until)
{
	sqlite3_stmt *q;
	int rc = check_sensor(s, sensor), got;

	if (rc < 0)
		return -1;
	q = sensorstore_prepare(
	    s, "SELECT up_since, up_until FROM sensor_uptime "
	       "WHERE sensor = ? AND up_since < ? AND up_until > ? LIMIT 1");
	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, sensor, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, until);
	sqlite3_bind_int64(q, 3, since);
	got = sqlite3_step(q);
	if (got == SQLITE_ROW)
		rc = refuse_overlap(q, sensor);
	else if (got != SQLITE_DONE)
		rc = sensorstore_complain(s);
	sqlite3_finalize(q);
	if (rc == 0)
		rc = sensorstore_run(
		    s, "INSERT INTO sensor_uptime VALUES (?, ?, ?, 0)", "sii",
		    sensor, since, until);
	return rc;
}

int network_remove_uptime(struct sensorstore *s, const char *sensor,
			  int64_t since, int64_t until)
{
	if (check_sensor(s, sensor) < 0 ||
	    sensorstore_run(s,
			    "DELETE FROM sensor_uptime WHERE sensor = ? "
			    "AND up_since = ? AND up_until = ?",
			    "sii", sensor, since, until) < 0)
		return -1;
	if (sqlite3_changes(s->sqlite) > 0)
		return 0;
	log_error("there is no record that '%s' was up then", sensor);
	log_hint("'martlet sensors uptime' lists the records");
	return -1;
}
