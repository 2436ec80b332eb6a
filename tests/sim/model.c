/* What must come of it. The model follows each request by what the program does, what the servers see, and what the
 * session tells, and says when something came that may not, or didn't come that must. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

static bool goes_before(const ask *a, const ask *b) {
  return a->priority != b->priority ? a->priority > b->priority : a->number < b->number;
}

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
static void is_queued(ask *a, bool exactly) {
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
  is_queued(a, true);
}

static int64_t total_deadline_us(const ask *a) {
  int64_t from_us = a->flow == SINGLES ? a->asked_us : a->started_us;
  return later_than(from_us, a->timeouts.total_us);
}

/* How long it has waited for a place. */
static int64_t waited_us(const ask *a) {
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
  check(w, a->retries <= a->retries_max, "no request is retried more often than it may be");
  check(w, h->budget_most >= 10, "no host is retried beyond its budget");
  h->budget_most -= 10;
  h->budget_least = h->budget_least > 10 ? h->budget_least - 10 : 0;
}

static void keep(ask *a, const attempt *t, const verdict *v) {
  bool known = t->told || (t->ended && t->headed);
  a->resume_unsure = v->resumes_unsure;
  if (!v->resumes) a->resume_at = 0;
  if (!v->resumes || !known || (t->status != 200 && t->status != 206)) return;
  a->resume_at = t->bytes;
  a->version_before = a->resume_version;
  a->resume_version = t->version;
}

/* It is not the end: the verdict must allow that. */
static void goes_on(ask *a) {
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
  if (a->state == REPORTED || a->state == FLIES) goes_on(a);
  if (a->state != WAITS) return; /* it is being asked for */
  check(w, now_of(w) >= a->earliest_us, "no retry comes before its time");
  is_queued(a, true);
}

/* ---- Sending */

static const char *header_of(const fl_attempt *sent, const char *name) {
  for (const fl_header *header = sent->headers; header && header->name; header++)
    if (!strcmp(header->name, name)) return header->value;
  return NULL;
}

static void check_headers(world *w, const ask *a, const fl_attempt *sent) {
  static const char *const secrets[] = {"Authorization", "Cookie", "X-Api-Key", "x-mine"};
  for (unsigned i = 0; i < sizeof secrets / sizeof *secrets; i++) {
    bool there = header_of(sent, secrets[i]) != NULL;
    check(w, !there || !a->crossed, "no secret goes to another origin");
    check(w, there || a->crossed || !a->secret, "what is no redirect to another origin keeps its headers");
  }
  check(w, header_of(sent, "accept") != NULL, "harmless headers stay");
  bool has_body = sent->body_bytes > 0;
  check(w, has_body == a->has_body, "a body goes with its method, and only with it");
}

static void check_range(world *w, ask *a, const fl_attempt *sent, attempt *t) {
  const char *range = header_of(sent, "range"), *validator = header_of(sent, "if-range");
  char expected[64];
  if (a->resume_unsure) { /* whichever came first */
    uint64_t at = range ? strtoull(range + strlen("bytes="), NULL, 10) : 0;
    if (at == 0 || at == a->attempt->range_at || at == a->attempt->bytes) a->resume_at = at;
    if (at > 0 && at == a->attempt->range_at && at != a->attempt->bytes) a->resume_version = a->version_before;
  }
  check(w, (range != NULL) == (a->resume_at > 0), "a download that can go on does, and no other");
  if (!range || !a->resume_at) return;
  snprintf(expected, sizeof expected, "bytes=%d-", (int)a->resume_at);
  check(w, !strcmp(range, expected), "a download goes on where it broke");
  check(w, validator != NULL, "a part is only asked for with If-Range");
  snprintf(expected, sizeof expected, "\"%d-%d\"", a->number, a->resume_version);
  if (validator && a->validator == STRONG) check(w, !strcmp(validator, expected), "If-Range has what the server gave");
  check(w, sent->resumes != NULL, "what goes on has something to go on from");
  t->range_at = a->resume_at;
}

/* Its end may have been decided in this turn, and not been told yet. */
static bool is_overdue(const ask *a) {
  const world *w = a->world;
  return now_of(w) >= total_deadline_us(a) || now_of(w) >= later_than(a->earliest_us, a->timeouts.queue_us) ||
         now_of(w) < w->host[a->host].maybe_shut_us;
}

