/* What JavaScript may call, and what it is called back with. Nothing is decided here. Times cross as milliseconds in a
 * double, as performance.now() has them, durations given by users as seconds; a request is named by its id, and a
 * negative number in place of an id or a pointer is an error (FL_E...). `owner` is JavaScript's own number for whoever
 * the answers are for. */
#include "../loop/loop.h"
#include "fetch.h"

#include <emscripten.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

extern void fl__host_on_told(uint32_t owner, double id, int error, int status, unsigned fetch_id, double queued_ms,
                             double started_ms, double attempt_ms, double ended_ms, unsigned retries, size_t redirects);
extern void fl__host_on_trace(uint32_t owner, double id, int step, double when_ms, int status, int error,
                              double wait_ms, double bytes);
extern void fl__host_on_wants(uint32_t owner);
extern void fl__host_on_request(double id, const char *method, const char *url, const char *state, unsigned retries,
                                double age_ms, double attempt_age_ms);
extern void fl__host_on_closed(fl_session *session);

static fl_loop *loop; /* one a module */

/* 2^63 us and more, infinity among them, is never. */
static int64_t us_of(double seconds) { return seconds * 1e6 < 0x1p63 ? (int64_t)(seconds * 1e6) : FL_NEVER; }
static double ms_of(int64_t time_us) { return time_us == FL_NEVER ? NAN : (double)time_us / 1000; }
static double number_of(const void *pointer) { return (double)(uintptr_t)pointer; }

/* ---- Errors: the one list, for JavaScript to read */

EMSCRIPTEN_KEEPALIVE int fl__js_errors(void) { return FL__ERRORS; }
/* The name of the first, its message, the name of the next … */
EMSCRIPTEN_KEEPALIVE const char *fl__js_error_texts(void) { return fl_error_name(-1); }
EMSCRIPTEN_KEEPALIVE int fl__js_error_curl_code(int error) { return fl_error_curl_code(error); }

/* ---- Options: numbers, by their place, and texts */

/* Where JavaScript puts them before a call that reads them, in this order: web/numbers.js. 0 is the default, as in
 * fl_session_options. Those before LIMIT are also a request's. */
enum {
  HEADERS,
  FLAGS,
  PRIORITY,
  REDIRECTS,
  TOTAL,
  ATTEMPT,
  TRANSFER,
  QUEUE,
  CONNECT,
  READ,
  RETRIES,
  BACKOFF,
  BACKOFF_MAX,
  STATUSES,
  LIMIT = STATUSES + FL_STATUSES_MAX,
  LIMIT_PER_HOST,
  QUEUE_LIMIT,
  DROPS_OLDEST,
  RETRY_AFTER_MAX,
  BUDGET,
  RATE, /* requests, seconds, burst */
  RATE_PER_HOST = RATE + 3,
  IGNORE_RATE_LIMIT = RATE_PER_HOST + 3,
  SEED,
  SENSITIVE,
  NUMBERS
};

static double numbers[NUMBERS];
EMSCRIPTEN_KEEPALIVE double *fl__js_numbers(void) { return numbers; }

static uint32_t count_of(int place) { return (uint32_t)numbers[place]; }
static int64_t time_of(int place) { return us_of(numbers[place]); }
static fl_rate rate_of(int place) { return (fl_rate){count_of(place), time_of(place + 1), count_of(place + 2)}; }

static fl_timeouts timeouts_given(void) {
  fl_timeouts timeouts;
  int64_t *times = (int64_t *)&timeouts; /* from TOTAL on, in the same order */
  _Static_assert(sizeof timeouts == (READ + 1 - TOTAL) * sizeof *times, "each has its number");
  for (int i = TOTAL; i <= READ; i++) times[i - TOTAL] = time_of(i);
  return timeouts;
}

static fl_retry_options retry_given(void) {
  fl_retry_options retry = {
      .limit = count_of(RETRIES), .backoff_us = time_of(BACKOFF), .backoff_max_us = time_of(BACKOFF_MAX)};
  for (int i = 0; i < FL_STATUSES_MAX; i++) retry.statuses[i] = (uint16_t)count_of(STATUSES + i);
  return retry;
}

