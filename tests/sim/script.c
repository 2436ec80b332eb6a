/* What the program does: asks, cancels, changes its mind, closes, and takes its time. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

ask *ask_of(world *w, const char *url) { return &w->asks[atoi(strchr(strstr(url, "://") + 3, '/') + 1)]; }

static void act(world *w);

/* Now and then from within a callback, but no deeper. */
static void act_nested(world *w) {
  if (w->in_callback || !per_mille(w, w->nested)) return;
  w->in_callback++;
  act(w);
  w->in_callback--;
}

/* ---- Callbacks */

static void on_response(fl_request *request, void *arg) {
  (void)arg;
  ask *a = arg;
  world *w = a->world;
  note(w, "response", a->number);
  check(w, !a->delivering, "a response begins once");
  check(w, a->state == FLIES || a->state == REPORTED, "a response begins while its attempt is under way");
  check(w, a->attempt && a->attempt->told && fl_request_status(request) == shown_status(a->attempt),
        "it has the status that was told");
  check(w, !w->inside_call, "no response comes inside the call that caused it");
  a->delivering = true;
  if (per_mille(w, w->nested)) {
    model_cancels(a);
    fl_request_cancel(request);
  }
  act_nested(w);
}

static void end_of(ask *a, fl_request *request) {
  world *w = a->world;
  check(w, !w->inside_call, "no end comes inside the call that caused it");
  note(w, fl_error_name(fl_request_error(request)), a->number);
  model_ended(a, request);
  a->ended_us = now_of(w);
}

static void on_single_end(fl_request *request, void *arg) {
  ask *a = arg;
  end_of(a, request);
  act_nested(a->world);
}

static void take(reader *r) {
  if (r->stops_taking_after == 0) return;
  if (r->stops_taking_after > 0) r->stops_taking_after--;
  r->untaken--;
  r->world->inside_call++;
  fl_batch_taken(r->batch);
  r->world->inside_call--;
}

static void close_reader(reader *r) {
  if (!r->batch) return;
  world *w = r->world;
  note(w, "close batch", r->flow);
  for (int i = 0; i < w->asked; i++) {
    ask *a = &w->asks[i];
    if (a->flow != r->flow || a->state == ENDED || a->state == REFUSED) continue;
    model_dies(a);
    a->state = DROPPED;
    gate_forget(w, a);
    a->ended_us = now_of(w);
  }
  fl_batch *batch = r->batch;
  r->batch = NULL;
  w->inside_call++;
  fl_batch_close(batch);
  w->inside_call--;
}

static ask *ask_with_id(reader *r, uint32_t id) {
  world *w = r->world;
  for (int i = 0; i < w->asked; i++)
    if (w->asks[i].flow == r->flow && w->asks[i].state < ENDED && w->asks[i].id == id) return &w->asks[i];
  return NULL;
}

static void on_batch_end(fl_request *request, void *arg) {
  ask *given = arg; /* the request's own */
  world *w = given->world;
  reader *r = &w->readers[given->flow];
  ask *a = ask_with_id(r, fl_request_id(request));
  check(w, a == given, "an end is a known request's");
  if (!a) return;
  end_of(a, request);
  r->untaken++;
  if (chance(w, r->eagerness)) take(r);
  act_nested(w);
  if (per_mille(w, 5)) close_reader(r);
}

/* ---- Middleware */

static ask *ask_in(world *w, fl_request *request) { return ask_of(w, fl_request_url(request)); }

int script_on_attempt(fl_request *request, void *arg) {
  world *w = arg;
  ask *a = ask_in(w, request);
  note(w, "on_attempt", a->number);
  model_starts(a);
  if (!a->id) a->id = fl_request_id(request); /* it is asked for at this moment */
  if (!per_mille(w, w->middleware)) return FL_OK;
  w->starting = a;
  act_nested(w);
  w->starting = NULL;
  if (a->state == DYING) { /* that was what it did */
    model_start_failed(a, 0);
    return FL_OK;
  }
  switch (pick(w, 4)) {
  case 0: model_start_failed(a, FL_EUSER - 1); return FL_EUSER - 1;
  case 1:
    model_cancels(a);
    model_start_failed(a, 0);
    fl_request_cancel(request);
    return FL_OK;
  default: check(w, fl_request_set_header(request, "x-attempt", "again") == FL_OK, "a header can be set"); return FL_OK;
  }
}

int script_on_reply(fl_request *request, void *arg) {
  world *w = arg;
  ask *a = ask_in(w, request);
  attempt *t = a->attempt;
  note(w, "on_reply", a->number);
  check(w, a->state == FLIES || a->state == REPORTED, "a reply is that of an attempt under way");
  check(w, t && !t->asked_program, "the program is asked once about each response");
  check(w, t && fl_request_status(request) == shown_status(t), "and sees its status");
  if (!t) return FL_OK;
  t->asked_program = true;
  if (!per_mille(w, w->middleware)) return FL_OK;
  act_nested(w);
  switch (pick(w, 4)) {
  case 0: return t->said = FL_EUSER - 2;
  case 1:
    model_cancels(a);
    fl_request_cancel(request);
    return FL_OK;
  default: return t->said = FL_AGAIN;
  }
}

