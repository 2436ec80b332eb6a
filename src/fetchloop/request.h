/* A request: what was asked for. It takes one attempt or more: a redirect and a retry are attempts of their own. */
#ifndef FETCHLOOP_REQUEST_H
#define FETCHLOOP_REQUEST_H

#include "session.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FL_REQUESTS_MAX (1u << 20)
#define FL_URL_BYTES_MAX 65536

/* Called exactly once for a request that was accepted, from a turn, never inside the call that caused it. The request,
 * and what its getters give, lives until this returns. */
typedef void fl_on_end(fl_request *request, void *arg);

/* FL_STREAM tells a C program of the head, once it is that of the response to be delivered: it isn't retried from then
 * on, and attempt_us no longer ends it. There is no C function that reads a body as it comes, only the module's
 * JavaScript has that: here it is whole at the end, as without, and in Node one of more than 100 MiB ends with
 * FL_ETOOBIG. */
enum {
  FL_BODY_ON_HEAP = 1,      /* give fl_request_body(); else the body stays with the transport, not copied */
  FL_STREAM = 2,            /* on_response comes with the headers, on_end when the reader has had the body */
  FL_BODY_ONCE = 4,         /* its body can't be sent a second time */
  FL_BODY_AT_TRANSPORT = 8, /* it has a body, which the transport knows of */
  FL_REPLAY_SAFE = 16,      /* may be made twice, whatever its method (it has an Idempotency-Key, say) */
  FL_RAISE_FOR_STATUS = 32, /* a final status of 400 or more is an error: FL_ESTATUS, in on_response already */
  FL_TRACED = 64
};

typedef struct fl_request_options {
  const char *method;       /* NULL: GET. A token; copied */
  const fl_header *headers; /* copied. A value of NULL leaves out the session's of that name */
  size_t headers_count;
  const void *body; /* borrowed until on_end has returned */
  size_t body_bytes;
  unsigned flags;
  int priority; /* a higher one goes first, among those that wait for the same place; -128 to 127 */
  fl_timeouts timeouts;
  fl_retry_options retry; /* what is 0 is the session's; after_max_us and budget are that alone: the host's affair */
  uint32_t redirects;     /* 0: the session's; FL_REDIRECTS_NONE */
  /* FL_STREAM: the response that will be delivered has begun; from a turn, once, before on_end. May be NULL. */
  void (*on_response)(fl_request *request, void *arg);
  fl_on_end *on_end; /* must be there */
  void *arg;         /* for both */
} fl_request_options;

/* Ask for `url` (bytes, no NUL needed; copied, as `options` is; fl_emscripten_transport() sends those past ASCII
 * percent-encoded). A user name and password in it become an Authorization header. Requests start in the order they
 * were asked for, those of the same priority; one that its host has no place for holds up no other host's. *out may be
 * NULL; it is valid until on_end has returned. `options` must be there, for its on_end. Errors: FL_EURL...,
 * FL_EPROTOCOL (url), FL_EMETHOD, FL_EHEADER, FL_EFORBIDDEN, FL_EHEADERSLONG, FL_EINVAL (a time, a priority, a retry
 * option that is the session's), FL_ENOMEM, FL_EFULL, FL_EPARKED, FL_ECLOSED; on_end is then never called. */
int fl_session_request(fl_request **out, fl_session *session, const char *url, size_t url_bytes,
                       const fl_request_options *options);

/* The same with GET and the session's defaults. */
int fl_session_get(fl_request **out, fl_session *session, const char *url, size_t url_bytes, unsigned flags,
                   fl_on_end *on_end, void *arg);

/* End it with FL_ECANCELLED: its place is free at once, its connection is closed; on_end comes in a later turn.
 * One that is ending already is left as it is. */
void fl_request_cancel(fl_request *request);

/* From -128 to 127; 0 is the default, and the higher goes first. Whether it still waits, and so goes before others now;
 * also false, with nothing changed, for one beyond that. */
bool fl_request_set_priority(fl_request *request, int priority);

/* From on_attempt: replaces the header of that name from this attempt on; NULL removes it. Errors: FL_EHEADER,
 * FL_EFORBIDDEN, FL_EHEADERSLONG, FL_ENOMEM. */
int fl_request_set_header(fl_request *request, const char *name, const char *value);

/* The request with that id; NULL once it has ended, however often the id is asked for. */
fl_request *fl_session_find(fl_session *session, uint32_t id);

int fl_request_error(const fl_request *request);       /* 0 when a response came, whatever its status; else FL_E... */
int fl_request_status(const fl_request *request);      /* 0 when no response came */
uint32_t fl_request_id(const fl_request *request);     /* never 0; not given again for long after it ended */
const char *fl_request_url(const fl_request *request); /* as it was given, with a NUL */
const char *fl_request_final_url(const fl_request *request); /* of the last attempt, without user name and password */
const char *fl_request_method(const fl_request *request);    /* of the last attempt */
void *fl_request_arg(const fl_request *request);
unsigned fl_request_retries(const fl_request *request);
const uint8_t *fl_request_body(const fl_request *request, size_t *bytes); /* NULL without FL_BODY_ON_HEAP */
void *fl_request_token(const fl_request *request); /* what send() gave; NULL when it never started, or was abandoned */
int64_t fl_request_queued_us(const fl_request *request);  /* when it was asked for, */
int64_t fl_request_started_us(const fl_request *request); /* first given to the transport (FL_NEVER: it never was), */
int64_t fl_request_attempt_us(const fl_request *request); /* the same of its last attempt, */
int64_t fl_request_ended_us(const fl_request *request);   /* and when its end was reported */

/* A header of the response, from on_reply, on_response and on_end: copied into `buffer` with a NUL, cut to fit. Its
 * whole length; -1 when it isn't there. Several of one name are joined by ", ". */
int fl_request_header(const fl_request *request, const char *name, char *buffer, size_t size);

/* All of them, likewise: "name: value\r\n" for each, in the order in which they came, their names
 * in lower case (so fl_emscripten_transport(); a browser sorts them, too). -1 when there is no response. */
int fl_request_headers(const fl_request *request, char *buffer, size_t size);

/* The redirects that were followed, in order. A transport that follows them itself, as browsers do, shows none. */
typedef struct fl_redirected {
  int status;
  const char *method, *url; /* that gave this status; without user name and password */
} fl_redirected;
size_t fl_request_history(const fl_request *request, const fl_redirected **out);

#ifdef __cplusplus
}
#endif
#endif
