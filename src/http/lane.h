/* A lane is the queue of one batch's requests to one origin (single requests share one lane an origin). Its requests go
 * by priority, then first in, first out. To start one it needs its origin's gate open and three places: its origin's,
 * its batch's, the session's. A lane waits in one heap only, that of a place which it lacks, and takes nothing while it
 * waits: so no host and no batch holds up another.
 *
 * Who goes first among lanes that wait for the same: the one whose first request has the higher priority, then the
 * lower tag. Tags are those of start-time fair queueing (Goyal, Vin, Cheng, 1996) with requests of cost 1: each batch
 * is a flow, and so are all single requests together; a request's tag is one more than the larger of its flow's last
 * and the tag being served. Within a flow that is the order of asking; flows take turns.
 *
 * What keeps a wake-up from being lost: where a place is free, either no lane waits for it, or one that needs it stands
 * in session->ready, or a timer will look again. A lane that leaves `ready` without using such a place passes it on. */
#ifndef FL_LANE_H
#define FL_LANE_H

#include "session.h"

typedef struct fl__lane {
  fl__entry entry;     /* in session->lanes */
  fl__heap_node place; /* in `waits_in`, with the key of its first request */
  fl__heap *waits_in;  /* session->ready, origin->waiting or batch->waiting; NULL while `requests` is empty */
  fl_link in_origin;   /* in origin->lanes */
  fl__origin *origin;
  fl_batch *batch;   /* NULL: single requests */
  fl__heap requests; /* those that wait */
  uint32_t members;  /* these, those in flight, and those that back off: the lane lives as long as there are any */
} fl__lane;

/* The lane for `url` and `batch`, with one member more. Errors: FL_ENOMEM, FL_EPARKED. */
int fl__lane_join(fl__lane **out, fl_session *session, const fl__url *url, fl_batch *batch);

/* One member less; frees a lane that has none left. */
void fl__lane_leave(fl__lane *lane, fl_session *session);

/* The key of a new request. */
void fl__lane_number(fl__lane *lane, fl_session *session, fl__heap_node *request, int priority);

/* `request` waits in the lane from now on; or no longer. */
void fl__lane_push(fl__lane *lane, fl_session *session, fl__heap_node *request);
void fl__lane_drop(fl__lane *lane, fl_session *session, fl__heap_node *request);

/* The lane whose first request may start now; it has left `ready`. NULL when none may. */
fl__lane *fl__lane_next(fl_session *session);

/* Take out its first request; and, once that holds its places, get the lane back in line. */
fl__heap_node *fl__lane_take_first(fl__lane *lane, fl_session *session);
void fl__lane_again(fl__lane *lane, fl_session *session);

/* Its gate may open earlier than it was thought: whoever waits for that looks again in the next turn. */
void fl__lane_look_again(fl__origin *origin);

/* A place at the origin, or in the batch, may be free: let the next lane that waits for it try. */
void fl__lane_wake_at_origin(fl__origin *origin);
void fl__lane_wake_at_batch(fl_batch *batch, fl_session *session);

#endif
