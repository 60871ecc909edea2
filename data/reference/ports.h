/*
 * data/reference/ports.csv: what may be sent to which TCP port, and why.
 * Nothing is ever sent to a port that is not in it (DESIGN section 6.2).
 */
#ifndef MARTLET_PORTS_H
#define MARTLET_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

enum port_send {
	PORT_SEND_NOTHING, /* connect and listen only */
	PORT_SEND_HTTP,
	PORT_SEND_TLS, /* handshake, then HTTP */
	PORT_SEND_RTSP,
	PORT_SEND_SSH,
	PORT_SEND_PPTP,
	PORT_SEND_TELNET_REFUSALS,
};

struct port {
	uint16_t number;
	char *service; /* IANA's or the vendor's name for it */
	bool speaks_first;
	enum port_send send;
	char *reason;
};

struct ports {
	struct port *list; /* by number */
	size_t count;
};

/** ports_load: The shipped list. Returns NULL, logged. */
struct ports *ports_load(void);
/** ports_read: Another file of that form. Returns NULL, logged with file and
 * line. */
struct ports *ports_read(const char *path);
void ports_free(struct ports *p);
/** NULL when nothing may be sent there. */
const struct port *ports_find(const struct ports *p, uint16_t number);

/**
 * ports_select: The ports that a list such as "22,80,8000-8100" names, in
 * their order and each once, or all when the text is NULL or "". Of a range
 * the listed ones. Logs and returns -1 for one that is not in ports.csv: it
 * is not probed.
 * @out: caller frees with free.
 */
int ports_select(const struct ports *p, const char *text, uint16_t **out,
		 size_t *count) WARN_UNUSED;

#endif
