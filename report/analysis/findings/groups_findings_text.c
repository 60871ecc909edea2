/*
 * The public words of a deployment: generic devices, counts and ports as a
 * number. No name of a product, no page text, no port number: with those,
 * anybody could look the addresses up.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "str.h"
#include "groups_findings.h"

static const char *const small_numbers[] = {"no",    "one",  "two", "three",
					    "four",  "five", "six", "seven",
					    "eight", "nine", "ten"};

static void add_count(struct buf *b, size_t n)
{
	if (n < ARRAY_LEN(small_numbers))
		buf_add_string(b, small_numbers[n]);
	else
		buf_printf(b, "%zu", n);
}

/* The number that begins a sentence. */
static void add_first_count(struct buf *b, size_t n)
{
	size_t at = b->len;

	add_count(b, n);
	b->data[at] = (char)toupper((unsigned char)b->data[at]);
}

#define SMALL 0.01 /* below, only that it is smaller is worth saying */

/* "about 0.08" or "less than 0.01". */
static void add_expected_en(struct buf *b, double value)
{
	if (value >= SMALL)
		buf_printf(b, "about %.2g", value);
	else
		buf_printf(b, "less than %g", SMALL);
}

/* @counter: such as "件". */
static void add_expected_ja(struct buf *b, double value, const char *counter)
{
	if (value >= SMALL)
		buf_printf(b, "約%.2g%s", value, counter);
	else
		buf_printf(b, "%g%s未満", SMALL, counter);
}

/* Pages where one logs in to use the device, not to set up a network. */
static bool is_login(enum device_type type)
{
	switch (type) {
	case DEVICE_TYPE_RECORDER:
	case DEVICE_TYPE_CAMERA:
	case DEVICE_TYPE_SDN_CONTROLLER:
	case DEVICE_TYPE_NETWORK_CONTROLLER:
	case DEVICE_TYPE_NAS:
		return true;
	default:
		return false;
	}
}

static const struct country_words *maker(const struct profile_item *item,
					 const struct vendors *v,
					 const char *home)
{
	const char *country = vendors_country(v, item->vendor);

	if (strlen(country) != 2 || strstr(home, country) == NULL)
		return NULL;
	return vendors_country_words(v, country);
}

static const struct device_words *words_of(const struct profile_item *item,
					   const struct vendors *v)
{
	const char *product = item->product;

	/* It begins with the vendor's name and a space. */
	if (product != NULL && item->vendor != NULL)
		product += strlen(item->vendor) + 1;
	return vendors_product(v, device_type_text(item->type), item->vendor,
			       product);
}

static void add_device_en(struct buf *b, const struct profile_item *item,
			  const struct vendors *v, const char *home)
{
	const struct device_words *w = words_of(item, v);
	const struct country_words *c = maker(item, v, home);

	buf_printf(b, "- %s of %s",
		   !item->web             ? "A service"
		   : is_login(item->type) ? "A login page"
					  : "An administration page",
		   w->en_one);
	if (c != NULL)
		buf_printf(b, " made by %s", c->en_company);
	buf_add_string(b, " was accessible\n");
}

static void add_device_ja(struct buf *b, const struct profile_item *item,
			  const struct vendors *v, const char *home)
{
	const struct device_words *w = words_of(item, v);
	const struct country_words *c = maker(item, v, home);

	buf_add_string(b, "- ");
	if (c != NULL)
		buf_printf(b, "%sの企業が製造した", c->ja);
	buf_printf(b, "%sの%sに接続できる\n", w->ja,
		   !item->web             ? "サービス"
		   : is_login(item->type) ? "ログイン画面"
					  : "管理画面");
}

/* Two ports of one device say the same; it is said once. */
static void add_devices(struct buf *b, const struct group *g,
			const struct vendors *v, const char *home,
			bool japanese)
{
	for (size_t i = 0; i < g->port_count; i++) {
		struct buf line;

		buf_init(&line, BUF_NO_LIMIT);
		if (japanese)
			add_device_ja(&line, g->ports[i], v, home);
		else
			add_device_en(&line, g->ports[i], v, home);
		if (strstr(buf_text(b), buf_text(&line)) == NULL)
			buf_add(b, line.data, line.len);
		buf_release(&line);
	}
}

static const struct slot *place_slot(const struct group *g)
{
	const struct slot *best = NULL;

	for (size_t i = 0; i < g->slot_count; i++)
		if (strcmp(g->slots[i].kind, "prefecture") == 0 &&
		    (best == NULL || g->slots[i].distinct > best->distinct))
			best = &g->slots[i];
	return best;
}

