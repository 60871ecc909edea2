#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "groups.h"
#include "groups_findings.h"
#include "xalloc.h"

/* One service of an invented address 192.0.2.LAST or 198.51.100.LAST. */
struct service {
	uint16_t port;
	const char *vendor, *product, *type; /* NULL: not recognised */
	const char *page_class, *title, *spki;
};

static void add(struct profiles *p, const char *address,
		const struct service *s)
{
	struct observation o;

	observation_init(&o);
	assert_true(addr_parse(address, &o.address));
	o.port = s->port;
	o.protocol = PROTOCOL_HTTPS;
	o.http_status = 200;
	if (s->page_class != NULL)
		snprintf(o.page_class, sizeof(o.page_class), "%s",
			 s->page_class);
	o.title = xalloc_string(s->title);
	if (s->spki != NULL)
		snprintf(o.certificate.spki_sha256,
			 sizeof(o.certificate.spki_sha256), "%s", s->spki);
	if (s->vendor != NULL) {
		o.identity.vendor = xalloc_string(s->vendor);
		o.identity.product = xalloc_string(s->product);
		o.identity.device_type = xalloc_string(s->type);
		o.identity.fingerprint = xalloc_string("test");
	}
	profiles_add(p, &o);
	observation_release(&o);
}

static const struct service recorder = {8888, "Dome",  "R4", "recorder",
					NULL, "Login", NULL};
static const struct service router = {10443, "Yamaha", "X1", "router",
				      NULL,  "X1",     NULL};
static const struct service controller = {18181, "Flow", "C", "sdn-controller",
					  NULL,  NULL,   NULL};

static const char *const abbreviations[9] = {"TKY", "OSK", "AIC", "FKK", "HRS",
					     "HKD", "MYG", "NGT", "OKN"};
static const char *const random_words[9] = {"XQV", "ZZP", "WUF", "QEL", "VVT",
					    "JXW", "PLQ", "UGX", "YYB"};

/* Nine sites with the same three machines; one has a port more. */
static void add_sites(struct profiles *p, const char *const *words)
{
	static const struct service ssh = {22,   "Open", "SSH", NULL,
					   NULL, NULL,   NULL};

	for (int i = 0; i < 9; i++) {
		char address[ADDR_TEXT_MAX], title[40];
		struct service r = router;

		snprintf(address, sizeof(address), "192.0.2.%d", 11 + 7 * i);
		snprintf(title, sizeof(title), "X1 %s-GW01 admin", words[i]);
		r.title = title;
		if (i == 4)
			add(p, address, &ssh);
		add(p, address, &recorder);
		add(p, address, &r);
		add(p, address, &controller);
	}
}

/* Decoys with two of the three, and neighbours of all sorts. */
static void add_others(struct profiles *p)
{
	static const struct service web = {80,     "Ngin",    "x", "server",
					   "aaaa", "Welcome", NULL};
	static const struct service ssh = {22,   "Open", "SSH", NULL,
					   NULL, NULL,   NULL};

	for (int i = 0; i < 40; i++) {
		char address[ADDR_TEXT_MAX], class[16];
		struct service other = {8080,  NULL, NULL, NULL,
					class, NULL, NULL};

		snprintf(address, sizeof(address), "198.51.100.%d", 1 + i);
		snprintf(class, sizeof(class), "%04d", i);
		if (i % 2 == 0)
			add(p, address, &ssh);
		if (i % 3 == 0)
			add(p, address, &web);
		if (i % 5 == 0)
			add(p, address, &other);
		if (i == 7 || i == 8)
			add(p, address, &recorder);
		if (i == 7 || i == 9)
			add(p, address, &router);
		if (i == 8 || i == 9)
			add(p, address, &controller);
	}
}

static const struct group *largest_core(const struct groups *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->list[i].port_count == 3)
			return &g->list[i];
	return NULL;
}

