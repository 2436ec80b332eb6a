/* The client session: what its requests share. request.h has one request, batch.h long lists of them, transport.h how
 * they reach the network. aiohttp: ClientSession. */
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

/* Name and value, with a NUL each. Names may come several times; their order is kept. A value's bytes past ASCII are
 * sent as they are. */
typedef struct fl_header {
  const char *name, *value;
} fl_header;

/* Microseconds. 0: the default, or in a request the session's; FL_NEVER: none. Each has an error of its own. */
typedef struct fl_timeouts {
  int64_t total_us; /* from being asked for (in a batch, from its start) to the end. Default: none. FL_ETOTALTIMEOUT */
  int64_t attempt_us;  /* of one attempt, from its start to its end. Default: 30 s. FL_EATTEMPTTIMEOUT. A streamed
                        * response may take longer once its reader has it: it has this time between two arrivals, if
                        * read_us is FL_NEVER */
  int64_t transfer_us; /* the same, of a streamed response's whole body, too. Default: none. FL_EATTEMPTTIMEOUT (curl:
                        * --max-time) */
  int64_t queue_us;    /* waiting for a place, or for a rate, the server's RateLimit among these; and not for a
                        * parked host. Default: none. FL_EQUEUETIMEOUT */
  int64_t connect_us;  /* from an attempt's start until its connection stands. Default: 10 s. FL_ECONNECTTIMEOUT. A
                        * transport that can't tell, as in browsers, leaves it to attempt_us. */
  int64_t read_us;     /* between two arrivals from the server; a reader who is behind stops it. Default: none.
                        * FL_EREADTIMEOUT */
} fl_timeouts;

#define FL_RETRIES_NONE UINT32_MAX
#define FL_STATUSES_MAX 16

/* What is retried: a request that may be made twice (GET, HEAD, PUT, DELETE, OPTIONS, TRACE: RFC 9110, 9.2.2; or
 * FL_REPLAY_SAFE) and whose body can be sent twice, when its connection failed or its status is in the list. */
typedef struct fl_retry_options {
  uint32_t limit;         /* retries after the first attempt; 0: 2; FL_RETRIES_NONE. A 429 or 503 that says when to come
                           * back is counted only from the tenth on: waiting as asked is no failure. */
  int64_t backoff_us;     /* the n-th waits a random time in 0 .. backoff * 2^n (full jitter); 0: 0.5 s */
  int64_t backoff_max_us; /* 0: 30 s */
  int64_t after_max_us;   /* the longest Retry-After that is waited for, and never less than it says; 0: 60 s. A host
                           * that asks for longer, or says by RateLimit that nothing remains for longer, isn't asked
                           * again until then: what waits for it ends with FL_EPARKED. */
  uint32_t budget;        /* retries that a host gets on credit; each first attempt adds a fifth of one; 0: 10 */
  uint16_t statuses[FL_STATUSES_MAX]; /* 0-terminated; none: 408 425 429 500 502 503 504 */
} fl_retry_options;

/* A token bucket. */
typedef struct fl_rate {
  uint32_t requests; /* 0: no limit */
  int64_t per_us;
  uint32_t burst; /* that may start at once; 0: what 10 ms allow, 1 at least */
} fl_rate;

/* What becomes of a request for which there is no room: it is refused (FL_EFULL), or the one that has waited longest,
 * of the lowest priority and none higher than its own, ends with FL_EFULL in its stead. */
typedef enum fl_when_full { FL_FULL_REFUSE, FL_FULL_DROP_OLDEST } fl_when_full;

/* The steps of a request, for fl_session_options.on_trace. `connected` and `chunk` are the transport's to tell, and
 * fl_emscripten_transport() tells them to the module's JavaScript alone. */
#define FL_STEPS(X) X(queued) X(started) X(connected) X(headers) X(chunk) X(retry) X(redirect) X(end)
typedef enum fl_step {
#define X(name) FL_STEP_##name,
  FL_STEPS(X)
#undef X
} fl_step;

typedef struct fl_trace {
  fl_step step;
  int64_t when_us; /* the loop's clock */
  int status;      /* headers, redirect, retry, end: of the response, 0 without one */
  int error;       /* retry, end */
  int64_t wait_us; /* retry: until it is queued again */
  uint64_t bytes;  /* chunk: how many came */
} fl_trace;

