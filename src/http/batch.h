#ifndef FL_BATCH_H
#define FL_BATCH_H

#include "session.h"

/* A batch that waits for on_wants is looked at when something of its own has changed, in the pump that follows: it then
 * stands in session->batches_changed. When no more than a place in the session is lacking, it waits in
 * batches_for_place; when it is full itself, in neither. So a pump looks at few, however many there are. */
struct fl_batch {
  fl_session *session;
  fl_link requests; /* of its own, that have not ended */
  bool waits;       /* for on_wants, */
  fl_link link;     /* in one of these two lists, or in none */
  fl__heap waiting; /* lanes that wait for its consumer to take results */
  uint64_t last;    /* the tag of the request that it asked for last: see lane.h */
  fl_batch_options options;
  fl_handle wants_handle;
  uint32_t queued;  /* or backing off */
  uint32_t untaken; /* in flight, or the result not taken yet */
};

/* Whether its consumer keeps up well enough for another request to start. */
bool fl__batch_has_room(const fl_batch *batch);

/* So many more are queued, and untaken. */
void fl__batch_count(fl_batch *batch, int queued, int untaken);

/* on_wants for those that want a URL again. */
void fl__batches_wake(fl_session *session);

#endif
