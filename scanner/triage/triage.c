#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "log.h"
#include "scannerlists.h"
#include "str.h"
#include "xalloc.h"
#include "triage.h"

#define DAY_SECONDS 86400
#define FORGED_DAYS 2 /* a forger would have to come back on another day */

struct triage {
	struct scope *scope;
	struct prefixes *scanners;
	char (*countries)[3];
	size_t country_count, country_cap;
	int64_t min_packets, min_sensors, max_age; /* max_age: seconds */
	bool stale;
};

static int add_country(struct triage *t, const char *text, const char *where)
{
	void *countries = t->countries;

	if (strlen(text) != 2 || !isalpha((unsigned char)text[0]) ||
	    !isalpha((unsigned char)text[1])) {
		log_error("%s: '%s' is not a country", where, text);
		log_hint("write ISO 3166-1 codes of two letters, such as JP");
		return -1;
	}
	xalloc_room(&countries, &t->country_cap, t->country_count,
		    sizeof(*t->countries));
	t->countries = countries;
	t->countries[t->country_count][0] = (char)toupper(text[0]);
	t->countries[t->country_count][1] = (char)toupper(text[1]);
	t->countries[t->country_count++][2] = '\0';
	return 0;
}

static int read_countries(struct triage *t, const struct config *config)
{
	char word[32];
	int rc = 0;

	for (int i = 0; rc == 0 && config_list(config, "scope.countries", i,
					       word, sizeof(word));
	     i++)
		rc = add_country(t, word, "scope.countries");
	return rc;
}

/* The region called domestic; caller frees. NULL, logged, when the database
 * cannot be read. */
static char *find_home(const struct config *config, struct sensordb *db)
{
	const char *named = config_text(config, "report.home");
	struct sensordb_rows *rows;
	char *home = NULL;
	int got;

	if (*named != '\0')
		return xalloc_string(named);
	rows = sensordb_ask(
	    db, "SELECT id FROM region ORDER BY sort, id COLLATE BINARY", NULL,
	    0);
	if (rows == NULL)
		return NULL;
	got = sensordb_next(rows);
	if (got >= 0)
		home = xalloc_string(got > 0 ? sensordb_text(rows, 0) : "");
	sensordb_rows_free(rows);
	return home;
}

static int load_home_countries(struct triage *t, const struct config *config,
			       struct sensordb *db)
{
	char *home = find_home(config, db);
	struct sensordb_value value = {SENSORDB_TEXT, 0, home};
	struct sensordb_rows *rows = NULL;
	int rc = 0, got = -1;

	if (home != NULL)
		rows = sensordb_ask(db,
				    "SELECT DISTINCT country FROM sensor "
				    "WHERE region = ? AND country <> ''",
				    &value, 1);
	while (rc == 0 && rows != NULL && (got = sensordb_next(rows)) > 0)
		rc = add_country(t, sensordb_text(rows, 0),
				 "country of a sensor");
	sensordb_rows_free(rows);
	free(home);
	return rc < 0 || got < 0 ? -1 : 0;
}

static int load_countries(struct triage *t, const struct config *config,
			  struct sensordb *db)
{
	if (read_countries(t, config) < 0)
		return -1;
	if (t->country_count == 0 && load_home_countries(t, config, db) < 0)
		return -1;
	if (t->country_count == 0) {
		log_warning("no country is in scope: the home region has no "
			    "sensor with a country");
		log_hint("set scope.countries, or give the sensors their "
			 "country");
	}
	return 0;
}

struct triage *triage_new(const struct workspace *ws, struct sensordb *db,
			  struct scope *scope, bool stale)
{
	const struct config *c = ws->config;
	struct triage *t = xalloc_zero(1, sizeof(*t));

	t->scope = scope;
	t->stale = stale;
	t->min_packets = config_int(c, "triage.min_packets");
	t->min_sensors = config_int(c, "triage.min_sensors");
	t->max_age = config_int(c, "triage.max_age_days") * DAY_SECONDS;
	t->scanners = scannerlists_load(ws);
	if (t->scanners == NULL || load_countries(t, c, db) < 0) {
		triage_free(t);
		return NULL;
	}
	return t;
}

void triage_free(struct triage *t)
{
	if (t == NULL)
		return;
	prefixes_free(t->scanners);
	free(t->countries);
	free(t);
}

static bool in_scope(const struct triage *t, const char *country)
{
	for (size_t i = 0; i < t->country_count; i++)
		if (str_equal_nocase(t->countries[i], country))
			return true;
	return false;
}

/* Whether its packets say that this address sent them and scans. */
static enum refusal judge_packets(const struct triage *t,
				  const struct source *s)
{
	if (s->packets > 0 && s->backscatter == s->packets)
		return REFUSAL_BACKSCATTER_ONLY;
	if (s->tcp == 0)
		return REFUSAL_NO_TCP;
	if (s->tcp < t->min_packets)
		return REFUSAL_TOO_FEW_PACKETS;
	if (s->tcp_sensors < t->min_sensors && s->tcp_days < FORGED_DAYS)
		return REFUSAL_ONE_SENSOR_ONE_DAY;
	return REFUSAL_TARGET;
}

enum refusal triage_judge(const struct triage *t, const struct source *s)
{
	enum refusal gate = scope_judge(t->scope, &s->address);
	enum refusal packets;

	if (gate == REFUSAL_SPECIAL_PURPOSE || gate == REFUSAL_OPT_OUT)
		return gate;
	packets = judge_packets(t, s);
	if (packets != REFUSAL_TARGET)
		return packets;
	if (prefixes_find(t->scanners, &s->address) != NULL)
		return REFUSAL_RESEARCH_SCANNER;
	if (s->origin.country[0] == '\0')
		return REFUSAL_COUNTRY_UNKNOWN;
	if (!in_scope(t, s->origin.country))
		return REFUSAL_COUNTRY_OUT_OF_SCOPE;
	if (!t->stale && civil_now() - s->tcp_last_seen > t->max_age)
		return REFUSAL_TOO_OLD;
	return gate;
}
