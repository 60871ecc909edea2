/*
 * Requests in, pages out: HTTP and RTSP.
 */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lab.h"

/* The length of the first complete request; 0: not all here yet. */
static size_t request_size(const struct connection *c)
{
	const char *end = memmem(c->request, c->request_len, "\r\n\r\n", 4);

	if (end != NULL)
		return (size_t)(end - c->request) + 4;
	/* A request that never ends is answered when the buffer is full. */
	return c->request_len == sizeof(c->request) ? c->request_len : 0;
}

static void consume(struct connection *c, size_t len)
{
	memmove(c->request, c->request + len, c->request_len - len);
	c->request_len -= len;
}

static bool has_text(const char *in, size_t len, const char *text)
{
	size_t text_len = strlen(text);

	for (size_t i = 0; i + text_len <= len; i++)
		if (strncasecmp(in + i, text, text_len) == 0)
			return true;
	return false;
}

static const struct page *find_page(const struct service *s, const char *path,
				    size_t len)
{
	const struct page *other = NULL;
	const char *query = memchr(path, '?', len);

	if (query != NULL)
		len = (size_t)(query - path);
	for (size_t i = 0; i < s->page_count; i++) {
		const struct page *p = &s->pages[i];

		if (p->path == NULL)
			other = p;
		else if (strlen(p->path) == len &&
			 memcmp(p->path, path, len) == 0)
			return p;
	}
	return other;
}

/* The page as a server with a clock sends it: the time stands second. */
static const struct answer *with_date(struct connection *c,
				      const struct answer *page)
{
	const struct bytes *head = &page->head;
	const char *end = memmem(head->data, head->len, "\r\n", 2);
	time_t now = time(NULL) + c->service->clock_s;
	struct bytes out = {NULL, 0};
	char date[64];
	size_t first;

	if (end == NULL)
		return page;
	first = (size_t)(end - head->data) + 2;
	strftime(date, sizeof(date), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n",
		 gmtime(&now));
	bytes_add(&out, head->data, first);
	bytes_text(&out, date);
	bytes_add(&out, head->data + first, head->len - first);
	c->own = *page;
	c->own.head = out;
	c->own.repeat = (struct bytes){NULL, 0};
	bytes_add(&c->own.repeat, page->repeat.data, page->repeat.len);
	return &c->own;
}

const struct answer *http_answer(struct connection *c)
{
	static const char bad[] = "HTTP/1.1 400 Bad Request\r\n"
				  "Content-Length: 0\r\n\r\n";
	static const char missing[] = "HTTP/1.1 404 Not Found\r\n"
				      "Content-Length: 0\r\n\r\n";
	size_t size = request_size(c), path_len;
	const struct page *page = NULL;
	const char *path, *end;

	if (size == 0)
		return NULL;
	answer_release(&c->own);
	memset(&c->own, 0, sizeof(c->own));
	path = memchr(c->request, ' ', size);
	end = path == NULL ? NULL
			   : memchr(path + 1, ' ',
				    size - (size_t)(path + 1 - c->request));
	if (end == NULL || strncmp(c->request, "GET ", 4) != 0) {
		bytes_text(&c->own.head, bad);
		c->own.end = END_CLOSE;
		consume(c, size);
		return &c->own;
	}
	path_len = (size_t)(end - path) - 1;
	page = find_page(c->service, path + 1, path_len);
	if (has_text(c->request, size, "\r\nConnection: close"))
		c->last_answer = true;
	consume(c, size);
	if (page != NULL)
		return c->service->dated ? with_date(c, &page->answer)
					 : &page->answer;
	bytes_text(&c->own.head, missing);
	return &c->own;
}

/* The value of CSeq is given back (RFC 2326 section 12.17). */
const struct answer *rtsp_answer(struct connection *c)
{
	size_t size = request_size(c), len = 0;
	const char *sequence;

	if (size == 0)
		return NULL;
	answer_release(&c->own);
	memset(&c->own, 0, sizeof(c->own));
	if (strncmp(c->request, "OPTIONS ", 8) == 0)
		bytes_text(&c->own.head, "RTSP/1.0 200 OK\r\n");
	else
		bytes_text(&c->own.head, "RTSP/1.0 400 Bad Request\r\n");
	sequence = memmem(c->request, size, "\r\nCSeq: ", 8);
	if (sequence != NULL) {
		sequence += 2;
		while (sequence + len < c->request + size &&
		       sequence[len] != '\r')
			len++;
		bytes_add(&c->own.head, sequence, len);
		bytes_text(&c->own.head, "\r\n");
	}
	bytes_add(&c->own.head, c->service->rtsp_headers.data,
		  c->service->rtsp_headers.len);
	bytes_text(&c->own.head, "\r\n");
	consume(c, size);
	return &c->own;
}
