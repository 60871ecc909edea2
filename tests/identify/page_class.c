/*
 * page_class FILE...: each file is an HTTP answer as "curl -i" writes it.
 * Prints "CLASS FILE" for each, "-" for a page without a class.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identify.h"
#include "outfile.h"
#include "peer_limits.h"
#include "webpage.h"

#define ANSWER_MAX (16u << 20)

static int print_class(const char *path)
{
	struct observation o;
	struct webpage *page;
	size_t len, body;
	char *text = outfile_read(path, ANSWER_MAX, &len), *end;

	if (text == NULL)
		return -1;
	end = memmem(text, len, "\r\n\r\n", 4);
	body = end != NULL ? (size_t)(end - text) + 4 : 0;
	observation_init(&o);
	blob_set(&o.http_headers, text, body);
	len -= body;
	blob_set(&o.body, text + body,
		 len < LIMIT_HTTP_BODY ? len : LIMIT_HTTP_BODY);
	page = identify_read_page(&o);
	printf("%s %s\n", page->page_class[0] != '\0' ? page->page_class : "-",
	       path);
	identify_page_free(page);
	observation_release(&o);
	free(text);
	return 0;
}

int main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++)
		if (print_class(argv[i]) < 0)
			rc = 1;
	return rc;
}
