#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "sightings.h"

static struct sensordb_rows *ask(struct sensordb *db, const char *sql,
				 const char *address)
{
	struct sensordb_value value = {SENSORDB_TEXT, 0, address};

	return sensordb_ask(db, sql, &value, 1);
}

static void add(struct sightings *s, struct sensordb_rows *rows)
{
	int signature = signature_from(sensordb_text(rows, 2));
	void *list = s->list;
	struct sighting g = {
	    .protocol = (int)sensordb_int(rows, 0),
	    .port = (uint16_t)sensordb_int(rows, 1),
	    .signature =
		signature < 0 ? SIGNATURE_NONE : (enum signature)signature,
	    .packets = sensordb_int(rows, 3),
	    .sensors = (int)sensordb_int(rows, 4),
	    .days = (int)sensordb_int(rows, 5),
	    .first_seen = sensordb_int(rows, 6),
	    .last_seen = sensordb_int(rows, 7),
	};

	xalloc_room(&list, &s->cap, s->count, sizeof(g));
	s->list = list;
	s->list[s->count++] = g;
	s->packets += g.packets;
	if (s->first_seen == 0 || g.first_seen < s->first_seen)
		s->first_seen = g.first_seen;
	if (g.last_seen > s->last_seen)
		s->last_seen = g.last_seen;
}

static int load_traffic(struct sensordb *db, const char *address,
			struct sightings *s)
{
	struct sensordb_rows *rows =
	    ask(db,
		"SELECT protocol, port, signature, SUM(packets) AS total, "
		"COUNT(DISTINCT sensor), COUNT(DISTINCT day), "
		"MIN(first_seen), MAX(last_seen) FROM traffic "
		"WHERE source = ? GROUP BY protocol, port, signature "
		"ORDER BY total DESC, port, protocol, "
		"signature COLLATE BINARY",
		address);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add(s, rows);
	sensordb_rows_free(rows);
	return got;
}

static int load_sensors(struct sensordb *db, const char *address,
			struct sightings *s)
{
	struct sensordb_rows *rows =
	    ask(db,
		"SELECT s.id, s.label, t.total FROM sensor s JOIN "
		"(SELECT sensor, SUM(packets) AS total FROM traffic "
		"WHERE source = ? GROUP BY sensor) t ON t.sensor = s.id "
		"ORDER BY t.total DESC, s.id COLLATE BINARY",
		address);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		void *sensors = s->sensors;

		xalloc_room(&sensors, &s->sensor_cap, s->sensor_count,
			    sizeof(*s->sensors));
		s->sensors = sensors;
		s->sensors[s->sensor_count++] = (struct sighting_sensor){
		    xalloc_string(sensordb_text(rows, 0)),
		    xalloc_string(sensordb_text(rows, 1)),
		    sensordb_int(rows, 2)};
	}
	sensordb_rows_free(rows);
	return got;
}

static int load_origin(struct sensordb *db, const char *address,
		       struct sightings *s)
{
	int has = sensordb_has(db, "source_origin"), got = -1;
	struct sensordb_rows *rows;

	if (has <= 0)
		return has;
	rows = ask(db,
		   "SELECT country, asn, as_name FROM source_origin "
		   "WHERE source = ? ORDER BY valid_from",
		   address);
	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		s->origin = (struct location_origin){
		    .asn = (uint32_t)sensordb_int(rows, 1)};
		snprintf(s->origin.country, sizeof(s->origin.country), "%.2s",
			 sensordb_text(rows, 0));
		snprintf(s->origin.as_name, sizeof(s->origin.as_name), "%s",
			 sensordb_text(rows, 2));
	}
	sensordb_rows_free(rows);
	return got;
}

int sightings_load(struct sensordb *db, const struct addr *a,
		   struct sightings *out)
{
	char address[ADDR_TEXT_MAX];

	*out = (struct sightings){0};
	addr_format(a, address);
	if (load_traffic(db, address, out) < 0 ||
	    load_sensors(db, address, out) < 0 ||
	    load_origin(db, address, out) < 0) {
		sightings_release(out);
		return -1;
	}
	return 0;
}

void sightings_release(struct sightings *s)
{
	for (size_t i = 0; i < s->sensor_count; i++) {
		free(s->sensors[i].id);
		free(s->sensors[i].label);
	}
	free(s->sensors);
	free(s->list);
	*s = (struct sightings){0};
}
