#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- The trace and its hash: what happened, and when */

void note(world *w, const char *what, int64_t number) {
  if (w->trace) printf("%12" PRId64 " %s %" PRId64 "\n", now_of(w), what, number);
  for (const char *c = what; *c; c++) w->hash = (w->hash ^ (unsigned char)*c) * 1099511628211u;
  w->hash = (w->hash ^ (uint64_t)number ^ (uint64_t)now_of(w) << 20) * 1099511628211u;
}

/* What the model had made of the request that it looked at. */
static void dump(const world *w) {
  static const char *const states[] = {"refused", "waits", "flies", "reported", "dying", "ended", "dropped"};
  const ask *a = &w->asks[w->about];
  const attempt *t = a->attempt;
  const host *h = &w->host[a->host];
  printf("request %d %s, flow %d, host %d, priority %d, queued %d since %" PRId64 " from %" PRId64 " to %" PRId64
         ", retries %u of %u, waits %u, hops %d, resumes at %d, cancelled %d\n",
         a->number, states[a->state], a->flow, a->host, a->priority, a->queued, a->queued_us, a->earliest_us,
         a->latest_us, a->retries, a->retry.limit, a->waits, a->hops, (int)a->resume_at, a->cancelled);
  if (t)
    printf("  attempt %d of %" PRId64 ", last %" PRId64
           ", connected %d headed %d told %d ended %d over %d said %d bytes %zu "
           "doubt %d budget sure %d\n",
           t->number, t->sent_us, t->last_us, t->connected, t->headed, t->told, t->ended, t->over, t->said, t->bytes,
           is_doubtful(w, t), t->sure_then);
  printf("  host: flying %d of %d, at server %d, parked until %" PRId64 " or %" PRId64
         ", quota %d used %d of %d until %" PRId64 ", policy %d renewed %d budget %d to %d\n",
         h->flying, (int)w->options.limit_per_host, h->at_server, h->parked_us, h->maybe_parked_us, h->quota,
         (int)h->quota_used, (int)h->remaining, h->quota_until_us, h->policy, (int)h->renewed_used,
         (int)h->budget_least, (int)h->budget_most);
  printf("  session: flying %d of %d\n", w->flying, (int)w->options.limit);
}

void check(world *w, bool holds, const char *claim) {
  if (holds || w->violation) return;
  w->violation = claim;
  note(w, claim, w->about);
  if (w->trace) printf("violated: %s\n", claim), dump(w);
}

int pick(world *w, int below) {
  w->choices = w->choices * 6364136223846793005u + 1442695040888963407u;
  return (int)((w->choices >> 33) % (uint64_t)below);
}

bool chance(world *w, int per_cent) { return pick(w, 100) < per_cent; }
bool per_mille(world *w, int of_a_thousand) { return !w->healthy && of_a_thousand && pick(w, 1000) < of_a_thousand; }

/* ---- A world of its own kind */

static int some(world *w, int most) { return chance(w, 50) ? 0 : pick(w, most + 1); }

static void choose_troubles(world *w) {
  w->troubles = (troubles){.lost = some(w, 60),
                           .unconnected = some(w, 60),
                           .refused = some(w, 100),
                           .reset = some(w, 100),
                           .empty = some(w, 60),
                           .stale = some(w, 150),
                           .partial = some(w, 400),
                           .stalled = some(w, 60),
                           .slow = some(w, 200),
                           .failing = some(w, 300),
                           .too_many = some(w, 300),
                           .quota = some(w, 300),
                           .redirect = some(w, 400),
                           .send_fails = some(w, 30),
                           .inside = some(w, 60),
                           .repeats = some(w, 300),
                           .changes = some(w, 200),
                           .bad_ranges = some(w, 300),
                           .ignored_ranges = some(w, 300),
                           .paused = some(w, 300),
                           .heads = some(w, 1000),
                           .skew_s = pick(w, 7200) - 3600};
}

static fl_rate some_rate(world *w) {
  if (chance(w, 65)) return (fl_rate){0};
  return (fl_rate){
      .requests = 1 + (uint32_t)pick(w, 20), .per_us = 100000 + pick(w, 1500000), .burst = (uint32_t)pick(w, 5)};
}

static int64_t some_timeout(world *w, int per_cent, int most_us) {
  return chance(w, per_cent) ? 1000 + pick(w, most_us) : FL_NEVER;
}

