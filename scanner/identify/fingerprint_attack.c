#include <string.h>
#include <time.h>

#include "compiler.h"
#include "evidence.h"
#include "fingerprint_attack.h"

/* Places of an example where the repetition starts, what is repeated, and
 * what follows. */
#define CUTS 6
#define PUMPS 5
#define ENDS 2
_Static_assert(CUTS *PUMPS *ENDS == FINGERPRINT_ATTACKS, "all of them");

/* A decision that seems slow is measured again: the machine has other work. */
#define SEEMS_SLOW_MS 1.0
#define MEASURED 3

/* The last byte before the cut, the last three, and what classes of
 * characters tend to take. */
static size_t pump(const char *text, size_t cut, int which, const char **unit)
{
	static const char *const fixed[] = {" ", "0", "a"};
	size_t n = which == 0 ? 1 : 3;

	if (which >= 2 || cut < n) {
		*unit = fixed[which >= 2 ? which - 2 : which];
		return 1;
	}
	*unit = text + cut - n;
	return n;
}

size_t fingerprint_attack_text(const struct recog_example *e, int which,
			       char *out, size_t size)
{
	size_t len = e->len < size / 2 ? e->len : size / 2;
	size_t cut = len * (size_t)(which % CUTS + 1) / CUTS, at, n;
	size_t rest = which / (CUTS * PUMPS) == 0 ? 0 : len - cut;
	const char *unit;

	n = pump(e->text, cut, which / CUTS % PUMPS, &unit);
	memcpy(out, e->text, cut);
	for (at = cut; at + n + rest < size; at += n)
		memcpy(out + at, unit, n);
	/* The engine first looks whether the bytes are there that the pattern
	 * ends in: they are, but backwards. */
	for (size_t i = 0; i < rest; i++)
		out[at++] = e->text[len - 1 - i];
	out[at++] = '\x01';
	return at;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double decide(const struct recog_file *file, const char *text,
		     size_t len, bool *given_up)
{
	double start = now_ms(), took;
	struct pattern_subject s;
	struct recog_result result;

	pattern_subject(&s, text, len);
	recog_match(file, &s, &result);
	took = now_ms() - start;
	*given_up = result.limit_hit;
	recog_result_release(&result);
	return took;
}

void fingerprint_attack(const struct recog_file *file,
			const struct recog_example *e,
			struct fingerprint_attack *sum)
{
	char text[EVIDENCE_CAP];

	for (int i = 0; i < FINGERPRINT_ATTACKS; i++) {
		size_t len = fingerprint_attack_text(e, i, text,
						     evidence_cap(file->key));
		bool given_up = false;
		double least = decide(file, text, len, &given_up);

		for (int n = 1; n < MEASURED && least > SEEMS_SLOW_MS; n++) {
			double took = decide(file, text, len, &given_up);

			least = took < least ? took : least;
		}
		sum->texts++;
		sum->given_up += given_up;
		if (least <= sum->slowest_ms)
			continue;
		sum->slowest_ms = least;
		sum->path = file->path;
		sum->line = e->line;
	}
}

bool fingerprint_stalls(const struct recog_file *file,
			struct recog_fingerprint *fp)
{
	size_t size = evidence_cap(file->key);
	char text[EVIDENCE_CAP];

	for (size_t i = 0; i < fp->example_count; i++)
		for (int n = 0; n < FINGERPRINT_ATTACKS; n++) {
			struct pattern_subject s;
			size_t len = fingerprint_attack_text(&fp->examples[i],
							     n, text, size);

			pattern_subject(&s, text, len);
			if (pattern_takes(&fp->pattern, &s, FINGERPRINT_STEPS))
				return true;
		}
	return false;
}