/* "router" of "a router": to speak of the device's pages. */
static const char *without_article(const char *words)
{
	if (str_starts(words, "an "))
		return words + 3;
	return str_starts(words, "a ") ? words + 2 : words;
}

static void add_slot_en(struct buf *b, const struct slot *s,
			const struct vendors *v)
{
	buf_printf(b,
		   "What the %s shows at each address contains a string "
		   "that may abbreviate the name of a prefecture: ",
		   without_article(
		       vendors_device(v, device_type_text(s->type))->en_one));
	buf_printf(b,
		   "%d of %zu can be read as %d different prefectures, "
		   "where ",
		   s->readable, s->count, s->distinct);
	add_expected_en(b, s->expected);
	buf_add_string(b, " would be expected of random letters. The devices "
			  "may therefore stand in several regions. ");
}

static void add_slot_ja(struct buf *b, const struct slot *s,
			const struct vendors *v)
{
	buf_printf(b,
		   "%sの画面などには、都道府県名を略したと見られる文字列が"
		   "含まれていました。%zu件のうち%d件が、異なる%d都道府県"
		   "として読めます（無作為な文字列であれば",
		   vendors_device(v, device_type_text(s->type))->ja, s->count,
		   s->readable, s->distinct);
	add_expected_ja(b, s->expected, "件");
	buf_add_string(b, "しか見込まれません）。機器が複数の地域に設置されて"
			  "いる可能性があります。");
}

static void write_en(struct buf *b, const struct group *g,
		     const struct vendors *v, const char *home)
{
	size_t devices = groups_findings_devices(g);
	const struct slot *s = place_slot(g);

	add_first_count(b, g->member_count);
	buf_add_string(b, " addresses that sent suspicious packets to the "
			  "sensors carry the same combination of devices. At "
			  "each of them we saw the following:\n");
	add_devices(b, g, v, home, false);
	buf_add_string(b, "These services listen on the same ");
	add_count(b, g->port_count);
	buf_add_string(b, " port numbers at every address");
	if (g->difference_count > 0)
		buf_add_string(b, ", apart from small differences");
	buf_add_string(b, ". From how common each of them is among all "
			  "addresses that we looked at, ");
	add_expected_en(b, g->chance);
	buf_add_string(b, " such groups would be expected by coincidence. ");
	if (devices < g->member_count)
		buf_printf(b,
			   "Some of the addresses may have belonged to one "
			   "device one after the other; at least %zu "
			   "installations are meant. ",
			   devices);
	if (s != NULL)
		add_slot_en(b, s, v);
	buf_add_string(
	    b, "It is likely that one department or one integrator set up all "
	       "of these systems in the same way. As suspicious packets came "
	       "from these addresses, one or more of the devices behind them "
	       "may be compromised; which one cannot be told from outside.\n");
}

static void write_ja(struct buf *b, const struct group *g,
		     const struct vendors *v, const char *home)
{
	size_t devices = groups_findings_devices(g);
	const struct slot *s = place_slot(g);

	buf_printf(b,
		   "センサーに不審なパケットを送信していた%zu件のIPアドレス"
		   "で、同じ機器の組み合わせを確認しました。いずれのIP"
		   "アドレスにも次の特徴があります。\n",
		   g->member_count);
	add_devices(b, g, v, home, true);
	buf_printf(b,
		   "これらのサービスは、%sどのIPアドレスでも同じ%zu個の"
		   "ポート番号で待ち受けていました。調査したIPアドレス全体"
		   "での出現頻度から見て、偶然に一致する組は",
		   g->difference_count > 0 ? "わずかな違いを除き、" : "",
		   g->port_count);
	add_expected_ja(b, g->chance, "組");
	buf_add_string(b, "しか見込まれません。");
	if (devices < g->member_count)
		buf_printf(b,
			   "一部のIPアドレスは同じ機器が順に使用した可能性が"
			   "あり、設置箇所は少なくとも%zu箇所と考えられます。",
			   devices);
	if (s != NULL)
		add_slot_ja(b, s, v);
	buf_add_string(
	    b, "同一の部門、または構築を請け負った事業者が、これらのシステム"
	       "を同じ構成で導入した可能性があります。これらのIPアドレスから"
	       "不審なパケットが送信されていることから、いずれかの機器が侵害"
	       "されているおそれがありますが、どの機器であるかは外部からは"
	       "特定できません。\n");
}

char *groups_findings_text(const struct group *g, const struct vendors *v,
			   const char *home, bool japanese)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	if (japanese)
		write_ja(&b, g, v, home);
	else
		write_en(&b, g, v, home);
	return buf_detach(&b);
}
