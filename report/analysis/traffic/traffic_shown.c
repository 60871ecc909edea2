/*
 * Which sensors Table 1 shows.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "xalloc.h"
#include "traffic_internal.h"

#define SHOWN_PER_REGION 2

/* Whether sensor a comes before b when a region has too many. */
static bool ran_more(const struct traffic *t, size_t a, size_t b)
{
	const struct traffic_amount *x = &t->whole.sensors[a];
	const struct traffic_amount *y = &t->whole.sensors[b];

	if (x->sensor_days != y->sensor_days)
		return x->sensor_days > y->sensor_days;
	if (x->packets != y->packets)
		return x->packets > y->packets;
	return a < b;
}

/* How many sensors of its region that received something come before. */
static int place(const struct traffic *t, size_t sensor)
{
	int before = 0;

	for (size_t i = 0; i < t->sensor_count; i++)
		if (i != sensor && t->whole.sensors[i].packets > 0 &&
		    t->sensors[i].region == t->sensors[sensor].region &&
		    ran_more(t, i, sensor))
			before++;
	return before;
}

static void show_auto(struct traffic *t)
{
	for (size_t i = 0; i < t->sensor_count; i++)
		if (t->whole.sensors[i].packets > 0 &&
		    place(t, i) < SHOWN_PER_REGION)
			t->shown[t->shown_count++] = i;
}

static size_t find_named(const struct traffic *t, const char *name)
{
	for (size_t i = 0; i < t->sensor_count; i++)
		if (strcmp(t->sensors[i].id, name) == 0 ||
		    strcmp(t->sensors[i].label, name) == 0)
			return i;
	return t->sensor_count;
}

static bool is_shown(const struct traffic *t, size_t sensor)
{
	for (size_t i = 0; i < t->shown_count; i++)
		if (t->shown[i] == sensor)
			return true;
	return false;
}

int traffic_shown_choose(struct traffic *t, const struct config *config)
{
	char name[256];

	t->shown = xalloc_zero(t->sensor_count + 1, sizeof(*t->shown));
	if (strcmp(config_text(config, "report.sensors"), "auto") == 0) {
		show_auto(t);
		return 0;
	}
	for (int i = 0;
	     config_list(config, "report.sensors", i, name, sizeof(name));
	     i++) {
		size_t at = find_named(t, name);

		if (at == t->sensor_count) {
			log_error("report.sensors: the sensor database has no "
				  "sensor '%s'",
				  name);
			log_hint("'martlet sensors list' shows them; write "
				 "ids or labels separated by commas, or auto");
			return -1;
		}
		if (!is_shown(t, at))
			t->shown[t->shown_count++] = at;
	}
	return 0;
}
