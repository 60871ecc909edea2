#include <stdint.h>
#include <stdlib.h>

#include "civil.h"
#include "log.h"
#include "who.h"

#define DAY_S 86400
#define AHEAD_MAX_DAYS 366

static int check_expiry(const char *expires)
{
	int32_t day, today = (int32_t)(civil_now() / DAY_S);

	if (!civil_parse_day(expires, &day)) {
		log_error("who.expires is a date such as 2026-12-31, not '%s'",
			  expires);
		return -1;
	}
	if (day < today) {
		log_error("who.expires is past: %s", expires);
		log_hint("check that who.organisation, who.url and who.contact "
			 "are still right, then set a later date");
		return -1;
	}
	if (day > today + AHEAD_MAX_DAYS) {
		log_error("who.expires is more than a year ahead: %s", expires);
		log_hint("set a date by which somebody will have checked the "
			 "contact again");
		return -1;
	}
	return 0;
}

int who_check(const struct config *config, const char *what)
{
	static const char *const needed[] = {"who.organisation", "who.url",
					     "who.contact", "who.expires"};

	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		if (*config_text(config, needed[i]) != '\0')
			continue;
		log_error("%s needs %s: those who are probed must be able "
			  "to see who asks",
			  what, needed[i]);
		log_hint("set it in martlet.conf");
		return -1;
	}
	return check_expiry(config_text(config, "who.expires"));
}

bool who_has_expired(const struct config *config)
{
	int32_t day;

	return !civil_parse_day(config_text(config, "who.expires"), &day) ||
	       day < (int32_t)(civil_now() / DAY_S);
}

int who_check_clock(const struct config *config, const char *what)
{
	const char *now = getenv("MARTLET_NOW");

	if (now == NULL || *now == '\0' ||
	    *config_text(config, "scope.laboratory") != '\0')
		return 0;
	log_error("MARTLET_NOW is set: %s needs the real time, save in a "
		  "laboratory",
		  what);
	return -1;
}