/* Where JavaScript puts texts, each with a NUL. NULL for want of memory. */
static char *texts;
EMSCRIPTEN_KEEPALIVE char *fl__js_texts(size_t bytes) {
  static size_t size;
  if (bytes <= size) return texts;
  char *bigger = realloc(texts, bytes);
  if (!bigger) return NULL;
  size = bytes;
  return texts = bigger;
}

static const char *next_text(const char **at) {
  const char *text = *at;
  *at += strlen(text) + 1;
  return text;
}

/* An array of `count`, allocated; names and values in turn. A value of one byte 1 is NULL. */
static fl_header *headers_at(const char **at, size_t count) {
  fl_header *headers = malloc((count + 1) * sizeof *headers);
  for (size_t i = 0; headers && i < count; i++) {
    headers[i].name = next_text(at);
    headers[i].value = next_text(at);
    if (strcmp(headers[i].value, "\1") == 0) headers[i].value = NULL;
  }
  return headers;
}

/* ---- Session */

static uint32_t owner_of(void *arg) { return (uint32_t)(uintptr_t)arg; }
static void *arg_of(uint32_t owner) { return (void *)(uintptr_t)owner; }

static const fl_request *told; /* the request whose callback is running */

static void on_trace(fl_request *request, const fl_trace *trace, void *arg) {
  (void)arg;
  fl__host_on_trace(owner_of(fl_request_arg(request)), fl_request_id(request), (int)trace->step, ms_of(trace->when_us),
                    trace->status, trace->error, ms_of(trace->wait_us), (double)trace->bytes);
}

static fl_session_options session_options(void) {
  fl_session_options options = {
      .limit = count_of(LIMIT),
      .limit_per_host = count_of(LIMIT_PER_HOST),
      .queue_limit = count_of(QUEUE_LIMIT),
      .when_full = count_of(DROPS_OLDEST) ? FL_FULL_DROP_OLDEST : FL_FULL_REFUSE,
      .timeouts = timeouts_given(),
      .retry = retry_given(),
      .rate = rate_of(RATE),
      .rate_per_host = rate_of(RATE_PER_HOST),
      .redirects = count_of(REDIRECTS),
      .ignore_rate_limit = count_of(IGNORE_RATE_LIMIT) != 0,
      .seed = (uint64_t)numbers[SEED],
      .headers_count = count_of(HEADERS),
      .sensitive_count = count_of(SENSITIVE),
      .on_trace = on_trace,
  };
  options.retry.after_max_us = time_of(RETRY_AFTER_MAX);
  options.retry.budget = count_of(BUDGET);
  return options;
}

int fl__js_open_loop(fl_loop **out) {
  if (!loop) {
    int error = fl_loop_open(&loop, fl_host_clock(), 0);
    if (error) return error;
    loop->host_between = true;
  }
  *out = loop;
  return FL_OK;
}

/* With the numbers, and as texts the default headers and the names of sensitive ones. */
EMSCRIPTEN_KEEPALIVE double fl__js_open(void) {
  int cannot = fl__js_open_loop(&loop);
  if (cannot) return cannot;
  fl_session_options options = session_options();
  const char *at = texts;
  fl_header *headers = headers_at(&at, options.headers_count);
  const char **sensitive = malloc((options.sensitive_count + 1) * sizeof *sensitive);
  for (size_t i = 0; sensitive && i < options.sensitive_count; i++) sensitive[i] = next_text(&at);
  options.headers = headers;
  options.sensitive = sensitive;
  fl_session *session;
  int error = headers && sensitive ? fl_session_open(&session, loop, fl_emscripten_transport(), &options) : FL_ENOMEM;
  free(sensitive);
  free(headers);
  return error ? error : number_of(session);
}

static void on_closed(void *session) { fl__host_on_closed(session); }

EMSCRIPTEN_KEEPALIVE void fl__js_close(fl_session *session) { fl_session_close(session, on_closed, session); }

