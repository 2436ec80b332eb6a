/* The client session: requests, batches of them, and the transport that they go out through. */
#ifndef FETCHLOOP_SESSION_H
#define FETCHLOOP_SESSION_H

#include "loop.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_session fl_session;
typedef struct fl_request fl_request;
typedef struct fl_batch fl_batch;
typedef struct fl_transport fl_transport;

typedef struct fl_session_options {
  uint32_t limit;             /* requests in flight at once; 0: 50 (curl: --parallel-max) */
  uint32_t limit_per_host;    /* of these to one scheme, host and port; 0: 6, as browsers do */
  int64_t timeout_us;         /* from the start of a request to its end; 0: 30 s; FL_NEVER: none (curl: --max-time) */
  int64_t connect_timeout_us; /* until its connection stands; 0: 10 s; FL_NEVER: none. A transport that can't tell, as
                               * in browsers, leaves it to timeout_us. */
} fl_session_options;

/* Open a session on `loop` whose requests go out through `transport` (borrowed until the session is freed).
 * `options` is copied; NULL is all defaults. Errors: FL_ENOMEM, FL_EINVAL (a negative time). */
int fl_session_open(fl_session **out, fl_loop *loop, const fl_transport *transport, const fl_session_options *options);

/* Cancel every request, take no new ones. Each request still ends by its on_end, with FL_ECANCELLED, in a later turn.
 * After the last of them, and after the last batch is closed, the session is freed and on_closed(arg) is called once
 * (may be NULL), from a turn. A second close is ignored. */
void fl_session_close(fl_session *session, fl_callback *on_closed, void *arg);

typedef struct fl_session_stats {
  uint32_t limit, limit_per_host; /* as they are in force */
  uint32_t queued, in_flight;
  uint64_t started, done, failed; /* done counts all that ended, failed those of them with an error */
  int64_t busy_us;          /* the requests' durations, start to end, added up: the time one at a time would take */
  int64_t held_by_limit_us; /* how long more could have started but for `limit`, */
  int64_t held_by_host_us;  /* or, with places free, but for `limit_per_host` */
} fl_session_stats;
void fl_session_stats_get(fl_session *session, fl_session_stats *out);

/* Called exactly once for a request that was accepted, from a turn, never inside the call that caused it. The request,
 * and what its getters give, lives until this returns. */
typedef void fl_on_end(fl_request *request, void *arg);

enum { FL_BODY_ON_HEAP = 1 /* give fl_request_body(); else the body stays with the transport, not copied */ };

/* Ask for `url` (bytes, no NUL needed; copied) with GET. Requests to one host start in the order they were asked for,
 * and no host holds up another. *out may be NULL; it is valid until on_end has returned.
 * Errors: FL_EURL..., FL_EPROTOCOL (url), FL_ENOMEM, FL_EFULL (FL_REQUESTS_MAX wait), FL_ECLOSED; on_end is then never
 * called. */
#define FL_REQUESTS_MAX (1u << 20)
#define FL_URL_BYTES_MAX 65536
int fl_session_get(fl_request **out, fl_session *session, const char *url, size_t url_bytes, unsigned flags,
                   fl_on_end *on_end, void *arg);

/* End it with FL_ECANCELLED: its place is free at once, its connection is closed; on_end comes in a later turn.
 * One that is ending already is left as it is. */
void fl_request_cancel(fl_request *request);

/* The request with that id; NULL once it has ended, however often the id is asked for. */
fl_request *fl_session_find(fl_session *session, uint32_t id);

int fl_request_error(const fl_request *request);       /* 0 when a response came, whatever its status; else FL_E... */
int fl_request_status(const fl_request *request);      /* 0 when no response came */
uint32_t fl_request_id(const fl_request *request);     /* never 0; not given again for long after it ended */
const char *fl_request_url(const fl_request *request); /* as it was given, with a NUL */
const uint8_t *fl_request_body(const fl_request *request, size_t *bytes); /* NULL without FL_BODY_ON_HEAP */
void *fl_request_token(const fl_request *request); /* what send() gave; NULL when it never started, or was abandoned */
int64_t fl_request_queued_us(const fl_request *request);  /* when it was asked for, */
int64_t fl_request_started_us(const fl_request *request); /* given to the transport (FL_NEVER: it never was), */
int64_t fl_request_ended_us(const fl_request *request);   /* and when its end was reported */

/* ---- Batch: a long list of URLs, read only as fast as it is used -------------------------------------------- */

/* A batch stands between a source of URLs and the consumer of their results, each as slow as it likes. It says when the
 * next URL is wanted, so that a list of a million lines needs the memory of a few: no more than 2 * `limit` of its
 * requests are in flight or untaken at a time, and besides the `read_ahead` no more than `limit` wait. Its requests to
 * one host start in order; those to several hosts, and those of several batches to one host, take turns. */
typedef struct fl_batch_options {
  uint32_t read_ahead; /* URLs that may wait, read but not started, because their host has no place; 0: 1000 */
  void (*on_wants)(
      void *arg);    /* fl_batch_wants() has become true again after it said false. From a turn. May be NULL */
  fl_on_end *on_end; /* for each of its requests */
  void *arg;         /* for both */
} fl_batch_options;

/* Open and close. `options` is copied. Close cancels what has not ended (their on_end is not called) and frees the
 * batch; it may be called from on_end and on_wants. Errors: FL_ENOMEM, FL_ECLOSED. */
int fl_batch_open(fl_batch **out, fl_session *session, const fl_batch_options *options);
void fl_batch_close(fl_batch *batch);

/* Whether the next URL is wanted now: a place in the session is free, and what waits can't use it. */
bool fl_batch_wants(fl_batch *batch);

/* As fl_session_get(), but the ends come to the batch's on_end, also that of a URL which is not valid (fl_request_url()
 * is then ""). Takes one even when none is wanted. Errors: FL_ENOMEM, FL_EFULL, FL_ECLOSED. */
int fl_batch_get(fl_request **out, fl_batch *batch, const char *url, size_t url_bytes, unsigned flags);

/* The consumer has taken one result: each on_end is to be answered by one of these, then or later. */
void fl_batch_taken(fl_batch *batch);

/* ---- Transport: how requests reach the network --------------------------------------------------------------- */

typedef struct fl_reply {
  int error;           /* 0, or FL_E... when no whole response came */
  int status;          /* 100 to 999 when error is 0 */
  const uint8_t *body; /* with FL_BODY_ON_HEAP: borrowed until close() of its token; else NULL */
  size_t body_bytes;
} fl_reply;

struct fl_transport {
  void *self;
  /* Begin. 0 and a token, or FL_E.... Reports the end by fl_session_reply(session, id), once, now or later. */
  int (*send)(void *self, void **token, fl_session *session, uint32_t id, const char *url, unsigned flags);
  /* Forget it: abort it if it is in flight, free the token. Comes exactly once for each token, from a turn or from
   * fl_request_cancel() and its like, never inside send(). No report is wanted afterwards. */
  void (*close)(void *self, void *token);
  /* Whether its connection stands: 1 or 0; 1 where it can't be told. */
  int (*connected)(void *self, void *token);
};

/* A transport's report. Only enqueues. One for an id that has ended, or was never given, changes nothing, so a
 * transport may report late or twice, as long as the session lives: it outlives all its tokens. */
void fl_session_reply(fl_session *session, uint32_t id, const fl_reply *reply);

/* The host that a wasm module runs in: setTimeout and its kin, emscripten_fetch. Static. */
const fl_transport *fl_emscripten_transport(void);

#ifdef __cplusplus
}
#endif
#endif
