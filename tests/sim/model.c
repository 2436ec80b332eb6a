/* What must come of it. The model follows each request by what the program does, what the servers see, and what the
 * session tells, and says when something came that may not, or didn't come that must. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t parked_so_far_us(const world *w, const host *h) {
  int64_t left_us = h->parked_us - now_of(w);
  return h->parked_sum_us - (left_us > 0 ? left_us : 0);
}

/* ---- Waiting */

static void waits(ask *a, int64_t least_us, int64_t most_us) {
  int64_t now_us = now_of(a->world);
  a->state = WAITS;
  a->queued = a->ready = false;
  a->earliest_us = now_us + least_us;
  a->latest_us = now_us + most_us;
}

/* `exactly` now, or at some time up to now. */
void model_is_queued(ask *a, bool exactly) {
  world *w = a->world;
  a->queued = true;
  a->resends = false; /* where it may not at once, it waits in line */
  a->exactly = exactly;
  a->queued_us = now_of(w);
  a->parked_then_us = parked_so_far_us(w, &w->host[a->host]);
  a->line = ++w->lines;
}

void model_asked(ask *a) {
  waits(a, 0, 0);
  a->asked_us = now_of(a->world);
  a->started_us = FL_NEVER;
  a->traced_wait_us = -1;
  model_is_queued(a, true);
}

int64_t model_total_deadline_us(const ask *a) {
  int64_t from_us = a->flow == SINGLES ? a->asked_us : a->started_us;
  return later_than(from_us, a->timeouts.total_us);
}

/* How long it has waited for a place. */
int64_t model_waited_us(const ask *a) {
  const world *w = a->world;
  int64_t parked_us = parked_so_far_us(w, &w->host[a->host]) - a->parked_then_us;
  return now_of(w) - a->queued_us - parked_us;
}

/* It may be over, what follows not having been seen yet. */
static bool may_be_over(const world *w, const ask *a) {
  int due[3];
  return a->state == REPORTED ||
         (a->state == FLIES && (a->attempt->told || timeouts_due(w, a->attempt, due) || is_doubtful(w, a->attempt)));
}

bool model_queue_is_full(const world *w, bool surely) {
  uint32_t queued = 0;
  for (int i = 0; i < w->asked; i++) {
    const ask *a = &w->asks[i];
    bool perhaps = (a->state == WAITS && now_of(w) >= a->earliest_us) || may_be_over(w, a);
    queued += (a->state == WAITS && a->queued) || (!surely && perhaps);
  }
  return queued >= w->options.queue_limit;
}

/* When there is no room for a new one: the one that has waited longest, of the lowest priority, makes it. */
ask *model_victim(world *w, int priority) {
  ask *victim = NULL;
  for (int i = 0; i < w->asked; i++) {
    ask *a = &w->asks[i];
    if (a->state != WAITS || !a->queued || a->priority > priority) continue;
    if (!victim || a->priority < victim->priority || (a->priority == victim->priority && a->line < victim->line))
      victim = a;
  }
  return victim;
}

/* Its end may have been decided in this turn, and not been told yet. */
bool model_is_overdue(const ask *a) {
  const world *w = a->world;
  return now_of(w) >= model_total_deadline_us(a) || now_of(w) >= later_than(a->earliest_us, a->timeouts.queue_us) ||
         now_of(w) < w->host[a->host].maybe_shut_us;
}

bool model_is_vague(const world *w) {
  for (int i = 0; i < w->asked; i++)
    if (w->asks[i].state == WAITS && model_is_overdue(&w->asks[i])) return true;
  return false;
}

/* ---- From an attempt to what follows it */

static void leave_flight(ask *a) {
  world *w = a->world;
  w->flying--;
  w->host[a->attempt->host].flying--;
}

static void turn_to(ask *a, const attempt *t) {
  snprintf(a->history[a->hops++], sizeof *a->history, "%s %s", a->method, a->url);
  if (t->sets_cookie) a->since_cookie = a->hops;
  bool becomes_get = t->status == 303 ? strcmp(a->method, "HEAD") != 0
                                      : (t->status == 301 || t->status == 302) && !strcmp(a->method, "POST");
  if (becomes_get) {
    a->method = "GET";
    a->has_body = false;
    a->flags &= ~(unsigned)(FL_BODY_ONCE | FL_BODY_AT_TRANSPORT);
  }
  if (t->to_host != a->host) {
    a->crossed = true;
    a->flags &= ~(unsigned)FL_REPLAY_SAFE;
  }
  strcpy(a->url, t->location);
  a->host = t->to_host;
  a->resent = false;
  a->resume_at = 0;
}

static void count_retry(ask *a, const verdict *v) {
  world *w = a->world;
  host *h = &w->host[a->attempt->host];
  if (!v->counted) {
    a->waits++;
    return;
  }
  a->retries++;
  check(w, a->retries <= a->retry.limit, "no request is retried more often than it may be");
  check(w, h->budget_most >= 10, "no host is retried beyond its budget");
  h->budget_most -= 10;
  h->budget_least = h->budget_least > 10 ? h->budget_least - 10 : 0;
}

