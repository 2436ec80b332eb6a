#include "flight.h"

#include "../loop/loop.h"
#include "request.h"
#include "resume.h"

#include <stdlib.h>
#include <string.h>

/* ---- Deadlines: one timer for all, armed for the next time at which one may be due */

typedef struct check {
  int64_t now_us, next_us;
  int error;
} check;

static void expect_by(check *c, int64_t since_us, int64_t timeout_us, int error) {
  int64_t due_us = fl__later(since_us, timeout_us);
  if (due_us == FL_NEVER) return;
  if (due_us <= c->now_us && !c->error) c->error = error;
  if (due_us < c->next_us) c->next_us = due_us;
}

static void on_deadline(void *arg);

/* Its response is what the reader has; not one that answers a download which was to go on, and is dropped. */
static bool is_delivered(const fl__flight *flight) {
  return flight->request->delivering && flight->judged && flight->judgement.verdict == FL__END &&
         !flight->judgement.error;
}

static void watch(fl__flight *flight, const fl_progress *progress) {
  fl_loop *loop = flight->request->session->loop;
  const fl_timeouts *timeouts = fl__request_timeouts(flight->request);
  check c = {.now_us = fl_loop_time(loop), .next_us = FL_NEVER};
  int64_t read_us = timeouts->read_us;
  expect_by(&c, flight->started_us, timeouts->transfer_us, FL_EATTEMPTTIMEOUT);
  /* What its reader has already may go on for as long as something comes. */
  if (!is_delivered(flight))
    expect_by(&c, flight->started_us, timeouts->attempt_us, FL_EATTEMPTTIMEOUT);
  else if (read_us == FL_NEVER)
    read_us = timeouts->attempt_us;
  int64_t last_us = progress->last_us > flight->started_us ? progress->last_us : flight->started_us;
  if (!progress->connected) expect_by(&c, last_us, timeouts->connect_us, FL_ECONNECTTIMEOUT);
  if (progress->connected && !progress->paused) expect_by(&c, last_us, read_us, FL_EREADTIMEOUT);
  /* One that is still connecting, or whose reader is behind, is looked at again. */
  else if (read_us != FL_NEVER)
    expect_by(&c, c.now_us, read_us, 0);
  flight->timed_out = c.error != 0;
  if (c.error)
    fl_session_reply(flight->request->session, flight->id, &(fl_reply){.error = c.error, .status = progress->status});
  else if (c.next_us != FL_NEVER)
    fl_call_at(loop, &flight->deadline, c.next_us, on_deadline, flight);
}

static void on_deadline(void *arg) {
  fl__flight *flight = arg;
  if (!flight->airborne) return; /* its end came after the deadline was due, and before its turn */
  fl_progress progress = fl__flight_progress(flight->request->session, flight);
  watch(flight, &progress);
}

/* ---- Starting */

static int make(fl__flight **out, fl_request *request, int64_t now_us) {
  fl_session *session = request->session;
  fl__flight *flight = calloc(1, sizeof *flight);
  if (!flight) return FL_ENOMEM;
  int error = fl__ids_add(&flight->id, &session->flights, flight);
  if (error) {
    free(flight);
    return error;
  }
  flight->request = request;
  flight->started_us = flight->ended_us = now_us;
  flight->airborne = true;
  *out = flight;
  return FL_OK;
}

static int send(fl__flight *flight, fl__flight *broken) {
  fl_request *request = flight->request;
  fl_session *session = request->session;
  const fl__headers *headers = fl__request_headers(request);
  fl__headers *resuming = NULL;
  if (broken) {
    fl_progress progress = fl__flight_progress(session, broken);
    flight->resumes_at = fl__resume_at(broken, &progress);
    int error = fl__resume_headers(&resuming, request, flight->resumes_at);
    if (error) return error;
    headers = resuming;
  }
  fl_attempt attempt = {.session = session,
                        .id = flight->id,
                        .request = request,
                        .method = fl__request_method(request),
                        .url = fl__request_url(request),
                        .headers = headers ? headers->items : NULL,
                        .flags = request->flags,
                        .resumes = broken ? broken->token : NULL};
  if (request->details) {
    attempt.body = request->details->body;
    attempt.body_bytes = request->details->body_bytes;
  }
  int error = session->transport->send(session->transport->self, &flight->token, &attempt);
  free(resuming);
  return error;
}

int fl__flight_start(fl_request *request, int64_t now_us) {
  fl_session *session = request->session;
  fl__flight *flight, *broken = request->flight;
  int error = make(&flight, request, now_us);
  if (error) return error;
  request->flight = flight;
  watch(flight, &(fl_progress){0});
  error = send(flight, broken);
  if (error) fl_session_reply(session, flight->id, &(fl_reply){.error = error});
  if (broken) fl__flight_close(session, broken);
  return FL_OK;
}

