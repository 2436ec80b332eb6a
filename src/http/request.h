#ifndef FL_REQUEST_H
#define FL_REQUEST_H

#include "lane.h"

enum fl__request_state {
  FL__QUEUED,    /* in its lane */
  FL__IN_FLIGHT, /* with the transport; holds a place in its origin and in the session */
  FL__REPLIED,   /* the transport has reported; holds its place until the turn, when the connection is free again */
  FL__ABANDONED, /* timed out or cancelled: place and connection are given back; only on_end is to come */
  FL__ENDED      /* on_end is being called, or the request goes without it */
};

struct fl_request {
  fl_link link; /* in lane->requests while queued */
  fl_handle ending;
  fl_timer deadline;
  fl_session *session;
  fl__lane *lane;
  fl_batch *batch;
  fl_on_end *on_end;
  void *arg;
  void *token;
  fl_reply reply;
  int64_t queued_us, started_us, ended_us;
  uint32_t id;
  uint8_t state; /* fl__request_state */
  uint8_t flags;
  bool connected;
  char url[];
};

/* fl_session_get() for a batch, or for none. */
int fl__request_ask(fl_request **out, fl_session *session, fl_batch *batch, const fl__url *url, unsigned flags,
                    fl_on_end *on_end, void *arg);

/* A request that ends with `reason`, in a later turn, without having been queued. */
int fl__request_refuse(fl_request **out, fl_batch *batch, int reason);

/* Give the first of `lane` to the transport. */
void fl__request_start_first(fl__lane *lane, fl_session *session);

/* End it at once and without its on_end. */
void fl__request_discard(fl_request *request);

#endif
