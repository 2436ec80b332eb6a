/* A lane is the queue of one batch's requests to one origin (single requests share one lane an origin). Its requests go
 * first in, first out. To start one it needs three places: its origin's, its batch's, the session's. A lane waits in
 * one list only, that of a place which it lacks, and takes nothing while it waits: so no host and no batch holds up
 * another, and lanes that compete for a place take turns.
 *
 * What keeps a wake-up from being lost: where a place is free, either no lane waits for it, or one that needs it stands
 * in session->ready. A lane that leaves `ready` without using such a place passes it on. */
#ifndef FL_LANE_H
#define FL_LANE_H

#include "session.h"

typedef struct fl__lane {
  fl_link link;      /* in session->ready, origin->waiting or batch->waiting; in none while `requests` is empty */
  fl_link in_origin; /* in origin->lanes */
  fl__origin *origin;
  fl_batch *batch;  /* NULL: single requests */
  fl_link requests; /* those that wait */
  uint32_t members; /* these and those in flight: the lane lives as long as there are any */
  bool at_origin;   /* link is in origin->waiting */
} fl__lane;

/* The lane for `url` and `batch`, with one member more. Errors: FL_ENOMEM. */
int fl__lane_join(fl__lane **out, fl_session *session, const fl__url *url, fl_batch *batch);

/* One member less; frees a lane that has none left. */
void fl__lane_leave(fl__lane *lane, fl_session *session);

/* `request_link` waits in the lane from now on, last; or no longer. */
void fl__lane_push(fl__lane *lane, fl_session *session, fl_link *request_link);
void fl__lane_drop(fl__lane *lane, fl_session *session, fl_link *request_link);

/* The lane whose first request may start now; it has left `ready`. NULL when none may. */
fl__lane *fl__lane_next(fl_session *session);

/* Back in line, after its first request was taken out. */
void fl__lane_again(fl__lane *lane, fl_session *session);

/* A place at the origin, or in the batch, may be free: let the next lane that waits for it try. */
void fl__lane_wake_at_origin(fl__origin *origin, fl_session *session);
void fl__lane_wake_at_batch(fl_batch *batch, fl_session *session);

#endif
