/*
 * What a probing host shows about itself: probing.txt (RFC 9511, in the
 * format of security.txt, RFC 9116) and a page that explains the probing.
 */
#ifndef MARTLET_PROBINGTXT_H
#define MARTLET_PROBINGTXT_H

#include "buf.h"
#include "compiler.h"
#include "config.h"
#include "ports.h"

/**
 * probingtxt_write: The text of probing.txt: Canonical, Contact, Expires,
 * Preferred-Languages, Description, in this order, each on a line of its
 * own. Returns -1, logged with the setting, when who.* cannot be said so.
 */
int probingtxt_write(const struct config *config, struct buf *out) WARN_UNUSED;

/**
 * probingtxt_page: Fills a template: "{{name}}" becomes a value, escaped for
 * HTML; "{{#name}}...{{/name}}" stays where there is one, "{{^name}}..."
 * where there is none.
 * @path: of the template, for messages. Returns -1, logged.
 */
int probingtxt_page(const struct config *config, const struct ports *ports,
		    const char *path, struct buf *out) WARN_UNUSED;

#endif
