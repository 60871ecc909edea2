#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "scope.h"
#include "str.h"
#include "who.h"
#include "watch_reload.h"

int watch_tools_open(struct watch_tools *t, const struct workspace *ws)
{
	t->scope = scope_open(ws);
	if (t->scope == NULL)
		return -1;
	t->location =
	    location_open(config_text(ws->config, "reference.location"));
	if (t->location == NULL)
		return -1;
	t->fingerprints = fingerprints_load(ws);
	return t->fingerprints != NULL ? 0 : -1;
}

void watch_tools_release(struct watch_tools *t)
{
	fingerprints_free(t->fingerprints);
	location_free(t->location);
	scope_free(t->scope);
	*t = (struct watch_tools){0};
}

int watch_check(struct workspace *ws, const struct ports *ports,
		unsigned shards)
{
	uint16_t *list = NULL;
	size_t count;

	if (who_check_clock(ws->config, "watch") < 0 ||
	    who_check(ws->config, "watch") < 0 ||
	    ports_select(ports, config_text(ws->config, "scope.ports"), &list,
			 &count) < 0)
		return -1;
	free(list);
	return shards > 0 ? plan_divide_rates(ws->config, shards) : 0;
}

static bool has_changed(const struct config *old, const struct config *new,
			const char *key)
{
	return strcmp(config_text(old, key), config_text(new, key)) != 0;
}

static bool is_file(const struct config *config)
{
	return str_starts(config_text(config, "sensors.database"), "sqlite:");
}

/* The sandbox is for good: files outside of the workspace are those that were
 * named at the start. */
static int check_written(const struct config *old, const struct config *new)
{
	static const char *const keys[] = {"sensors.database",
					   "watch.metrics_file"};

	if (has_changed(old, new, "scan.sandbox"))
		log_warning("scan.sandbox counts from the next start on");
	if (strcmp(config_text(old, "scan.sandbox"), "no") == 0)
		return 0;
	if (is_file(old) && !is_file(new)) {
		log_error("sensors.database: the running service may not "
			  "connect to a server, which was not named when it "
			  "started");
		log_hint("restart it");
		return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *path = config_text(new, keys[i]);

		path += str_starts(path, "sqlite:") ? strlen("sqlite:") : 0;
		if (*path != '/' || !has_changed(old, new, keys[i]))
			continue;
		log_error("%s: the running service may not open '%s', which "
			  "was not named when it started",
			  keys[i], path);
		log_hint("restart it, or name a file of the workspace");
		return -1;
	}
	return 0;
}

static void hint_restart(const struct config *old, const struct config *new)
{
	static const char *const keys[] = {
	    "reference.location", "scope.opt_out", "fingerprints.paths"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (has_changed(old, new, keys[i]))
			log_hint("%s changed: what was not named when the "
				 "service started it may not open; restart it",
				 keys[i]);
}

int watch_reload(const struct watch_parts *parts, struct watch_tools *out)
{
	struct workspace *fresh = workspace_open(parts->with);
	struct config *old = parts->ws->config;
	struct watch_tools tools = {0};
	int rc = -1;

	if (fresh == NULL)
		return -1;
	if (watch_check(fresh, parts->ports, parts->shards) == 0 &&
	    check_written(old, fresh->config) == 0) {
		rc = watch_tools_open(&tools, fresh);
		if (rc < 0)
			hint_restart(old, fresh->config);
	}
	if (rc == 0) {
		parts->ws->config = fresh->config;
		fresh->config = old;
		*out = tools;
	} else {
		watch_tools_release(&tools);
	}
	workspace_free(fresh);
	return rc;
}
