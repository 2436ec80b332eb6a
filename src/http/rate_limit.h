/* A quota that a server tells of: RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers, in its older
 * form and its newer), RateLimit-Limit, -Remaining and -Reset, and the same with X-. */
#ifndef FL_RATE_LIMIT_H
#define FL_RATE_LIMIT_H

#include "../fetchloop.h"

/* Borrowed; NULL: the header isn't there. */
typedef struct fl__rate_limit_headers {
  const char *rate_limit, *policy;
  const char *remaining, *reset, *limit;
} fl__rate_limit_headers;

/* -1 where it isn't told. */
typedef struct fl__quota {
  int64_t remaining, limit;    /* requests: now, and in a window */
  int64_t reset_us, window_us; /* from now */
} fl__quota;

/* The one that leaves least, when several are told of. False when none is. */
bool fl__quota_read(fl__quota *out, const fl__rate_limit_headers *headers, int64_t wall_us);

#endif
