/*
 * bench_identify DIRECTORY: first matches over Recog's examples, and what it
 * takes to be ready for them. Prints lines "NAME WORK CPU-SECONDS", each the
 * median of three rounds after one to warm up; "plain" is the same work
 * without Martlet's ways of leaving patterns out: every pattern run by PCRE2
 * with JIT, in order, compiled in the one way that is right for all texts.
 * The work: the first match and all of its parameters, interpolated.
 */
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fingerprints.h"
#include "xalloc.h"

#define ROUNDS 3

/* One text and the file that is asked. */
struct pair {
	const struct recog_file *file;
	const struct recog_example *example;
};

struct pairs {
	struct pair *list;
	size_t count, cap;
};

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add(struct pairs *p, const struct recog_file *asked,
		const struct recog_file *of)
{
	for (size_t i = 0; i < of->count; i++)
		for (size_t j = 0; j < of->list[i].example_count; j++) {
			const struct recog_example *e =
			    &of->list[i].examples[j];

			if (strstr(e->text, " SMTP NAVIEG ") != NULL)
				continue;
			xalloc_room((void **)&p->list, &p->cap, p->count,
				    sizeof(*p->list));
			p->list[p->count++] = (struct pair){asked, e};
		}
}

static size_t match_all(const struct pairs *p, bool plain)
{
	size_t found = 0;

	for (size_t i = 0; i < p->count; i++) {
		struct pattern_subject s;
		struct recog_result r;

		pattern_subject(&s, p->list[i].example->text,
				p->list[i].example->len);
		if (plain) {
			memset(&s.has, 0xff, sizeof(s.has));
			s.kind |= PATTERN_LINES;
		}
		found += recog_match(p->list[i].file, &s, &r);
		recog_result_release(&r);
	}
	return found;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void measure(const char *name, const struct pairs *p)
{
	double times[2][ROUNDS], start;
	size_t found[2] = {0};

	start = cpu();
	match_all(p, false);
	printf("%s-cold %zu %f\n", name, p->count, cpu() - start);
	match_all(p, true);
	for (int round = 0; round < ROUNDS; round++)
		for (int plain = 0; plain < 2; plain++) {
			int times_over = plain ? 1 : 10;

			start = cpu();
			for (int n = 0; n < times_over; n++)
				found[plain] = match_all(p, plain);
			times[plain][round] = (cpu() - start) / times_over;
		}
	for (int plain = 0; plain < 2; plain++) {
		qsort(times[plain], ROUNDS, sizeof(double), compare);
		printf("%s-%s %zu %f\n", name, plain ? "plain" : "martlet",
		       p->count, times[plain][ROUNDS / 2]);
	}
	if (found[0] != found[1])
		printf("differ %zu %zu\n", found[0], found[1]);
}

static bool is_web(const struct recog_file *f)
{
	static const char *const names[] = {"http_servers", "ssh_banners",
					    "ftp_banners", "html_title"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(f->name, names[i]) == 0)
			return true;
	return false;
}

/* Everything of Martlet's own and of the directory, as before a scan. */
static int measure_load(const char *directory)
{
	double start = cpu();
	struct fingerprints *f = fingerprints_new();
	size_t count = 0;

	if (fingerprints_add_own(f, false) < 0 ||
	    fingerprints_add(f, directory, false) < 0)
		return -1;
	for (size_t i = 0; i < fingerprints_count(f); i++)
		count += fingerprints_file(f, i)->count;
	printf("load %zu %f\n", count, cpu() - start);
	start = cpu();
	for (size_t i = 0; i < fingerprints_count(f); i++)
		xmlFreeDoc(xmlReadFile(fingerprints_file(f, i)->path, NULL,
				       XML_PARSE_NONET));
	printf("xml %zu %f\n", count, cpu() - start);
	fingerprints_free(f);
	return 0;
}

int main(int argc, char **argv)
{
	struct pairs hits = {0}, misses = {0};
	struct fingerprints *f;

	if (argc != 2 || measure_load(argv[1]) < 0)
		return 1;
	f = fingerprints_new();
	if (fingerprints_add(f, argv[1], true) < 0)
		return 1;
	for (size_t i = 0; i < fingerprints_count(f); i++) {
		const struct recog_file *of = fingerprints_file(f, i);

		add(&hits, of, of);
		for (size_t j = 0; j < fingerprints_count(f); j++) {
			const struct recog_file *asked =
			    fingerprints_file(f, j);

			if (i != j && is_web(of) && is_web(asked))
				add(&misses, asked, of);
		}
	}
	measure("hits", &hits);
	measure("misses", &misses);
	free(hits.list);
	free(misses.list);
	fingerprints_free(f);
	return 0;
}
