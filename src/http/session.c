#include "session.h"

#include "../loop/loop.h"
#include "batch.h"
#include "build.h"
#include "request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 50, LIMIT_PER_HOST = 6, RETRIES = 2, REDIRECTS = 10, BUDGET = 10 };
static const fl_timeouts TIMEOUTS = {.total_us = FL_NEVER,
                                     .attempt_us = 30 * FL_SECOND,
                                     .transfer_us = FL_NEVER,
                                     .queue_us = FL_NEVER,
                                     .connect_us = 10 * FL_SECOND,
                                     .read_us = FL_NEVER};
static const fl_retry_options RETRY = {.limit = RETRIES,
                                       .backoff_us = FL_SECOND / 2,
                                       .backoff_max_us = 30 * FL_SECOND,
                                       .after_max_us = 60 * FL_SECOND,
                                       .budget = BUDGET,
                                       .statuses = {408, 425, 429, 500, 502, 503, 504}};

static int fill_in(fl_session_options *options) {
  if (!options->limit) options->limit = LIMIT;
  if (!options->limit_per_host) options->limit_per_host = LIMIT_PER_HOST;
  if (!options->queue_limit) options->queue_limit = FL_REQUESTS_MAX;
  if (!options->redirects) options->redirects = REDIRECTS;
  if (options->redirects == FL_REDIRECTS_NONE) options->redirects = 0;
  int error = fl__timeouts_fill_in(&options->timeouts, &TIMEOUTS);
  return error ? error : fl__retry_fill_in(&options->retry, &RETRY);
}

/* One allocation: the array, and after it the text. */
static int copy_sensitive(fl_session *session, const fl_session_options *options) {
  size_t count = options->sensitive_count, bytes = 0;
  for (size_t i = 0; i < count; i++) bytes += strlen(options->sensitive[i]) + 1;
  if (!count || !FL__FOLLOWS_REDIRECTS) return FL_OK;
  session->sensitive = malloc(count * sizeof *session->sensitive + bytes);
  if (!session->sensitive) return FL_ENOMEM;
  char *text = (char *)(session->sensitive + count);
  for (size_t i = 0; i < count; i++) {
    session->sensitive[i] = strcpy(text, options->sensitive[i]);
    text += strlen(text) + 1;
  }
  return FL_OK;
}

static int set_up(fl_session *session, const fl_session_options *options) {
  session->options = options ? *options : (fl_session_options){0};
  int error = fill_in(&session->options);
  if (!error) error = fl__pace_init(&session->pace, &session->options.rate);
  if (!error) error = fl__pace_init(&session->pace_per_host, &session->options.rate_per_host);
  if (!error && session->options.headers_count)
    error = fl__headers_make(&session->headers, NULL, 0, session->options.headers, session->options.headers_count);
  return error ? error : copy_sensitive(session, &session->options);
}

static void free_session(fl_session *session) {
  fl__ids_free(&session->requests);
  fl__ids_free(&session->flights);
  fl__table_free(&session->lanes);
  fl__origins_free(&session->origins);
  free(session->headers);
  free(session->sensitive);
  free(session);
}

int fl_session_open(fl_session **out, fl_loop *loop, const fl_transport *transport, const fl_session_options *options) {
  fl_session *session = calloc(1, sizeof *session);
  if (!session) return FL_ENOMEM;
  session->loop = loop;
  session->transport = transport;
  fl__ids_init(&session->requests);
  fl__ids_init(&session->flights);
  fl__origins_init(&session->origins);
  fl__list_init(&session->batches_changed);
  fl__list_init(&session->batches_for_place);
  fl__list_init(&session->closings);
  int error = set_up(session, options);
  if (error) {
    free_session(session);
    return error;
  }
  session->random =
      session->options.seed ? session->options.seed : (uint64_t)fl__loop_clock_us(loop) ^ (uintptr_t)session;
  session->stats.limit = session->options.limit;
  session->stats.limit_per_host = session->options.limit_per_host;
  *out = session;
  return FL_OK;
}

