#include <argp.h>
#include <stdlib.h>
#include <unistd.h>

#include "exit_status.h"
#include "log.h"
#include "outfile.h"
#include "ports.h"
#include "probingtxt.h"
#include "reference.h"
#include "who.h"
#include "xalloc.h"
#include "answerable_commands.h"

static const struct argp_option argp_options[] = {
    {"out", 'o', "DIR", 0,
     "The directory that becomes the root of the probing host's web server "
     "(default out/probing of the workspace)",
     0},
    {0},
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	const char **out = state->input;

	if (key != 'o')
		return ARGP_ERR_UNKNOWN;
	*out = arg;
	return 0;
}

static int write_file(const char *directory, const char *name,
		      const struct buf *text)
{
	char *path = xalloc_printf("%s/%s", directory, name);
	int rc = outfile_write(path, 0644, buf_text(text), text->len);

	if (rc == 0)
		puts(path);
	free(path);
	return rc;
}

static int write_txt(const struct workspace *ws, const char *out)
{
	char *directory = xalloc_printf("%s/.well-known", out);
	struct buf text;
	int rc = -1;

	buf_init(&text, BUF_NO_LIMIT);
	if (probingtxt_write(ws->config, &text) == 0 &&
	    outfile_make_directory(directory, 0755) == 0)
		rc = write_file(directory, "probing.txt", &text);
	buf_release(&text);
	free(directory);
	return rc;
}

/* The workspace's own template comes before the shipped one. */
static char *template_path(const struct workspace *ws, const char *lang)
{
	char *name = xalloc_printf("templates/%s/probing.html", lang);
	char *path = workspace_path(ws, name);

	if (access(path, F_OK) != 0) {
		free(path);
		path = reference_path(name);
	}
	free(name);
	return path;
}

static int write_page(const struct workspace *ws, const struct ports *ports,
		      const char *lang, const char *out)
{
	char *name = xalloc_printf("probing.%s.html", lang);
	char *template = template_path(ws, lang);
	struct buf text;
	int rc = -1;

	buf_init(&text, BUF_NO_LIMIT);
	if (template != NULL &&
	    probingtxt_page(ws->config, ports, template, &text) == 0)
		rc = write_file(out, name, &text);
	buf_release(&text);
	free(template);
	free(name);
	return rc;
}

static int run(const struct workspace *ws, const char *out)
{
	struct ports *ports = ports_load();
	int rc = -1;

	if (ports != NULL && who_check(ws->config, "probing-txt") == 0 &&
	    write_txt(ws, out) == 0 && write_page(ws, ports, "en", out) == 0 &&
	    write_page(ws, ports, "ja", out) == 0)
		rc = 0;
	ports_free(ports);
	if (rc == 0)
		log_hint("serve .well-known/probing.txt as text/plain; "
			 "charset=utf-8 over https on each host that probes, "
			 "and show a page at who.url");
	return rc;
}

int cmd_probing_txt(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    take_option,
	    NULL,
	    "Writes what those who are probed can look up: "
	    ".well-known/probing.txt (RFC 9511) and a page that explains the "
	    "probing, in English and Japanese, from the who.* settings, the "
	    "pace and the ports of this workspace.\v"
	    "Run it again whenever a setting changes. It refuses where scan "
	    "would: when who.* is missing or who.expires is past. A "
	    "templates/LANG/probing.html of the workspace replaces the shipped "
	    "page.",
	    NULL,
	    NULL,
	    NULL};
	const char *out = NULL;
	struct workspace *ws;
	char *standard;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &out);
	ws = workspace_open(with);
	if (ws == NULL)
		return EXIT_FAILED;
	standard = workspace_path(ws, "out/probing");
	status = run(ws, out != NULL ? out : standard) == 0 ? EXIT_DONE
							    : EXIT_FAILED;
	free(standard);
	workspace_free(ws);
	return status;
}
