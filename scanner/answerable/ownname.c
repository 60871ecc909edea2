#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "prefixes.h"
#include "str.h"
#include "ownname.h"

#define ANSWER_MAX 4096 /* bytes of an answer */
#define WAIT_SECONDS 2  /* for a server, once */
#define URL_MAX 300     /* bytes of a word of who.canonical */
#define ROUTE_PORT 9    /* any: nothing is sent there */
#define RESOLVER_PORT 53

/* Connecting a UDP socket sends nothing; it only looks up the route. */
static bool find_sender(const struct addr *to, struct addr *out)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(to, ROUTE_PORT, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && connect(fd, (struct sockaddr *)&sa, len) == 0;

	len = sizeof(sa);
	found = found && getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
		addr_from_sockaddr((struct sockaddr *)&sa, out);
	if (fd >= 0)
		close(fd);
	return found;
}

/* --- the question */

static void reverse_name(const struct addr *a, struct buf *out)
{
	if (a->family == 4) {
		buf_printf(out, "%u.%u.%u.%u.in-addr.arpa", a->bytes[3],
			   a->bytes[2], a->bytes[1], a->bytes[0]);
		return;
	}
	for (int i = 15; i >= 0; i--)
		buf_printf(out, "%x.%x.", a->bytes[i] & 15u,
			   (unsigned)a->bytes[i] >> 4);
	buf_add_string(out, "ip6.arpa");
}

/* @out: untouched without the setting. */
static int read_resolver(const struct config *config, struct sockaddr_in *out)
{
	const char *text = config_text(config, "who.resolver");
	char address[INET_ADDRSTRLEN];
	size_t len = strcspn(text, ":");
	int64_t port = RESOLVER_PORT;

	if (*text == '\0')
		return 0;
	if (len < sizeof(address)) {
		memcpy(address, text, len);
		address[len] = '\0';
		if (inet_pton(AF_INET, address, &out->sin_addr) == 1 &&
		    (text[len] == '\0' ||
		     str_to_int64(text + len + 1, 1, UINT16_MAX, &port))) {
			out->sin_family = AF_INET;
			out->sin_port = htons((uint16_t)port);
			return 0;
		}
	}
	log_error("who.resolver: '%s' is not an IPv4 address with or without "
		  "a port",
		  text);
	log_hint("such as 127.0.0.1 or 192.0.2.53:5353; empty for the "
		 "system's");
	return -1;
}

/* Returns the bytes of the answer, 0 when there is no such name, -1 when
 * that is not known. */
static int ask(const struct config *config, const char *question,
	       unsigned char *answer)
{
	struct __res_state state = {0};
	struct sockaddr_in resolver = {0};
	int len = -1;

	if (read_resolver(config, &resolver) < 0 || res_ninit(&state) != 0)
		return -1;
	state.retrans = WAIT_SECONDS;
	state.retry = 1;
	if (resolver.sin_family != 0) {
		state.nscount = 1;
		state.nsaddr_list[0] = resolver;
	}
	len =
	    res_nquery(&state, question, ns_c_in, ns_t_ptr, answer, ANSWER_MAX);
	if (len < 0 && (state.res_h_errno == HOST_NOT_FOUND ||
			state.res_h_errno == NO_DATA))
		len = 0;
	res_nclose(&state);
	return len > ANSWER_MAX ? -1 : len;
}

/* --- the answer */

/* Whether a URL is on the host: a name without its last dot. */
static bool is_on_host(const char *url, const char *host, size_t len)
{
	const char *at = strstr(url, "://");

	return at != NULL && strcspn(at + 3, ":/?#") == len &&
	       strncasecmp(at + 3, host, len) == 0;
}