typedef struct fl_session_options {
  uint32_t limit;          /* requests in flight at once; 0: 50 (curl: --parallel-max) */
  uint32_t limit_per_host; /* of these to one scheme, host and port; 0: 6, as browsers do */
  uint32_t queue_limit;    /* requests that may wait; 0: FL_REQUESTS_MAX */
  fl_when_full when_full;
  fl_timeouts timeouts;
  fl_retry_options retry;
  fl_rate rate;             /* of all requests that go out, redirects and retries among them, */
  fl_rate rate_per_host;    /* and of those to one host */
  uint32_t redirects;       /* that are followed; 0: 10; FL_REDIRECTS_NONE */
  bool ignore_rate_limit;   /* RateLimit and RateLimit-Policy (and X-RateLimit-...) of responses are not obeyed */
  const fl_header *headers; /* of each request that doesn't have its own of that name; copied */
  size_t headers_count;
  const char *const *sensitive; /* headers that a redirect to another origin must not carry, besides those that any has
                                 * (Authorization, Cookie, and whatever looks like a secret); copied */
  size_t sensitive_count;
  uint64_t seed; /* of the jitter; 0: from the clock. One seed, clock and network give one trace. */

  /* Middleware. Before each attempt: 0, or an error (FL_E... or the program's own) that the request ends with.
   * fl_request_set_header() may be called on it. May come within the call that asked for the request. */
  int (*on_attempt)(fl_request *request, void *arg);
  /* After each response, before it is decided what comes of it: 0 for the usual, FL_AGAIN to have it retried even so
   * (as far as retries allow), or an error to end with. From a turn. fl_request_status() and _header() are the
   * response's. */
  int (*on_reply)(fl_request *request, void *arg);
  /* Each step of the requests with FL_TRACED. It must not change anything. */
  void (*on_trace)(fl_request *request, const fl_trace *trace, void *arg);
  void *arg; /* for the three */
} fl_session_options;

#define FL_REDIRECTS_NONE UINT32_MAX
enum { FL_AGAIN = 1 };

/* Open a session on `loop` whose requests go out through `transport` (borrowed until the session is freed).
 * `options` is copied; NULL is all defaults. Errors: FL_ENOMEM, FL_EINVAL (a negative time, a rate without `per_us`),
 * FL_EHEADER and its kin. */
int fl_session_open(fl_session **out, fl_loop *loop, const fl_transport *transport, const fl_session_options *options);

/* Cancel every request, take no new ones. Each request still ends by its on_end, with FL_ECANCELLED, in a later turn.
 * After the last of them, and after the last batch is closed, the session is freed and on_closed(arg) is called once
 * (may be NULL), from a turn. A second close is ignored, and so is its on_closed; a coroutine says fl_session_closing.
 */
void fl_session_close(fl_session *session, fl_callback *on_closed, void *arg);

/* Leave `delay_us` (0: as the session's rate has it) between the starts of two requests to `url`'s host: robots.txt's
 * Crawl-delay. Errors: FL_EURL..., FL_ENOMEM, FL_EINVAL. */
int fl_session_set_delay(fl_session *session, const char *url, size_t url_bytes, int64_t delay_us);

/* Start no attempt until it goes on; what is in flight is left alone, and so are timeouts. Pausing a session that is
 * paused, and resuming one that isn't, changes nothing. */
void fl_session_pause(fl_session *session);
void fl_session_resume(fl_session *session);

typedef struct fl_session_stats {
  uint32_t limit, limit_per_host; /* as they are in force */
  uint32_t queued, in_flight;
  uint32_t backing_off;           /* wait to be retried */
  uint64_t started, done, failed; /* requests: done counts all that ended, failed those of them with an error */
  uint64_t retries, redirects;    /* attempts that were made because of the one before */
  int64_t busy_us;                /* the attempts' durations added up: the time one at a time would take */
  int64_t held_by_limit_us;       /* how long more could have started but for `limit`, */
  int64_t held_by_host_us;        /* or, with places free, but for `limit_per_host`, */
  int64_t held_by_rate_us;        /* or but for a rate, a Retry-After or a RateLimit */
} fl_session_stats;
void fl_session_stats_get(fl_session *session, fl_session_stats *out);

/* How long the responses took that have come, from a request's start to its end: the time that `fraction` of them (0 to
 * 1) don't exceed. Within a thirty-second; the longest, for 1, exactly. -1 when none has come. */
int64_t fl_session_percentile_us(const fl_session *session, double fraction);

/* A request that has not ended, as asyncio's ps has a task. */
typedef struct fl_request_info {
  uint32_t id;
  const char *method, *url; /* of the attempt that is made, or the last; borrowed for the call */
  const char *state; /* "queued", "held back" (by a rate or as the server asked), "connecting", "waiting" (for the
                      * response), "downloading", "paused" (its reader is behind), "backing off", "ending" */
  unsigned retries;
  int64_t age_us;         /* since it was asked for, */
  int64_t attempt_age_us; /* and since its attempt began; FL_NAN: it is on no attempt */
} fl_request_info;

/* All of them, in no order: calls each(info, arg), which may not ask, cancel or close. Returns how many there are;
 * `each` may be NULL. */
size_t fl_session_requests(fl_session *session, void (*each)(const fl_request_info *info, void *arg), void *arg);

#ifdef __cplusplus
}
#endif
#endif