bool model_is_vague(const world *w) {
  for (int i = 0; i < w->asked; i++)
    if (w->asks[i].state == WAITS && is_overdue(&w->asks[i])) return true;
  return false;
}

/* What has been reported may have left its batch's count, or not yet. */
static bool batch_has_room(const world *w, int flow, bool surely) {
  if (flow == SINGLES) return true;
  int count = w->readers[flow].untaken;
  for (int i = 0; i < w->asked; i++) {
    ask_state state = w->asks[i].state;
    bool perhaps = state == REPORTED || (state == WAITS && is_overdue(&w->asks[i]));
    count += w->asks[i].flow == flow && (state == FLIES || state == DYING || (surely && perhaps));
  }
  return count < 2 * (int)w->options.limit;
}

/* Nothing keeps it from starting but, perhaps, the session's limit and rate. */
static bool startable(const world *w, const ask *a) {
  const host *h = &w->host[a->host];
  int limit = h->had_too_many ? 1 : (int)w->options.limit_per_host;
  return a->state == WAITS && a->queued && h->flying < limit && gate_surely_open(w, h) &&
         batch_has_room(w, a->flow, true);
}

static void check_order(world *w, const ask *a) {
  for (int i = 0; i < w->asked && !w->violation; i++) {
    const ask *other = &w->asks[i];
    if (other == a || other->state != WAITS || !other->queued || is_overdue(other)) continue;
    if (other->flow == a->flow && other->host == a->host)
      check(w, !goes_before(other, a), "a lane goes by priority, then first in, first out");
    else if (other->ready && startable(w, other))
      check(w, other->flow == a->flow ? !goes_before(other, a) : other->priority <= a->priority,
            "of those that wait for the session, the first goes first");
    if (w->violation && w->trace) printf("  before %d\n", other->number);
  }
}

/* It would get a retry out of its host's budget, whoever else may have taken one without its being seen yet. */
bool budget_surely(const attempt *t) {
  const world *w = t->ask->world;
  const host *h = &w->host[t->host];
  int64_t taken = 0;
  int due[3];
  for (int i = 0; i < w->asked; i++) {
    const ask *a = &w->asks[i];
    if ((a->state != FLIES && a->state != REPORTED) || a->attempt == t || a->attempt->host != t->host) continue;
    taken += 10 * (a->state == REPORTED || a->attempt->told || timeouts_due(w, a->attempt, due) ||
                   is_doubtful(w, a->attempt));
  }
  if (h->deposited_us == now_of(w)) taken += 2 * h->deposits; /* perhaps after it was judged */
  return h->budget_least - taken >= 10;
}

static void lose_from_budget(host *h) { h->budget_least = h->budget_least > 10 ? h->budget_least - 10 : 0; }

/* A first attempt pays for later retries; of one that is not sent, perhaps. */
static void deposit(world *w, host *h, bool perhaps) {
  int64_t most = 20 * (int64_t)w->retry.budget, withdrawn = 0;
  for (int i = 0; i < w->asked; i++) { /* but not seen yet */
    const ask *a = &w->asks[i];
    withdrawn += 10 * ((a->state == REPORTED || a->state == FLIES) && &w->host[a->attempt->host] == h);
  }
  if (h->deposited_us != now_of(w)) h->deposits = 0;
  h->deposited_us = now_of(w);
  if (!perhaps && h->budget_least + 2 <= most) {
    h->budget_least += 2;
    h->deposits++;
  }
  if (h->budget_most + 2 <= most + withdrawn) h->budget_most += 2;
}

static void check_limits(world *w, const ask *a) {
  int flying = 0, here = 0; /* what has been reported may have given its places back, or not yet */
  for (int i = 0; i < w->asked; i++) {
    flying += w->asks[i].state == FLIES;
    here += w->asks[i].state == FLIES && w->asks[i].host == a->host;
  }
  check(w, !w->paused, "a session that is paused starts nothing");
  check(w, flying < (int)w->options.limit, "the limit holds");
  check(w, here < (int)w->options.limit_per_host, "the limit per host holds");
  check(w, a->resends || batch_has_room(w, a->flow, false), "a batch starts no more than its consumer can take");
  check(w, schedule_may(&w->schedule, now_of(w)), "the rate of all is kept");
  gate_check_send(w, &w->host[a->host]);
}