uint64_t fl__session_random(fl_session *session) {
  uint64_t z = session->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

int fl_session_set_delay(fl_session *session, const char *url, size_t url_bytes, int64_t delay_us) {
  if (delay_us < 0 || delay_us == FL_NEVER) return FL_EINVAL;
  fl__url parsed;
  fl__origin *origin;
  int error = fl__url_parse(&parsed, url, url_bytes);
  if (!error) error = fl__origin_get(&origin, session, &parsed);
  if (error) return error;
  fl_rate rate = {.requests = 1, .per_us = delay_us, .burst = 1};
  fl__pace pace = session->pace_per_host;
  if (delay_us > 0) error = fl__pace_init(&pace, &rate);
  if (error) return error;
  if (delay_us > 0) pace.slack_us = 0;
  origin->delayed = delay_us > 0;
  fl__gate_set_pace(&origin->gate, &pace);
  fl__lane_wake_at_origin(origin);
  fl__session_pump(session);
  return FL_OK;
}

void fl_session_pause(fl_session *session) {
  session->paused = true;
  fl__session_pump(session); /* for the account of what held it back */
}

void fl_session_resume(fl_session *session) {
  session->paused = false;
  fl__session_pump(session);
}

static void finish_close(void *arg) {
  fl_session *session = arg;
  fl_callback *on_closed = session->on_closed;
  void *on_closed_arg = session->on_closed_arg;
  fl_timer_cancel(&session->paced);
  fl__loop_call_all_soon(session->loop, &session->closings);
  free_session(session);
  if (on_closed) on_closed(on_closed_arg);
}

void fl__session_on_closed(fl_session *session, fl_handle *handle, fl_callback *callback, void *arg) {
  *handle = (fl_handle){.loop = session->loop, .callback = callback, .arg = arg};
  fl__push_back(&session->closings, &handle->link);
}

void fl_session_close(fl_session *session, fl_callback *on_closed, void *arg) {
  if (session->closing) return;
  session->closing = true;
  session->on_closed = on_closed;
  session->on_closed_arg = arg;
  bool within = session->pumping;
  session->pumping = true; /* once is enough */
  for (uint32_t i = 0; i < session->requests.size; i++) {
    fl_request *request = fl__ids_at(&session->requests, i);
    if (request) fl_request_cancel(request);
  }
  session->pumping = within;
  fl__session_pump(session);
}

/* Up to now, time went to what the last pump found; from now on to what this one finds. */
static void account(fl_session *session) {
  int64_t now_us = fl_loop_time(session->loop);
  if (session->holding) *session->holding += now_us - session->accounted_us;
  session->accounted_us = now_us;
  bool full = session->stats.in_flight >= session->options.limit;
  bool more = session->ready.root || session->batches_waiting > 0;
  bool paced = session->origins_paced || session->ready.root;
  session->holding = session->paused             ? NULL
                     : full && more              ? &session->stats.held_by_limit_us
                     : full                      ? NULL
                     : paced                     ? &session->stats.held_by_rate_us
                     : session->lanes_at_origins ? &session->stats.held_by_host_us
                                                 : NULL;
}

static void start_all(fl_session *session) {
  session->pumping = true;
  do {
    session->pump_again = false;
    if (!session->closing)
      for (fl__lane *lane; (lane = fl__lane_next(session));) fl__request_start_first(lane, session);
  } while (session->pump_again);
  session->pumping = false;
}

void fl__session_pump(fl_session *session) {
  if (session->pumping) { /* by a callback of the program, from within */
    session->pump_again = true;
    return;
  }
  start_all(session);
  fl__batches_wake(session);
  account(session);
  if (session->closing && session->requests.live == 0 && session->batches_open == 0)
    fl_call_soon(session->loop, &session->closed, finish_close, session);
}

void fl_session_stats_get(fl_session *session, fl_session_stats *out) {
  account(session);
  *out = session->stats;
}

int64_t fl_session_percentile_us(const fl_session *session, double fraction) {
  return fl__histogram_percentile_us(&session->durations, fraction);
}
