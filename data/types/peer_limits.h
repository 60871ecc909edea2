/*
 * Everything that a stranger could make large, with its bound. Bytes unless
 * the name says otherwise.
 */
#ifndef MARTLET_PEER_LIMITS_H
#define MARTLET_PEER_LIMITS_H

/* The first bytes a peer says: the longest honest banner known to Recog is
 * 838 bytes, and telnet menus fill a screen of 80 x 24. */
#define LIMIT_BANNER 4096

/* Header block of one HTTP answer: servers allow 8 to 16 KiB. */
#define LIMIT_HTTP_HEADERS (32u << 10)

/* Body of one page: login pages of recorders and controllers are 2 to 60 KiB
 * of HTML; what follows is scripts. */
#define LIMIT_HTTP_BODY (256u << 10)

/* An icon: 16 x 16 to 64 x 64 in several depths. */
#define LIMIT_FAVICON (128u << 10)

/* What the matcher sees of one banner, header or title: longer subjects only
 * serve to stall patterns. */
#define LIMIT_SUBJECT 2048

/* Text kept of a certificate's subject, issuer or names. */
#define LIMIT_CERTIFICATE_TEXT 1024

#endif
