#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "str.h"
#include "rowfaults.h"

#define EXAMPLE_MAX 60 /* bytes */

void rowfaults_add(struct rowfaults *f, const char *what, const char *about,
		   int64_t line, bool counted)
{
	struct rowfault *k;
	size_t i = 0;

	while (i < f->count && strcmp(f->kinds[i].what, what) != 0)
		i++;
	if (i == ROWFAULTS_KINDS)
		return;
	k = &f->kinds[i];
	if (i == f->count) {
		f->count++;
		k->what = what;
		k->counted = counted;
		k->example = str_vis(about, strlen(about), EXAMPLE_MAX);
	}
	if (k->count < ROWFAULTS_LINES)
		k->lines[k->count] = line;
	k->count++;
}

void rowfaults_log(const struct rowfaults *f, const char *file)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct rowfault *k = &f->kinds[i];
		struct buf lines;
		int64_t shown =
		    k->count < ROWFAULTS_LINES ? k->count : ROWFAULTS_LINES;

		buf_init(&lines, BUF_NO_LIMIT);
		for (int64_t n = 0; n < shown; n++)
			buf_printf(&lines, "%s%" PRId64, n ? ", " : "",
				   k->lines[n]);
		if (k->count > shown)
			buf_printf(&lines, " and %" PRId64 " more",
				   k->count - shown);
		log_warning("%s: %" PRId64 " row%s %s: %s%s%s%s: line%s %s",
			    file, k->count, k->count == 1 ? "" : "s",
			    k->counted ? "in doubt" : "skipped", k->what,
			    *k->example ? " ('" : "", k->example,
			    *k->example ? "')" : "", k->count == 1 ? "" : "s",
			    buf_text(&lines));
		buf_release(&lines);
	}
}

void rowfaults_release(struct rowfaults *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->kinds[i].example);
	*f = (struct rowfaults){0};
}