void fl__flight_close(fl_session *session, fl__flight *flight) {
  if (flight->token) session->transport->close(session->transport->self, flight->token);
  fl_timer_cancel(&flight->deadline);
  fl_handle_cancel(&flight->head);
  fl_handle_cancel(&flight->landing);
  fl__ids_remove(&session->flights, flight->id);
  free(flight);
}

void fl__flight_stop(fl_session *session, fl__flight *flight) {
  if (session->transport->stop && flight->token) session->transport->stop(session->transport->self, flight->token);
}

void fl__flight_join(const fl_session *session, fl__flight *flight) {
  enum { OK = 200 }; /* only such a one is resumed */
  flight->status = OK;
  if (session->transport->join) session->transport->join(session->transport->self, flight->token);
}

/* ---- Asking */

fl_progress fl__flight_progress(const fl_session *session, const fl__flight *flight) {
  fl_progress progress = {0};
  if (flight->token) session->transport->progress(session->transport->self, flight->token, &progress);
  return progress;
}

static int read_header(const fl_session *session, const fl__flight *flight, const char *name, char *buffer,
                       size_t size) {
  return flight->token ? session->transport->header(session->transport->self, flight->token, name, buffer, size) : -1;
}

bool fl__flight_has_header(const fl_session *session, const fl__flight *flight, const char *name) {
  char nothing[1];
  return read_header(session, flight, name, nothing, sizeof nothing) >= 0;
}

char *fl__flight_header(const fl_session *session, const fl__flight *flight, const char *name) {
  char few[256];
  int bytes = read_header(session, flight, name, few, sizeof few);
  if (bytes < 0) return NULL;
  char *text = malloc((size_t)bytes + 1);
  if (!text) return NULL;
  if ((size_t)bytes < sizeof few)
    memcpy(text, few, (size_t)bytes + 1);
  else
    read_header(session, flight, name, text, (size_t)bytes + 1);
  return text;
}

int fl_request_header(const fl_request *request, const char *name, char *buffer, size_t size) {
  return request->flight ? read_header(request->session, request->flight, name, buffer, size) : -1;
}

int fl_request_headers(const fl_request *request, char *buffer, size_t size) {
  const fl__flight *flight = request->flight;
  const fl_transport *transport = request->session->transport;
  if (!flight || !flight->token || !flight->status || !transport->headers) return -1;
  return transport->headers(transport->self, flight->token, buffer, size);
}

/* ---- Reports. They only enqueue: what follows is for the turn. */

static void on_landing(void *arg) { fl__request_landed(((fl__flight *)arg)->request); }
static void on_head(void *arg) { fl__request_has_head(((fl__flight *)arg)->request); }

void fl_session_reply(fl_session *session, uint32_t id, const fl_reply *reply) {
  fl__flight *flight = fl__ids_get(&session->flights, id);
  if (!flight || !flight->airborne) return;
  flight->airborne = false;
  flight->reply = *reply;
  flight->ended_us = fl__loop_clock_us(session->loop);
  if (!flight->status) flight->status = (int16_t)reply->status;
  fl__request_land(flight->request);
  fl_call_soon(session->loop, &flight->landing, on_landing, flight);
}

bool fl_session_head(fl_session *session, uint32_t id, const fl_reply *head) {
  fl__flight *flight = fl__ids_get(&session->flights, id);
  if (!flight || !flight->airborne) return false;
  fl_request *request = flight->request;
  flight->status = (int16_t)head->status;
  flight->reply.quota = head->quota;
  fl__request_trace(request, FL_STEP_headers, 0);
  fl__judge_learn(request, flight);
  flight->judgement = fl__judge_response(request, flight);
  flight->judged = true;
  bool wanted = flight->judgement.verdict == FL__END && !flight->judgement.error;
  if (wanted && request->flags & FL_STREAM) fl_call_soon(session->loop, &flight->head, on_head, flight);
  return wanted;
}

void fl_session_step(fl_session *session, uint32_t id, fl_step step, int64_t when_us, uint64_t bytes) {
  fl__flight *flight = fl__ids_get(&session->flights, id);
  const fl_session_options *options = &session->options;
  if (!flight || !flight->airborne || !options->on_trace || !(flight->request->flags & FL_TRACED)) return;
  options->on_trace(flight->request, &(fl_trace){.step = step, .when_us = when_us, .bytes = bytes}, options->arg);
}
