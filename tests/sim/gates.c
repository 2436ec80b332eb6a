/* When a host may be asked: rates, Retry-After, RateLimit, each with what surely holds and what perhaps does. */
#include "world.h"

#include <stdio.h>

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* ---- Rates */

static void take_most(schedule *s, int64_t now_us) {
  s->most = larger(s->most, now_us * s->rate.requests) + s->rate.per_us;
}

void schedule_take(schedule *s, int64_t now_us) {
  if (!s->rate.requests) return;
  s->least = larger(s->least, (now_us - s->slack_us) * s->rate.requests) + s->rate.per_us;
  take_most(s, now_us);
}

void schedule_set(schedule *s, const fl_rate *rate, int64_t slack_max_us, const host *since) {
  *s = (schedule){.rate = *rate, .least = INT64_MIN / 4, .most = INT64_MIN / 4};
  if (!rate->requests) return;
  int64_t burst = rate->burst ? rate->burst : (int64_t)rate->requests * 10 * FL_MS / rate->per_us;
  s->tolerance = ((burst < 1 ? 1 : burst) - 1) * rate->per_us;
  int64_t twentieth_us = rate->per_us / rate->requests / 20;
  s->slack_us = twentieth_us < slack_max_us ? twentieth_us : slack_max_us;
  if (!since) return;
  if (since->last_sent_us) schedule_take(s, since->last_sent_us);
  if (since->last_taken_us) take_most(s, since->last_taken_us);
}

bool schedule_may(const schedule *s, int64_t now_us) {
  return s->least <= (now_us + 1) * s->rate.requests + s->tolerance;
}

bool schedule_must(const schedule *s, int64_t now_us) {
  return s->most <= (now_us - 2) * s->rate.requests + s->tolerance;
}

/* ---- One goes out */

static int64_t renewed_most(const host *h, int64_t now_us) {
  return h->limit * ((now_us - h->quota_until_us) / h->window_us + 1);
}

void gate_check_send(world *w, const host *h) {
  int64_t now_us = now_of(w);
  check(w, schedule_may(&h->schedule, now_us), "no host is asked faster than its rate");
  check(w, now_us >= h->parked_us, "a host is not asked before its Retry-After");
  if (!h->quota || h->quotas_coming) return;
  if (now_us < h->quota_until_us)
    check(w, h->quota_used < h->remaining, "a RateLimit is obeyed");
  else if (h->policy)
    check(w, h->renewed_used < renewed_most(h, now_us), "a RateLimit-Policy is obeyed");
}

void gate_sent(world *w, host *h) {
  int64_t now_us = now_of(w);
  schedule_take(&h->schedule, now_us);
  h->last_sent_us = h->last_taken_us = now_us;
  h->times_us[h->sends++ % TIMES_MAX] = now_us;
  if (h->quota && now_us < h->quota_until_us)
    h->quota_used++;
  else
    h->renewed_used++;
  h->maybe_left--;
}

void gate_wasted(world *w, host *h) {
  int64_t now_us = now_of(w);
  h->last_taken_us = now_us;
  if (h->schedule.rate.requests) take_most(&h->schedule, now_us);
  if (w->schedule.rate.requests) take_most(&w->schedule, now_us);
  h->maybe_left--;
  h->times_us[h->sends++ % TIMES_MAX] = now_us;
}

static int64_t sends_in(const host *h, int64_t from_us) {
  int64_t count = 0;
  for (unsigned i = 0; i < h->sends && i < TIMES_MAX; i++) count += h->times_us[i] > from_us;
  return count;
}

bool gate_surely_open(const world *w, const host *h) {
  int64_t now_us = now_of(w);
  if (h->vaguely_limited || !schedule_must(&h->schedule, now_us) || now_us < h->maybe_parked_us) return false;
  if (now_us < h->maybe_quota_until_us && h->maybe_left <= 0) return false;
  return !h->maybe_policy || sends_in(h, now_us - h->maybe_window_us) < h->maybe_limit;
}

/* ---- What it is told */

static bool parks(const attempt *t) { return (t->status == 429 || t->status == 503) && t->after_us >= 0; }

/* Nothing remains, for longer than is waited. */
bool gate_is_used_up(const world *w, const attempt *t) {
  return t->quota && !w->options.ignore_rate_limit && t->remaining == 0 && t->reset_us > w->retry.after_max_us;
}

