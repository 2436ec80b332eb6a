/* A reference, as in Location, against the URL that it came from. */
#ifndef FL_URL_RESOLVE_H
#define FL_URL_RESOLVE_H

#include "url.h"

/* RFC 3986, 5.2, for a `base` with http or https, and with what servers send beyond it: space around the reference is
 * dropped; a space in it, a byte that isn't UTF-8 and what else browsers encode is percent-encoded. The base's fragment
 * is kept when the reference has none (RFC 9110, 10.2.2). Neither's user name and password are: a redirect can't set
 * credentials, and the base's have become a header.
 * `*out` is for free() and has a NUL, which *out_bytes (may be NULL) doesn't count. The result is one that
 * fl__url_parse() takes; else its errors: FL_EURLCHAR for a control character, FL_EPROTOCOL, FL_EURL.... FL_ENOMEM. */
int fl__url_resolve(char **out, size_t *out_bytes, const char *base, size_t base_bytes, const char *reference,
                    size_t reference_bytes);

/* A copy, given as above. Errors: FL_ENOMEM. */
int fl__url_without_userinfo(char **out, size_t *out_bytes, const fl__url *url);

#endif
