/* One request, from asked for to ended. */
#include "request.h"

#include "../loop/loop.h"
#include "batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The steps that a request may take. Ended is the last; a request may be discarded from any state. */
static bool may_step(int from, int to) {
  switch (to) {
  case FL__IN_FLIGHT: return from == FL__QUEUED;
  case FL__REPLIED: return from == FL__IN_FLIGHT;
  case FL__ABANDONED: return from == FL__QUEUED || from == FL__IN_FLIGHT;
  case FL__ENDED: return from != FL__ENDED;
  default: return false;
  }
}

static void step(fl_request *request, enum fl__request_state state) {
  assert(may_step(request->state, state));
  request->state = (uint8_t)state;
}

/* Give back what its state holds: its place in the lane, or in the origin and the session. */
static void vacate(fl_request *request) {
  fl_session *session = request->session;
  switch (request->state) {
  case FL__QUEUED:
    fl__lane_drop(request->lane, session, &request->link);
    session->queued--;
    if (request->batch) {
      request->batch->queued--;
      request->batch->untaken++; /* it never started; its result is to be taken all the same */
    }
    break;
  case FL__IN_FLIGHT:
  case FL__REPLIED:
    fl_timer_cancel(&request->deadline);
    session->in_flight--;
    session->busy_us += request->ended_us - request->started_us;
    request->lane->origin->in_flight--;
    fl__lane_wake_at_origin(request->lane->origin, session);
    break;
  default: return;
  }
  fl__lane_leave(request->lane, session);
  request->lane = NULL;
}

static void close_token(fl_request *request) {
  if (!request->token) return;
  request->session->transport->close(request->session->transport->self, request->token);
  request->token = NULL;
}

static void end(void *arg) {
  fl_request *request = arg;
  fl_session *session = request->session;
  vacate(request);
  step(request, FL__ENDED);
  fl__ids_remove(&session->requests, request->id);
  session->done++;
  if (request->reply.error) session->failed++;
  /* It is in nobody's list any more: its on_end may close the batch or the session. */
  request->on_end(request, request->arg);
  close_token(request);
  free(request);
  fl__session_pump(session);
}

/* Without a reply that counts: place and connection are given back now, on_end follows. */
static void abandon(fl_request *request, int error) {
  request->ended_us = fl__loop_clock_us(request->session->loop);
  request->reply = (fl_reply){.error = error};
  close_token(request);
  vacate(request);
  step(request, FL__ABANDONED);
  fl_call_soon(request->session->loop, &request->ending, end, request);
  fl__session_pump(request->session);
}

static int64_t deadline_after(int64_t start_us, int64_t timeout_us) {
  return timeout_us > FL_NEVER - start_us ? FL_NEVER : start_us + timeout_us;
}

/* One timer for both deadlines: first for connecting, then for the whole. */
static void on_deadline(void *arg) {
  fl_request *request = arg;
  fl_session *session = request->session;
  if (request->state != FL__IN_FLIGHT) return; /* the reply came after the deadline was due, and before its turn */
  int64_t total_us = deadline_after(request->started_us, session->options.timeout_us);
  if (fl_loop_time(session->loop) >= total_us) {
    abandon(request, FL_ETIMEOUT);
  } else if (!session->transport->connected(session->transport->self, request->token)) {
    abandon(request, FL_ECONNECTTIMEOUT);
  } else {
    fl_call_at(session->loop, &request->deadline, total_us, on_deadline, request);
  }
}

static void start(fl_request *request) {
  fl_session *session = request->session;
  const fl_session_options *options = &session->options;
  step(request, FL__IN_FLIGHT);
  session->in_flight++;
  session->queued--;
  session->started++;
  request->lane->origin->in_flight++;
  if (request->batch) {
    request->batch->queued--;
    request->batch->untaken++;
  }
  request->started_us = fl__loop_clock_us(session->loop);
  int64_t first_us =
      options->connect_timeout_us < options->timeout_us ? options->connect_timeout_us : options->timeout_us;
  fl_call_at(session->loop, &request->deadline, deadline_after(request->started_us, first_us), on_deadline, request);
  int error = session->transport->send(session->transport->self, &request->token, session, request->id, request->url,
                                       request->flags);
  if (error) fl_session_reply(session, request->id, &(fl_reply){.error = error});
}

