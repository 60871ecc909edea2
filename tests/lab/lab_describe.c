/*
 * The description file: services by name, and devices that have them.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "lab.h"

static const char *text_in(const json_t *from, const char *name)
{
	return json_string_value(json_object_get(from, name));
}

/* "1.10" is 127.20.1.10, and fd00:20:1::10 in the other family. */
static char *address_of(const struct lab *lab, const char *at)
{
	const char *dot = strchr(at, '.');
	char text[64];

	if (dot == NULL)
		dot = at;
	if (lab->ipv6)
		snprintf(text, sizeof(text), "fd00:20:%.*s::%s",
			 (int)(dot - at), at, dot + 1);
	else
		snprintf(text, sizeof(text), "127.20.%s", at);
	return strdup(text);
}

static int read_devices(struct lab *lab, const json_t *devices)
{
	json_t *one;
	size_t i;

	lab->device_count = json_array_size(devices);
	lab->devices = lab_alloc(lab->device_count * sizeof(*lab->devices));
	json_array_foreach((json_t *)devices, i, one)
	{
		struct device *d = &lab->devices[i];
		const char *name = text_in(one, "name");
		const char *at = text_in(one, "at");
		const char *group = text_in(one, "group");
		const char *signature = text_in(one, "signature");

		if (name == NULL || at == NULL) {
			fprintf(stderr, "lab: device %zu: name, at\n", i);
			return -1;
		}
		d->name = strdup(name);
		d->address = address_of(lab, at);
		d->source = !json_is_false(json_object_get(one, "source"));
		d->group = strdup(group == NULL ? "" : group);
		d->signature = strdup(signature == NULL ? "" : signature);
	}
	return 0;
}

static json_t *host_text(const struct lab *lab, const struct device *d)
{
	return json_sprintf(lab->ipv6 ? "[%s]" : "%s", d->address);
}

/* ${address}, ${host} (in brackets in IPv6), ${port}, ${host:NAME}. */
static json_t *built_in_names(const struct lab *lab, const struct device *d,
			      int port)
{
	json_t *names = json_object();

	for (size_t i = 0; i < lab->device_count; i++) {
		char key[128];

		snprintf(key, sizeof(key), "host:%s", lab->devices[i].name);
		json_object_set_new(names, key,
				    host_text(lab, &lab->devices[i]));
	}
	json_object_set_new(names, "address", json_string(d->address));
	json_object_set_new(names, "host", host_text(lab, d));
	json_object_set_new(names, "name", json_string(d->name));
	json_object_set_new(names, "port", json_sprintf("%d", port));
	return names;
}

static int read_pages(struct service *s, const json_t *from)
{
	const json_t *pages = json_object_get(from, "pages");
	const char *path;
	json_t *page;
	size_t i = 0;

	s->dated = json_object_get(from, "clock") != NULL;
	s->clock_s = json_integer_value(json_object_get(from, "clock"));
	s->page_count = json_object_size(pages);
	s->pages = lab_alloc(s->page_count * sizeof(*s->pages));
	json_object_foreach((json_t *)pages, path, page)
	{
		if (page_read(&s->pages[i++], path, from, page) < 0)
			return -1;
	}
	return 0;
}

static int read_rtsp(struct service *s, const json_t *from)
{
	json_t *line;
	size_t i;

	json_array_foreach(json_object_get(from, "headers"), i, line)
	{
		bytes_text(&s->rtsp_headers, json_string_value(line));
		bytes_text(&s->rtsp_headers, "\r\n");
	}
	return 0;
}

static int read_reply(struct service *s, const json_t *from)
{
	const json_t *ssh = json_object_get(from, "kexinit");
	const json_t *pptp = json_object_get(from, "pptp");

	s->kind = KIND_REPLY;
	if (ssh != NULL)
		return answer_ssh(&s->reply, ssh);
	if (pptp != NULL) {
		answer_pptp(&s->reply, text_in(pptp, "vendor"),
			    text_in(pptp, "host"));
		return 0;
	}
	return answer_read(&s->reply, json_object_get(from, "reply"));
}

static int read_conversation(struct service *s, const json_t *from)
{
	const char *kind = text_in(from, "kind");

	if (kind == NULL || strcmp(kind, "mute") == 0)
		s->kind = KIND_MUTE;
	else if (strcmp(kind, "http") == 0) {
		s->kind = KIND_HTTP;
		return read_pages(s, from);
	} else if (strcmp(kind, "rtsp") == 0) {
		s->kind = KIND_RTSP;
		return read_rtsp(s, from);
	} else if (strcmp(kind, "reply") == 0) {
		return read_reply(s, from);
	} else {
		fprintf(stderr, "lab: no kind is called '%s'\n", kind);
		return -1;
	}
	return 0;
}