/* Before on_attempt. */
void model_starts(ask *a) {
  if (a->state == REPORTED || a->state == FLIES) goes_on(a);
  if (a->started_us == FL_NEVER) a->started_us = now_of(a->world);
  check_limits(a->world, a);
  if (!a->resends) check_order(a->world, a);
  a->checked = true;
  a->queued = false;
}

/* on_attempt refused it, or cancelled it. */
void model_start_failed(ask *a, int error) {
  world *w = a->world;
  host *h = &w->host[a->host];
  gate_wasted(w, h);
  if (!a->retries && !a->waits && !a->resends) deposit(w, h, true);
  a->said_error = error;
  if (a->state == WAITS) model_dies(a);
}

static attempt *new_attempt(world *w, ask *a) {
  if (w->attempts == ATTEMPTS_MAX - 1) w->healthy = true; /* enough */
  attempt *t = &w->attempt[w->attempts < ATTEMPTS_MAX ? w->attempts++ : ATTEMPTS_MAX - 1];
  *t = (attempt){.ask = a, .host = a->host, .number = ++a->attempts, .sent_us = now_of(w), .last_us = now_of(w)};
  t->after_us = -1;
  t->delivering_then = a->delivering;
  return t;
}

attempt *model_sent(world *w, const fl_attempt *sent) {
  ask *a = ask_of(w, sent->url);
  w->about = a->number;
  if (a->state == REPORTED || a->state == FLIES) goes_on(a);
  host *h = &w->host[a->host];
  bool resends = a->resends;
  check(w, a->state == WAITS, "only what waits is sent");
  check(w, !w->closing, "a closing session sends nothing");
  check(w, now_of(w) >= a->earliest_us, "nothing is sent before its time");
  check(w, !strcmp(sent->url, a->url), "it goes where it should");
  check(w, !strcmp(sent->method, a->method), "its method is what it should be");
  check_headers(w, a, sent);
  if (!a->checked) check_limits(w, a);
  if (!a->checked && !resends) check_order(w, a);
  a->checked = a->resends = false;
  attempt *t = new_attempt(w, a);
  check_range(w, a, sent, t);
  note(w, "send", a->number * 100 + t->number);
  schedule_take(&w->schedule, now_of(w));
  gate_sent(w, h);
  if (!a->retries && !a->waits && !resends) deposit(w, h, a->unsure > 0);
  if (a->started_us == FL_NEVER) a->started_us = now_of(w);
  a->attempt = t;
  a->state = FLIES;
  a->queued = a->ready = false;
  w->flying++;
  h->flying++;
  return t;
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
  bool late = now_of(w) >= total_deadline_us(t->ask);
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
    lose_from_budget(&a->world->host[a->attempt->host]); /* it may have taken a retry, and not made it */
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
  check(w, fl_request_status(request) == t->status, "the status is the response's");
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
  bool was_overdue = a->state == DYING && is_overdue(a) && !a->said_error && !a->must_be_victim && !a->bad_url;
  if (a->state == DYING && (!was_overdue || error == FL_ECANCELLED))
    check(w, error == reason_of(a), "what is given up says why");
  else if (error == FL_ECANCELLED)
    check(w, a->cancelled, "only what is cancelled is cancelled");
  else if (error == FL_ETOTALTIMEOUT)
    check(w, now_of(w) >= total_deadline_us(a), "no total timeout comes early");
  else if (error == FL_EQUEUETIMEOUT)
    check(w,
          a->state != FLIES && a->state != REPORTED &&
              (a->queued && a->exactly ? waited_us(a) : now_of(w) - a->earliest_us) >= a->timeouts.queue_us,
          "no timeout of the queue comes early");
  else if (error == FL_EPARKED)
    check_parked(a);
  else
    check_outcome(a, request, error);
  if (a->attempt && (a->state == FLIES || a->state == REPORTED)) {
    bool was_given_up = error == FL_ECANCELLED || error == FL_ETOTALTIMEOUT || error == FL_EPARKED;
    if (was_given_up || a->attempt->said) lose_from_budget(&w->host[a->attempt->host]);
  }
  if (a->state == FLIES || a->state == REPORTED) leave_flight(a);
  a->state = ENDED;
}

/* ---- Nothing is due now */

