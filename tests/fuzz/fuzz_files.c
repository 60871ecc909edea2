/*
 * Files that a crash, an editor or a stranger may have left: fingerprints,
 * the opt-out list and the audit log. The first byte chooses.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "evidence.h"
#include "fingerprint_attack.h"
#include "log.h"
#include "outfile.h"
#include "recog.h"
#include "scope.h"
#include "xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/tmp/martlet-fuzz-XXXXXX";
static struct workspace *ws;

static void setup(void)
{
	const char *overrides[] = {"scope.laboratory=127.0.0.0/8"};
	struct invocation with = {directory, overrides, 1};
	char *conf;

	if (mkdtemp(directory) == NULL)
		abort();
	conf = xalloc_printf("%s/martlet.conf", directory);
	if (outfile_write(conf, 0600, "", 0) < 0)
		abort();
	free(conf);
	ws = workspace_open(&with);
}

static void visit(const struct addr *to, int64_t age_ms, void *arg)
{
	char text[ADDR_TEXT_MAX];

	(void)arg;
	addr_format(to, text);
	if (age_ms < 0)
		abort();
}

/* Texts made of the examples stay inside their room. */
static void read_fingerprints(const char *path)
{
	struct recog_file *f = recog_load(path, true);
	static char text[EVIDENCE_CAP];

	for (size_t i = 0; f != NULL && i < f->count; i++)
		for (size_t j = 0; j < f->list[i].example_count; j++)
			for (int n = 0; n < FINGERPRINT_ATTACKS; n++)
				if (fingerprint_attack_text(
					&f->list[i].examples[j], n, text,
					evidence_cap(f->key)) >
				    evidence_cap(f->key))
					abort();
	recog_free(f);
}

static void read_file(int kind, const char *path)
{
	struct audit *a;

	if (kind == 0) {
		read_fingerprints(path);
	} else if (kind == 1) {
		scope_free(scope_open(ws));
	} else {
		a = audit_open(ws, "fuzz");
		if (a != NULL && audit_each_since(a, 1ll << 40, visit, a) < 0)
			abort();
		audit_close(a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"own.xml", "opt-out.txt",
					    "audit.log"};
	int kind = size > 0 ? data[0] % 3 : 0;
	char *path;
	FILE *out;

	if (size == 0)
		return 0;
	if (ws == NULL)
		setup();
	path = workspace_path(ws, names[kind]);
	out = fopen(path, "w");
	if (out == NULL || fwrite(data + 1, 1, size - 1, out) != size - 1 ||
	    fclose(out) != 0)
		abort();
	read_file(kind, path);
	unlink(path);
	free(path);
	return 0;
}
