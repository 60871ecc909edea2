#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "claims.h"
#include "evidence.h"
#include "naming.h"

/* What Recog gives a match that does not say. */
#define CERTAINTY_USUAL 0.85

/* Recog's words for devices, and ours. The first one that is part of the
 * word decides, so longer ones come first. "" is too vague to tell. */
static const struct device_word {
	const char *word;
	const char *type;
} words[] = {
    {"VoIP Router", "voip-router"},
    {"SDN Controller", "sdn-controller"},
    {"SD-WAN", "router"},
    {"Wireless Controller", "network-controller"},
    {"Network Management", "network-controller"},
    {"Network Controller", "network-controller"},
    {"DVR", "recorder"},
    {"NVR", "recorder"},
    {"Video Recorder", "recorder"},
    {"Camera", "camera"},
    {"Web Cam", "camera"},
    {"Device Server", "iot"},
    {"Device Hub", "iot"},
    {"Print", "printer"},
    {"Multifunction", "printer"},
    {"Scanner", "printer"},
    {"Copier", "printer"},
    {"SIP", "voip"},
    {"VoIP", "voip"},
    {"Voice", "voip"},
    {"Video Conferencing", "voip"},
    {"Fax", "voip"},
    {"Telecom", "voip"},
    {"Modem", "modem"},
    {"DSLAM", "modem"},
    {"DSL Unit", "modem"},
    {"DSU/CSU", "modem"},
    {"Router", "router"},
    {"Firewall", "firewall"},
    {"Security Appliance", "firewall"},
    {"IPS", "firewall"},
    {"IDS", "firewall"},
    {"VPN", "vpn-gateway"},
    {"Remote Access Server", "vpn-gateway"},
    {"Lights Out", "management"},
    {"Management Processor", "management"},
    {"Onboard Administrator", "management"},
    {"KVM", "management"},
    {"WAP", "access-point"},
    {"WLAN", "access-point"},
    {"Access Point", "access-point"},
    {"Switch", "switch"},
    {"Hub", "switch"},
    {"NAS", "nas"},
    {"Storage", "nas"},
    {"Tape Library", "nas"},
    {"PLC", "industrial"},
    {"HMI", "industrial"},
    {"Industrial", "industrial"},
    {"Building Automation", "industrial"},
    {"Relay", "industrial"},
    {"Environment", "industrial"},
    {"Media", "media"},
    {"TV", "media"},
    {"Audio", "media"},
    {"Video", "media"},
    {"Set-top", "media"},
    {"Hypervisor", "server"},
    {"Server", "server"},
    {"Mainframe", "server"},
    {"Desktop", "server"},
    {"Laptop", "server"},
    {"Web Proxy", "server"},
    {"Load Balancer", "server"},
    {"General", NULL},
    {"Appliance", NULL},
};

const char *naming_device_type(const char *word)
{
	int own;

	if (word == NULL || *word == '\0' || strcmp(word, "Device") == 0 ||
	    strcmp(word, "Network") == 0)
		return NULL;
	own = device_type_from(word);
	if (own >= 0)
		return device_type_text((enum device_type)own);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasestr(word, words[i].word) != NULL)
			return words[i].type;
	return "iot";
}

/* Layers of what a match can name, the most specific first. */
static const char *const layers[] = {"hw", "os", "service"};
#define LAYERS ARRAY_LEN(layers)

/* Matches of one page that are looked at. */
#define PAGE_MATCHES 8

/* What one match says. */
struct candidate {
	const char *key;
	int rank;
	struct identity identity;
};

struct candidates {
	struct candidate *list;
	size_t count, cap;
};

/* Bytes of names such as "hw.product"; both parts are our own words. */
#define NAME_MAX_BYTES 32

