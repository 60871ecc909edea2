#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "claims.h"

/* Claims of one service that are kept. */
#define CLAIMS_MAX 16

/* Letters of a vendor's name that are compared. */
#define NAME_MAX_LENGTH 40

/* Companies with several names, as fold writes them. */
static const char *const same[][4] = {
    {"hp", "hewlettpackard", "aruba"},
    {"cisco", "linksys", "meraki"},
    {"alliedtelesis", "alliedtelesyn"},
    {"panasonic", "ipro"},
    {"hanwha", "samsung"},
    {"tplink", "omada"},
};

/* Small letters and digits only. */
static void fold(const char *name, char out[NAME_MAX_LENGTH])
{
	size_t n = 0;

	for (; *name != '\0' && n + 1 < NAME_MAX_LENGTH; name++)
		if (isalnum((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
	out[n] = '\0';
}

/* "ubiquitinetworks" starts with "ubiquiti". */
static bool is_start(const char *a, const char *b)
{
	return *a != '\0' && *b != '\0' &&
	       (str_starts(a, b) || str_starts(b, a));
}

static bool is_name_in(const char *name, const char *const list[4])
{
	for (size_t i = 0; i < 4 && list[i] != NULL; i++)
		if (str_starts(name, list[i]))
			return true;
	return false;
}

bool claims_same_vendor(const char *a, const char *b)
{
	char x[NAME_MAX_LENGTH], y[NAME_MAX_LENGTH];

	if (a == NULL || b == NULL)
		return false;
	fold(a, x);
	fold(b, y);
	if (*x == '\0' || *y == '\0')
		return str_equal_nocase(a, b);
	if (is_start(x, y))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (is_name_in(x, same[i]) && is_name_in(y, same[i]))
			return true;
	return false;
}

/* A server's software says nothing of the box. */
static bool names_device(const struct identity *id)
{
	return id->vendor != NULL && id->device_type != NULL &&
	       strcmp(id->device_type, "server") != 0;
}

static void set(struct claim *c, const struct identity *id, const char *key)
{
	claim_release(c);
	*c = (struct claim){
	    .vendor = xalloc_string(id->vendor),
	    .product = xalloc_string(id->product),
	    .device_type = xalloc_string(id->device_type),
	    .fingerprint = xalloc_string(id->fingerprint),
	    .key = xalloc_string(key),
	    .certainty = id->certainty,
	};
}

void claims_add(struct identity *id, const struct identity *other,
		const char *key)
{
	if (!names_device(id) || !names_device(other) ||
	    other->certainty < id->certainty / 2 ||
	    claims_same_vendor(id->vendor, other->vendor))
		return;
	for (size_t i = 0; i < id->claim_count; i++) {
		struct claim *c = &id->claims[i];

		if (!claims_same_vendor(c->vendor, other->vendor))
			continue;
		if (c->certainty < other->certainty)
			set(c, other, key);
		return;
	}
	if (id->claim_count == CLAIMS_MAX)
		return;
	if (id->claims == NULL)
		id->claims = xalloc_zero(CLAIMS_MAX + 1, sizeof(*id->claims));
	set(&id->claims[id->claim_count++], other, key);
}

void claims_settle(struct identity *id, const char *key)
{
	struct identity none = {0};

	if (id->claim_count == 1)
		id->certainty *= 1 - id->claims[0].certainty / 2;
	if (id->claim_count < 2)
		return;
	memmove(id->claims + 1, id->claims,
		id->claim_count * sizeof(*id->claims));
	id->claims[0] = (struct claim){0};
	set(&id->claims[0], id, key);
	none.claims = id->claims;
	none.claim_count = id->claim_count + 1;
	id->claims = NULL;
	id->claim_count = 0;
	identity_release(id);
	*id = none;
}