/* The fields of fl_session_stats in their order, times in milliseconds. */
EMSCRIPTEN_KEEPALIVE const double *fl__js_stats(fl_session *session) {
  static double out[14];
  fl_session_stats stats;
  fl_session_stats_get(session, &stats);
  double *next = out;
  *next++ = stats.limit;
  *next++ = stats.limit_per_host;
  *next++ = stats.queued;
  *next++ = stats.in_flight;
  *next++ = stats.backing_off;
  *next++ = (double)stats.started;
  *next++ = (double)stats.done;
  *next++ = (double)stats.failed;
  *next++ = (double)stats.retries;
  *next++ = (double)stats.redirects;
  *next++ = ms_of(stats.busy_us);
  *next++ = ms_of(stats.held_by_limit_us);
  *next++ = ms_of(stats.held_by_host_us);
  *next++ = ms_of(stats.held_by_rate_us);
  return out;
}

/* The milliseconds that 50 %, 90 %, 99 % and all responses did not exceed; NaN when there are none. */
EMSCRIPTEN_KEEPALIVE const double *fl__js_latency(fl_session *session) {
  static const double fractions[] = {0.5, 0.9, 0.99, 1};
  static double out[sizeof fractions / sizeof *fractions];
  for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
    int64_t duration_us = fl_session_percentile_us(session, fractions[i]);
    out[i] = duration_us < 0 ? NAN : ms_of(duration_us);
  }
  return out;
}

static void tell_request(const fl_request_info *info, void *arg) {
  (void)arg;
  fl__host_on_request(info->id, info->method, info->url, info->state, info->retries, ms_of(info->age_us),
                      info->attempt_age_us == FL_NAN ? NAN : ms_of(info->attempt_age_us));
}
EMSCRIPTEN_KEEPALIVE void fl__js_requests(fl_session *session) { fl_session_requests(session, tell_request, NULL); }

#ifndef FL_BROWSER
/* What malloc() has given out, for tests. */
EMSCRIPTEN_KEEPALIVE double fl__js_heap_used(void) { return (double)mallinfo().uordblks; }

/* By which it was compiled. */
#define TEXT_OF_(number) #number
#define TEXT_OF(number) TEXT_OF_(number)
#ifdef __EMSCRIPTEN_MAJOR__
#define VERSION TEXT_OF(__EMSCRIPTEN_MAJOR__) "." TEXT_OF(__EMSCRIPTEN_MINOR__) "." TEXT_OF(__EMSCRIPTEN_TINY__)
#else /* 4 */
#define VERSION TEXT_OF(__EMSCRIPTEN_major__) "." TEXT_OF(__EMSCRIPTEN_minor__) "." TEXT_OF(__EMSCRIPTEN_tiny__)
#endif
EMSCRIPTEN_KEEPALIVE const char *fl__js_emscripten_version(void) { return VERSION; }
#endif

/* ---- Requests */

/* Where JavaScript puts a URL's bytes before it asks. One more than the longest: too long must show. */
static char url[FL_URL_BYTES_MAX + 1];
EMSCRIPTEN_KEEPALIVE char *fl__js_url(void) { return url; }

static void tell(fl_request *request, void *arg, double ended_ms) {
  const fl_redirected *history;
  told = request;
  fl__host_on_told(owner_of(arg), fl_request_id(request), fl_request_error(request), fl_request_status(request),
                   fl__emscripten_fetch_id(fl_request_token(request)), ms_of(fl_request_queued_us(request)),
                   ms_of(fl_request_started_us(request)), ms_of(fl_request_attempt_us(request)), ended_ms,
                   fl_request_retries(request), fl_request_history(request, &history));
  told = NULL;
}

static void on_response(fl_request *request, void *arg) { tell(request, arg, NAN); }
static void on_end(fl_request *request, void *arg) { tell(request, arg, ms_of(fl_request_ended_us(request))); }

#ifndef FL_BROWSER
/* The redirects of the request whose callback is running. */
static const fl_redirected *hop(size_t index) {
  const fl_redirected *history;
  fl_request_history(told, &history);
  return &history[index];
}
EMSCRIPTEN_KEEPALIVE int fl__js_hop_status(size_t index) { return hop(index)->status; }
EMSCRIPTEN_KEEPALIVE const char *fl__js_hop_method(size_t index) { return hop(index)->method; }
EMSCRIPTEN_KEEPALIVE const char *fl__js_hop_url(size_t index) { return hop(index)->url; }
#endif

