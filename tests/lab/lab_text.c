/*
 * Strings of the description: ${names} replaced, charsets changed, and the
 * growing byte string.
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

void *lab_alloc(size_t len)
{
	void *p = calloc(1, len == 0 ? 1 : len);

	if (p == NULL) {
		fputs("lab: out of memory\n", stderr);
		abort();
	}
	return p;
}

void bytes_add(struct bytes *b, const void *data, size_t len)
{
	char *grown = realloc(b->data, b->len + len + 1);

	if (grown == NULL) {
		fputs("lab: out of memory\n", stderr);
		abort();
	}
	if (len > 0)
		memcpy(grown + b->len, data, len);
	b->data = grown;
	b->len += len;
	b->data[b->len] = '\0';
}

void bytes_text(struct bytes *b, const char *text)
{
	bytes_add(b, text, strlen(text));
}

void bytes_release(struct bytes *b)
{
	free(b->data);
	b->data = NULL;
	b->len = 0;
}

static const json_t *look_up(const char *name, size_t len,
			     const json_t *const *scopes, size_t scope_count)
{
	for (size_t i = 0; i < scope_count; i++) {
		const json_t *found = json_object_getn(scopes[i], name, len);

		if (json_is_string(found))
			return found;
	}
	fprintf(stderr, "lab: nothing is called ${%.*s}\n", (int)len, name);
	return NULL;
}

static json_t *substitute_string(const json_t *string,
				 const json_t *const *scopes,
				 size_t scope_count)
{
	const char *at = json_string_value(string);
	const char *end = at + json_string_length(string);
	struct bytes out = {NULL, 0};
	json_t *made = NULL;

	bytes_add(&out, "", 0);
	while (at < end) {
		const char *open = memmem(at, (size_t)(end - at), "${", 2);
		const char *close;
		const json_t *value;

		if (open == NULL)
			break;
		close = memchr(open, '}', (size_t)(end - open));
		if (close == NULL)
			break;
		bytes_add(&out, at, (size_t)(open - at));
		value = look_up(open + 2, (size_t)(close - open - 2), scopes,
				scope_count);
		if (value == NULL)
			goto out;
		bytes_add(&out, json_string_value(value),
			  json_string_length(value));
		at = close + 1;
	}
	bytes_add(&out, at, (size_t)(end - at));
	made = json_stringn(out.data, out.len);
out:
	bytes_release(&out);
	return made;
}

static json_t *substitute_object(const json_t *value,
				 const json_t *const *scopes,
				 size_t scope_count)
{
	json_t *made = json_object(), *part;
	const char *key;
	json_t *child;

	json_object_foreach((json_t *)value, key, child)
	{
		part = lab_substitute(child, scopes, scope_count);
		if (part == NULL ||
		    json_object_set_new_nocheck(made, key, part) < 0) {
			json_decref(made);
			return NULL;
		}
	}
	return made;
}

json_t *lab_substitute(const json_t *value, const json_t *const *scopes,
		       size_t scope_count)
{
	json_t *made, *child, *part;
	size_t i;

	if (json_is_string(value))
		return substitute_string(value, scopes, scope_count);
	if (json_is_object(value))
		return substitute_object(value, scopes, scope_count);
	if (!json_is_array(value))
		return json_deep_copy(value);
	made = json_array();
	json_array_foreach(value, i, child)
	{
		part = lab_substitute(child, scopes, scope_count);
		if (part == NULL || json_array_append_new(made, part) < 0) {
			json_decref(made);
			return NULL;
		}
	}
	return made;
}

int lab_encode(struct bytes *out, const json_t *string, const char *charset)
{
	char *in = (char *)json_string_value(string);
	size_t left = json_string_length(string);
	char piece[512];
	iconv_t change;

	if (charset == NULL) {
		bytes_add(out, in, left);
		return 0;
	}
	change = iconv_open(charset, "UTF-8");
	if (change == (iconv_t)-1) {
		fprintf(stderr, "lab: no charset '%s'\n", charset);
		return -1;
	}
	while (left > 0) {
		char *to = piece;
		size_t room = sizeof(piece);
		size_t got = iconv(change, &in, &left, &to, &room);

		bytes_add(out, piece, (size_t)(to - piece));
		if (got == (size_t)-1 && errno != E2BIG) {
			fprintf(stderr, "lab: '%s' is not in %s\n", in,
				charset);
			iconv_close(change);
			return -1;
		}
	}
	iconv_close(change);
	return 0;
}
