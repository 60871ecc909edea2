#include <stdlib.h>
#include <string.h>

#include "jsonout.h"
#include "outfile.h"
#include "str.h"
#include "leak_files.h"

#define FILE_MAX (64u << 20) /* bytes of one public file */

struct context {
	const char *file;
	struct faults *faults;
};

void leak_files_init(struct faults *f)
{
	*f = (struct faults){.list = json_array()};
}

void leak_files_release(struct faults *f)
{
	json_decref(f->list);
	*f = (struct faults){0};
}

void leak_files_add(struct faults *f, const char *file, int line,
		    const char *kind, const char *what)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", jsonout_text(file));
	json_object_set_new(o, "line", json_integer(line));
	json_object_set_new(o, "kind", json_string(kind));
	json_object_set_new(o, "what", jsonout_text(what));
	json_array_append_new(f->list, o);
	f->count++;
}

static void add_hit(void *arg, const struct leak_hit *hit)
{
	struct context *c = arg;

	leak_files_add(c->faults, c->file, hit->line, hit->kind, hit->shown);
}

void leak_files_text(struct leak_gate *g, const char *file, const char *text,
		     bool author, struct faults *f)
{
	struct context c = {file, f};

	leak_check(g, text, strlen(text), author, add_hit, &c);
}

int leak_files_read(struct leak_gate *g, const char *file, bool author,
		    struct faults *f)
{
	struct context c = {file, f};
	size_t len;
	char *text = outfile_read(file, FILE_MAX, &len);

	if (text == NULL)
		return -1;
	leak_check(g, text, len, author, add_hit, &c);
	free(text);
	return 0;
}

void leak_files_print(const struct faults *f, FILE *out)
{
	json_t *fault;
	size_t i;

	json_array_foreach(f->list, i, fault)
	{
		const char *file =
		    json_string_value(json_object_get(fault, "file"));
		char *name = str_vis(file, strlen(file), 400);

		fprintf(out, "%s:%d: %s: %s\n", name,
			(int)json_integer_value(json_object_get(fault, "line")),
			json_string_value(json_object_get(fault, "kind")),
			json_string_value(json_object_get(fault, "what")));
		free(name);
	}
}
