/*
 * From the description to the bytes that a device says.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "lab.h"

void answer_release(struct answer *a)
{
	bytes_release(&a->head);
	bytes_release(&a->repeat);
}

/* A string, or a list of strings with @between after each. */
static int add_strings(struct bytes *out, const json_t *from,
		       const char *between, const char *charset)
{
	json_t *line;
	size_t i;

	if (json_is_string(from))
		return lab_encode(out, from, charset);
	json_array_foreach((json_t *)from, i, line)
	{
		if (lab_encode(out, line, charset) < 0)
			return -1;
		bytes_text(out, between);
	}
	return 0;
}

static int read_manner(struct answer *a, const json_t *from)
{
	const char *end = json_string_value(json_object_get(from, "end"));
	const json_t *repeat = json_object_get(from, "repeat");

	a->delay_ms =
	    (int)json_integer_value(json_object_get(from, "delay_ms"));
	a->drip_ms = (int)json_integer_value(json_object_get(from, "drip_ms"));
	a->drip_bytes =
	    (int)json_integer_value(json_object_get(from, "drip_bytes"));
	if (a->drip_bytes <= 0)
		a->drip_bytes = 1;
	if (end == NULL || strcmp(end, "hold") == 0)
		a->end = END_HOLD;
	else if (strcmp(end, "close") == 0)
		a->end = END_CLOSE;
	else if (strcmp(end, "reset") == 0)
		a->end = END_RESET;
	else {
		fprintf(stderr, "lab: no end is called '%s'\n", end);
		return -1;
	}
	if (repeat == NULL)
		return 0;
	/* Many at a time, so that a fast peer is served fast. */
	while (a->repeat.len < 16384)
		if (add_strings(&a->repeat, repeat, "", NULL) < 0 ||
		    a->repeat.len == 0)
			return -1;
	return 0;
}

int answer_read(struct answer *a, const json_t *from)
{
	const char *charset =
	    json_string_value(json_object_get(from, "charset"));

	if (add_strings(&a->head, json_object_get(from, "say"), "", charset) <
	    0)
		return -1;
	return read_manner(a, from);
}

/* An icon of 16 x 16 in two colours that depends on the name alone. */
static void add_icon(struct bytes *out, const char *name)
{
	static const unsigned char head[] = {
	    0,  0, 1, 0, 1,  0, 16, 16, 2,  0, 1, 0, 1,   0,   176, 0, 0, 0,
	    22, 0, 0, 0, 40, 0, 0,  0,  16, 0, 0, 0, 32,  0,   0,   0, 1, 0,
	    1,  0, 0, 0, 0,  0, 0,  0,  0,  0, 0, 0, 0,   0,   0,   0, 0, 0,
	    0,  0, 0, 0, 0,  0, 0,  0,  0,  0, 0, 0, 255, 255, 255, 0};
	uint32_t state = 2166136261u;
	unsigned char pixels[128] = {0};

	for (; *name != '\0'; name++)
		state = (state ^ (unsigned char)*name) * 16777619u;
	for (size_t i = 0; i < 64; i += 4) {
		state = state * 1664525u + 1013904223u;
		pixels[i] = (unsigned char)(state >> 24);
		pixels[i + 1] = (unsigned char)(state >> 16);
	}
	bytes_add(out, head, sizeof(head));
	bytes_add(out, pixels, sizeof(pixels));
}