static void keep(ask *a, const attempt *t, const verdict *v) {
  a->resume_unsure = v->resumes_unsure;
  a->version_before = a->resume_version;
  if (!v->resumes) a->resume_at = 0;
  if (!v->resumes || !t->headed || (t->status != 200 && t->status != 206)) return;
  a->resume_at = t->bytes;
  a->resume_version = t->version;
}

/* It is not the end: the verdict must allow that. */
void model_goes_on(ask *a) {
  world *w = a->world;
  w->about = a->number;
  attempt *t = a->attempt;
  gate_learned(w, t);
  verdict v = verdict_of(a, t);
  check(w, v.retry || v.redirect || v.resend, "what is not to be made again ends");
  int64_t wait_us = a->traced_wait_us;
  if (v.vague) {
    v.redirect = v.redirect && a->traced_redirect;
    v.retry = v.retry && wait_us >= 0;
    v.resend = v.resend && !v.redirect && !v.retry;
    if (v.retry && v.counted) { /* or it is none that counts */
      a->retries--;
      a->unsure++;
      w->host[t->host].budget_most += 10;
    }
    v.least_us = 0;
    if (wait_us >= 0) v.most_us = wait_us;
    wait_us = -1;
  }
  bool waited_at_gate = v.retry && !v.counted && !v.resend;
  if (wait_us >= 0 && !waited_at_gate) {
    check(w, wait_us >= v.least_us, "no retry waits less than it must");
    check(w, wait_us <= v.most_us, "no retry waits longer than it may");
    v.least_us = v.most_us = wait_us;
  }
  if (waited_at_gate) v.least_us = v.most_us = 0;
  leave_flight(a);
  if (v.redirect) {
    turn_to(a, t);
  } else if (v.resend) {
    a->resent = a->resends = true;
  } else {
    keep(a, t, &v);
    count_retry(a, &v);
  }
  a->traced_wait_us = -1;
  a->traced_redirect = false;
  waits(a, v.least_us, v.most_us);
}

void model_on_trace(fl_request *request, const fl_trace *trace, void *arg) {
  world *w = arg;
  if (trace->step != FL_STEP_queued && trace->step != FL_STEP_retry && trace->step != FL_STEP_redirect) return;
  ask *a = ask_of(w, fl_request_url(request));
  a->traced_redirect |= trace->step == FL_STEP_redirect;
  if (trace->step == FL_STEP_redirect) return;
  if (trace->step == FL_STEP_retry) {
    a->traced_wait_us = trace->wait_us;
    return;
  }
  if (a->state == REPORTED || a->state == FLIES) model_goes_on(a);
  if (a->state != WAITS) return; /* it is being asked for */
  check(w, now_of(w) >= a->earliest_us, "no retry comes before its time");
  model_is_queued(a, true);
}

/* ---- The network's events */

static void is_over(attempt *t) {
  if (t->ask->attempt == t && t->ask->state == FLIES) t->ask->state = REPORTED;
}

void model_send_failed(attempt *t) {
  t->ended = t->over = t->transport_error = true;
  t->sure_then = budget_surely(t);
  is_over(t);
}

void model_on_server(void *arg, const char *url, void *mark, int change) {
  world *w = arg;
  attempt *t = mark;
  (void)url;
  w->at_server += change;
  w->host[t->host].at_server += change;
  check(w, w->at_server <= (int)w->options.limit, "the limit holds, as the servers count");
  check(w, w->host[t->host].at_server <= (int)w->options.limit_per_host,
        "the limit per host holds, as its server counts");
  if (change > 0) return;
  t->over = true;
  if (t->ended || t->ask->attempt != t || t->ask->state != FLIES) return;
  int due[3];
  bool late = now_of(w) >= model_total_deadline_us(t->ask);
  check(w, late || timeouts_due(w, t, due) > 0 || is_doubtful(w, t) || (t->told && t->said),
        "no attempt is aborted without a reason");
  is_over(t);
}

void model_on_event(void *arg, void *mark, fl_sim_event event, bool told, size_t bytes) {
  world *w = arg;
  attempt *t = mark;
  if (t->ask->attempt != t) return;
  int due[3], dues = timeouts_due(w, t, due);
  if (dues) {
    t->doubt_us = now_of(w);
    t->dues = dues;
    memcpy(t->due, due, sizeof due);
  }
  t->last_us = now_of(w);
  t->bytes = bytes;
  switch (event) {
  case FL_SIM_CONNECTED: t->connected = true; break;
  case FL_SIM_ARRIVAL: break;
  case FL_SIM_PAUSE: t->paused = true; break;
  case FL_SIM_READ_ON: t->paused = false; break;
  case FL_SIM_HEAD:
    t->headed = true;
    t->told = told;
    break;
  case FL_SIM_END: t->ended = true; break;
  }
  if (!(event == FL_SIM_HEAD && told) && event != FL_SIM_END) return;
  if (t->after_us == -2)
    t->after_us = t->until_wall_us > fl_sim_wall(w->sim) ? t->until_wall_us - fl_sim_wall(w->sim) : 0;
  t->sure_then = (t->sure_then || !t->told || event == FL_SIM_HEAD) && budget_surely(t);
  if (t->headed && (t->told || !t->error)) gate_learn(w, t);
  if (event == FL_SIM_END) is_over(t);
}