static void park_surely(const world *w, host *h, int64_t wait_us) {
  int64_t now_us = now_of(w), until_us = now_us + wait_us;
  int64_t from_us = h->parked_us > now_us ? h->parked_us : now_us;
  if (until_us > from_us) h->parked_sum_us += until_us - from_us;
  if (until_us > h->parked_us) h->parked_us = until_us;
  if (wait_us > w->retry.after_max_us && until_us > h->shut_us) h->shut_us = until_us;
}

static void park_maybe(const world *w, host *h, int64_t wait_us) {
  int64_t until_us = now_of(w) + wait_us;
  if (until_us > h->maybe_parked_us) h->maybe_parked_us = until_us;
  if (wait_us > w->retry.after_max_us && until_us > h->maybe_shut_us) h->maybe_shut_us = until_us;
}

static void learn_surely(world *w, attempt *t) {
  host *h = &w->host[t->host];
  int64_t now_us = now_of(w);
  if (t->quota && !w->options.ignore_rate_limit) {
    if (w->trace)
      printf("  learned from %d.%d: %d in %d s\n", t->ask->number, t->number, (int)t->remaining,
             (int)(t->reset_us / FL_SECOND));
    h->quota = true;
    h->quota_until_us = now_us + t->reset_us;
    h->quota_used = h->at_server - !t->over;
    h->remaining = t->remaining;
    h->policy = t->window_us > 0;
    h->limit = t->limit;
    h->window_us = t->window_us;
    h->renewed_used = 0;
  }
  if (gate_is_used_up(w, t)) park_surely(w, h, t->reset_us);
  if (parks(t)) park_surely(w, h, t->after_us);
}

/* Its head, or else its end, is reported. What is told of a head is learned at once, the rest in a turn. */
void gate_learn(world *w, attempt *t) {
  host *h = &w->host[t->host];
  int64_t now_us = now_of(w);
  if (t->learned) return;
  t->learned = true;
  if (t->quota && !w->options.ignore_rate_limit) {
    int64_t left = t->remaining - h->flying + 1;
    if (now_us >= h->maybe_quota_until_us || left < h->maybe_left) h->maybe_left = left;
    if (now_us + t->reset_us > h->maybe_quota_until_us) h->maybe_quota_until_us = now_us + t->reset_us;
    h->maybe_policy |= t->window_us > 0;
    if (t->window_us > h->maybe_window_us) h->maybe_window_us = t->window_us;
    if (t->window_us > 0 && (!h->maybe_limit || t->limit < h->maybe_limit)) h->maybe_limit = t->limit;
  }
  if (gate_is_used_up(w, t)) park_maybe(w, h, t->reset_us);
  if (parks(t)) {
    h->had_too_many |= t->status == 429;
    park_maybe(w, h, t->after_us);
  }
  if (is_doubtful(w, t)) {
    h->quota &= !t->quota;
    h->vaguely_parked |= parks(t) || gate_is_used_up(w, t);
    h->vaguely_limited |= t->quota;
  } else if (t->told) {
    learn_surely(w, t);
  } else {
    h->quotas_coming += t->quota;
    t->learn_turn = w->turns + (fl_loop_is_running(w->loop) ? 2 : 1);
    w->learning[w->learnings++] = t;
  }
}

static void learn_coming(world *w, attempt *t) {
  w->host[t->host].quotas_coming -= t->quota;
  learn_surely(w, t);
}

/* The session has come to it, or a turn has passed, in which it has; NULL: to whatever it had to. */
void gate_learned(world *w, const attempt *seen) {
  int left = 0;
  for (int i = 0; i < w->learnings; i++) {
    attempt *t = w->learning[i];
    if (seen ? t == seen : t->learn_turn <= w->turns)
      learn_coming(w, t);
    else
      w->learning[left++] = t;
  }
  w->learnings = left;
}

/* A batch was closed before the session had come to its replies. */
void gate_forget(world *w, const ask *a) {
  int left = 0;
  for (int i = 0; i < w->learnings; i++) {
    attempt *t = w->learning[i];
    if (t->ask == a)
      w->host[t->host].quotas_coming -= t->quota;
    else
      w->learning[left++] = t;
  }
  w->learnings = left;
}