static void add_gzip_zeros(struct bytes *out, int mebibytes)
{
	static unsigned char zeros[1 << 16], packed[1 << 16];
	z_stream z = {0};
	int last = mebibytes * 16, state;

	if (deflateInit2(&z, 1, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	for (int i = 0; i < last; i++) {
		z.next_in = zeros;
		z.avail_in = sizeof(zeros);
		do {
			z.next_out = packed;
			z.avail_out = sizeof(packed);
			state =
			    deflate(&z, i + 1 == last ? Z_FINISH : Z_NO_FLUSH);
			bytes_add(out, packed, sizeof(packed) - z.avail_out);
		} while (z.avail_out == 0 && state != Z_STREAM_END);
	}
	deflateEnd(&z);
}

static int add_body(struct bytes *out, const json_t *from)
{
	const char *charset =
	    json_string_value(json_object_get(from, "charset"));
	const char *icon = json_string_value(json_object_get(from, "icon"));
	const json_t *zeros = json_object_get(from, "gzip_zeros_mb");

	bytes_add(out, "", 0);
	if (icon != NULL)
		add_icon(out, icon);
	else if (zeros != NULL)
		add_gzip_zeros(out, (int)json_integer_value(zeros));
	else
		return add_strings(out, json_object_get(from, "body"), "\n",
				   charset);
	return 0;
}

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {{200, "OK"},           {301, "Moved Permanently"},
		       {302, "Found"},        {400, "Bad Request"},
		       {401, "Unauthorized"}, {403, "Forbidden"},
		       {404, "Not Found"},    {405, "Method Not Allowed"}};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

static void add_line(struct bytes *out, const char *name, const char *value)
{
	bytes_text(out, name);
	bytes_text(out, value);
	bytes_text(out, "\r\n");
}

static int add_head(struct bytes *out, const json_t *service,
		    const json_t *from, size_t body_len)
{
	const json_t *given = json_object_get(from, "status");
	const json_t *length = json_object_get(from, "length");
	const char *type = json_string_value(json_object_get(from, "type"));
	int status = given == NULL ? 200 : (int)json_integer_value(given);
	char number[64];

	snprintf(number, sizeof(number), "HTTP/1.1 %d ", status);
	add_line(out, number, reason_of(status));
	if (add_strings(out, json_object_get(service, "headers"), "\r\n",
			NULL) < 0 ||
	    add_strings(out, json_object_get(from, "headers"), "\r\n", NULL) <
		0)
		return -1;
	if (json_object_get(from, "icon") != NULL)
		type = "image/x-icon";
	add_line(out, "Content-Type: ", type == NULL ? "text/html" : type);
	if (!json_is_string(length)) {
		snprintf(number, sizeof(number), "%lld",
			 length == NULL ? (long long)body_len
					: json_integer_value(length));
		add_line(out, "Content-Length: ", number);
	}
	return 0;
}

int page_read(struct page *p, const char *path, const json_t *service,
	      const json_t *from)
{
	const json_t *endless = json_object_get(from, "repeat_header");
	struct bytes body = {NULL, 0};
	int status = -1;

	if (strcmp(path, "*") != 0) {
		p->path = lab_alloc(strlen(path) + 1);
		memcpy(p->path, path, strlen(path));
	}
	if (json_object_get(from, "say") != NULL)
		return answer_read(&p->answer, from);
	if (read_manner(&p->answer, from) < 0 || add_body(&body, from) < 0 ||
	    add_head(&p->answer.head, service, from, body.len) < 0)
		goto out;
	while (endless != NULL && p->answer.repeat.len < 16384) {
		if (lab_encode(&p->answer.repeat, endless, NULL) < 0)
			goto out;
		bytes_text(&p->answer.repeat, "\r\n");
	}
	if (endless == NULL) {
		bytes_text(&p->answer.head, "\r\n");
		bytes_add(&p->answer.head, body.data, body.len);
	}
	status = 0;
out:
	bytes_release(&body);
	return status;
}

static void add_u32(struct bytes *out, uint32_t value)
{
	unsigned char wire[4] = {
	    (unsigned char)(value >> 24), (unsigned char)(value >> 16),
	    (unsigned char)(value >> 8), (unsigned char)value};

	bytes_add(out, wire, sizeof(wire));
}

/* SSH_MSG_KEXINIT with ten name lists (RFC 4253 sections 6 and 7.1). */
int answer_ssh(struct answer *a, const json_t *lists)
{
	struct bytes payload = {NULL, 0};
	unsigned char zeros[32] = {0}, padding;
	json_t *list;
	size_t i;

	if (json_array_size(lists) != 10) {
		fputs("lab: KEXINIT has ten lists\n", stderr);
		return -1;
	}
	bytes_add(&payload, "\x14", 1);
	bytes_add(&payload, "laboratorycookie", 16);
	json_array_foreach((json_t *)lists, i, list)
	{
		add_u32(&payload, (uint32_t)json_string_length(list));
		bytes_add(&payload, json_string_value(list),
			  json_string_length(list));
	}
	bytes_add(&payload, zeros, 5); /* no guess, reserved */
	padding = (unsigned char)(8 - (payload.len + 5) % 8);
	if (padding < 4)
		padding = (unsigned char)(padding + 8);
	add_u32(&a->head, (uint32_t)(payload.len + 1 + padding));
	bytes_add(&a->head, &padding, 1);
	bytes_add(&a->head, payload.data, payload.len);
	bytes_add(&a->head, zeros, padding);
	bytes_release(&payload);
	return 0;
}

/* Start-Control-Connection-Reply (RFC 2637 section 2.2). */
void answer_pptp(struct answer *a, const char *vendor, const char *host)
{
	static const unsigned char head[] = {
	    0, 156, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 2, 0, 0, 1,    0,
	    1, 0,   0, 0, 0,    3,    0,    0,    0, 3, 0, 1, 0x80, 0x46};
	char names[128] = {0};

	snprintf(names, 64, "%s", host);
	snprintf(names + 64, 64, "%s", vendor);
	bytes_add(&a->head, head, sizeof(head));
	bytes_add(&a->head, names, sizeof(names));
}
