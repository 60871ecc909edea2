#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "jsonout.h"
#include "str.h"
#include "xalloc.h"
#include "services.h"

void services_take(struct services *s, struct observation *o)
{
	void *list = s->list;

	xalloc_room(&list, &s->cap, s->count, sizeof(*s->list));
	s->list = list;
	s->list[s->count++] = (struct service){*o, 0};
	observation_init(o);
}

void services_release(struct services *s)
{
	for (size_t i = 0; i < s->count; i++)
		observation_release(&s->list[i].o);
	free(s->list);
	*s = (struct services){0};
}

/* --- machines */

/* The vendor of a device; NULL for servers, whose software says nothing of
 * the box, and for what was not recognised. */
static const char *device_vendor(const struct observation *o)
{
	const char *type = o->identity.device_type;

	if (type == NULL || strcmp(type, "server") == 0 ||
	    strcmp(type, "unknown") == 0)
		return NULL;
	return o->identity.vendor;
}

static bool same_marks(const struct stack *a, const struct stack *b)
{
	return !a->known || !b->known ||
	       (a->timestamps == b->timestamps && a->sack == b->sack &&
		a->window_scaling == b->window_scaling);
}

static bool may_be_one(const struct observation *a, const struct observation *b)
{
	const char *x = device_vendor(a), *y = device_vendor(b);

	return same_marks(&a->stack, &b->stack) &&
	       (x == NULL || y == NULL || str_equal_nocase(x, y));
}

/* Machines of one address while they are found: a service of each. */
struct machines {
	const struct observation **first;
	int count;
};

/* The machine that a service must be on: 0 when it fits none, -1 when it
 * fits several. */
static int find_machine(const struct machines *m, const struct observation *o)
{
	int found = 0;

	for (int i = 0; i < m->count; i++) {
		if (!may_be_one(m->first[i], o))
			continue;
		if (found > 0)
			return -1;
		found = i + 1;
	}
	return found;
}

/* What tells most comes first: vendor, stack, nothing. */
static int round_of(const struct observation *o)
{
	if (device_vendor(o) != NULL)
		return 0;
	return o->stack.known ? 1 : 2;
}

static void place(struct machines *m, struct service *v)
{
	int found = find_machine(m, &v->o);

	if (found == 0) {
		m->first[m->count++] = &v->o;
		found = m->count;
	}
	v->machine = found > 0 ? found : 0;
}

/* Numbers follow the ports, not the order in which they were found. */
static void renumber(struct service *list, size_t count)
{
	int *number = xalloc_zero(count + 1, sizeof(*number)), next = 0;

	for (size_t i = 0; i < count; i++) {
		int machine = list[i].machine;

		if (machine > 0 && number[machine] == 0)
			number[machine] = ++next;
		list[i].machine = machine > 0 ? number[machine] : 0;
	}
	free(number);
}

static void number_address(struct service *list, size_t count)
{
	struct machines m = {xalloc_zero(count, sizeof(*m.first)), 0};

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < count; i++)
			if (round_of(&list[i].o) == round)
				place(&m, &list[i]);
	renumber(list, count);
	free(m.first);
}

void services_number_machines(struct services *s)
{
	for (size_t first = 0, end; first < s->count; first = end) {
		const struct addr *a = &s->list[first].o.address;

		for (end = first + 1; end < s->count; end++)
			if (addr_compare(&s->list[end].o.address, a) != 0)
				break;
		number_address(s->list + first, end - first);
	}
}

/* --- text */

char *services_name(const struct observation *o)
{
	const char *const parts[] = {o->identity.vendor, o->identity.product,
				     o->identity.version};
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	if (o->identity.fingerprint == NULL && o->identity.claim_count > 0)
		buf_printf(&b, "contradictory: %zu vendors",
			   o->identity.claim_count);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *part = parts[i];

		if (part == NULL || *part == '\0')
			continue;
		/* "Yamaha Yamaha RTX830" says no more. */
		if (i == 1 && b.len > 0 && str_starts(part, buf_text(&b)))
			buf_reset(&b);
		buf_printf(&b, "%s%s", b.len > 0 ? " " : "", part);
	}
	return buf_detach(&b);
}

const char *services_lag(int64_t seconds, char out[SERVICES_LAG_TEXT])
{
	if (seconds < 0)
		out[0] = '\0';
	else if (seconds < 2 * 3600)
		snprintf(out, SERVICES_LAG_TEXT, "%" PRId64 " min",
			 seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(out, SERVICES_LAG_TEXT, "%" PRId64 " h",
			 seconds / 3600);
	else
		snprintf(out, SERVICES_LAG_TEXT, "%" PRId64 " d",
			 seconds / 86400);
	return out;
}

char *services_stack(const struct stack *k)
{
	if (!k->known)
		return NULL;
	return xalloc_printf("%s,%s,%s,scale=%d,mss=%d",
			     k->timestamps ? "ts" : "-", k->sack ? "sack" : "-",
			     k->window_scaling ? "ws" : "-", k->scale, k->mss);
}

/* --- JSON */

static void set_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, jsonout_text(text));
}

/* null for "not seen": in a fixed array, an empty one. */
static void set_filled(json_t *o, const char *key, const char *text)
{
	set_text(o, key, *text != '\0' ? text : NULL);
}

