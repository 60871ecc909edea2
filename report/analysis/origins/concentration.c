#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "concentration.h"

struct item {
	size_t source; /* the first one by address */
	int64_t packets;
	uint32_t sources;
};

static const struct sourcedays *sorting; /* of the sort under way */

const char *concentration_text(enum concentration_of of)
{
	static const char *const names[] = {[CONCENTRATION_SOURCES] = "sources",
					    [CONCENTRATION_NETWORKS] =
						"networks",
					    [CONCENTRATION_ASES] = "ases"};

	return names[of];
}

static int by_address(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return addr_compare(&sorting->sources[x->source].address,
			    &sorting->sources[y->source].address);
}

static int by_as(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	uint32_t i = sorting->sources[x->source].asn;
	uint32_t j = sorting->sources[y->source].asn;

	return i != j ? (i < j ? -1 : 1) : by_address(a, b);
}

static int by_packets(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	return by_address(a, b);
}

static bool is_same(const struct sourcedays *s, enum concentration_of of,
		    size_t a, size_t b)
{
	struct prefix network;

	if (of == CONCENTRATION_ASES)
		return s->sources[a].asn == s->sources[b].asn;
	if (of == CONCENTRATION_SOURCES)
		return a == b;
	network = addr_network(&s->sources[a].address);
	return prefix_contains(&network, &s->sources[b].address);
}

static size_t merge(const struct sourcedays *s, enum concentration_of of,
		    struct item *items, size_t count)
{
	size_t kept = 0;

	qsort(items, count, sizeof(*items),
	      of == CONCENTRATION_ASES ? by_as : by_address);
	for (size_t i = 0; i < count; i++) {
		if (of == CONCENTRATION_ASES &&
		    s->sources[items[i].source].asn == 0)
			continue;
		if (kept > 0 &&
		    is_same(s, of, items[kept - 1].source, items[i].source)) {
			items[kept - 1].packets += items[i].packets;
			items[kept - 1].sources += items[i].sources;
		} else {
			items[kept++] = items[i];
		}
	}
	qsort(items, kept, sizeof(*items), by_packets);
	return kept;
}

static struct concentration_part part_of(const struct sourcedays *s,
					 enum concentration_of of,
					 const struct item *item, int64_t all)
{
	const struct sourcedays_source *source = &s->sources[item->source];
	struct concentration_part p = {
	    .asn = source->asn,
	    .as_name = sourcedays_as_name(s, source->asn),
	    .packets = item->packets,
	    .sources = item->sources,
	    .share = all > 0 ? (double)item->packets / (double)all : 0};

	p.network = addr_network(&source->address);
	if (of == CONCENTRATION_SOURCES) {
		p.network.base = source->address;
		p.network.length = source->address.family == 4 ? 32 : 128;
	}
	if (of != CONCENTRATION_ASES)
		memcpy(p.country, source->country, sizeof(p.country));
	return p;
}

/* How many of the largest send at least this much of all. */
static size_t needed(const struct item *items, size_t count, int64_t all,
		     double share)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum += items[i].packets;
		if ((double)sum >= share * (double)all)
			return i + 1;
	}
	return 0; /* not even all: some are of no known AS */
}

static void fill(const struct sourcedays *s, enum concentration_of of,
		 struct item *items, struct concentration *out)
{
	struct concentration_list *list = &out->lists[of];
	size_t count = merge(s, of, items, s->source_count);

	list->count = count;
	list->half = needed(items, count, out->packets, 0.5);
	list->four_fifths = needed(items, count, out->packets, 0.8);
	list->nine_tenths = needed(items, count, out->packets, 0.9);
	for (; list->kept < count && list->kept < CONCENTRATION_TOP;
	     list->kept++)
		list->parts[list->kept] =
		    part_of(s, of, &items[list->kept], out->packets);
}

void concentration_make(const struct sourcedays *s, struct concentration *out)
{
	struct item *all = xalloc_zero(s->source_count + 1, sizeof(*all));
	struct item *items = xalloc_zero(s->source_count + 1, sizeof(*items));

	*out = (struct concentration){0};
	for (size_t i = 0; i < s->source_count; i++)
		all[i] = (struct item){.source = i, .sources = 1};
	for (size_t i = 0; i < s->row_count; i++) {
		all[s->rows[i].source].packets += s->rows[i].packets;
		out->packets += s->rows[i].packets;
	}
	sorting = s;
	for (int of = 0; of < CONCENTRATION_KINDS; of++) {
		memcpy(items, all, s->source_count * sizeof(*items));
		fill(s, (enum concentration_of)of, items, out);
	}
	free(all);
	free(items);
}