static void check_deadlines(world *w, ask *a) {
  w->about = a->number;
  int due[3];
  check(w, a->state != DYING, "what dies ends in the next turn");
  if (a->state != WAITS && a->state != FLIES) return;
  check(w, now_of(w) < total_deadline_us(a), "a total timeout comes in time");
  if (a->state == FLIES) check(w, timeouts_due(w, a->attempt, due) == 0, "an attempt's timeouts come in time");
  if (a->state != WAITS || !a->queued || !a->exactly) return;
  const host *h = &w->host[a->host];
  bool sure = h->maybe_parked_us <= h->parked_us && !h->vaguely_parked;
  check(w, !sure || a->timeouts.queue_us == FL_NEVER || waited_us(a) < a->timeouts.queue_us,
        "a timeout of the queue comes in time");
  check(w, now_of(w) >= h->shut_us, "what waits for a host that is given up ends");
}

static void check_stats(world *w) {
  fl_session_stats stats;
  fl_session_stats_get(w->session, &stats);
  uint32_t waiting = 0;
  for (int i = 0; i < w->asked; i++) waiting += w->asks[i].state == WAITS;
  check(w, stats.in_flight == (uint32_t)w->flying, "the session counts what is in flight");
  check(w, stats.queued + stats.backing_off == waiting, "the session counts what waits");
  check(w, w->at_server == w->flying, "what is over has been closed, and nothing else");
}

static void check_no_idle_place(world *w) {
  bool place = !w->paused && w->flying < (int)w->options.limit && schedule_must(&w->schedule, now_of(w));
  for (int i = 0; i < w->asked; i++) {
    ask *a = &w->asks[i];
    if (a->state != WAITS) continue;
    a->ready = startable(w, a);
    w->about = a->number;
    check(w, !a->ready || !place, "no place stands empty that could be used");
  }
}

void model_idle(world *w) {
  if (w->closed) return;
  for (int i = 0; i < w->asked; i++) {
    ask *a = &w->asks[i];
    if (a->state == REPORTED) goes_on(a);
    if (a->state == WAITS && !a->queued && now_of(w) >= a->latest_us) is_queued(a, false);
    check_deadlines(w, a);
  }
  check_stats(w);
  if (!w->closing) check_no_idle_place(w);
}

void model_on_step(void *arg, bool turn) {
  world *w = arg;
  if (turn) w->turns++;
  gate_learned(w, NULL);
  if (fl_sim_is_idle(w->sim)) model_idle(w);
}

/* ---- Once the faults have stopped: by when all must have ended, at the latest */

static int64_t more(int64_t sum_us, int64_t by_us) { return later_than(sum_us, by_us); }

int64_t model_bound_us(const world *w) {
  int64_t left = 0, sum_us = now_of(w);
  for (int i = 0; i < w->asked; i++) left += w->asks[i].state >= WAITS && w->asks[i].state <= DYING;
  for (int i = 0; i < BATCHES_MAX; i++) left += w->readers[i].left;
  if (!left) return sum_us;
  left *= 12; /* each may make as many hops, waits and retries more, on the way that it had taken */
  for (int i = 0; i < w->hosts; i++) {
    const host *h = &w->host[i];
    if (h->maybe_parked_us > now_of(w)) sum_us = more(sum_us, h->maybe_parked_us - now_of(w));
    if (h->maybe_quota_until_us > now_of(w)) sum_us = more(sum_us, h->maybe_quota_until_us - now_of(w));
    if (h->maybe_policy) sum_us = more(sum_us, left * h->maybe_window_us);
    if (h->schedule.rate.requests)
      sum_us = more(sum_us, left * (h->schedule.rate.per_us / h->schedule.rate.requests + 1));
  }
  if (w->schedule.rate.requests)
    sum_us = more(sum_us, left * (w->schedule.rate.per_us / w->schedule.rate.requests + 1));
  int64_t each_us = 2 * FL_SECOND; /* of an attempt that goes well; and of one that did not */
  for (int i = 0; i < w->asked; i++)
    if (w->asks[i].state == FLIES)
      each_us = each_us > w->asks[i].timeouts.attempt_us ? each_us : w->asks[i].timeouts.attempt_us;
  sum_us = more(sum_us, left * each_us);
  return more(sum_us, 3 * (w->retry.backoff_max_us + w->retry.after_max_us));
}
