#ifndef FL_BATCH_H
#define FL_BATCH_H

#include "session.h"

struct fl_batch {
  fl_session *session;
  fl_link link;    /* in session->batches while it waits for on_wants */
  fl_link waiting; /* lanes that wait for its consumer to take results */
  fl_batch_options options;
  fl_handle wants_handle;
  uint32_t queued;
  uint32_t untaken; /* started, and the result not taken yet */
};

/* Whether its consumer keeps up well enough for another request to start. */
bool fl__batch_has_room(const fl_batch *batch);

/* on_wants for those of session->batches that want a URL again. */
void fl__batches_wake(fl_session *session);

#endif
