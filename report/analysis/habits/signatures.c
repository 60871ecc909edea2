#include <stdlib.h>

#include "xalloc.h"
#include "signatures.h"

static void add(struct signature_sums *s, const struct portdays_row *r)
{
	s->packets += r->packets;
	s->by[r->signature] += r->packets;
}

static int by_packets(const void *a, const void *b)
{
	const struct signature_sums *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	return (x->service > y->service) - (x->service < y->service);
}

/* Rows come by service. */
static void add_port(struct signatures *s, size_t *cap,
		     const struct portdays_row *r)
{
	if (s->port_count == 0 ||
	    s->ports[s->port_count - 1].service != r->service) {
		xalloc_room((void **)&s->ports, cap, s->port_count,
			    sizeof(*s->ports));
		s->ports[s->port_count++] =
		    (struct signature_sums){.service = r->service};
	}
	add(&s->ports[s->port_count - 1], r);
}

void signatures_make(const struct portdays *p, struct signatures *out)
{
	size_t days = (size_t)(p->period.last - p->period.first + 1);
	struct signature_sums *all = xalloc_zero(days + 1, sizeof(*all));
	size_t cap = 0;

	*out = (struct signatures){.days = all};
	for (size_t i = 0; i < p->row_count; i++) {
		const struct portdays_row *r = &p->rows[i];

		add_port(out, &cap, r);
		add(&all[r->day - p->period.first], r);
		add(&out->all, r);
	}
	for (size_t d = 0; d < days; d++) {
		all[d].day = p->period.first + (int32_t)d;
		if (all[d].packets > 0)
			out->days[out->day_count++] = all[d];
	}
	if (out->port_count > 1)
		qsort(out->ports, out->port_count, sizeof(*out->ports),
		      by_packets);
}

void signatures_release(struct signatures *s)
{
	free(s->ports);
	free(s->days);
	*s = (struct signatures){0};
}
