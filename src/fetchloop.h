/* fetchloop: asyncio and aiohttp for WebAssembly. An event loop and an HTTP client session.
 *
 * Times are microseconds in an int64_t: deadlines count from the clock's own zero, FL_NEVER is no deadline.
 * A function that can fail returns 0 or a negative FL_E...; what it gives out comes first among its arguments.
 * Nothing here is safe to call from a second thread: as in asyncio, a loop belongs to the thread that turns it. */
#ifndef FETCHLOOP_H
#define FETCHLOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Errors ------------------------------------------------------------------------------------------------ */

/* Name, the exit code that curl gives the same failure, message. The one list: the enum, the names, the messages and
 * the codes that JavaScript sees all come from it. */
#define FL_ERRORS(X)                                                                                        \
  X(FL_ENOMEM, 27, "out of memory")                                                                         \
  X(FL_EINVAL, 43, "an argument is out of range")                                                           \
  X(FL_EFULL, 43, "too many requests are waiting already")                                                  \
  X(FL_ECLOSED, 43, "the session is closed")                                                                \
  X(FL_ECANCELLED, 42, "cancelled")                                                                         \
  X(FL_EURLEMPTY, 3, "an empty URL")                                                                        \
  X(FL_EURLSCHEME, 3, "no scheme, write http:// or https:// before it")                                     \
  X(FL_EPROTOCOL, 1, "only http and https are supported")                                                   \
  X(FL_EURLHOST, 3, "no host in the URL, or not a valid one")                                               \
  X(FL_EURLPORT, 3, "the port must be a number from 1 to 65535")                                            \
  X(FL_EURLCHAR, 3, "a space or a control character in the URL, write it percent-encoded (a space is %20)") \
  X(FL_EURLLONG, 3, "longer than 65536 bytes")                                                              \
  X(FL_ERESOLVE, 6, "the host's name does not resolve")                                                     \
  X(FL_ECONNECT, 7, "could not connect")                                                                    \
  X(FL_ECONNECTTIMEOUT, 28, "timed out while connecting")                                                   \
  X(FL_ETIMEOUT, 28, "timed out")                                                                           \
  X(FL_ETLS, 35, "the TLS handshake failed")                                                                \
  X(FL_ECERTIFICATE, 60, "the server's certificate was not accepted")                                       \
  X(FL_ERESPONSE, 8, "the response is not valid HTTP")                                                      \
  X(FL_EEMPTY, 52, "the server closed the connection without a response")                                   \
  X(FL_EPARTIAL, 18, "the connection ended before the whole response had come")                             \
  X(FL_EREDIRECTS, 47, "too many redirects")                                                                \
  X(FL_ETOOBIG, 63, "the body is larger than the limit")                                                    \
  X(FL_EENCODING, 61, "the body's Content-Encoding could not be decoded")                                   \
  X(FL_ENETWORK, 56, "network error")

enum fl__error_index {
#define X(name, curl, message) FL__##name,
  FL_ERRORS(X)
#undef X
      FL__ERRORS
};

enum fl_error {
  FL_OK = 0,
#define X(name, curl, message) name = -1 - FL__##name,
  FL_ERRORS(X)
#undef X
};

/* Static strings and numbers for `error`; an unknown one gives "FL_E?", "unknown error", 1. 0 gives "FL_OK", "", 0. */
const char *fl_error_name(int error);
const char *fl_error_message(int error);
int fl_error_curl_code(int error);

/* ---- Loop -------------------------------------------------------------------------------------------------- */

#define FL_NEVER INT64_MAX

typedef struct fl_loop fl_loop;

/* Where a loop gets its time from, and who wakes it. Borrowed by the loop until it is closed. */
typedef struct fl_clock {
  void *self;
  /* Monotonic. */
  int64_t (*now_us)(void *self);
  /* Call fl_loop_turn(loop) once the clock has reached `when_us` (at once, but not inside this call, when it has been
   * reached; not at all for FL_NEVER). Replaces the wake-up asked for before. Waking early does no harm. */
  void (*wake_at)(void *self, fl_loop *loop, int64_t when_us);
} fl_clock;

/* Create a loop. `turn_budget_us`: how long a turn may run callbacks before the rest waits for the next turn, so that
 * a page keeps its frame rate; 0 for the default, 8000. Errors: FL_ENOMEM, FL_EINVAL. */
int fl_loop_open(fl_loop **out, const fl_clock *clock, int64_t turn_budget_us);

/* Free it. Handles and timers that are still pending are forgotten: they never run. Sessions must be closed before. Not
 * from a turn, so not from a callback either. */
void fl_loop_close(fl_loop *loop);

/* The loop's time. Within a turn it is read once, at the start, so that all callbacks agree (asyncio's loop.time()
 * reads the clock at each call); outside it is the clock's. */
int64_t fl_loop_time(fl_loop *loop);

/* One turn: due timers become ready, then what is ready now runs, in FIFO order; what these callbacks make ready waits
 * for the next turn (asyncio: _run_once). Asks the clock for the next wake-up and returns that deadline: a time not
 * after fl_loop_time() when something is ready, FL_NEVER when the loop is idle. Never blocks. Not from a callback. */
int64_t fl_loop_turn(fl_loop *loop);

/* A callback that will run once. The caller owns the memory, zeroed before its first use, and keeps it until it has run
 * or was cancelled; so scheduling allocates nothing and cannot fail. It may be scheduled again from its own callback.
 */
typedef void fl_callback(void *arg);
typedef struct fl_link {
  struct fl_link *next, *prev;
} fl_link;
typedef struct fl_handle {
  fl_link link; /* All fields are the loop's. */
  fl_loop *loop;
  fl_callback *callback;
  void *arg;
} fl_handle;

/* Run `callback` in the next turn. A handle that is already pending is left as it is. asyncio: loop.call_soon(). */
void fl_call_soon(fl_loop *loop, fl_handle *handle, fl_callback *callback, void *arg);

/* Take a pending handle back: it will not run. One that has run, or never was scheduled, is left as it is. */
void fl_handle_cancel(fl_handle *handle);

/* A handle with a deadline; the same rules of ownership. Timers with one deadline run in the order of their making. */
typedef struct fl_timer {
  fl_handle handle; /* All fields are the loop's. */
  struct fl_timer *child, *next, *prev;
  int64_t when_us;
  uint64_t order;
} fl_timer;

/* Run `callback` at `when_us`, or once `delay_us` (negative counts as 0) have passed since fl_loop_time(). A pending
 * timer is moved to the new deadline. asyncio: loop.call_at(), loop.call_later(). */
void fl_call_at(fl_loop *loop, fl_timer *timer, int64_t when_us, fl_callback *callback, void *arg);
void fl_call_later(fl_loop *loop, fl_timer *timer, int64_t delay_us, fl_callback *callback, void *arg);
void fl_timer_cancel(fl_timer *timer);

/* ---- Client session ---------------------------------------------------------------------------------------- */

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
const fl_clock *fl_emscripten_clock(void);
const fl_transport *fl_emscripten_transport(void);

#ifdef __cplusplus
}
#endif
#endif
