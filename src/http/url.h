/* What the session must know of a URL: where it goes. The rest is the transport's. */
#ifndef FL_URL_H
#define FL_URL_H

#include "../fetchloop.h"

typedef struct fl__url {
  const char *text; /* all of it, borrowed */
  size_t bytes;
  bool https;
  uint16_t port;    /* the scheme's own when the URL names none */
  const char *host; /* borrowed from the URL; an IPv6 literal keeps its brackets; case as given */
  size_t host_bytes;
} fl__url;

static inline char fl__lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

/* Check an absolute http or https URL (RFC 3986, plus raw UTF-8, which transports encode) and take it apart.
 * Stricter than browsers, which guess: see the FL_EURL... errors. */
int fl__url_parse(fl__url *out, const char *url, size_t url_bytes);

/* Scheme, host and port are the same; the case of the host doesn't count. */
bool fl__url_same_origin(const fl__url *a, const fl__url *b);

/* Its user name and password, borrowed, still percent-encoded; one that isn't there is empty. False: neither is. */
bool fl__url_userinfo(const fl__url *url, const char **user, size_t *user_bytes, const char **password,
                      size_t *password_bytes);

#endif