static int read_service(struct service *s, struct keys *keys,
			const json_t *from)
{
	const json_t *greeting = json_object_get(from, "greeting");
	const json_t *plain = json_object_get(from, "plain");
	const json_t *tls = json_object_get(from, "tls");

	s->greets = greeting != NULL;
	if (s->greets && answer_read(&s->greeting, greeting) < 0)
		return -1;
	if (plain != NULL && answer_read(&s->plain, plain) < 0)
		return -1;
	if (tls != NULL) {
		s->tls = tls_context(keys, s->device, tls);
		if (s->tls == NULL || tls_then(tls, &s->then) < 0)
			return -1;
	}
	return read_conversation(s, from);
}

static void expect(struct lab *lab, const struct device *d,
		   const struct service *s, const json_t *service,
		   const json_t *use)
{
	json_t *e = json_object();

	json_object_set_new(e, "device", json_string(d->name));
	json_object_set_new(e, "address", json_string(d->address));
	json_object_set_new(e, "port", json_integer(s->port));
	json_object_set_new(e, "group", json_string(d->group));
	json_object_set_new(e, "source", json_boolean(d->source));
	json_object_set(e, "is", json_object_get(use, "is"));
	json_object_update(e, json_object_get(service, "expect"));
	json_object_update(e, json_object_get(use, "expect"));
	json_array_append_new(lab->expected, e);
}

static int read_use(struct lab *lab, const struct device *d,
		    const json_t *device, const json_t *use)
{
	const char *is = text_in(use, "is");
	int port = (int)json_integer_value(json_object_get(use, "port"));
	const json_t *service =
	    json_object_get(json_object_get(lab->description, "services"), is);
	json_t *names = built_in_names(lab, d, port);
	const json_t *scopes[] = {json_object_get(use, "vars"),
				  json_object_get(device, "vars"), names,
				  json_object_get(service, "vars")};
	json_t *ready = NULL, *ready_use = NULL;
	struct service *s = &lab->services[lab->service_count];
	int status = -1;

	if (service == NULL || port < 1 || port > 65535) {
		fprintf(stderr, "lab: %s: %d/%s: no such service or port\n",
			d->name, port, is == NULL ? "" : is);
		goto out;
	}
	ready = lab_substitute(service, scopes, 4);
	ready_use = lab_substitute(use, scopes, 4);
	if (ready == NULL || ready_use == NULL)
		goto out;
	s->fd = -1;
	s->watched = WATCHED_LISTENER;
	s->device = d->name;
	s->address = d->address;
	s->port = (uint16_t)port;
	lab->service_count++;
	status = lab->plays ? read_service(s, lab->keys, ready) : 0;
	if (status < 0)
		fprintf(stderr, "lab: in %s, port %d\n", d->name, port);
	expect(lab, d, s, ready, ready_use);
out:
	json_decref(names);
	json_decref(ready);
	json_decref(ready_use);
	return status;
}

static size_t count_uses(const json_t *devices)
{
	size_t i, count = 0;
	json_t *one;

	json_array_foreach((json_t *)devices, i, one) count +=
	    json_array_size(json_object_get(one, "services"));
	return count;
}

int lab_describe(struct lab *lab, const char *file)
{
	json_error_t error;
	json_t *devices, *device, *use;
	size_t i, j;

	lab->description = json_load_file(
	    file, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	if (lab->description == NULL) {
		fprintf(stderr, "lab: %s:%d: %s\n", file, error.line,
			error.text);
		return -1;
	}
	lab->keys = keys_new();
	lab->expected = json_array();
	devices = json_object_get(lab->description, "devices");
	lab->services = lab_alloc(count_uses(devices) * sizeof(*lab->services));
	if (read_devices(lab, devices) < 0)
		return -1;
	json_array_foreach(devices, i, device)
	{
		json_array_foreach(json_object_get(device, "services"), j, use)
		{
			if (read_use(lab, &lab->devices[i], device, use) < 0)
				return -1;
		}
	}
	return 0;
}

void service_release(struct service *s)
{
	answer_release(&s->greeting);
	answer_release(&s->reply);
	answer_release(&s->plain);
	bytes_release(&s->rtsp_headers);
	for (size_t i = 0; i < s->page_count; i++) {
		free(s->pages[i].path);
		answer_release(&s->pages[i].answer);
	}
	free(s->pages);
	SSL_CTX_free(s->tls);
}

void lab_release(struct lab *lab)
{
	for (size_t i = 0; i < lab->service_count; i++)
		service_release(&lab->services[i]);
	for (size_t i = 0; i < lab->device_count; i++) {
		free(lab->devices[i].name);
		free(lab->devices[i].address);
		free(lab->devices[i].group);
		free(lab->devices[i].signature);
	}
	population_free(lab->population);
	free(lab->services);
	free(lab->devices);
	keys_free(lab->keys);
	json_decref(lab->expected);
	json_decref(lab->description);
}
