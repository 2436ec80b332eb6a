/* What a request is made of besides its URL. Most are a GET with all the session's defaults, and have none. */
#ifndef FL_DETAILS_H
#define FL_DETAILS_H

#include "headers.h"
#include "session.h"

enum { FL__METHOD_BYTES = 32 }; /* emscripten_fetch's */

typedef struct fl__details {
  char method[FL__METHOD_BYTES];
  fl__headers *headers; /* own and the session's, merged */
  const void *body;
  size_t body_bytes;
  void (*on_response)(fl_request *request, void *arg);
  fl_timeouts timeouts;
  fl_retry_options retry;
  uint32_t redirects_max;
  char *url;              /* where it goes now; NULL: the request's own */
  fl_redirected *history; /* each one's `method` begins the one allocation of its texts */
  uint32_t history_count;
  uint32_t cookies_set; /* how many hops there were when one last set cookies: the same URL may then answer otherwise */
  char *validator;      /* of what is being downloaded, */
  char *encoding;       /* its Content-Encoding, NULL: it has none, */
  uint64_t whole_bytes; /* and how long all of it is; 0: unknown */
} fl__details;

/* Of a new request: NULL when it needs none. Errors: FL_EMETHOD, FL_EHEADER, FL_EFORBIDDEN, FL_EHEADERSLONG, FL_EINVAL,
 * FL_ENOMEM. */
int fl__details_make(fl__details **out, fl_session *session, const fl__url *url, const fl_request_options *options);
void fl__details_free(fl__details *details);

/* See that the request has some. Errors: FL_ENOMEM. */
int fl__details_need(fl_request *request);

/* What the request has, or its session's. */
const char *fl__request_method(const fl_request *request);
const char *fl__request_url(const fl_request *request); /* where it goes now */
const fl__headers *fl__request_headers(const fl_request *request);
const fl_timeouts *fl__request_timeouts(const fl_request *request);
const fl_retry_options *fl__request_retry(const fl_request *request);
uint32_t fl__request_redirects_max(const fl_request *request);
bool fl__request_has_body(const fl_request *request);
bool fl__request_may_be_sent_again(const fl_request *request);

/* Fill in what is 0 from `defaults`. Errors: FL_EINVAL (a negative time). */
int fl__timeouts_fill_in(fl_timeouts *timeouts, const fl_timeouts *defaults);

#endif
