#ifndef FL_BATCH_H
#define FL_BATCH_H

#include "session.h"

struct fl_batch {
  fl_session *session;
  fl_link link;     /* in session->batches while it waits for on_wants */
  fl__heap waiting; /* lanes that wait for its consumer to take results */
  uint64_t last;    /* the tag of the request that it asked for last: see lane.h */
  fl_batch_options options;
  fl_handle wants_handle;
  uint32_t queued;  /* or backing off */
  uint32_t untaken; /* in flight, or the result not taken yet */
};

/* Whether its consumer keeps up well enough for another request to start. */
bool fl__batch_has_room(const fl_batch *batch);

/* on_wants for those of session->batches that want a URL again. */
void fl__batches_wake(fl_session *session);

#endif
