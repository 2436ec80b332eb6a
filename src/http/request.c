/* One request, from queued to ended. */
#include "request.h"

#include "../loop/loop.h"
#include "batch.h"
#include "build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The steps that a request may take. Ended is the last; a request may be discarded from any state. */
static bool may_step(int from, int to) {
  switch (to) {
  case FL__QUEUED: return from == FL__LANDED || from == FL__BACKING_OFF;
  case FL__IN_FLIGHT: return from == FL__QUEUED || from == FL__LANDED;
  case FL__LANDED: return from == FL__IN_FLIGHT;
  case FL__BACKING_OFF: return from == FL__LANDED;
  case FL__ABANDONED: return from != FL__ABANDONED && from != FL__ENDED;
  case FL__ENDED: return from != FL__ENDED;
  default: return false;
  }
}

void fl__request_step(fl_request *request, enum fl__request_state state) {
  assert(may_step(request->state, state));
  request->state = (uint8_t)state;
}

void fl__request_trace(fl_request *request, fl_step what, int64_t wait_us) {
  const fl_session_options *options = &request->session->options;
  if (!options->on_trace || !(request->flags & FL_TRACED)) return;
  fl_trace trace = {.step = what, .when_us = fl__loop_clock_us(request->session->loop), .wait_us = wait_us};
  if (what == FL_STEP_end) {
    trace.status = request->status;
    trace.error = request->error;
  } else if (request->flight && what != FL_STEP_queued && what != FL_STEP_started) {
    trace.status = request->flight->status;
    trace.error = request->flight->reply.error;
  }
  options->on_trace(request, &trace, options->arg);
}

/* ---- Its deadline: one timer, for the first of two */

static void on_timer(void *arg);

/* A batch's requests wait by design: their time runs from their start. */
static int64_t total_deadline_us(const fl_request *request) {
  int64_t from_us = request->batch ? request->started_us : request->queued_us;
  return from_us == FL_NEVER ? FL_NEVER : fl__later(from_us, fl__request_timeouts(request)->total_us);
}

static void arm(fl_request *request) {
  int64_t next_us = total_deadline_us(request);
  bool waits = request->state == FL__QUEUED || request->state == FL__BACKING_OFF;
  if (waits && request->until_us < next_us) next_us = request->until_us;
  if (next_us == FL_NEVER)
    fl_timer_cancel(&request->timer);
  else
    fl_call_at(request->session->loop, &request->timer, next_us, on_timer, request);
}

/* ---- Places: what each state holds, and gives back */

static int priority_of(const fl_request *request) { return (int)-request->place.key; }

/* Only a session that drops the one that has waited longest needs to know which that is. */
static void rank(fl_request *request, bool waits) {
  fl_session *session = request->session;
  if (session->options.when_full != FL_FULL_DROP_OLDEST) return;
  if (!waits) {
    fl__heap_remove(&session->by_age, &request->by_age);
    return;
  }
  request->by_age.key = priority_of(request);
  fl__heap_insert(&session->by_age, &request->by_age);
}

static void leave_queue(fl_request *request) {
  rank(request, false);
  request->session->stats.queued--;
  if (request->batch) fl__batch_count(request->batch, -1, 0);
}

void fl__request_take_pace(fl_request *request, int64_t now_us) {
  fl__pace_take(&request->session->pace, now_us);
  fl__gate_take(&request->lane->origin->gate, now_us);
}

bool fl__request_may_start_now(const fl_request *request) {
  const fl_session *session = request->session;
  int64_t now_us = fl_loop_time(session->loop);
  return !session->paused && fl__pace_next_us(&session->pace, now_us) <= now_us &&
         fl__gate_opens_us(&request->lane->origin->gate, now_us) <= now_us;
}

static void take_places(fl_request *request, int64_t now_us) {
  request->session->stats.in_flight++;
  request->lane->origin->in_flight++;
  fl__request_take_pace(request, now_us);
  if (request->batch) fl__batch_count(request->batch, 0, 1);
}

void fl__request_give_places_back(fl_request *request) {
  fl_session *session = request->session;
  fl__origin *origin = request->lane->origin;
  session->stats.in_flight--;
  origin->in_flight--;
  fl__lane_wake_at_origin(origin);
}

