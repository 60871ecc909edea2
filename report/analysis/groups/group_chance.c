#include <assert.h>
#include <math.h>
#include <string.h>

#include "group_chance.h"

/* Device types that one machine can be seen as share a class; -1: says
 * nothing about the machine. */
static int machine_class(enum device_type type)
{
	switch (type) {
	case DEVICE_TYPE_SERVER:
	case DEVICE_TYPE_IOT:
	case DEVICE_TYPE_MANAGEMENT:
	case DEVICE_TYPE_UNKNOWN:
	case DEVICE_TYPE_COUNT:
		return -1;
	case DEVICE_TYPE_CAMERA:
		return DEVICE_TYPE_RECORDER;
	case DEVICE_TYPE_VOIP_ROUTER:
	case DEVICE_TYPE_NETWORK_CONTROLLER:
	case DEVICE_TYPE_SWITCH:
	case DEVICE_TYPE_ACCESS_POINT:
	case DEVICE_TYPE_FIREWALL:
	case DEVICE_TYPE_VPN_GATEWAY:
	case DEVICE_TYPE_MODEM:
	case DEVICE_TYPE_VOIP:
		return DEVICE_TYPE_ROUTER;
	case DEVICE_TYPE_RECORDER:
	case DEVICE_TYPE_ROUTER:
	case DEVICE_TYPE_SDN_CONTROLLER:
	case DEVICE_TYPE_NAS:
	case DEVICE_TYPE_PRINTER:
	case DEVICE_TYPE_INDUSTRIAL:
	case DEVICE_TYPE_MEDIA:
		break;
	}
	return (int)type;
}

static int class_of(const struct population *p, uint32_t item)
{
	return machine_class(p->items[item]->type);
}

static bool belong_together(const struct population *p, uint32_t a, uint32_t b)
{
	const char *x = p->items[a]->product, *y = p->items[b]->product;
	const struct ids *i = &p->owners[a], *j = &p->owners[b];
	size_t rarer = i->count < j->count ? i->count : j->count;

	if (x != NULL && y != NULL && strcmp(x, y) == 0)
		return true;
	return (double)population_both_count(i, j) >=
	       UNIT_TOGETHER * (double)rarer;
}

struct unit {
	int machine; /* class, -1: not known */
	size_t owners;
};

/* Puts each item with the first unit that it belongs to and may join. */
static int make_units(const struct population *p, const struct ids *core,
		      struct unit units[GROUP_CHANCE_ITEMS])
{
	int unit_of[GROUP_CHANCE_ITEMS], count = 0;

	for (size_t i = 0; i < core->count; i++) {
		int class = class_of(p, core->list[i]), found = -1;
		size_t owners = p->owners[core->list[i]].count;

		for (size_t j = 0; j < i && found < 0; j++) {
			int machine = units[unit_of[j]].machine;

			if ((class < 0 || machine < 0 || class == machine) &&
			    belong_together(p, core->list[i], core->list[j]))
				found = unit_of[j];
		}
		if (found < 0) {
			found = count++;
			units[found] = (struct unit){class, owners};
		}
		unit_of[i] = found;
		if (units[found].machine < 0)
			units[found].machine = class;
		if (units[found].owners < owners)
			units[found].owners = owners;
	}
	return count;
}

static double log_choose(double n, double k)
{
	return k > n ? 0 : lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* log P(Binomial(n, q) >= m), by summing from m up. */
static double log_tail(double n, double log_q, double m)
{
	double q = exp(log_q), odds = q / (1 - q), term = 1, sum = 1, log_p;

	if (m <= 0 || q >= 1)
		return 0;
	for (double i = m; i < n && term > sum * 1e-15; i++) {
		term *= (n - i) / (i + 1) * odds;
		sum += term;
	}
	log_p = log_choose(n, m) + m * log_q + (n - m) * log1p(-q) + log(sum);
	return fmin(log_p, 0);
}

static int count_machines(const struct unit *units, int count)
{
	unsigned seen = 0;
	int machines = 0;

	for (int i = 0; i < count; i++) {
		unsigned bit;

		if (units[i].machine < 0)
			continue;
		bit = 1u << units[i].machine;
		machines += (seen & bit) == 0 ? 1 : 0;
		seen |= bit;
	}
	return machines;
}

struct group_chance group_chance(const struct population *p,
				 const struct ids *core, size_t members)
{
	struct unit units[GROUP_CHANCE_ITEMS];
	double n = (double)p->profiles->count, log_q = 0, possible;
	int count;

	assert(core->count <= GROUP_CHANCE_ITEMS);
	count = make_units(p, core, units);
	for (int i = 0; i < count; i++)
		log_q += log((double)units[i].owners / n);
	possible = (double)population_common(p, members);
	return (struct group_chance){log_choose(possible, count) +
					 log_tail(n, log_q, (double)members),
				     count, count_machines(units, count)};
}
