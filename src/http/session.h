/* The session's own state, and the steps that its parts share. The parts: request.c (one request, from asked for to
 * ended), lane.c (who goes next), batch.c (long lists). */
#ifndef FL_SESSION_H
#define FL_SESSION_H

#include "../loop/list.h"
#include "ids.h"
#include "origin.h"

struct fl_session {
  fl_loop *loop;
  const fl_transport *transport;
  fl_session_options options;
  fl__ids requests; /* all that have not ended */
  fl__origins origins;
  fl_link ready; /* lanes that wait for a place in the session, and for nothing else as far as is known */
  uint32_t batches_open;
  fl_link batches; /* those of them that were told that no URL is wanted, and wait to hear that one is */
  uint32_t in_flight, queued;
  uint32_t lanes_at_origins; /* how many wait in some origin's `waiting` */
  uint64_t started, done, failed;
  int64_t busy_us;
  int64_t held_by_limit_us, held_by_host_us;
  int64_t accounted_us; /* up to when these two are */
  int64_t *holding;     /* which of them time now goes to; NULL: nothing is held back */
  bool closing;
  fl_handle closed; /* the last step of a close */
  fl_callback *on_closed;
  void *on_closed_arg;
};

/* Start whatever may start, tell batches that URLs are wanted, finish a close. After every change to what waits or to
 * what is free. */
void fl__session_pump(fl_session *session);

#endif
