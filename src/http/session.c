#include "session.h"

#include "../loop/loop.h"
#include "batch.h"
#include "request.h"

#include <assert.h>
#include <stdlib.h>

enum { LIMIT = 50, LIMIT_PER_HOST = 6 };
static const int64_t TIMEOUT_US = 30 * 1000000LL, CONNECT_TIMEOUT_US = 10 * 1000000LL;

static int fill_in(fl_session_options *options) {
  if (options->timeout_us < 0 || options->connect_timeout_us < 0) return FL_EINVAL;
  if (!options->limit) options->limit = LIMIT;
  if (!options->limit_per_host) options->limit_per_host = LIMIT_PER_HOST;
  if (!options->timeout_us) options->timeout_us = TIMEOUT_US;
  if (!options->connect_timeout_us) options->connect_timeout_us = CONNECT_TIMEOUT_US;
  return FL_OK;
}

int fl_session_open(fl_session **out, fl_loop *loop, const fl_transport *transport, const fl_session_options *options) {
  fl_session_options filled = options ? *options : (fl_session_options){0};
  int error = fill_in(&filled);
  if (error) return error;
  fl_session *session = calloc(1, sizeof *session);
  if (!session) return FL_ENOMEM;
  session->loop = loop;
  session->transport = transport;
  session->options = filled;
  fl__ids_init(&session->requests);
  fl__list_init(&session->ready);
  fl__list_init(&session->batches);
  *out = session;
  return FL_OK;
}

static void finish_close(void *arg) {
  fl_session *session = arg;
  fl_callback *on_closed = session->on_closed;
  void *on_closed_arg = session->on_closed_arg;
  fl__ids_free(&session->requests);
  fl__origins_free(&session->origins);
  free(session);
  if (on_closed) on_closed(on_closed_arg);
}

void fl_session_close(fl_session *session, fl_callback *on_closed, void *arg) {
  if (session->closing) return;
  session->closing = true;
  session->on_closed = on_closed;
  session->on_closed_arg = arg;
  for (uint32_t i = 0; i < session->requests.size; i++) {
    fl_request *request = fl__ids_at(&session->requests, i);
    if (request) fl_request_cancel(request);
  }
  fl__session_pump(session);
}

/* Up to now, time went to what the last pump found; from now on to what this one finds. */
static void account(fl_session *session) {
  int64_t now_us = fl_loop_time(session->loop);
  if (session->holding) *session->holding += now_us - session->accounted_us;
  session->accounted_us = now_us;
  bool full = session->in_flight >= session->options.limit;
  bool more = !fl__list_empty(&session->ready) || !fl__list_empty(&session->batches);
  session->holding = full && more                         ? &session->held_by_limit_us
                     : !full && session->lanes_at_origins ? &session->held_by_host_us
                                                          : NULL;
}

void fl__session_pump(fl_session *session) {
  if (!session->closing)
    for (fl__lane *lane; (lane = fl__lane_next(session));) fl__request_start_first(lane, session);
  fl__batches_wake(session);
  account(session);
  if (session->closing && session->requests.live == 0 && session->batches_open == 0)
    fl_call_soon(session->loop, &session->closed, finish_close, session);
}

void fl_session_stats_get(fl_session *session, fl_session_stats *out) {
  account(session);
  *out = (fl_session_stats){
      .limit = session->options.limit,
      .limit_per_host = session->options.limit_per_host,
      .queued = session->queued,
      .in_flight = session->in_flight,
      .started = session->started,
      .done = session->done,
      .failed = session->failed,
      .busy_us = session->busy_us,
      .held_by_limit_us = session->held_by_limit_us,
      .held_by_host_us = session->held_by_host_us,
  };
}
