/* What must hold when nothing is due. */
#include "world.h"

static void check_deadlines(world *w, ask *a) {
  w->about = a->number;
  int due[3];
  check(w, a->state != DYING, "what dies ends in the next turn");
  if (a->state != WAITS && a->state != FLIES) return;
  check(w, now_of(w) < model_total_deadline_us(a), "a total timeout comes in time");
  if (a->state == FLIES) check(w, timeouts_due(w, a->attempt, due) == 0, "an attempt's timeouts come in time");
  if (a->state != WAITS || !a->queued || !a->exactly) return;
  const host *h = &w->host[a->host];
  bool sure = h->maybe_parked_us <= h->parked_us && !h->vaguely_parked;
  check(w, !sure || a->timeouts.queue_us == FL_NEVER || model_waited_us(a) < a->timeouts.queue_us,
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
    a->ready = model_startable(w, a);
    w->about = a->number;
    check(w, !a->ready || !place, "no place stands empty that could be used");
  }
}

void model_idle(world *w) {
  if (w->closed) return;
  for (int i = 0; i < w->asked; i++) {
    ask *a = &w->asks[i];
    if (a->state == REPORTED) model_goes_on(a);
    if (a->state == WAITS && !a->queued && now_of(w) >= a->latest_us) model_is_queued(a, false);
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
