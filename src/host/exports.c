/* What JavaScript may call, and what it is called back with. Nothing is decided here. Times cross as milliseconds in a
 * double, as performance.now() has them, durations given by users as seconds; a request is named by its id, and a
 * negative number in place of an id or a pointer is an error (FL_E...). `owner` is JavaScript's own number for whoever
 * the answers are for. */
#include "../loop/loop.h"
#include "fetch.h"

#include <emscripten.h>
#include <math.h>

extern void fl__host_on_end(uint32_t owner, double id, int error, int status, unsigned fetch_id, double queued_ms,
                            double started_ms, double ended_ms);
extern void fl__host_on_wants(uint32_t owner);
extern void fl__host_on_closed(fl_session *session);

static fl_loop *loop; /* one a module */

/* 2^63 us and more, infinity among them, is never. */
static int64_t us_of(double seconds) { return seconds * 1e6 < 0x1p63 ? (int64_t)(seconds * 1e6) : FL_NEVER; }
static double ms_of(int64_t time_us) { return time_us == FL_NEVER ? NAN : (double)time_us / 1000; }
static double number_of(const void *pointer) { return (double)(uintptr_t)pointer; }

/* ---- Errors: the one list, for JavaScript to read */

EMSCRIPTEN_KEEPALIVE int fl__js_errors(void) { return FL__ERRORS; }
EMSCRIPTEN_KEEPALIVE const char *fl__js_error_name(int error) { return fl_error_name(error); }
EMSCRIPTEN_KEEPALIVE const char *fl__js_error_message(int error) { return fl_error_message(error); }
EMSCRIPTEN_KEEPALIVE int fl__js_error_curl_code(int error) { return fl_error_curl_code(error); }

/* ---- Session */

EMSCRIPTEN_KEEPALIVE double fl__js_open(uint32_t limit, uint32_t limit_per_host, double timeout_s,
                                        double connect_timeout_s) {
  if (!loop) {
    int error = fl_loop_open(&loop, fl_host_clock(), 0);
    if (error) return error;
    loop->host_between = true;
  }
  fl_session_options options = {.limit = limit,
                                .limit_per_host = limit_per_host,
                                .timeout_us = us_of(timeout_s),
                                .connect_timeout_us = us_of(connect_timeout_s)};
  fl_session *session;
  int error = fl_session_open(&session, loop, fl_emscripten_transport(), &options);
  return error ? error : number_of(session);
}

static void on_closed(void *session) { fl__host_on_closed(session); }

EMSCRIPTEN_KEEPALIVE void fl__js_close(fl_session *session) { fl_session_close(session, on_closed, session); }

/* The fields of fl_session_stats in their order, times in milliseconds. */
EMSCRIPTEN_KEEPALIVE const double *fl__js_stats(fl_session *session) {
  static double out[10];
  fl_session_stats stats;
  fl_session_stats_get(session, &stats);
  double *next = out;
  *next++ = stats.limit;
  *next++ = stats.limit_per_host;
  *next++ = stats.queued;
  *next++ = stats.in_flight;
  *next++ = (double)stats.started;
  *next++ = (double)stats.done;
  *next++ = (double)stats.failed;
  *next++ = ms_of(stats.busy_us);
  *next++ = ms_of(stats.held_by_limit_us);
  *next++ = ms_of(stats.held_by_host_us);
  return out;
}

/* ---- Requests */

/* Where JavaScript puts a URL's bytes before it asks. One more than the longest: too long must show. */
static char url[FL_URL_BYTES_MAX + 1];
EMSCRIPTEN_KEEPALIVE char *fl__js_url(void) { return url; }

static uint32_t owner_of(void *arg) { return (uint32_t)(uintptr_t)arg; }
static void *arg_of(uint32_t owner) { return (void *)(uintptr_t)owner; }

static void on_end(fl_request *request, void *arg) {
  fl__host_on_end(owner_of(arg), fl_request_id(request), fl_request_error(request), fl_request_status(request),
                  fl__emscripten_fetch_id(fl_request_token(request)), ms_of(fl_request_queued_us(request)),
                  ms_of(fl_request_started_us(request)), ms_of(fl_request_ended_us(request)));
}

EMSCRIPTEN_KEEPALIVE double fl__js_get(fl_session *session, uint32_t owner, size_t url_bytes) {
  fl_request *request;
  int error = fl_session_get(&request, session, url, url_bytes, 0, on_end, arg_of(owner));
  return error ? (double)error : (double)fl_request_id(request);
}

EMSCRIPTEN_KEEPALIVE void fl__js_cancel(fl_session *session, uint32_t id) {
  fl_request *request = fl_session_find(session, id);
  if (request) fl_request_cancel(request);
}

/* ---- Batches */

static void on_wants(void *arg) { fl__host_on_wants(owner_of(arg)); }

EMSCRIPTEN_KEEPALIVE double fl__js_batch_open(fl_session *session, uint32_t owner, uint32_t read_ahead) {
  fl_batch_options options = {.read_ahead = read_ahead, .on_wants = on_wants, .on_end = on_end, .arg = arg_of(owner)};
  fl_batch *batch;
  int error = fl_batch_open(&batch, session, &options);
  return error ? error : number_of(batch);
}

EMSCRIPTEN_KEEPALIVE int fl__js_batch_wants(fl_batch *batch) { return fl_batch_wants(batch); }

EMSCRIPTEN_KEEPALIVE double fl__js_batch_get(fl_batch *batch, size_t url_bytes) {
  fl_request *request;
  int error = fl_batch_get(&request, batch, url, url_bytes, 0);
  return error ? (double)error : (double)fl_request_id(request);
}

EMSCRIPTEN_KEEPALIVE void fl__js_batch_taken(fl_batch *batch) { fl_batch_taken(batch); }
EMSCRIPTEN_KEEPALIVE void fl__js_batch_close(fl_batch *batch) { fl_batch_close(batch); }