/* ---- Asking */

static void check_refusal(ask *a, int error, bool full, bool surely_full, bool closing, bool shut) {
  world *w = a->world;
  const host *h = &w->host[a->host];
  int64_t now_us = now_of(w);
  switch (error) {
  case FL_OK:
    check(w, !a->bad_url && !closing, "what can't be asked for is refused");
    check(w, !shut, "a host that is given up is not asked");
    check(w, !surely_full || w->options.when_full == FL_FULL_DROP_OLDEST, "the queue has its limit");
    break;
  case FL_EPROTOCOL: check(w, a->bad_url, "a good URL is taken"); break;
  case FL_ECLOSED: check(w, closing, "an open session takes requests"); break;
  case FL_EPARKED: check(w, now_us < h->maybe_shut_us, "only a host that asked for it is given up"); break;
  case FL_EFULL: check(w, full, "only a full queue refuses"); break;
  default: check(w, false, "a good request is taken");
  }
}

static void ask_single(world *w) {
  asking s;
  if (w->options.queue_limit < FL_REQUESTS_MAX && model_is_vague(w)) return;
  ask *a = asking_choose(w, SINGLES, &s);
  if (!a) return;
  s.options.on_end = on_single_end;
  s.options.on_response = on_response;
  bool full = model_queue_is_full(w, w->traced), surely_full = model_queue_is_full(w, true), closing = w->closing;
  bool shut = now_of(w) < w->host[a->host].shut_us;
  bool drops = surely_full && w->options.when_full == FL_FULL_DROP_OLDEST && !closing && !a->bad_url;
  ask *victim = drops ? model_victim(w, a->priority) : NULL;
  if (victim) {
    victim->must_be_victim = true;
    model_dies(victim);
  }
  model_asked(a);
  note(w, "ask", a->number);
  fl_request *request = NULL;
  w->inside_call++;
  int error = fl_session_request(&request, w->session, s.url, strlen(s.url), &s.options);
  w->inside_call--;
  check_refusal(a, error, full && !victim, surely_full && !victim, closing, shut);
  if (error) {
    a->state = REFUSED;
    if (victim) {
      victim->must_be_victim = false;
      victim->state = WAITS;
    }
    return;
  }
  a->id = fl_request_id(request);
}

/* The next of a batch; false: no more now. */
static bool ask_in_batch(reader *r) {
  world *w = r->world;
  asking s;
  ask *a = asking_choose(w, r->flow, &s);
  if (!a) {
    r->left = 0;
    return false;
  }
  r->left--;
  if (a->bad_url)
    a->state = DYING;
  else
    model_asked(a);
  a->asked_us = now_of(w);
  a->started_us = a->bad_url ? FL_NEVER : a->started_us;
  note(w, "ask in batch", a->number);
  fl_request *request = NULL;
  bool closing = w->closing;
  w->inside_call++;
  int error = fl_batch_request(&request, r->batch, s.url, strlen(s.url), &s.options);
  w->inside_call--;
  check(w, error == (closing ? FL_ECLOSED : FL_OK), "a batch takes every URL");
  if (error) {
    a->state = REFUSED;
    return false;
  }
  a->id = fl_request_id(request);
  if (!a->bad_url && fl_request_error(request) == FL_EPARKED) {
    check(w, now_of(w) < w->host[a->host].maybe_shut_us, "only a host that asked for it is given up");
    a->said_error = FL_EPARKED;
    model_dies(a);
  }
  return !chance(w, 2) || !(r->slow = true);
}

static void read_on(void *arg) {
  reader *r = arg;
  note(r->world, "wants", r->flow);
  while (r->batch && r->left > 0 && !r->world->closing && fl_batch_wants(r->batch) && ask_in_batch(r)) {
  }
}

/* ---- What else it does */

static ask *some_live(world *w, fl_request **request) {
  for (int tries = 0; tries < 5 && w->asked; tries++) {
    ask *a = &w->asks[pick(w, w->asked)];
    *request = a->state > REFUSED && a->state < ENDED && a->id ? fl_session_find(w->session, a->id) : NULL;
    if (*request) return a;
  }
  return NULL;
}

static void cancel_one(world *w) {
  fl_request *request;
  ask *a = some_live(w, &request);
  if (!a) return;
  note(w, "cancel", a->number);
  model_cancels(a);
  w->inside_call++;
  fl_request_cancel(request);
  w->inside_call--;
  check(w, a->state != DYING || !a->attempt || a->attempt->over, "what is cancelled is closed at once");
}

static void change_priority(world *w) {
  fl_request *request;
  ask *a = some_live(w, &request);
  if (!a || a == w->starting) return;
  a->priority = pick(w, 4) - 1;
  note(w, "priority", a->number);
  w->inside_call++;
  fl_request_set_priority(request, a->priority);
  w->inside_call--;
}

