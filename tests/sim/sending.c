/* What goes out: whether it may, before whom, and as what. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

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

/* What has been reported may have left its batch's count, or not yet. */
static bool batch_has_room(const world *w, int flow, bool surely) {
  if (flow == SINGLES) return true;
  int count = w->readers[flow].untaken;
  for (int i = 0; i < w->asked; i++) {
    ask_state state = w->asks[i].state;
    bool perhaps = state == REPORTED || (state == WAITS && model_is_overdue(&w->asks[i]));
    count += w->asks[i].flow == flow && (state == FLIES || state == DYING || (surely && perhaps));
  }
  return count < 2 * (int)w->options.limit;
}

/* Nothing keeps it from starting but, perhaps, the session's limit and rate. */
bool model_startable(const world *w, const ask *a) {
  const host *h = &w->host[a->host];
  int limit = h->had_too_many ? 1 : (int)w->options.limit_per_host;
  return a->state == WAITS && a->queued && h->flying < limit && gate_surely_open(w, h) &&
         batch_has_room(w, a->flow, true);
}

static bool goes_before(const ask *a, const ask *b) {
  return a->priority != b->priority ? a->priority > b->priority : a->number < b->number;
}

static void check_order(world *w, const ask *a) {
  for (int i = 0; i < w->asked && !w->violation; i++) {
    const ask *other = &w->asks[i];
    if (other == a || other->state != WAITS || !other->queued || model_is_overdue(other)) continue;
    if (other->flow == a->flow && other->host == a->host)
      check(w, !goes_before(other, a), "a lane goes by priority, then first in, first out");
    else if (other->ready && model_startable(w, other))
      check(w, other->flow == a->flow ? !goes_before(other, a) : other->priority <= a->priority,
            "of those that wait for the session, the first goes first");
    if (w->violation && w->trace) printf("  before %d\n", other->number);
  }
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
  if (a->state == REPORTED || a->state == FLIES) model_goes_on(a);
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
  if (!a->retries && !a->waits && !a->resends) budget_deposit(w, h, true);
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
  if (a->state == REPORTED || a->state == FLIES) model_goes_on(a);
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
  if (!a->retries && !a->waits && !resends) budget_deposit(w, h, a->unsure > 0);
  if (a->started_us == FL_NEVER) a->started_us = now_of(w);
  a->attempt = t;
  a->state = FLIES;
  a->queued = a->ready = false;
  w->flying++;
  h->flying++;
  return t;
}
