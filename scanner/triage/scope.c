#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "optout.h"
#include "prefixes.h"
#include "xalloc.h"
#include "scope.h"

#define LOOK_MS 200     /* between two looks at the opt-out file */
#define SETTLED_MS 1000 /* a younger file may still be written */
#define EMBEDDED_MAX 2  /* Teredo carries a server and a client */

/* What a change of the file is seen by. */
struct stamp {
	struct timespec modified, changed;
	off_t size;
	ino_t inode;
	dev_t device;
};

struct opt_out {
	char *path;
	bool required; /* named by the configuration */
	bool seen;     /* it was there once */
	bool broken;   /* everybody is refused */
	bool failed;   /* somebody was refused while it was broken */
	bool hot;      /* written so lately that the stamp proves nothing */
	struct stamp stamp;
	struct prefix_set now, before; /* before: kept while hot */
	int64_t looked_ms;
};

struct scope {
	struct prefixes *special;
	struct prefix_set laboratory;
	struct opt_out out;
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the opt-out file */

static int read_lines(const char *path, char *text, struct prefix_set *set)
{
	char *rest = text, *line;

	for (int n = 1; (line = strsep(&rest, "\n")) != NULL; n++) {
		struct prefix p;
		int found = optout_read_line(path, n, line, &p);

		if (found < 0)
			return -1;
		if (found > 0)
			prefix_set_add(set, &p, 1);
	}
	return 0;
}

static int read_opt_out(struct opt_out *o)
{
	size_t len = 0;
	char *text = optout_read_text(o->path, &len);
	struct prefix_set fresh = {0};
	int rc = -1;

	if (text != NULL)
		rc = read_lines(o->path, text, &fresh);
	free(text);
	if (rc < 0) {
		prefix_set_release(&fresh);
		return -1;
	}
	/* While the file is hot, its first state stays in force, too. */
	if (o->before.count == 0) {
		o->before = o->now;
	} else {
		prefix_set_release(&o->now);
	}
	o->now = fresh;
	return 0;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec &&
	       a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec && a->size == b->size &&
	       a->inode == b->inode && a->device == b->device;
}

static bool is_hot(const struct stamp *s)
{
	int64_t age =
	    clock_ms(CLOCK_REALTIME) - ((int64_t)s->modified.tv_sec * 1000 +
					s->modified.tv_nsec / 1000000);

	/* A time in the future says nothing either way. */
	return age >= 0 && age < SETTLED_MS;
}

/* Returns -1 when the file is not there though it must be. */
static int find_file(const struct opt_out *o, struct stamp *stamp)
{
	struct stat st;

	*stamp = (struct stamp){0};
	if (stat(o->path, &st) == 0) {
		*stamp = (struct stamp){st.st_mtim, st.st_ctim, st.st_size,
					st.st_ino, st.st_dev};
		return 1;
	}
	if (errno == ENOENT && !o->seen && !o->required)
		return 0;
	if (!o->broken) {
		log_error("cannot read the opt-out list '%s': %s", o->path,
			  strerror(errno));
		log_hint("nobody is probed without it; an empty file means "
			 "that nobody opted out");
	}
	return -1;
}

static int look(struct opt_out *o)
{
	struct stamp stamp;
	int found = find_file(o, &stamp);
	bool changed;

	o->looked_ms = clock_ms(CLOCK_MONOTONIC_COARSE);
	if (found <= 0) {
		o->broken = found < 0;
		o->stamp = stamp;
		return found;
	}
	o->seen = true;
	changed = !same_stamp(&stamp, &o->stamp);
	o->stamp = stamp;
	/* A broken file is read again only when it changed, so that it is
	 * complained about once. */
	if (changed || (o->hot && !o->broken)) {
		o->hot = is_hot(&stamp);
		o->broken = read_opt_out(o) < 0;
	}
	if (!o->hot)
		prefix_set_release(&o->before);
	return o->broken ? -1 : 0;
}

/* --- the gate */

static struct addr v4_at(const struct addr *a, int at, uint8_t flip)
{
	struct addr v4 = {.family = 4};