static void change_delay(world *w) {
  int number = pick(w, w->hosts);
  host *h = &w->host[number];
  int64_t delay_us = chance(w, 30) ? 0 : 1 + pick(w, 400000);
  fl_rate delay = {.requests = 1, .per_us = delay_us, .burst = 1};
  if (delay_us)
    schedule_set(&h->schedule, &delay, 0, h);
  else
    schedule_set(&h->schedule, &w->options.rate_per_host, 5 * FL_MS, h);
  char url[64];
  snprintf(url, sizeof url, "%s://h%d.example/", number % 2 ? "https" : "http", number);
  note(w, "delay", delay_us);
  w->inside_call++;
  check(w, fl_session_set_delay(w->session, url, strlen(url), delay_us) == FL_OK, "a delay can be set");
  w->inside_call--;
}

static int not_ended(const world *w, const reader *r) {
  int count = 0;
  for (int i = 0; i < w->asked; i++)
    count += w->asks[i].flow == r->flow && w->asks[i].state < ENDED && w->asks[i].state != REFUSED;
  return count;
}

static void take_a_late_one(world *w) {
  reader *r = &w->readers[pick(w, BATCHES_MAX)];
  if (r->batch && r->untaken > 0) take(r);
}

static void read_slow_sources(world *w) {
  for (int i = 0; i < BATCHES_MAX; i++) {
    reader *r = &w->readers[i];
    if (!r->batch || !r->slow) continue;
    r->slow = false;
    read_on(r);
  }
}

static void pause_or_resume(world *w, bool paused) {
  note(w, "paused", paused);
  w->inside_call++;
  if (paused) fl_session_pause(w->session);
  w->paused = paused;
  if (!paused) fl_session_resume(w->session);
  w->inside_call--;
}

void script_resume(world *w) {
  if (w->paused && !w->closed) pause_or_resume(w, false);
}

static void change_clocks(world *w) {
  if (!fl_sim_is_idle(w->sim)) return;
  if (chance(w, 50) || !w->traced) {
    fl_sim_shift_wall(w->sim, (pick(w, 7200) - 3600) * FL_SECOND);
  } else {
    int64_t for_us = 1000000 + pick(w, 20000000);
    note(w, "sleep", for_us);
    fl_sim_sleep(w->sim, for_us);
  }
}

static void on_closed(void *arg) {
  world *w = arg;
  check(w, !w->closed, "a session closes once");
  w->closed = true;
  fl_sim_forget(w->sim, w->session);
  note(w, "closed", 0);
}

void script_close_session(world *w) {
  if (w->closing) return;
  note(w, "close", 0);
  w->closing = true;
  for (int i = 0; i < w->asked; i++) {
    ask *a = &w->asks[i];
    if (a->state > REFUSED && a->state < DYING) model_cancels(a);
  }
  w->inside_call++;
  fl_session_close(w->session, on_closed, w);
  w->inside_call--;
}

static void act(world *w) {
  if (w->closed) return;
  int kind = pick(w, 100);
  if (kind < 40)
    ask_single(w);
  else if (kind < 70)
    cancel_one(w);
  else if (kind < 85)
    change_priority(w);
  else if (kind < 90)
    take_a_late_one(w);
  else if (kind < 95 && !w->closing && !w->starting)
    change_delay(w);
  else if (kind < 97)
    script_close_session(w);
  else if (!w->closing && !w->healthy && !w->starting)
    pause_or_resume(w, !w->paused && chance(w, 30));
}

/* ---- A life */

void script_open(world *w) {
  int readers = pick(w, BATCHES_MAX + 1);
  for (int i = 0; i < readers && !w->closing; i++) {
    reader *r = &w->readers[i];
    *r = (reader){.world = w,
                  .flow = i,
                  .left = pick(w, 25),
                  .eagerness = pick(w, 101),
                  .stops_taking_after = chance(w, 20) ? pick(w, 10) : -1};
    fl_batch_options options = {
        .on_wants = read_on, .on_end = on_batch_end, .arg = r, .read_ahead = (uint32_t)pick(w, 20)};
    if (fl_batch_open(&r->batch, w->session, &options)) abort();
    read_on(r);
  }
}

void script_step(world *w) {
  if (w->closed) return;
  if (chance(w, 60)) ask_single(w);
  if (chance(w, 10)) cancel_one(w);
  if (chance(w, 10)) change_priority(w);
  if (chance(w, 30)) read_slow_sources(w);
  if (chance(w, 30)) take_a_late_one(w);
  if (chance(w, 3) && !w->closing) change_delay(w);
  if (chance(w, 4)) change_clocks(w);
  if (chance(w, w->paused ? 20 : 1)) pause_or_resume(w, !w->paused);
  if (chance(w, 1)) close_reader(&w->readers[pick(w, BATCHES_MAX)]);
}

/* Consumers that had stopped, and sources that were slow, go on until all are through. */
bool script_drain(world *w) {
  bool open = false;
  for (int i = 0; i < BATCHES_MAX; i++) {
    reader *r = &w->readers[i];
    if (!r->batch) continue;
    r->stops_taking_after = -1;
    while (r->untaken > 0) take(r);
    if (not_ended(w, r) == 0 && (r->left == 0 || w->closing)) close_reader(r);
    open |= r->batch != NULL;
  }
  read_slow_sources(w);
  return open;
}