static void nine_sites_are_one_group(void **state)
{
	struct profiles p = {0};
	struct groups g;
	const struct group *sites;

	(void)state;
	add_sites(&p, abbreviations);
	add_others(&p);
	assert_int_equal(groups_find(&p, &g), 0);
	sites = largest_core(&g);
	assert_non_null(sites);
	assert_ptr_equal(sites, &g.list[0]);
	assert_int_equal(sites->member_count, 9);
	assert_int_equal(sites->ports[0]->port, 8888);
	assert_int_equal(sites->ports[1]->port, 10443);
	assert_int_equal(sites->ports[2]->port, 18181);
	assert_int_equal(sites->machines, 3);
	assert_true(sites->chance < 1e-3);
	assert_int_equal(sites->difference_count, 1);
	assert_int_equal(sites->differs[0].item->port, 22);
	assert_false(sites->differs[0].missing);
	groups_release(&g);
}

static void the_varying_word_is_read_as_a_prefecture(void **state)
{
	struct profiles p = {0};
	struct groups g;
	const struct group *sites;

	(void)state;
	add_sites(&p, abbreviations);
	add_others(&p);
	assert_int_equal(groups_find(&p, &g), 0);
	sites = largest_core(&g);
	assert_int_equal(sites->slot_count, 1);
	assert_string_equal(sites->slots[0].where, "10443/TCP title");
	assert_string_equal(sites->slots[0].pattern, "X1 {}-GW01 admin");
	assert_string_equal(sites->slots[0].kind, "prefecture");
	assert_int_equal(sites->slots[0].readable, 9);
	assert_int_equal(sites->slots[0].distinct, 9);
	assert_true(sites->slots[0].expected < 0.2);
	assert_true(sites->slots[0].expected > 0.02);
	assert_string_equal(sites->slots[0].values[0].value, "TKY");
	assert_string_equal(sites->slots[0].values[0].reading, "Tokyo");
	groups_release(&g);
}

static void random_words_are_not_read(void **state)
{
	struct profiles p = {0};
	struct groups g;
	const struct group *sites;

	(void)state;
	add_sites(&p, random_words);
	add_others(&p);
	assert_int_equal(groups_find(&p, &g), 0);
	sites = largest_core(&g);
	assert_int_equal(sites->slot_count, 1);
	assert_string_equal(sites->slots[0].kind, "text");
	assert_int_equal(sites->slots[0].distinct, 9);
	assert_int_equal(sites->slots[0].readable, 0);
	groups_release(&g);
}

/* Addresses come shuffled; profiles are put in the same order anyway. */
static void the_order_of_input_does_not_matter(void **state)
{
	struct profiles p = {0}, q = {0};
	struct groups g, h;

	(void)state;
	add_sites(&p, abbreviations);
	add_others(&p);
	add_others(&q);
	add_sites(&q, abbreviations);
	for (size_t i = 0; i < q.count; i++) {
		size_t j = (i * 31 + 5) % q.count;
		struct profile swap = q.list[i];

		q.list[i] = q.list[j];
		q.list[j] = swap;
	}
	assert_int_equal(groups_find(&p, &g), 0);
	assert_int_equal(groups_find(&q, &h), 0);
	assert_int_equal(g.count, h.count);
	for (size_t i = 0; i < g.count; i++) {
		assert_string_equal(g.list[i].profile, h.list[i].profile);
		assert_true(g.list[i].chance == h.list[i].chance);
		assert_int_equal(g.list[i].member_count,
				 h.list[i].member_count);
		for (size_t j = 0; j < g.list[i].member_count; j++)
			assert_int_equal(
			    addr_compare(&g.list[i].members[j]->address,
					 &h.list[i].members[j]->address),
			    0);
	}
	groups_release(&g);
	groups_release(&h);
}