/* ---- Ends */

void model_dies(ask *a) {
  if (a->state == FLIES || a->state == REPORTED) {
    budget_lose(&a->world->host[a->attempt->host]); /* it may have taken a retry, and not made it */
    leave_flight(a);
  }
  a->state = DYING;
}

/* What has been reported, and not been dealt with, may still be what it ends with. */
void model_cancels(ask *a) {
  a->cancelled = true;
  int due[3];
  bool may_have_ended =
      a->state == FLIES && ((a->attempt->told && a->attempt->said) || timeouts_due(a->world, a->attempt, due) ||
                            is_doubtful(a->world, a->attempt));
  if (a->state == WAITS || (a->state == FLIES && !may_have_ended)) model_dies(a);
}

static bool is_one_of(const verdict *v, int error) {
  if (!error) return v->end_ok;
  for (int i = 0; i < 4; i++)
    if (v->end_error[i] == error) return true;
  return false;
}

static void check_body(ask *a, fl_request *request) {
  world *w = a->world;
  const attempt *t = a->attempt;
  size_t bytes;
  const uint8_t *body = fl_sim_received(fl_request_token(request), &bytes);
  check(w, fl_request_status(request) == shown_status(t), "the status is the response's");
  if (t->status != 200 && t->status != 206) return;
  bool whole = bytes == (size_t)network_entity_bytes(a->number, t->version);
  for (size_t i = 0; i < bytes && whole; i++) whole = body[i] == network_byte(a->number, t->version, i);
  check(w, whole, "a body is whole, and nothing twice");
}

static void check_outcome(ask *a, fl_request *request, int error) {
  world *w = a->world;
  attempt *t = a->attempt;
  if (!t) {
    check(w, false, "what never started has a reason");
    return;
  }
  verdict v = verdict_of(a, t);
  bool raised = error == FL_ESTATUS && a->flags & FL_RAISE_FOR_STATUS && t->status >= 400;
  bool is_end = is_one_of(&v, raised ? FL_OK : error) &&
                (raised || error || !(a->flags & FL_RAISE_FOR_STATUS) || t->status < 400);
  check(w, is_end, "a request ends with what befell it");
  check(w, !v.must_go_on || a->cancelled || w->closing, "what may be made again is");
  if (!error) check_body(a, request);
}

static void check_parked(const ask *a) {
  world *w = a->world;
  bool shut = now_of(w) < w->host[a->host].maybe_shut_us;
  verdict v = {0};
  if (a->attempt && (a->state == REPORTED || a->state == FLIES)) v = verdict_of(a, a->attempt);
  check(w, shut || is_one_of(&v, FL_EPARKED), "only a host that asks for it is given up");
}

static int reason_of(const ask *a) {
  return a->bad_url ? FL_EPROTOCOL : a->said_error ? a->said_error : a->must_be_victim ? FL_EFULL : FL_ECANCELLED;
}

void model_ended(ask *a, fl_request *request) {
  world *w = a->world;
  int error = fl_request_error(request);
  w->about = a->number;
  if (a->attempt) gate_learned(w, a->attempt);
  check(w, a->state != ENDED, "a request ends once");
  check(w, a->state != DROPPED && a->state != REFUSED, "no end comes of what is dropped or refused");
  check(w, fl_request_started_us(request) == a->started_us || a->said_error, "it started when it was first sent");
  check(w, fl_request_queued_us(request) == a->asked_us, "it was queued when it was asked for");
  bool was_overdue = a->state == DYING && model_is_overdue(a) && !a->said_error && !a->must_be_victim && !a->bad_url;
  if (a->state == DYING && (!was_overdue || error == FL_ECANCELLED))
    check(w, error == reason_of(a), "what is given up says why");
  else if (error == FL_ECANCELLED)
    check(w, a->cancelled, "only what is cancelled is cancelled");
  else if (error == FL_ETOTALTIMEOUT)
    check(w, now_of(w) >= model_total_deadline_us(a), "no total timeout comes early");
  else if (error == FL_EQUEUETIMEOUT)
    check(w,
          a->state != FLIES && a->state != REPORTED &&
              (a->queued && a->exactly ? model_waited_us(a) : now_of(w) - a->earliest_us) >= a->timeouts.queue_us,
          "no timeout of the queue comes early");
  else if (error == FL_EPARKED)
    check_parked(a);
  else
    check_outcome(a, request, error);
  if (a->attempt && (a->state == FLIES || a->state == REPORTED)) {
    bool was_given_up = error == FL_ECANCELLED || error == FL_ETOTALTIMEOUT || error == FL_EPARKED;
    if (was_given_up || a->attempt->said) budget_lose(&w->host[a->attempt->host]);
  }
  if (a->state == FLIES || a->state == REPORTED) leave_flight(a);
  a->state = ENDED;
}
