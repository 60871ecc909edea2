/*
 * Contact lists: for each contact the addresses it is responsible for, what
 * they sent, when, and what they are. TLP:AMBER+STRICT.
 *
 * Which addresses: sources of the period that sent something that is not
 * backscatter and were either seen with a fresh service, or sent TCP and
 * have a contact. Observations made with --stale never enter. Nothing here
 * tells a sensor: only how many there were.
 */
#ifndef MARTLET_CONTACTS_H
#define MARTLET_CONTACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "casefile.h"
#include "contact_book.h"
#include "groups.h"
#include "period.h"
#include "sensordb.h"
#include "sources.h"

/* Handlers ask for logs of the last two weeks. */
#define CONTACTS_OLD_SECONDS (14 * 86400)
/* Lines of evidence for one address: the latest. */
#define CONTACTS_EVIDENCE_MAX 10

#define CONTACTS_TLP "TLP:AMBER+STRICT"

/* What an address sent to one port on one day of the network. */
struct contact_evidence {
	int64_t first_seen, last_seen; /* Unix seconds */
	int protocol;
	uint16_t port;
	int64_t packets;
	int sensors;
	bool old; /* last_seen is older than CONTACTS_OLD_SECONDS */
};

struct contact_service {
	uint16_t port;
	char transport[4];
	enum protocol protocol;
	int64_t observed; /* Unix seconds */
	int64_t lag;      /* seconds; -1: unknown */
	struct identity identity;
};

struct contact_address {
	struct addr address;
	const struct source *source;
	int64_t first_seen, last_seen, packets; /* without backscatter */
	int sensors;                            /* the same */
	struct source_port *ports; /* the same; most packets first */
	size_t port_count;
	struct contact_evidence *evidence; /* latest first */
	size_t evidence_count;
	struct contact_service *services; /* by port */
	size_t service_count;
	int64_t group; /* 0: none */
	bool old;
	const struct contact_entry *entry; /* NULL: nobody is responsible */
	char *reason;                      /* why nobody is; else NULL */
};

struct contacts {
	struct contact_address *list; /* by contact, AS, address; those that
				       * nobody is responsible for last */
	size_t count;
	int64_t looked_up; /* when the book was last changed */
	struct sources sources;
	struct groups groups;
};

struct contacts_input {
	struct sensordb *db;
	struct casefile *cf;       /* NULL: nothing was probed yet */
	struct location *location; /* NULL: origins of the sensors only */
	struct contact_book *book; /* borrowed; outlives the contacts */
	const struct period *period;
	int64_t since; /* last seen at or after; 0: all */
	int64_t now;
};

/** contacts_load: Returns -1, logged, with out empty. Caller frees with
 * contacts_release. */
int contacts_load(const struct contacts_input *in,
		  struct contacts *out) WARN_UNUSED;
void contacts_release(struct contacts *c);

/** The service that says most of the device: the most certain identity, a
 * device rather than software. NULL when nothing was recognised. */
const struct contact_service *contacts_device(const struct contact_address *a);
/** Whether it is a box of its own rather than server software. */
bool contacts_is_device(const struct identity *id);

/** The index after the last address of the same contact and AS. */
size_t contacts_next(const struct contacts *c, size_t from);

#endif
