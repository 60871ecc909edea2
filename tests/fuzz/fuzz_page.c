/*
 * Headers and page of a stranger: everything that is read out of them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "identify.h"
#include "xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
	size_t head = end == NULL ? 0 : (size_t)(end - data) + 4;
	struct observation o;
	struct webpage *page;
	char *path = NULL;

	observation_init(&o);
	if (!addr_parse("192.0.2.7", &o.address))
		abort();
	o.port = 80;
	o.protocol = PROTOCOL_HTTP;
	o.http_status = size > 9 && data[9] == '3' ? 302 : 200;
	o.http_path = xalloc_string("/");
	blob_set(&o.http_headers, data, head);
	blob_set(&o.body, data + head, size - head);
	page = identify_read_page(&o);
	if (identify_next_page(&o, page, &path) > 0 && path[0] != '/')
		abort();
	free(path);
	free(identify_icon(&o, page));
	identify_observation(NULL, &o, page);
	identify_page_free(page);
	observation_release(&o);
	return 0;
}
