#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "pattern.h"
#include "pattern_mask.h"

/* Kilobytes of heap for one match that the JIT cannot take. */
#define HEAP_LIMIT 20000

/* Bytes of stack of the JIT: pages of 32 KiB need more than the machine's. */
#define JIT_STACK (1u << 20)

/* Places of a long subject that are tried between looks at the clock. */
#define PLACES 256

struct pattern_code {
	pcre2_code *code;
	bool jit;
};

/* Flags that Recog's files use; its Ruby reads the last three alike. */
static int read_flag(struct pattern *p, const char *flag, size_t len)
{
	static const struct {
		const char *name;
		bool caseless;
	} flags[] = {
	    {"REG_ICASE", true},          {"IGNORECASE", true},
	    {"REG_DOT_NEWLINE", false},   {"REG_MULTILINE", false},
	    {"REG_LINE_ANY_CRLF", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strlen(flags[i].name) != len ||
		    strncmp(flags[i].name, flag, len) != 0)
			continue;
		p->caseless |= flags[i].caseless;
		p->dotall |= !flags[i].caseless;
		return 0;
	}
	return -1;
}

/* The text of a pattern like "^Apache\/2$", unescaped. Returns NULL when it
 * is more than that; caller frees. */
static char *read_exact(struct pattern *p, bool *caseless)
{
	static const char special[] = ".^$*+?()[]{}|";
	const char *s = p->source;
	size_t options = str_starts(s, "(?") ? strspn(s + 2, "im") : 0;
	char *text, *out;

	*caseless = p->caseless;
	if (options > 0 && s[2 + options] == ')') {
		*caseless |= memchr(s + 2, 'i', options) != NULL;
		s += options + 3;
	}
	if (*s++ != '^')
		return NULL;
	out = text = xalloc(strlen(s) + 1);
	while (*s != '\0' && strchr(special, *s) == NULL && *s != '\n' &&
	       (unsigned char)*s <= 0x7f) {
		if (*s == '\\' && !ispunct((unsigned char)*++s))
			break;
		*out++ = *s++;
	}
	*out = '\0';
	p->exact_len = (size_t)(out - text);
	if (strcmp(s, "$") == 0)
		return text;
	free(text);
	return NULL;
}

int pattern_init(struct pattern *p, const char *source, const char *flags)
{
	struct buf text;
	int rc = 0;

	*p = (struct pattern){.source = source};
	for (const char *s = flags != NULL ? flags : ""; *s != '\0';) {
		size_t len = strcspn(s, ", |");

		if (len > 0 && read_flag(p, s, len) < 0)
			rc = -1;
		s += len + (s[len] != '\0' ? 1 : 0);
	}
	buf_init(&text, BUF_NO_LIMIT);
	pattern_translate(source, &text);
	p->needs = pattern_mask_needs(buf_text(&text));
	buf_release(&text);
	p->exact = read_exact(p, &p->exact_caseless);
	return rc;
}

static void free_code(struct pattern_code *c)
{
	if (c == NULL)
		return;
	pcre2_code_free(c->code);
	free(c);
}

void pattern_release(struct pattern *p)
{
	for (int kind = 0; kind < PATTERN_KINDS; kind++) {
		free_code(p->code[kind]);
		p->code[kind] = NULL;
	}
	free_code(p->counted);
	p->counted = NULL;
	free(p->exact);
	p->exact = NULL;
}

