#include "lane.h"

#include "../loop/loop.h"
#include "batch.h"

#include <stdlib.h>

/* ---- Waiting */

static bool is_at_origin(const fl__lane *lane) { return lane->waits_in == &lane->origin->waiting; }

static void wait_in(fl__lane *lane, fl_session *session, fl__heap *heap) {
  lane->waits_in = heap;
  lane->place.key = lane->requests.root->key;
  lane->place.tie = lane->requests.root->tie;
  fl__heap_insert(heap, &lane->place);
  if (is_at_origin(lane)) session->lanes_at_origins++;
}

static void stop_waiting(fl__lane *lane, fl_session *session) {
  if (is_at_origin(lane)) session->lanes_at_origins--;
  fl__heap_remove(lane->waits_in, &lane->place);
  lane->waits_in = NULL;
}

static fl__lane *first_of(const fl__heap *heap) {
  return heap->root ? fl__container_of(heap->root, fl__lane, place) : NULL;
}

static void wake_first(fl__heap *waiting, fl_session *session) {
  fl__lane *lane = first_of(waiting);
  if (!lane) return;
  stop_waiting(lane, session);
  wait_in(lane, session, &session->ready);
}

/* ---- Places */

static void look_again_never(fl__origin *origin) {
  if (!origin->paced) return;
  origin->paced = false;
  origin->session->origins_paced--;
  fl_timer_cancel(&origin->opens);
}

static void on_opens(void *arg) {
  fl__origin *origin = arg;
  look_again_never(origin);
  fl__lane_wake_at_origin(origin);
  fl__session_pump(origin->session);
}

static void look_again_at(fl__origin *origin, int64_t when_us) {
  if (!origin->paced) origin->session->origins_paced++;
  origin->paced = true;
  fl_call_at(origin->session->loop, &origin->opens, when_us, on_opens, origin);
}

void fl__lane_look_again(fl__origin *origin) {
  if (origin->paced) look_again_at(origin, fl_loop_time(origin->session->loop));
}

/* Its gate is open, and there is a place behind it. */
static bool has_place(fl__origin *origin) {
  if (!fl__gate_has_place(&origin->gate, origin->in_flight)) return false;
  int64_t now_us = fl_loop_time(origin->session->loop), opens_us = fl__gate_opens_us(&origin->gate, now_us);
  if (opens_us > now_us) look_again_at(origin, opens_us);
  return opens_us <= now_us;
}

void fl__lane_wake_at_origin(fl__origin *origin) {
  if (!origin->waiting.root)
    look_again_never(origin);
  else if (has_place(origin))
    wake_first(&origin->waiting, origin->session);
}

void fl__lane_wake_at_batch(fl_batch *batch, fl_session *session) {
  if (batch && fl__batch_has_room(batch)) wake_first(&batch->waiting, session);
}

/* To the end of its origin's line, from where the first comes forward. */
static void line_up(fl__lane *lane, fl_session *session) {
  wait_in(lane, session, &lane->origin->waiting);
  fl__lane_wake_at_origin(lane->origin);
}

/* ---- Members */

/* Batches lie at multiples of 16. */
static uint32_t hash_of(const fl__origin *origin, const fl_batch *batch) {
  return origin->entry.hash ^ (uint32_t)((uintptr_t)batch >> 4) * 2654435761u;
}

static fl__lane *find(const fl__table *lanes, const fl__origin *origin, const fl_batch *batch) {
  for (fl__entry *entry = fl__table_bucket(lanes, hash_of(origin, batch)); entry; entry = entry->next) {
    fl__lane *lane = fl__container_of(entry, fl__lane, entry);
    if (lane->origin == origin && lane->batch == batch) return lane;
  }
  return NULL;
}

static fl__lane *make(fl__origin *origin, fl_batch *batch) {
  fl__lane *lane = calloc(1, sizeof *lane);
  if (!lane) return NULL;
  lane->origin = origin;
  lane->batch = batch;
  lane->entry.hash = hash_of(origin, batch);
  if (fl__table_add(&origin->session->lanes, &lane->entry)) {
    free(lane);
    return NULL;
  }
  fl__origin_use(&origin->session->origins, origin);
  fl__push_back(&origin->lanes, &lane->in_origin);
  return lane;
}

