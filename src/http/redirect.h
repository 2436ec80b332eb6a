/* What a redirect makes of a request: the Fetch standard's changes of the method, and no secret to another origin. */
#ifndef FL_REDIRECT_H
#define FL_REDIRECT_H

#include "headers.h"

typedef struct fl__hop {
  const char *method, *url;
  const fl__headers *headers; /* NULL: none */
  bool has_body, replayable;  /* replayable: the body can be sent again */
} fl__hop;

typedef struct fl__next_hop {
  const char *method;   /* the old one's, or static */
  char *url;            /* for free(), as headers: the caller's; without user name and password */
  fl__headers *headers; /* never NULL */
  bool drops_body;      /* it goes without the one that it may have had */
  bool crosses_origin;  /* scheme, host or port is another */
} fl__next_hop;

/* 301, 302, 303, 307, 308 */
bool fl__status_redirects(int status);

/* Where a response with that status (which redirects) and Location sends a request, and what of it goes there. When the
 * method changes, the body goes and what describes it. To another origin go no Authorization, Cookie, Host, nothing
 * whose name says that it may be a secret, and nothing whose name is in `sensitive`, however often it is there. From
 * https to http goes no Referer either.
 * Errors, with *out as it was: fl__url_resolve()'s, FL_EREPLAY (the body must be sent again and can't be), FL_ENOMEM.
 */
int fl__redirect(fl__next_hop *out, const fl__hop *hop, int status, const char *location, size_t location_bytes,
                 const char *const *sensitive, size_t sensitive_count);

/* Whether `method` and `url` are those of a hop in `history`: then it goes round in a circle. Fragments don't count.
 * Not when a cookie was set on the way, which may change the answer: give the hops after the one that last did. */
bool fl__redirect_loops(const fl_redirected *history, size_t count, const char *method, const char *url);

#endif