void fl__request_close_flight(fl_request *request) {
  fl__flight *flight = request->flight;
  if (!flight) return;
  if (flight->airborne)
    request->session->stats.busy_us += fl__loop_clock_us(request->session->loop) - flight->started_us;
  fl__flight_close(request->session, flight);
  request->flight = NULL;
}

/* On the way to its end: whatever it still holds but its flight. */
static void vacate(fl_request *request) {
  switch (request->state) {
  case FL__QUEUED:
    fl__lane_drop(request->lane, request->session, &request->place);
    leave_queue(request);
    /* It isn't in flight; its result is to be taken all the same. */
    if (request->batch) fl__batch_count(request->batch, 0, 1);
    break;
  case FL__BACKING_OFF:
    request->session->stats.backing_off--;
    if (request->batch) fl__batch_count(request->batch, -1, 1);
    break;
  case FL__IN_FLIGHT:
  case FL__LANDED: fl__request_give_places_back(request); break;
  default: return;
  }
  if (request->lane) fl__lane_leave(request->lane, request->session);
  request->lane = NULL;
}

/* ---- The end */

static void leave_session(fl_request *request) {
  fl_timer_cancel(&request->timer);
  fl__ids_remove(&request->session->requests, request->id);
  if (request->batch) fl__unlink(&request->in_batch);
  request->session->stats.done++;
}

void fl__request_end(void *arg) {
  fl_request *request = arg;
  fl_session *session = request->session;
  vacate(request);
  fl__request_step(request, FL__ENDED);
  fl__request_trace(request, FL_STEP_end, 0);
  leave_session(request);
  if (request->error)
    session->stats.failed++;
  else
    fl__histogram_add(&session->durations, request->ended_us - request->started_us);
  /* It is in nobody's list any more: its on_end may close the batch or the session. What that lets start waits until
   * the connection is closed, which may be open when it was given up. */
  session->pumping = true;
  request->on_end(request, request->arg);
  fl__request_close_flight(request);
  session->pumping = false;
  fl__details_free(request->details);
  free(request);
  fl__session_pump(session);
}

void fl__request_abandon(fl_request *request, int error) {
  fl_loop *loop = request->session->loop;
  request->ended_us = fl__loop_clock_us(loop);
  request->error = error;
  request->status = 0;
  vacate(request);
  fl__request_close_flight(request);
  fl__request_step(request, FL__ABANDONED);
  fl_timer_cancel(&request->timer);
  fl_call_soon(loop, &request->timer.handle, fl__request_end, request);
}

void fl_request_cancel(fl_request *request) {
  if (request->state == FL__LANDED)
    request->cancelled = true; /* should it not be the end */
  else if (request->state < FL__ABANDONED)
    fl__request_abandon(request, FL_ECANCELLED);
}

void fl__request_discard(fl_request *request) {
  fl_session *session = request->session;
  request->ended_us = fl__loop_clock_us(session->loop);
  vacate(request);
  fl__request_close_flight(request);
  fl__request_step(request, FL__ENDED);
  leave_session(request);
  session->stats.failed++;
  fl__details_free(request->details);
  free(request);
}

static void fail_waiting_in(fl__lane *lane, fl_session *session) {
  lane->members++; /* it goes with its last member */
  while (lane->requests.root) fl__request_abandon(fl__container_of(lane->requests.root, fl_request, place), FL_EPARKED);
  fl__lane_leave(lane, session);
}

void fl__request_fail_waiting(fl__origin *origin) {
  for (fl_link *link = origin->lanes.next, *next; link != &origin->lanes; link = next) {
    next = link->next;
    fail_waiting_in(fl__container_of(link, fl__lane, in_origin), origin->session);
  }
}

/* ---- Queued */

void fl__request_enqueue(fl_request *request) {
  fl_session *session = request->session;
  session->stats.queued++;
  request->by_age.tie = ++session->ever_queued;
  rank(request, true);
  int64_t from_us = fl_loop_time(session->loop), parked_until_us = request->lane->origin->gate.parked_until_us;
  if (parked_until_us > from_us) from_us = parked_until_us; /* that is no waiting for a place */
  request->until_us = fl__later(from_us, fl__request_timeouts(request)->queue_us);
  request->parked_us = request->lane->origin->parked_us;
  arm(request);
  fl__request_trace(request, FL_STEP_queued, 0);
  fl__lane_push(request->lane, session, &request->place);
}

