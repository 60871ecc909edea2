/*
 * Names of products: CPE 2.2 URIs, which Recog writes, to CPE 2.3.
 */
#ifndef MARTLET_CPE_H
#define MARTLET_CPE_H

/** What "{name}" stands for; NULL: nothing. Borrowed. */
typedef const char *cpe_lookup(void *data, const char *name);

/**
 * cpe_from_uri: "cpe:/a:f5:nginx:{service.version}" to
 * "cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*" (NISTIR 7695).
 * Names in braces are replaced inside their component, so that a peer's text
 * cannot add components; it is lower-cased and quoted.
 * Returns NULL when it is not a CPE 2.2 URI; caller frees with free.
 */
char *cpe_from_uri(const char *uri, cpe_lookup *lookup, void *data);

#endif