/* Two ports of one product are one unit: its owners are customers. */
static void owners_of_one_product_are_explained_by_it(void **state)
{
	static const struct service first = {80,   "Dome", "R4", "recorder",
					     NULL, NULL,   NULL};
	static const struct service second = {554,  "Dome", "R4", "recorder",
					      NULL, NULL,   NULL};
	struct profiles p = {0};
	struct groups g;

	(void)state;
	add_others(&p);
	for (int i = 0; i < 200; i++) {
		char address[ADDR_TEXT_MAX];

		snprintf(address, sizeof(address), "203.0.113.%d", 1 + i);
		add(&p, address, &first);
		add(&p, address, &second);
	}
	assert_int_equal(groups_find(&p, &g), 0);
	assert_true(g.count >= 1);
	for (size_t i = 0; i < g.count; i++)
		assert_true(g.list[i].chance > 0.05);
	groups_release(&g);
}

/* Of a core of four a member may lack one, of three none. */
static void a_member_may_lack_a_quarter(void **state)
{
	static const struct service fourth = {5000, "Vault", "N", "nas",
					      NULL, NULL,    NULL};
	struct profiles p = {0};
	struct groups g;

	(void)state;
	add_others(&p);
	for (int i = 0; i < 8; i++) {
		char address[ADDR_TEXT_MAX];

		snprintf(address, sizeof(address), "203.0.113.%d", 1 + i);
		add(&p, address, &fourth);
		add(&p, address, &recorder);
		add(&p, address, &router);
		if (i != 7)
			add(&p, address, &controller);
	}
	assert_int_equal(groups_find(&p, &g), 0);
	assert_int_equal(g.list[0].member_count, 8);
	assert_int_equal(g.list[0].port_count, 4);
	assert_int_equal(g.list[0].difference_count, 1);
	assert_true(g.list[0].differs[0].missing);
	assert_int_equal(g.list[0].differs[0].item->port, 18181);
	groups_release(&g);
}

static const struct group *deployment(const struct groups *g)
{
	const struct group *found = NULL;

	for (size_t i = 0; i < g->count; i++) {
		if (groups_findings_is_deployment(g, &g->list[i])) {
			assert_null(found);
			found = &g->list[i];
		}
	}
	return found;
}

static void the_text_names_no_product_and_no_place(void **state)
{
	static const char *const said_en[] = {
	    "Nine addresses",
	    "A login page of a recorder (NVR) product",
	    "An administration page of an enterprise router made by a Japanese "
	    "company",
	    "A login page of an SDN controller",
	    "same three port numbers",
	    "9 of 9 can be read as 9 different prefectures"};
	static const char *const said_ja[] = {
	    "9件", "NVR製品のログイン画面",
	    "日本の企業が製造した企業向けルーターの管理画面",
	    "同じ3個のポート番号", "都道府県"};
	static const char *const hidden[] = {"Dome", "Yamaha", "Flow", "X1",
					     "TKY",  "Tokyo",  "8888", "192."};
	struct vendors *v = vendors_load();
	struct profiles p = {0};
	struct groups g;
	char *en, *ja;

	(void)state;
	assert_non_null(v);
	add_sites(&p, abbreviations);
	add_others(&p);
	assert_int_equal(groups_find(&p, &g), 0);
	assert_non_null(deployment(&g));
	en = groups_findings_text(deployment(&g), v, "JP,", false);
	ja = groups_findings_text(deployment(&g), v, "JP,", true);
	for (size_t i = 0; i < ARRAY_LEN(said_en); i++)
		assert_non_null(strstr(en, said_en[i]));
	for (size_t i = 0; i < ARRAY_LEN(said_ja); i++)
		assert_non_null(strstr(ja, said_ja[i]));
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
		assert_null(strstr(en, hidden[i]));
		assert_null(strstr(ja, hidden[i]));
	}
	free(en);
	en = groups_findings_text(deployment(&g), v, "US,", false);
	assert_null(strstr(en, "Japan"));
	free(en);
	free(ja);
	groups_release(&g);
	vendors_free(v);
}