static bool leads_to_us(const struct config *config, const char *name)
{
	size_t len = strlen(name);
	char url[URL_MAX];

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len == 0)
		return false;
	if (is_on_host(config_text(config, "who.url"), name, len))
		return true;
	for (int i = 0;
	     config_list(config, "who.canonical", i, url, sizeof(url)); i++)
		if (is_on_host(url, name, len))
			return true;
	return false;
}

static enum ownname judge(const struct config *config,
			  const unsigned char *answer, int len, char *name)
{
	enum ownname verdict = OWNNAME_NONE;
	ns_msg message;
	ns_rr row;

	if (ns_initparse(answer, len, &message) != 0)
		return OWNNAME_UNKNOWN;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		if (ns_parserr(&message, ns_s_an, i, &row) != 0)
			return OWNNAME_UNKNOWN;
		if (ns_rr_type(row) != ns_t_ptr)
			continue;
		if (ns_name_uncompress(ns_msg_base(message),
				       ns_msg_end(message), ns_rr_rdata(row),
				       name, OWNNAME_TEXT) < 0) {
			name[0] = '\0';
			return OWNNAME_UNKNOWN;
		}
		if (leads_to_us(config, name))
			return OWNNAME_LEADS;
		verdict = OWNNAME_ELSEWHERE;
	}
	return verdict;
}

enum ownname ownname_look(const struct config *config, const struct addr *own,
			  char *name)
{
	unsigned char answer[ANSWER_MAX];
	struct buf question;
	int len;

	name[0] = '\0';
	buf_init(&question, BUF_NO_LIMIT);
	reverse_name(own, &question);
	len = ask(config, buf_text(&question), answer);
	buf_release(&question);
	if (len < 0)
		return OWNNAME_UNKNOWN;
	return len == 0 ? OWNNAME_NONE : judge(config, answer, len, name);
}

/* --- the warning */

static void warn(const struct addr *own, enum ownname verdict, const char *name)
{
	char text[ADDR_TEXT_MAX];
	char *shown = str_vis(name, strlen(name), 255);

	addr_format(own, text);
	if (verdict == OWNNAME_ELSEWHERE)
		log_warning("the reverse name of %s, from which this host "
			    "probes, is '%s': neither the host of who.url nor "
			    "of who.canonical",
			    text, shown);
	else if (verdict == OWNNAME_NONE)
		log_warning("%s, from which this host probes, has no reverse "
			    "name",
			    text);
	else if (verdict == OWNNAME_UNKNOWN)
		log_warning("no resolver says what the reverse name of %s is, "
			    "from which this host probes",
			    text);
	if (verdict != OWNNAME_LEADS)
		log_hint("those who are probed look there first (RFC 9511): "
			 "give the address a name that serves probing.txt and "
			 "stands in who.canonical; who.check_ptr = no ends "
			 "this");
	free(shown);
}

static bool is_special(const struct addr *a)
{
	struct prefixes *special = prefixes_load_special();
	bool is = special != NULL && prefixes_find(special, a) != NULL;

	prefixes_free(special);
	return is;
}

int ownname_check(const struct config *config, const struct addr *to)
{
	const char *when = config_text(config, "who.check_ptr");
	bool always = strcmp(when, "yes") == 0;
	struct sockaddr_in unused = {0};
	char name[OWNNAME_TEXT];
	struct addr own;

	if (strcmp(when, "no") == 0)
		return 0;
	if (!always && strcmp(when, "auto") != 0) {
		log_error("who.check_ptr is yes, no or auto, not '%s'", when);
		return -1;
	}
	if (read_resolver(config, &unused) < 0)
		return -1;
	if (!always && *config_text(config, "scope.laboratory") != '\0')
		return 0;
	/* Without a route the scan says more than could be said here. */
	if (!find_sender(to, &own))
		return 0;
	if (!always && is_special(&own)) {
		log_note("this host sends from a private address: whether the "
			 "reverse name of the public one leads to who.url is "
			 "not checked");
		return 0;
	}
	warn(&own, ownname_look(config, &own, name), name);
	return 0;
}