static void set_base64(json_t *o, const char *key, const struct blob *b)
{
	char *text = b->data != NULL ? str_base64(b->data, b->len) : NULL;

	set_text(o, key, text);
	free(text);
}

static json_t *claims_json(const struct identity *id)
{
	json_t *list = json_array();

	for (size_t i = 0; i < id->claim_count; i++) {
		const struct claim *c = &id->claims[i];
		json_t *o = json_object();

		set_text(o, "vendor", c->vendor);
		set_text(o, "product", c->product);
		set_text(o, "device_type", c->device_type);
		json_object_set_new(o, "certainty", jsonout_real(c->certainty));
		set_text(o, "fingerprint", c->fingerprint);
		set_text(o, "evidence", c->key);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *identity_json(const struct identity *id)
{
	json_t *o = json_object();

	set_text(o, "vendor", id->vendor);
	set_text(o, "product", id->product);
	set_text(o, "version", id->version);
	set_text(o, "device_type", id->device_type);
	set_text(o, "cpe", id->cpe);
	json_object_set_new(o, "certainty",
			    id->fingerprint != NULL
				? jsonout_real(id->certainty)
				: json_null());
	set_text(o, "fingerprint", id->fingerprint);
	json_object_set_new(o, "contradictions", claims_json(id));
	return o;
}

static json_t *favicon_json(const struct favicon *f)
{
	json_t *o;

	if (!f->present)
		return json_null();
	o = json_object();
	set_text(o, "md5", f->md5);
	set_text(o, "sha256", f->sha256);
	json_object_set_new(o, "mmh3", json_integer(f->mmh3));
	return o;
}

static json_t *certificate_json(const struct certificate *c, bool evidence)
{
	json_t *o;

	if (c->subject == NULL)
		return json_null();
	o = json_object();
	set_text(o, "subject", c->subject);
	set_text(o, "issuer", c->issuer);
	set_filled(o, "spki_sha256", c->spki_sha256);
	json_object_set_new(o, "not_before", jsonout_time(c->not_before));
	json_object_set_new(o, "not_after", jsonout_time(c->not_after));
	if (evidence) {
		set_text(o, "names", c->names);
		set_text(o, "serial", c->serial);
		set_filled(o, "sha256", c->sha256);
	}
	return o;
}

static void set_clock(json_t *o, const struct peer_clock *c)
{
	json_object_set_new(o, "clock_http_seconds",
			    c->http_known ? json_integer(c->http_s)
					  : json_null());
	json_object_set_new(o, "clock_tls_seconds",
			    c->tls_known ? json_integer(c->tls_s)
					 : json_null());
}

static void add_evidence(json_t *o, const struct observation *v)
{
	json_object_set_new(o, "http_status",
			    v->http_status > 0 ? json_integer(v->http_status)
					       : json_null());
	set_text(o, "http_path", v->http_path);
	set_text(o, "cookies", v->cookies);
	set_text(o, "powered_by", v->powered_by);
	set_text(o, "generator", v->generator);
	set_text(o, "forms", v->forms);
	set_text(o, "links", v->links);
	set_text(o, "tls_version", v->tls_version);
	set_text(o, "ssh_hassh", v->ssh_hassh);
	json_object_set_new(o, "truncated", json_boolean(v->truncated));
	set_base64(o, "http_headers_b64", &v->http_headers);
	set_base64(o, "body_b64", &v->body);
}

json_t *services_json(const struct service *s, bool evidence)
{
	const struct observation *v = &s->o;
	char address[ADDR_TEXT_MAX], *stack = services_stack(&v->stack);
	json_t *o = json_object();

	set_text(o, "address", addr_format(&v->address, address));
	json_object_set_new(o, "port", json_integer(v->port));
	set_text(o, "transport", v->transport);
	set_text(o, "protocol", protocol_text(v->protocol));
	set_text(o, "outcome", outcome_text(v->outcome));
	json_object_set_new(o, "observed", jsonout_time(v->observed_ms / 1000));
	json_object_set_new(o, "lag_seconds",
			    v->lag >= 0 ? json_integer(v->lag) : json_null());
	json_object_set_new(o, "stale", json_boolean(v->stale));
	json_object_set_new(o, "identity", identity_json(&v->identity));
	json_object_set_new(o, "machine",
			    s->machine > 0 ? json_integer(s->machine)
					   : json_null());
	set_text(o, "title", v->title);
	set_base64(o, "title_b64", &v->title_raw);
	set_text(o, "server", v->server);
	set_text(o, "realm", v->realm);
	json_object_set_new(o, "favicon", favicon_json(&v->favicon));
	set_filled(o, "page_class", v->page_class);
	set_text(o, "charset", v->charset);
	json_object_set_new(o, "certificate",
			    certificate_json(&v->certificate, evidence));
	set_text(o, "stack", stack);
	set_clock(o, &v->clock);
	set_text(o, "hostname", v->hostname);
	json_object_set_new(o, "banner",
			    jsonout_text_n(v->banner.data, v->banner.len));
	set_base64(o, "banner_b64", &v->banner);
	if (evidence)
		add_evidence(o, v);
	free(stack);
	return o;
}