/* @why: out when NULL is returned, caller frees; may be NULL. */
static struct pattern_code *compile(const struct pattern *p, unsigned kind,
				    uint32_t more, char **why)
{
	uint32_t options =
	    PCRE2_NEVER_BACKSLASH_C | more |
	    ((kind & PATTERN_LONG) != 0 ? PCRE2_USE_OFFSET_LIMIT : 0) |
	    ((kind & PATTERN_UTF) != 0 ? PCRE2_UTF : PCRE2_NEVER_UTF) |
	    ((kind & PATTERN_LINES) != 0 ? PCRE2_MULTILINE : 0) |
	    (p->caseless ? PCRE2_CASELESS : 0) | (p->dotall ? PCRE2_DOTALL : 0);
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct pattern_code *c = NULL;
	PCRE2_SIZE at = 0;
	struct buf text;
	pcre2_code *code;
	int error = 0;

	buf_init(&text, BUF_NO_LIMIT);
	pattern_translate(p->source, &text);
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	code = pcre2_compile((PCRE2_SPTR)buf_text(&text), text.len, options,
			     &error, &at, context);
	if (code != NULL) {
		/* Where there is no JIT, the interpreter does it. */
		c = xalloc_zero(1, sizeof(*c));
		c->jit = (more & PCRE2_AUTO_CALLOUT) == 0 &&
			 pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
		c->code = code;
	} else if (why != NULL) {
		PCRE2_UCHAR message[200];

		pcre2_get_error_message(error, message, sizeof(message));
		*why = xalloc_printf("%s at byte %zu of '%s'",
				     (const char *)message, (size_t)at,
				     buf_text(&text));
	}
	pcre2_compile_context_free(context);
	buf_release(&text);
	return c;
}

char *pattern_compile(struct pattern *p)
{
	char *why = NULL;

	for (unsigned kind = 0; kind <= PATTERN_UTF && why == NULL; kind++)
		if (p->code[kind] == NULL)
			p->code[kind] = compile(p, kind, 0, &why);
	return why;
}

int pattern_group_count(const struct pattern *p)
{
	uint32_t count = 0;

	if (p->code[0] != NULL)
		pcre2_pattern_info(p->code[0]->code, PCRE2_INFO_CAPTURECOUNT,
				   &count);
	return (int)count;
}

static bool has_high(const char *text, size_t len)
{
	uint64_t all = 0, word;
	size_t i = 0;

	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, text + i, sizeof(word));
		all |= word;
	}
	for (; i < len; i++)
		all |= (unsigned char)text[i];
	return (all & 0x8080808080808080u) != 0;
}

void pattern_subject(struct pattern_subject *s, const char *text, size_t len)
{
	bool high = has_high(text, len);

	*s = (struct pattern_subject){.text = text, .len = len};
	if (high && str_is_utf8(text, len))
		s->kind |= PATTERN_UTF;
	if (memchr(text, '\n', len) != NULL)
		s->kind |= PATTERN_LINES;
	/* Almost everything is in a page. */
	if (len > LIMIT_SUBJECT) {
		s->kind |= PATTERN_LONG;
		memset(&s->has, 0xff, sizeof(s->has));
	} else {
		s->has = pattern_mask_has(text, len, high);
	}
}

static pcre2_match_context *match_context(void)
{
	static pcre2_match_context *context;

	if (context == NULL) {
		context = pcre2_match_context_create(NULL);
		pcre2_set_match_limit(context, PATTERN_LIMIT);
		pcre2_set_heap_limit(context, HEAP_LIMIT);
		pcre2_jit_stack_assign(
		    context, NULL,
		    pcre2_jit_stack_create(32u << 10, JIT_STACK, NULL));
	}
	return context;
}

/* One for all: it stays in the processor's cache. */
static pcre2_match_data *match_data(void)
{
	static pcre2_match_data *data;

	if (data == NULL)
		data = pcre2_match_data_create(PATTERN_GROUPS, NULL);
	return data;
}