void fl__request_start_first(fl__lane *lane, fl_session *session) {
  fl_request *request = fl__container_of(fl__pop_front(&lane->requests), fl_request, link);
  fl__lane_again(lane, session);
  start(request);
}

static int make(fl_request **out, fl_session *session, const char *url, size_t url_bytes) {
  if (session->closing) return FL_ECLOSED;
  fl_request *request = calloc(1, sizeof *request + url_bytes + 1);
  if (!request) return FL_ENOMEM;
  int error = fl__ids_add(&request->id, &session->requests, request);
  if (error) {
    free(request);
    return error;
  }
  request->session = session;
  memcpy(request->url, url, url_bytes);
  request->queued_us = fl_loop_time(session->loop);
  request->started_us = FL_NEVER;
  *out = request;
  return FL_OK;
}

static void unmake(fl_request *request) {
  fl__ids_remove(&request->session->requests, request->id);
  free(request);
}

int fl__request_ask(fl_request **out, fl_session *session, fl_batch *batch, const fl__url *url, unsigned flags,
                    fl_on_end *on_end, void *arg) {
  fl_request *request;
  int error = make(&request, session, url->text, url->bytes);
  if (error) return error;
  error = fl__lane_join(&request->lane, session, url, batch);
  if (error) {
    unmake(request);
    return error;
  }
  request->batch = batch;
  request->flags = (uint8_t)flags;
  request->on_end = on_end;
  request->arg = arg;
  session->queued++;
  if (batch) batch->queued++;
  fl__lane_push(request->lane, session, &request->link);
  if (out) *out = request;
  fl__session_pump(session);
  return FL_OK;
}

int fl__request_refuse(fl_request **out, fl_batch *batch, int reason) {
  fl_request *request;
  int error = make(&request, batch->session, "", 0);
  if (error) return error;
  request->batch = batch;
  request->on_end = batch->options.on_end;
  request->arg = batch->options.arg;
  batch->untaken++;
  request->reply.error = reason;
  request->ended_us = request->queued_us;
  step(request, FL__ABANDONED);
  fl_call_soon(batch->session->loop, &request->ending, end, request);
  if (out) *out = request;
  return FL_OK;
}

int fl_session_get(fl_request **out, fl_session *session, const char *url, size_t url_bytes, unsigned flags,
                   fl_on_end *on_end, void *arg) {
  fl__url parsed;
  int error = fl__url_parse(&parsed, url, url_bytes);
  return error ? error : fl__request_ask(out, session, NULL, &parsed, flags, on_end, arg);
}

void fl_session_reply(fl_session *session, uint32_t id, const fl_reply *reply) {
  fl_request *request = fl__ids_get(&session->requests, id);
  if (!request || request->state != FL__IN_FLIGHT) return;
  request->reply = *reply;
  request->ended_us = fl__loop_clock_us(session->loop);
  step(request, FL__REPLIED);
  fl_call_soon(session->loop, &request->ending, end, request);
}

void fl_request_cancel(fl_request *request) {
  if (request->state == FL__QUEUED || request->state == FL__IN_FLIGHT) abandon(request, FL_ECANCELLED);
}

void fl__request_discard(fl_request *request) {
  request->ended_us = fl__loop_clock_us(request->session->loop);
  close_token(request);
  vacate(request);
  step(request, FL__ENDED);
  fl_handle_cancel(&request->ending);
  request->session->done++;
  request->session->failed++;
  unmake(request);
}

fl_request *fl_session_find(fl_session *session, uint32_t id) { return fl__ids_get(&session->requests, id); }

int fl_request_error(const fl_request *request) { return request->reply.error; }
int fl_request_status(const fl_request *request) { return request->reply.status; }
uint32_t fl_request_id(const fl_request *request) { return request->id; }
const char *fl_request_url(const fl_request *request) { return request->url; }
void *fl_request_token(const fl_request *request) { return request->token; }
int64_t fl_request_queued_us(const fl_request *request) { return request->queued_us; }
int64_t fl_request_started_us(const fl_request *request) { return request->started_us; }
int64_t fl_request_ended_us(const fl_request *request) { return request->ended_us; }

const uint8_t *fl_request_body(const fl_request *request, size_t *bytes) {
  *bytes = request->reply.body_bytes;
  return request->reply.body;
}