static const char *join(char out[NAME_MAX_BYTES], const char *layer,
			const char *field)
{
	size_t n = strlen(layer), m = strlen(field);

	assert(n + m + 2 <= NAME_MAX_BYTES);
	memcpy(out, layer, n);
	out[n] = '.';
	memcpy(out + n + 1, field, m + 1);
	return out;
}

static const char *value(const struct recog_result *r, const char *layer,
			 const char *field)
{
	char name[NAME_MAX_BYTES];
	const char *text = recog_result_value(r, join(name, layer, field));

	return text != NULL && *text != '\0' ? text : NULL;
}

static double certainty(const struct recog_result *r, const char *layer)
{
	const char *text = value(r, layer, "certainty");
	double c = text != NULL ? strtod(text, NULL) : CERTAINTY_USUAL;

	return c >= 0 && c <= 1 ? c : 0;
}

/* The type that a match gives, of the first layer that is sure of one. */
static const char *type_of(const struct recog_result *r)
{
	for (size_t i = 0; i < LAYERS; i++) {
		const char *type =
		    naming_device_type(value(r, layers[i], "device"));

		if (type != NULL && certainty(r, layers[i]) > 0)
			return type;
	}
	return NULL;
}

/* Software is named by its service before the system under it. */
static const char *layer_of(const struct recog_result *r, bool device)
{
	static const char *const software[] = {"service", "os", "hw"};

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < LAYERS; i++) {
			const char *layer = device ? layers[i] : software[i];
			const char *text =
			    value(r, layer, pass == 0 ? "product" : "vendor");

			if (text != NULL && certainty(r, layer) > 0)
				return layer;
		}
	}
	return NULL;
}

/* A peer's words inside a result: one line of valid UTF-8. */
static char *clean(const char *text)
{
	struct buf out;

	if (text == NULL)
		return NULL;
	buf_init(&out, LIMIT_SUBJECT);
	str_add_utf8(&out, text, strlen(text));
	for (size_t i = 0; i < out.len; i++)
		if ((unsigned char)out.data[i] < ' ')
			out.data[i] = ' ';
	return buf_detach(&out);
}

/* Yamaha's "NVR" are routers with voice ports (NVR500, NVR510, NVR700W). */
static const char *check_yamaha(const struct identity *id, const char *type)
{
	if (id->vendor == NULL || strcasestr(id->vendor, "Yamaha") == NULL)
		return type;
	if (id->product != NULL && strncasecmp(id->product, "NVR", 3) == 0)
		return "voip-router";
	return type != NULL && strcmp(type, "recorder") == 0 ? "voip-router"
							     : type;
}

static char *cpe_of(const struct recog_result *r, const char *layer)
{
	char name[NAME_MAX_BYTES];

	return recog_result_cpe(r, join(name, layer, "cpe23"));
}

static const char *vendor_of(const struct recog_result *r, const char *layer)
{
	const char *vendor = value(r, layer, "vendor");

	for (size_t i = 0; vendor == NULL && i < LAYERS; i++)
		vendor = value(r, layers[i], "vendor");
	return vendor;
}

/* Fills one reading; false when the match asserts nothing. */
static bool read_match(const struct recog_result *r, struct identity *id)
{
	const char *type = type_of(r), *layer = layer_of(r, type != NULL);
	const char *version;
	char *cpe;

	if (layer == NULL && type == NULL)
		return false;
	if (layer == NULL)
		layer = "hw";
	version = value(r, layer, "version");
	cpe = cpe_of(r, layer);
	/* A device has the version of its system. */
	if (strcmp(layer, "hw") == 0 && version == NULL)
		version = value(r, "os", "version");
	id->vendor = clean(vendor_of(r, layer));
	id->product = clean(value(r, layer, "product"));
	id->version = clean(version);
	id->cpe = clean(cpe);
	free(cpe);
	id->device_type = clean(check_yamaha(id, type));
	id->certainty = certainty(r, layer);
	id->fingerprint =
	    xalloc_printf("%s: %s", r->file->name, r->fingerprint->description);
	return true;
}

