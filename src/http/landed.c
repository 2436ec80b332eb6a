/* What follows when a flight has landed: the end, or a further one. */
#include "../loop/loop.h"
#include "build.h"
#include "hop.h"
#include "redirect.h"
#include "request.h"

void fl__request_land(fl_request *request) {
  request->session->stats.busy_us += request->flight->ended_us - request->flight->started_us;
  fl__request_step(request, FL__LANDED);
}

static int error_of_status(const fl_request *request) {
  return request->flags & FL_RAISE_FOR_STATUS && request->flight->status >= 400 ? FL_ESTATUS : FL_OK;
}

static void finish(fl_request *request, int error) {
  const fl__flight *flight = request->flight;
  request->status = flight->reply.error ? 0 : flight->status;
  request->error = error ? error : error_of_status(request);
  request->ended_us = flight->ended_us;
  fl__request_end(request);
}

static void retry(fl_request *request, const fl__judgement *judgement) {
  fl_session *session = request->session;
  session->stats.retries++;
  fl__request_trace(request, FL_STEP_retry, judgement->wait_us);
  if (request->cancelled) { /* from there */
    fl__request_abandon(request, FL_ECANCELLED);
    return;
  }
  int64_t wait_us = judgement->at_gate ? 0 : judgement->wait_us;
  fl__request_give_places_back(request);
  if (!judgement->resumes)
    fl__request_close_flight(request);
  else
    fl__flight_stop(request->session, request->flight);
  fl__request_back_off(request, wait_us);
}

static void redirect(fl_request *request, int64_t wait_us) {
  fl__url url;
  int error = fl__hop_take(&url, request);
  if (error) {
    finish(request, error);
    return;
  }
  request->session->stats.redirects++;
  fl__request_trace(request, FL_STEP_redirect, wait_us);
  if (request->cancelled) { /* from there */
    fl__request_abandon(request, FL_ECANCELLED);
    return;
  }
  fl__request_give_places_back(request);
  fl__request_close_flight(request);
  error = fl__request_move(request, &url);
  fl__request_back_off(request, error ? FL_NEVER : wait_us);
  /* Whoever got its place may have cancelled it. */
  if (error && request->state == FL__BACKING_OFF) fl__request_abandon(request, error);
}

/* In the places that it has. */
static void resend(fl_request *request) {
  fl_session *session = request->session;
  int64_t now_us = fl__loop_clock_us(session->loop);
  fl__request_take_pace(request, now_us);
  fl__request_close_flight(request);
  session->stats.retries++;
  session->pumping = true; /* what on_attempt asks for starts after it */
  int error = fl__request_take_off(request, now_us);
  if (error) fl__request_abandon(request, error);
  session->pumping = false;
  fl__session_pump(session);
}

/* What the program says of a response: its error, or to try again. */
static void ask_program(fl_request *request, fl__judgement *judgement) {
  const fl_session_options *options = &request->session->options;
  fl__flight *flight = request->flight;
  if (!FL__HAS_PROGRAM || !options->on_reply || request->delivering || flight->asked) return;
  flight->asked = true;
  request->status = flight->status;
  int said = options->on_reply(request, options->arg);
  if (request->flight != flight) return; /* cancelled from there */
  if (said < 0 || said > FL_AGAIN)
    *judgement = (fl__judgement){.verdict = FL__END, .error = said};
  else if (said == FL_AGAIN && judgement->verdict == FL__END)
    *judgement = fl__judge_again(request, judgement);
}

static void go_on(fl_request *request) {
  fl__judgement judgement = request->flight->judgement;
  if (request->cancelled && judgement.verdict != FL__END) {
    fl__request_abandon(request, FL_ECANCELLED);
    return;
  }
  switch (judgement.verdict) {
  case FL__END: finish(request, judgement.error); break;
  case FL__RETRY: retry(request, &judgement); break;
  case FL__REDIRECT:
    if (FL__FOLLOWS_REDIRECTS) redirect(request, judgement.wait_us);
    break;
  case FL__RESEND:
    if (FL__TELLS_REUSE) resend(request);
    break;
  }
}

/* A failure may come of it: nothing has been said of it, or that its response is to be delivered, and it broke within.
 */
static bool is_open(const fl__flight *flight) {
  return !flight->judged || (flight->judgement.verdict == FL__END && !flight->judgement.error);
}

void fl__request_landed(fl_request *request) {
  fl__flight *flight = request->flight;
  const fl_reply *reply = &flight->reply;
  if (reply->error && is_open(flight)) {
    flight->judgement = fl__judge_failure(request, flight, reply->error);
  } else if (!flight->judged) {
    fl__request_trace(request, FL_STEP_headers, 0);
    fl__judge_learn(request, flight);
    flight->judgement = fl__judge_response(request, flight);
  }
  flight->judged = true;
  if (!reply->error) ask_program(request, &flight->judgement);
  go_on(request);
}

void fl__request_has_head(fl_request *request) {
  fl__flight *flight = request->flight;
  if (request->delivering) return; /* a download that goes on */
  fl__judgement judgement = flight->judgement;
  ask_program(request, &judgement);
  if (request->flight != flight) return; /* cancelled from there */
  flight->judgement = judgement;
  if (flight->judgement.verdict != FL__END || flight->judgement.error) {
    if (request->state == FL__LANDED) return; /* its own turn comes */
    flight->airborne = false;
    flight->ended_us = fl__loop_clock_us(request->session->loop);
    fl__request_land(request);
    go_on(request);
    return;
  }
  request->delivering = true;
  request->status = flight->status;
  request->error = error_of_status(request);
  if (request->details && request->details->on_response) request->details->on_response(request, request->arg);
}