static int run(const struct pattern_code *code, const struct pattern_subject *s,
	       size_t first)
{
	if (code->jit)
		return pcre2_jit_match(code->code, (PCRE2_SPTR)s->text, s->len,
				       first, 0, match_data(), match_context());
	return pcre2_match(code->code, (PCRE2_SPTR)s->text, s->len, first,
			   (s->kind & PATTERN_UTF) != 0 ? PCRE2_NO_UTF_CHECK
							: 0,
			   match_data(), match_context());
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool starts_character(const struct pattern_subject *s, size_t at)
{
	return (s->kind & PATTERN_UTF) == 0 || at >= s->len ||
	       ((unsigned char)s->text[at] & 0xc0) != 0x80;
}

/* The limit is of the work from one place on, and a page has many places. */
static int run_long(const struct pattern_code *code,
		    const struct pattern_subject *s)
{
	int64_t until = now_ms() + PATTERN_LONG_MS;
	int rc = PCRE2_ERROR_NOMATCH;

	for (size_t at = 0; at <= s->len && rc == PCRE2_ERROR_NOMATCH;) {
		size_t next = at + PLACES;

		if (at > 0 && now_ms() >= until) {
			rc = PCRE2_ERROR_MATCHLIMIT;
			break;
		}
		while (!starts_character(s, next))
			next++;
		pcre2_set_offset_limit(match_context(), next - 1);
		rc = run(code, s, at);
		at = next;
	}
	pcre2_set_offset_limit(match_context(), PCRE2_UNSET);
	return rc;
}

enum pattern_result pattern_match(struct pattern *p,
				  const struct pattern_subject *s,
				  struct pattern_groups *groups)
{
	if (!pattern_mask_fits(&p->needs, &s->has))
		return PATTERN_MISS;
	return pattern_run(p, s, groups);
}

static bool same_letters(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (tolower((unsigned char)a[i]) !=
		    tolower((unsigned char)b[i]))
			return false;
	return true;
}

static bool is_exact(const struct pattern *p, const struct pattern_subject *s)
{
	return p->exact_len == s->len &&
	       (p->exact_caseless ? same_letters(p->exact, s->text, s->len)
				  : memcmp(p->exact, s->text, s->len) == 0);
}

/* Without PCRE2: for subjects of bytes, as of UTF-8 more could be "k". */
static enum pattern_result run_exact(const struct pattern *p,
				     const struct pattern_subject *s,
				     struct pattern_groups *groups)
{
	static size_t ends[2];

	if (!is_exact(p, s))
		return PATTERN_MISS;
	ends[1] = s->len;
	if (groups != NULL)
		*groups = (struct pattern_groups){ends, 1};
	return PATTERN_MATCH;
}

enum pattern_result pattern_run(struct pattern *p,
				const struct pattern_subject *s,
				struct pattern_groups *groups)
{
	struct pattern_code **code = &p->code[s->kind];
	int rc;

	if (p->exact != NULL && s->kind == 0)
		return run_exact(p, s, groups);
	if (*code == NULL && !p->broken)
		*code = compile(p, s->kind, 0, NULL);
	if (*code == NULL) {
		p->broken = true;
		return PATTERN_ERROR;
	}
	rc = (s->kind & PATTERN_LONG) != 0 ? run_long(*code, s)
					   : run(*code, s, 0);
	if (rc == PCRE2_ERROR_NOMATCH)
		return PATTERN_MISS;
	if (rc < 0)
		return PATTERN_LIMIT_HIT;
	/* 0: there are more groups than are handed out. */
	if (groups != NULL)
		*groups = (struct pattern_groups){
		    pcre2_get_ovector_pointer(match_data()),
		    rc == 0 ? PATTERN_GROUPS : (size_t)rc};
	return PATTERN_MATCH;
}

struct countdown {
	uint32_t left;
};

static int count_step(pcre2_callout_block *block, void *data)
{
	struct countdown *c = data;

	(void)block;
	return c->left-- > 0 ? 0 : PCRE2_ERROR_CALLOUT;
}

bool pattern_takes(struct pattern *p, const struct pattern_subject *s,
		   uint32_t most)
{
	pcre2_match_context *context;
	struct countdown c = {most};
	int rc;

	if (p->counted == NULL)
		p->counted =
		    compile(p, PATTERN_LINES, PCRE2_AUTO_CALLOUT, NULL);
	if (p->counted == NULL)
		return false;
	context = pcre2_match_context_create(NULL);
	pcre2_set_callout(context, count_step, &c);
	rc = pcre2_match(p->counted->code, (PCRE2_SPTR)s->text, s->len, 0, 0,
			 match_data(), context);
	pcre2_match_context_free(context);
	return rc < 0 && rc != PCRE2_ERROR_NOMATCH;
}