int fl__request_move(fl_request *request, const fl__url *url) {
  fl_session *session = request->session;
  fl__lane *old = request->lane;
  int error = fl__lane_join(&request->lane, session, url, request->batch);
  if (error) request->lane = NULL;
  fl__lane_leave(old, session);
  return error;
}

static void queue_again(fl_request *request) {
  fl_session *session = request->session;
  if (fl__gate_is_shut(&request->lane->origin->gate, fl_loop_time(session->loop))) {
    fl__request_abandon(request, FL_EPARKED);
  } else {
    session->stats.backing_off--;
    fl__request_step(request, FL__QUEUED);
    fl__request_enqueue(request);
  }
  fl__session_pump(session);
}

void fl__request_back_off(fl_request *request, int64_t wait_us) {
  fl_session *session = request->session;
  fl__request_step(request, FL__BACKING_OFF);
  session->stats.backing_off++;
  if (request->batch) {
    fl__batch_count(request->batch, 1, -1);
    fl__lane_wake_at_batch(request->batch, session);
  }
  request->until_us = fl__later(fl_loop_time(session->loop), wait_us);
  if (wait_us <= 0)
    queue_again(request);
  else
    arm(request);
  fl__session_pump(session);
}

/* Its host has been parked while it waited, or is: that is no waiting for a place either. */
static bool has_more_time(fl_request *request, int64_t now_us) {
  const fl__origin *origin = request->lane->origin;
  int64_t parked_until_us = origin->gate.parked_until_us,
          to_come_us = parked_until_us > now_us ? parked_until_us - now_us : 0;
  int64_t until_us = fl__later(request->until_us, origin->parked_us - request->parked_us);
  if (now_us >= until_us - to_come_us) return false;
  request->until_us = until_us;
  request->parked_us = origin->parked_us;
  return true;
}

static void on_timer(void *arg) {
  fl_request *request = arg;
  int64_t now_us = fl_loop_time(request->session->loop);
  if (request->state >= FL__ABANDONED) return;
  if (request->state == FL__LANDED) return; /* the reply came before this turn; what follows it will look again */
  if (now_us >= total_deadline_us(request)) {
    fl__request_abandon(request, FL_ETOTALTIMEOUT);
  } else if (request->state == FL__BACKING_OFF) {
    queue_again(request);
  } else if (now_us >= request->until_us && !has_more_time(request, now_us)) {
    fl__request_abandon(request, FL_EQUEUETIMEOUT);
  } else {
    arm(request);
  }
}

bool fl_request_set_priority(fl_request *request, int priority) {
  if (priority < INT8_MIN || priority > INT8_MAX) return false;
  bool queued = request->state == FL__QUEUED;
  if (queued) {
    fl__lane_drop(request->lane, request->session, &request->place);
    rank(request, false);
  }
  if (request->state < FL__ABANDONED) request->place.key = -(int64_t)priority;
  if (queued) {
    rank(request, true);
    fl__lane_push(request->lane, request->session, &request->place);
  }
  fl__session_pump(request->session);
  return queued;
}

/* ---- In flight */

int fl__request_take_off(fl_request *request, int64_t now_us) {
  const fl_session_options *options = &request->session->options;
  fl__request_step(request, FL__IN_FLIGHT);
  if (request->started_us == FL_NEVER) {
    request->session->stats.started++;
    request->started_us = now_us;
  }
  arm(request);
  fl__request_trace(request, FL_STEP_started, 0);
  int error = FL_OK;
  if (FL__HAS_PROGRAM && options->on_attempt) {
    error = options->on_attempt(request, options->arg);
    if (request->state != FL__IN_FLIGHT) return FL_OK; /* cancelled from there */
    now_us = fl__loop_clock_us(request->session->loop);
  }
  return error ? error : fl__flight_start(request, now_us);
}

static void start(fl_request *request) {
  fl_session *session = request->session;
  int64_t now_us = fl__loop_clock_us(session->loop); /* once: asking the host costs as much as all the rest here */
  leave_queue(request);
  take_places(request, now_us);
  fl__lane_again(request->lane, session);
  if (!request->retries && !request->server_waits) fl__budget_deposit(&request->lane->origin->budget);
  int error = fl__request_take_off(request, now_us);
  if (error) fl__request_abandon(request, error);
}

void fl__request_start_first(fl__lane *lane, fl_session *session) {
  start(fl__container_of(fl__lane_take_first(lane, session), fl_request, place));
}
