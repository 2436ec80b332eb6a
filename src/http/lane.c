#include "lane.h"

#include "batch.h"

#include <stdlib.h>

static void wait_in(fl__lane *lane, fl_session *session, fl_link *list) {
  fl__push_back(list, &lane->link);
  lane->at_origin = list == &lane->origin->waiting;
  if (lane->at_origin) session->lanes_at_origins++;
}

static void stop_waiting(fl__lane *lane, fl_session *session) {
  fl__unlink(&lane->link);
  if (lane->at_origin) session->lanes_at_origins--;
  lane->at_origin = false;
}

static void wake_first(fl_link *waiting, fl_session *session) {
  if (fl__list_empty(waiting)) return;
  fl__lane *lane = fl__container_of(waiting->next, fl__lane, link);
  stop_waiting(lane, session);
  wait_in(lane, session, &session->ready);
}

static bool origin_has_place(const fl__origin *origin, const fl_session *session) {
  return origin->in_flight < session->options.limit_per_host;
}

void fl__lane_wake_at_origin(fl__origin *origin, fl_session *session) {
  if (origin_has_place(origin, session)) wake_first(&origin->waiting, session);
}

void fl__lane_wake_at_batch(fl_batch *batch, fl_session *session) {
  if (batch && fl__batch_has_room(batch)) wake_first(&batch->waiting, session);
}

int fl__lane_join(fl__lane **out, fl_session *session, const fl__url *url, fl_batch *batch) {
  fl__origin *origin;
  int error = fl__origin_get(&origin, &session->origins, url);
  if (error) return error;
  for (fl_link *link = origin->lanes.next; link != &origin->lanes; link = link->next) {
    fl__lane *lane = fl__container_of(link, fl__lane, in_origin);
    if (lane->batch != batch) continue;
    lane->members++;
    *out = lane;
    return FL_OK;
  }
  fl__lane *lane = calloc(1, sizeof *lane);
  if (!lane) {
    if (fl__list_empty(&origin->lanes)) fl__origin_free(&session->origins, origin);
    return FL_ENOMEM;
  }
  lane->origin = origin;
  lane->batch = batch;
  lane->members = 1;
  fl__list_init(&lane->requests);
  fl__push_back(&origin->lanes, &lane->in_origin);
  *out = lane;
  return FL_OK;
}

void fl__lane_leave(fl__lane *lane, fl_session *session) {
  if (--lane->members) return;
  fl__origin *origin = lane->origin;
  fl__unlink(&lane->in_origin);
  free(lane);
  if (fl__list_empty(&origin->lanes)) fl__origin_free(&session->origins, origin);
}

void fl__lane_push(fl__lane *lane, fl_session *session, fl_link *request_link) {
  fl__push_back(&lane->requests, request_link);
  if (!fl__linked(&lane->link)) wait_in(lane, session, &session->ready);
}

void fl__lane_drop(fl__lane *lane, fl_session *session, fl_link *request_link) {
  fl__unlink(request_link);
  if (!fl__list_empty(&lane->requests)) return;
  stop_waiting(lane, session);
  fl__lane_wake_at_origin(lane->origin, session);
  fl__lane_wake_at_batch(lane->batch, session);
}

fl__lane *fl__lane_next(fl_session *session) {
  while (session->in_flight < session->options.limit && !fl__list_empty(&session->ready)) {
    fl__lane *lane = fl__container_of(session->ready.next, fl__lane, link);
    stop_waiting(lane, session);
    if (!origin_has_place(lane->origin, session)) {
      wait_in(lane, session, &lane->origin->waiting);
      fl__lane_wake_at_batch(lane->batch, session);
    } else if (lane->batch && !fl__batch_has_room(lane->batch)) {
      wait_in(lane, session, &lane->batch->waiting);
      fl__lane_wake_at_origin(lane->origin, session);
    } else {
      return lane;
    }
  }
  return NULL;
}

void fl__lane_again(fl__lane *lane, fl_session *session) {
  if (!fl__list_empty(&lane->requests)) wait_in(lane, session, &session->ready);
}
