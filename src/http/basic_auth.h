/* The value of an Authorization header for a user name and a password (RFC 7617). */
#ifndef FL_BASIC_AUTH_H
#define FL_BASIC_AUTH_H

#include "url.h"

/* "Basic " and the two in base64, for free(). FL_EINVAL: a colon in the user name, a control character in either, which
 * the RFC doesn't allow. FL_EHEADERSLONG: either is longer than a header may be. FL_ENOMEM. */
int fl__basic_auth(char **out, const char *user, size_t user_bytes, const char *password, size_t password_bytes);

/* The same for those of a URL, percent-decoded; a % without two hex digits stands for itself. *out is NULL when the URL
 * has none. */
int fl__basic_auth_of_url(char **out, const fl__url *url);

#endif