/* In `batch`, or where that is NULL of `session`; the id or an error. */
static double ask(fl_session *session, fl_batch *batch, uint32_t owner, size_t url_bytes, fl_request_options *options) {
  fl_request *request;
  options->on_end = on_end;
  options->arg = arg_of(owner);
  int error = batch ? fl_batch_request(&request, batch, url, url_bytes, options)
                    : fl_session_request(&request, session, url, url_bytes, options);
  return error ? (double)error : (double)fl_request_id(request);
}

/* A GET with the session's defaults. */
EMSCRIPTEN_KEEPALIVE double fl__js_get(fl_session *session, fl_batch *batch, uint32_t owner, size_t url_bytes,
                                       unsigned flags) {
  fl_request_options options = {.flags = flags};
  return ask(session, batch, owner, url_bytes, &options);
}

/* From the numbers, and as texts the method and the headers; `headers` is for free(). Errors: FL_ENOMEM. */
static int request_options(fl_request_options *out, fl_header **headers) {
  const char *at = texts;
  *out = (fl_request_options){.method = next_text(&at),
                              .headers_count = count_of(HEADERS),
                              .flags = count_of(FLAGS),
                              .priority = (int)numbers[PRIORITY],
                              .timeouts = timeouts_given(),
                              .retry = retry_given(),
                              .redirects = count_of(REDIRECTS),
                              .on_response = on_response};
  *headers = headers_at(&at, out->headers_count);
  out->headers = *headers;
  return *headers ? FL_OK : FL_ENOMEM;
}

/* With the numbers, and as texts the method and the headers. */
EMSCRIPTEN_KEEPALIVE double fl__js_request(fl_session *session, fl_batch *batch, uint32_t owner, size_t url_bytes) {
  fl_header *headers;
  fl_request_options options;
  int error = request_options(&options, &headers);
  double id = error ? error : ask(session, batch, owner, url_bytes, &options);
  free(headers);
  return id;
}

EMSCRIPTEN_KEEPALIVE void fl__js_cancel(fl_session *session, uint32_t id) {
  fl_request *request = fl_session_find(session, id);
  if (request) fl_request_cancel(request);
}

EMSCRIPTEN_KEEPALIVE void fl__js_pause(fl_session *session, bool paused) {
  if (paused)
    fl_session_pause(session);
  else
    fl_session_resume(session);
}

EMSCRIPTEN_KEEPALIVE int fl__js_set_delay(fl_session *session, size_t url_bytes, double delay_s) {
  return fl_session_set_delay(session, url, url_bytes, us_of(delay_s));
}

/* What only the transport sees of a traced request. */
EMSCRIPTEN_KEEPALIVE void fl__js_step(fl_session *session, uint32_t attempt, int step, double when_ms, double bytes) {
  fl_session_step(session, attempt, (fl_step)step, (int64_t)(when_ms * 1000), (uint64_t)bytes);
}

#define X(name) #name " "
EMSCRIPTEN_KEEPALIVE const char *fl__js_step_names(void) { return FL_STEPS(X); }
#undef X

/* ---- Batches */

static void on_wants(void *arg) { fl__host_on_wants(owner_of(arg)); }

EMSCRIPTEN_KEEPALIVE double fl__js_batch_open(fl_session *session, uint32_t owner, uint32_t read_ahead) {
  fl_batch_options options = {.read_ahead = read_ahead, .on_wants = on_wants, .on_end = on_end, .arg = arg_of(owner)};
  fl_batch *batch;
  int error = fl_batch_open(&batch, session, &options);
  return error ? error : number_of(batch);
}

EMSCRIPTEN_KEEPALIVE int fl__js_batch_wants(fl_batch *batch) { return fl_batch_wants(batch); }

EMSCRIPTEN_KEEPALIVE uint32_t fl__js_batch_queued(const fl_batch *batch) { return fl_batch_queued(batch); }
EMSCRIPTEN_KEEPALIVE void fl__js_batch_taken(fl_batch *batch) { fl_batch_taken(batch); }
EMSCRIPTEN_KEEPALIVE void fl__js_batch_close(fl_batch *batch) { fl_batch_close(batch); }