int fl__lane_join(fl__lane **out, fl_session *session, const fl__url *url, fl_batch *batch) {
  fl__origin *origin;
  int error = fl__origin_get(&origin, session, url);
  if (error) return error;
  if (fl__gate_is_shut(&origin->gate, fl_loop_time(session->loop))) return FL_EPARKED;
  fl__lane *lane = find(&session->lanes, origin, batch);
  if (!lane) lane = make(origin, batch);
  if (!lane) return FL_ENOMEM;
  lane->members++;
  *out = lane;
  return FL_OK;
}

void fl__lane_leave(fl__lane *lane, fl_session *session) {
  if (--lane->members) return;
  fl__origin *origin = lane->origin;
  fl__unlink(&lane->in_origin);
  fl__table_remove(&session->lanes, &lane->entry);
  free(lane);
  if (!fl__list_empty(&origin->lanes)) return;
  look_again_never(origin);
  fl__origin_let_go(&session->origins, origin, fl_loop_time(session->loop));
}

/* ---- Requests */

void fl__lane_number(fl__lane *lane, fl_session *session, fl__heap_node *request, int priority) {
  uint64_t *last = lane->batch ? &lane->batch->last : &session->last_single;
  *last = (*last > session->served ? *last : session->served) + 1;
  request->key = -(int64_t)priority;
  request->tie = *last;
}

void fl__lane_push(fl__lane *lane, fl_session *session, fl__heap_node *request) {
  fl__heap_insert(&lane->requests, request);
  if (lane->waits_in && lane->requests.root != request) return;
  if (lane->waits_in) stop_waiting(lane, session);
  line_up(lane, session);
  fl__lane_wake_at_batch(lane->batch, session); /* in its stead, when it had been woken for its batch's place */
}

void fl__lane_drop(fl__lane *lane, fl_session *session, fl__heap_node *request) {
  bool was_first = lane->requests.root == request;
  fl__heap_remove(&lane->requests, request);
  if (!was_first) return;
  stop_waiting(lane, session);
  if (lane->requests.root)
    line_up(lane, session);
  else
    fl__lane_wake_at_origin(lane->origin);
  fl__lane_wake_at_batch(lane->batch, session);
}

static void on_paced(void *arg) { fl__session_pump(arg); }

static bool session_has_place(fl_session *session) {
  if (session->paused || session->stats.in_flight >= session->options.limit) return false;
  if (!session->options.rate.requests) return true;
  int64_t now_us = fl_loop_time(session->loop), next_us = fl__pace_next_us(&session->pace, now_us);
  if (next_us <= now_us) return true;
  fl_call_at(session->loop, &session->paced, next_us, on_paced, session);
  return false;
}

fl__lane *fl__lane_next(fl_session *session) {
  for (fl__lane *lane; (lane = first_of(&session->ready)) && session_has_place(session);) {
    stop_waiting(lane, session);
    if (!has_place(lane->origin)) {
      wait_in(lane, session, &lane->origin->waiting);
      fl__lane_wake_at_batch(lane->batch, session);
    } else if (lane->batch && !fl__batch_has_room(lane->batch)) {
      wait_in(lane, session, &lane->batch->waiting);
      fl__lane_wake_at_origin(lane->origin);
    } else {
      return lane;
    }
  }
  return NULL;
}

fl__heap_node *fl__lane_take_first(fl__lane *lane, fl_session *session) {
  fl__heap_node *first = lane->requests.root;
  fl__heap_remove(&lane->requests, first);
  if (first->tie > session->served) session->served = first->tie;
  return first;
}

void fl__lane_again(fl__lane *lane, fl_session *session) {
  if (lane->requests.root)
    line_up(lane, session);
  else
    fl__lane_wake_at_origin(lane->origin);
}
