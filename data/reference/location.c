#include <errno.h>
#include <netinet/in.h>
#include <libloc/libloc.h>
#include <libloc/database.h>
#include <libloc/network.h>
#include <libloc/as.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "location.h"

#define CACHE_SLOTS 32768u /* power of two; about 4 MB, when used */
#define DAY_SECONDS 86400

struct slot {
	struct addr address; /* family 0: empty */
	struct location_origin origin;
};

struct location {
	FILE *file;
	struct loc_ctx *ctx;
	struct loc_database *db;
	char *name;
	int32_t day;
	struct slot *cache;
};

/* Debian's package and libloc's own updater. */
static const char *const system_paths[] = {
    "/var/lib/location/database.db",
    "/usr/share/libloc-location/location.db",
};

static const char *find_system(void)
{
	for (size_t i = 0; i < ARRAY_LEN(system_paths); i++)
		if (access(system_paths[i], R_OK) == 0)
			return system_paths[i];
	return NULL;
}

static int open_database(struct location *l, const char *path)
{
	l->file = fopen(path, "re");
	if (l->file == NULL) {
		log_error("cannot open the location database '%s': %s", path,
			  strerror(errno));
		log_hint("reference.location names the file; leave it empty "
			 "for that of 'apt install libloc-database'");
		return -1;
	}
	/* libloc reports on its own to standard error unless told not to. */
	if (loc_new(&l->ctx) == 0) {
		loc_set_log_priority(l->ctx, 0);
		if (loc_database_new(l->ctx, &l->db, l->file) == 0)
			return 0;
	}
	log_error("'%s' is not a location database of libloc", path);
	log_hint("reference.location names the file; leave it empty for that "
		 "of 'apt install libloc-database'");
	return -1;
}

struct location *location_open(const char *path)
{
	bool own = path != NULL && *path != '\0';
	struct location *l;
	const char *slash;

	if (!own && (path = find_system()) == NULL) {
		log_error("there is no location database on this machine");
		log_hint("'apt install libloc-database', or name a file in "
			 "reference.location");
		return NULL;
	}
	l = xalloc_zero(1, sizeof(*l));
	if (open_database(l, path) < 0) {
		location_free(l);
		return NULL;
	}
	slash = strrchr(path, '/');
	l->name = xalloc_string(!own    ? "libloc-database"
				: slash ? slash + 1
					: path);
	l->day = (int32_t)(loc_database_created_at(l->db) / DAY_SECONDS);
	l->cache = xalloc_zero(CACHE_SLOTS, sizeof(*l->cache));
	return l;
}

void location_free(struct location *l)
{
	if (l == NULL)
		return;
	if (l->db != NULL)
		loc_database_unref(l->db);
	if (l->ctx != NULL)
		loc_unref(l->ctx);
	if (l->file != NULL)
		fclose(l->file);
	free(l->name);
	free(l->cache);
	free(l);
}

static void find_as_name(struct location *l, struct location_origin *out)
{
	struct loc_as *as = NULL;
	const char *name;
	size_t len;

	if (out->asn == 0 || loc_database_get_as(l->db, &as, out->asn) != 0 ||
	    as == NULL)
		return;
	name = loc_as_get_name(as);
	len = name != NULL ? strlen(name) : 0;
	/* A long name is cut where a character begins. */
	if (len >= sizeof(out->as_name)) {
		len = sizeof(out->as_name) - 1;
		while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
			len--;
	}
	if (len > 0 && str_is_utf8(name, len))
		memcpy(out->as_name, name, len);
	loc_as_unref(as);
}

static void ask(struct location *l, const struct addr *a,
		struct location_origin *out)
{
	struct loc_network *network = NULL;
	struct in6_addr in6 = IN6ADDR_ANY_INIT;
	const char *country;

	if (a->family == 4) {
		in6.s6_addr[10] = in6.s6_addr[11] = 0xff;
		memcpy(in6.s6_addr + 12, a->bytes, 4);
	} else {
		memcpy(in6.s6_addr, a->bytes, 16);
	}
	if (loc_database_lookup(l->db, &in6, &network) != 0 || network == NULL)
		return;
	country = loc_network_get_country_code(network);
	if (country != NULL && strlen(country) == 2)
		memcpy(out->country, country, 2);
	out->asn = loc_network_get_asn(network);
	loc_network_unref(network);
	find_as_name(l, out);
}

void location_find(struct location *l, const struct addr *a,
		   struct location_origin *out)
{
	struct slot *s = &l->cache[addr_hash(a) % CACHE_SLOTS];

	if (s->address.family == 0 || addr_compare(&s->address, a) != 0) {
		*s = (struct slot){.address = *a};
		ask(l, a, &s->origin);
	}
	*out = s->origin;
}

const char *location_database(const struct location *l)
{
	return l->name;
}

int32_t location_day(const struct location *l)
{
	return l->day;
}