static void choose_options(world *w) {
  static const fl_header headers[] = {{"accept", "*/*"}};
  static const char *const sensitive[] = {"X-Mine"};
  static const uint32_t retries[] = {0, FL_RETRIES_NONE, 1, 2, 3};
  static const uint32_t redirects[] = {0, FL_REDIRECTS_NONE, 1, 2, 4};
  fl_session_options *options = &w->options;
  *options = (fl_session_options){.limit = 1 + (uint32_t)pick(w, 8),
                                  .limit_per_host = 1 + (uint32_t)pick(w, 4),
                                  .queue_limit = chance(w, 70) ? FL_REQUESTS_MAX : 2 + (uint32_t)pick(w, 10),
                                  .when_full = chance(w, 50) ? FL_FULL_REFUSE : FL_FULL_DROP_OLDEST,
                                  .rate = some_rate(w),
                                  .rate_per_host = some_rate(w),
                                  .redirects = redirects[pick(w, 5)],
                                  .ignore_rate_limit = chance(w, 10),
                                  .headers = headers,
                                  .headers_count = 1,
                                  .sensitive = sensitive,
                                  .sensitive_count = 1,
                                  .seed = w->seed + 1,
                                  .on_trace = model_on_trace,
                                  .arg = w};
  options->timeouts =
      (fl_timeouts){.total_us = some_timeout(w, 30, 15000000),
                    .attempt_us = 200000 + pick(w, 5000000),
                    /* Of no draw: the kept seeds stay what they are. */
                    .transfer_us = w->seed % 4 == 3 ? 100000 + (int64_t)(w->seed * 7919 % 3000000) : FL_NEVER,
                    .queue_us = some_timeout(w, 30, 3000000),
                    .connect_us = some_timeout(w, 60, 1000000),
                    .read_us = some_timeout(w, 50, 2000000)};
  options->retry = (fl_retry_options){.limit = retries[pick(w, 5)],
                                      .backoff_us = 10000 + pick(w, 300000),
                                      .backoff_max_us = 500000 + pick(w, 500000),
                                      .after_max_us = 8 * FL_SECOND,
                                      .budget = 1 + (uint32_t)pick(w, 10)};
  if (chance(w, 60)) {
    options->on_attempt = script_on_attempt;
    options->on_reply = script_on_reply;
    w->middleware = pick(w, 200);
  }
  w->retry = options->retry;
  w->retry.limit = w->retry.limit == FL_RETRIES_NONE ? 0 : w->retry.limit ? w->retry.limit : 2;
  w->redirects = options->redirects == FL_REDIRECTS_NONE ? 0 : options->redirects ? options->redirects : 10;
  w->nested = pick(w, 60);
  w->traced = chance(w, 60) || options->when_full == FL_FULL_DROP_OLDEST;
}

static void open_world(world *w, uint64_t seed, bool trace) {
  *w = (world){.seed = seed, .choices = seed * 2 + 1, .hash = 14695981039346656037u, .trace = trace};
  for (int i = 0; i < 8; i++) pick(w, 2);
  w->hosts = 1 + pick(w, HOSTS_MAX);
  choose_troubles(w);
  choose_options(w);
  schedule_set(&w->schedule, &w->options.rate, 5 * FL_MS, NULL);
  for (int i = 0; i < w->hosts; i++) {
    host *h = &w->host[i];
    schedule_set(&h->schedule, &w->options.rate_per_host, 5 * FL_MS, NULL);
    h->budget_least = h->budget_most = 10 * (int64_t)w->retry.budget;
  }
  fl_sim_options sim = {.seed = seed,
                        .arg = w,
                        .decide = network_decide,
                        .on_server = model_on_server,
                        .on_event = model_on_event,
                        .on_step = model_on_step};
  int error = fl_sim_open(&w->sim, &sim);
  if (error) abort();
  fl_sim_run(w->sim, FL_SECOND); /* no clock stands at 0 */
  error = fl_loop_open(&w->loop, fl_sim_clock(w->sim), 0);
  if (!error) error = fl_session_open(&w->session, w->loop, fl_sim_transport(w->sim), &w->options);
  if (error) abort();
  script_open(w);
}

/* ---- A life */

/* All goes well now: what can end does, in time. */
static void settle_once(world *w) {
  int64_t since_us = now_of(w), bound_us = model_bound_us(w);
  fl_sim_run(w->sim, FL_NEVER);
  for (int i = 0; i < w->asked; i++)
    check(w, w->asks[i].ended_us <= since_us || w->asks[i].ended_us <= bound_us,
          "once the faults stop every request ends in time");
}

static void settle(world *w) {
  w->healthy = true;
  script_resume(w);
  settle_once(w);
  for (int rounds = 0; rounds < 4 * ASKS_MAX && script_drain(w); rounds++) settle_once(w);
  check(w, !script_drain(w), "every batch comes to its end");
  for (int i = 0; i < w->asked; i++) {
    ask_state state = w->asks[i].state;
    check(w, state == ENDED || state == DROPPED || state == REFUSED, "every request ends");
  }
}

static void live(world *w) {
  bool closes_early = chance(w, 25);
  int steps = 10 + pick(w, 40);
  for (int i = 0; i < steps; i++) {
    script_step(w);
    fl_sim_run(w->sim, now_of(w) + pick(w, 200000));
    if (fl_sim_is_idle(w->sim)) model_idle(w);
  }
  if (closes_early) script_close_session(w);
  settle(w);
  if (!w->closing) script_close_session(w);
  fl_sim_run(w->sim, FL_NEVER);
  check(w, w->closed, "a session closes");
  check(w, w->at_server == 0, "nothing is left at the server");
  check(w, fl_sim_tokens(w->sim) == 0, "no attempt is left open");
  check(w, fl_loop_turn(w->loop) == FL_NEVER, "no timer is left");
}

static void close_world(world *w) {
  if (w->closed) fl_loop_close(w->loop);
  fl_sim_close(w->sim);
}

uint64_t world_run(uint64_t seed, bool trace, const char **violation, int *attempts) {
  long before = heap_blocks;
  world *w = malloc(sizeof *w);
  if (!w) abort();
  open_world(w, seed, trace);
  live(w);
  close_world(w);
  *violation = w->violation;
  *attempts += w->attempts;
  uint64_t hash = w->hash;
  free(w);
  if (!*violation && heap_blocks != before) *violation = "nothing is left on the heap";
  return hash;
}
