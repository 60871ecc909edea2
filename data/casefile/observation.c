#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "observation.h"

void observation_init(struct observation *o)
{
	memset(o, 0, sizeof(*o));
	memcpy(o->transport, "TCP", 4);
	o->lag = -1;
}

void blob_set(struct blob *b, const void *bytes, size_t len)
{
	char *copy = xalloc_string_n(bytes, len);

	free(b->data);
	*b = (struct blob){copy, len};
}

void blob_release(struct blob *b)
{
	free(b->data);
	*b = (struct blob){0};
}

void claim_release(struct claim *c)
{
	free(c->vendor);
	free(c->product);
	free(c->device_type);
	free(c->fingerprint);
	free(c->key);
	*c = (struct claim){0};
}

void identity_release(struct identity *id)
{
	for (size_t i = 0; i < id->claim_count; i++)
		claim_release(&id->claims[i]);
	free(id->claims);
	free(id->vendor);
	free(id->product);
	free(id->version);
	free(id->device_type);
	free(id->cpe);
	free(id->fingerprint);
	*id = (struct identity){0};
}

void observation_release(struct observation *o)
{
	struct certificate *c = &o->certificate;
	char *const texts[] = {
	    o->http_path,   o->charset,    o->title,     o->server,  o->realm,
	    o->cookies,     o->powered_by, o->generator, o->forms,   o->links,
	    o->tls_version, o->ssh_hassh,  o->hostname,  c->subject, c->issuer,
	    c->names,       c->serial,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	blob_release(&o->banner);
	blob_release(&o->http_headers);
	blob_release(&o->body);
	blob_release(&o->title_raw);
	identity_release(&o->identity);
	observation_init(o);
}

bool observation_is_service(const struct observation *o)
{
	switch (o->outcome) {
	case OUTCOME_REFUSED:
	case OUTCOME_TIMEOUT:
	case OUTCOME_UNREACHABLE:
	case OUTCOME_WITHDRAWN:
	case OUTCOME_LOCAL_ERROR:
	case OUTCOME_COUNT:
		return false;
	case OUTCOME_ANSWERED:
	case OUTCOME_SILENT:
	case OUTCOME_CLOSED:
	case OUTCOME_RESET:
	case OUTCOME_STALLED:
	case OUTCOME_TOO_BIG:
	case OUTCOME_REDIRECT_ELSEWHERE:
	case OUTCOME_TLS_FAILED:
	case OUTCOME_TLS_TOO_OLD:
	case OUTCOME_TLS_CERTIFICATE_TOO_BIG:
		break;
	}
	return true;
}