/* Somebody looked at such a page and said what it is. */
static bool is_analysts(const struct candidate *c)
{
	return strcmp(c->key, "page_class") == 0;
}

static bool is_better(const struct candidate *a, const struct candidate *b)
{
	bool a_device = a->identity.device_type != NULL;
	bool b_device = b->identity.device_type != NULL;

	if (is_analysts(a) != is_analysts(b))
		return is_analysts(a);
	if (a_device != b_device)
		return a_device;
	if (a->identity.certainty > b->identity.certainty)
		return true;
	if (a->identity.certainty < b->identity.certainty)
		return false;
	return a->rank < b->rank;
}

static bool is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && str_equal_nocase(a, b);
}

static void fill_text(char **field, const char *text)
{
	if (*field == NULL)
		*field = xalloc_string(text);
}

/* Adds to id what a match that agrees with it says. */
static void fill(struct identity *id, const struct identity *other)
{
	if (!claims_same_vendor(id->vendor, other->vendor))
		return;
	fill_text(&id->device_type, other->device_type);
	if (id->product == NULL) {
		fill_text(&id->product, other->product);
		fill_text(&id->version, other->version);
		free(id->cpe);
		id->cpe = xalloc_string(other->cpe);
	} else if (is_same(id->product, other->product) &&
		   id->version == NULL && other->version != NULL) {
		id->version = xalloc_string(other->version);
		free(id->cpe);
		id->cpe = xalloc_string(other->cpe);
	}
}

static void move(struct identity *to, struct identity *from)
{
	identity_release(to);
	*to = *from;
	*from = (struct identity){0};
}

static size_t match(const struct fingerprints *f, const struct evidence *e,
		    struct recog_result results[PAGE_MATCHES])
{
	if (e->cap > LIMIT_SUBJECT)
		return fingerprints_match_page(f, e->key, e->text, e->len,
					       e->cap, results, PAGE_MATCHES);
	if (fingerprints_match(f, e->key, e->text, e->len, e->cap, results))
		return 1;
	recog_result_release(results);
	return 0;
}

static void add_candidates(struct candidates *c, const struct fingerprints *f,
			   const struct evidence *e)
{
	struct recog_result results[PAGE_MATCHES];
	size_t count = match(f, e, results);

	for (size_t i = 0; i < count; i++) {
		struct identity id = {0};

		if (read_match(&results[i], &id)) {
			xalloc_room((void **)&c->list, &c->cap, c->count,
				    sizeof(*c->list));
			c->list[c->count++] =
			    (struct candidate){e->key, e->rank, id};
		}
		recog_result_release(&results[i]);
	}
}

/* The order is that of the evidence. */
static void decide(struct candidates *c, struct identity *out)
{
	struct candidate *best = NULL;

	for (size_t i = 0; i < c->count; i++)
		if (best == NULL || is_better(&c->list[i], best))
			best = &c->list[i];
	if (best == NULL)
		return;
	move(out, &best->identity);
	for (size_t i = 0; i < c->count; i++)
		fill(out, &c->list[i].identity);
	if (is_analysts(best))
		return;
	for (size_t i = 0; i < c->count; i++)
		claims_add(out, &c->list[i].identity, c->list[i].key);
	claims_settle(out, best->key);
}

void naming_decide(const struct fingerprints *f, const struct observation *o,
		   const char *metas, struct identity *out)
{
	struct candidates candidates = {0};
	struct evidence_list evidence;

	identity_release(out);
	if (f == NULL)
		return;
	evidence_collect(o, metas, &evidence);
	for (size_t i = 0; i < evidence.count; i++)
		add_candidates(&candidates, f, &evidence.list[i]);
	decide(&candidates, out);
	for (size_t i = 0; i < candidates.count; i++)
		identity_release(&candidates.list[i].identity);
	free(candidates.list);
	evidence_release(&evidence);
}