static void customers_of_one_product_are_no_deployment(void **state)
{
	static const struct service first = {80,   "Dome", "R4", "recorder",
					     NULL, NULL,   NULL};
	static const struct service second = {554,  "Dome", "R4", "recorder",
					      NULL, NULL,   NULL};
	struct profiles p = {0};
	struct groups g;

	(void)state;
	add_others(&p);
	for (int i = 0; i < 1500; i++) {
		char address[ADDR_TEXT_MAX];

		snprintf(address, sizeof(address), "2001:db8::%x", 1 + i);
		add(&p, address, &first);
		add(&p, address, &second);
	}
	assert_int_equal(groups_find(&p, &g), 0);
	assert_null(deployment(&g));
	groups_release(&g);
}

/* Nine addresses with the same page, each active on another day. */
static void a_device_that_moved_is_no_deployment(void **state)
{
	struct profiles p = {0};
	struct groups g;

	(void)state;
	add_others(&p);
	for (int i = 0; i < 9; i++) {
		char address[ADDR_TEXT_MAX];

		snprintf(address, sizeof(address), "203.0.113.%d", 1 + i);
		add(&p, address, &recorder);
		add(&p, address, &router);
		add(&p, address, &controller);
		p.list[p.count - 1].first_seen = 1000 + i * 100;
		p.list[p.count - 1].last_seen = 1050 + i * 100;
	}
	assert_int_equal(groups_find(&p, &g), 0);
	assert_int_equal(g.list[0].member_count, 9);
	assert_int_equal(groups_findings_devices(&g.list[0]), 1);
	assert_null(deployment(&g));
	groups_release(&g);
}

/* One product, but a key that other owners do not have. */
static void a_shared_key_of_its_own_is_a_deployment(void **state)
{
	static const char *const keys[] = {"aa", "bb"};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		struct profiles p = {0};
		struct groups g;

		for (int i = 0; i < 12; i++) {
			char address[ADDR_TEXT_MAX];
			struct service web = {443,  "Dome", "R4", "recorder",
					      NULL, NULL,   "aa"};
			struct service video = {554,  "Dome", "R4", "recorder",
						NULL, NULL,   NULL};

			snprintf(address, sizeof(address), "203.0.113.%d",
				 1 + i);
			/* Eight others: with the first key it is the
			 * product's, with the second they have their own. */
			if (i >= 4) {
				web.spki = keys[k];
				video.port = (uint16_t)(1000 + i);
			}
			add(&p, address, &web);
			add(&p, address, &video);
		}
		assert_int_equal(groups_find(&p, &g), 0);
		assert_true((deployment(&g) != NULL) == (k == 1));
		groups_release(&g);
	}
}

static void nothing_is_no_group(void **state)
{
	struct profiles p = {0};
	struct groups g;

	(void)state;
	assert_int_equal(groups_find(&p, &g), 0);
	assert_int_equal(g.count, 0);
	groups_release(&g);
	add(&p, "192.0.2.1", &recorder);
	add(&p, "192.0.2.2", &recorder);
	assert_int_equal(groups_find(&p, &g), 0);
	assert_int_equal(g.count, 0);
	groups_release(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nine_sites_are_one_group),
	    cmocka_unit_test(the_varying_word_is_read_as_a_prefecture),
	    cmocka_unit_test(random_words_are_not_read),
	    cmocka_unit_test(the_order_of_input_does_not_matter),
	    cmocka_unit_test(owners_of_one_product_are_explained_by_it),
	    cmocka_unit_test(a_member_may_lack_a_quarter),
	    cmocka_unit_test(the_text_names_no_product_and_no_place),
	    cmocka_unit_test(customers_of_one_product_are_no_deployment),
	    cmocka_unit_test(a_device_that_moved_is_no_deployment),
	    cmocka_unit_test(a_shared_key_of_its_own_is_a_deployment),
	    cmocka_unit_test(nothing_is_no_group),
	};

	return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