	for (int i = 0; i < 4; i++)
		v4.bytes[i] = a->bytes[at + i] ^ flip;
	return v4;
}

/* The IPv4 addresses that packets to an IPv6 address end up at. */
static int find_embedded(const struct addr *a, struct addr out[EMBEDDED_MAX])
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	static const uint8_t teredo[4] = {0x20, 0x01, 0x00, 0x00};

	if (a->family != 6)
		return 0;
	if (memcmp(a->bytes, nat64, sizeof(nat64)) == 0) {
		out[0] = v4_at(a, 12, 0);
		return 1;
	}
	if (a->bytes[0] == 0x20 && a->bytes[1] == 0x02) {
		out[0] = v4_at(a, 2, 0);
		return 1;
	}
	if (memcmp(a->bytes, teredo, sizeof(teredo)) == 0) {
		out[0] = v4_at(a, 4, 0);
		out[1] = v4_at(a, 12, 0xff);
		return 2;
	}
	return 0;
}

static bool in_laboratory(struct scope *s, const struct addr *a)
{
	return prefix_set_find(&s->laboratory, a) >= 0;
}

static bool opted_out(struct scope *s, const struct addr *a)
{
	s->out.failed |= s->out.broken;
	return s->out.broken || prefix_set_find(&s->out.now, a) >= 0 ||
	       prefix_set_find(&s->out.before, a) >= 0;
}

static enum refusal judge_one(struct scope *s, const struct addr *a)
{
	bool laboratory = s->laboratory.count > 0;
	bool inside = laboratory && in_laboratory(s, a);

	if (!inside && prefixes_find(s->special, a) != NULL)
		return REFUSAL_SPECIAL_PURPOSE;
	if (opted_out(s, a))
		return REFUSAL_OPT_OUT;
	return laboratory && !inside ? REFUSAL_OUTSIDE_LABORATORY
				     : REFUSAL_TARGET;
}

enum refusal scope_judge(struct scope *s, const struct addr *a)
{
	struct addr embedded[EMBEDDED_MAX];
	int count = find_embedded(a, embedded);
	enum refusal verdict;

	if (clock_ms(CLOCK_MONOTONIC_COARSE) - s->out.looked_ms >= LOOK_MS)
		look(&s->out);
	verdict = judge_one(s, a);
	for (int i = 0; verdict == REFUSAL_TARGET && i < count; i++)
		verdict = judge_one(s, &embedded[i]);
	return verdict;
}

bool scope_failed(const struct scope *s)
{
	return s->out.failed;
}

int scope_refresh(struct scope *s)
{
	return look(&s->out);
}

static int read_laboratory(struct scope *s, const struct config *config)
{
	char word[ADDR_TEXT_MAX + 8];

	for (int i = 0;
	     config_list(config, "scope.laboratory", i, word, sizeof(word));
	     i++) {
		struct prefix p;

		if (!prefix_parse(word, &p)) {
			log_error("scope.laboratory: '%s' is not a prefix",
				  word);
			log_hint("write prefixes such as 127.8.0.0/16, "
				 "fd00:8::/32, without bits after the length");
			return -1;
		}
		prefix_set_add(&s->laboratory, &p, 1);
	}
	return 0;
}

struct scope *scope_open(const struct workspace *ws)
{
	struct scope *s = xalloc_zero(1, sizeof(*s));

	s->out.path = optout_path(ws);
	s->out.required = config_is_set(ws->config, "scope.opt_out");
	s->special = prefixes_load_special();
	if (s->special == NULL || read_laboratory(s, ws->config) < 0 ||
	    scope_refresh(s) < 0) {
		scope_free(s);
		return NULL;
	}
	return s;
}

void scope_free(struct scope *s)
{
	if (s == NULL)
		return;
	prefixes_free(s->special);
	prefix_set_release(&s->laboratory);
	prefix_set_release(&s->out.now);
	prefix_set_release(&s->out.before);
	free(s->out.path);
	free(s);
}
