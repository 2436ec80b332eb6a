#ifndef FL_REQUEST_H
#define FL_REQUEST_H

#include "details.h"
#include "flight.h"
#include "lane.h"

enum fl__request_state {
  FL__QUEUED,      /* in its lane */
  FL__IN_FLIGHT,   /* its flight is with the transport; holds a place in its origin and in the session */
  FL__LANDED,      /* the transport has reported; holds its places until the turn, when the connection is free again */
  FL__BACKING_OFF, /* waits to be queued again; holds no place, and maybe the token of a flight that it resumes */
  FL__ABANDONED,   /* timed out, cancelled or given up: places and connection are given back; only on_end is to come */
  FL__ENDED        /* on_end is being called, or the request goes without it */
};

struct fl_request {
  fl__heap_node place;  /* in lane->requests while queued */
  fl__heap_node by_age; /* in session->by_age while queued, where that is kept */
  fl_link in_batch;     /* in batch->requests until it ends */
  fl_timer timer;       /* its next deadline, or the end of backing off; then its handle brings the end */
  fl_session *session;
  fl__lane *lane; /* while it is queued, in flight or backs off */
  fl_batch *batch;
  fl_on_end *on_end;
  void *arg;
  fl__flight *flight;   /* while in flight and landed; else NULL, or one that broke off and is to be resumed */
  fl__details *details; /* NULL: a GET with all the session's defaults */
  int64_t queued_us, started_us, ended_us;
  int64_t until_us;  /* queued: how long it may be; backing off: how long it is */
  int64_t parked_us; /* queued: its origin's when that was reckoned */
  int error;
  uint32_t id;
  uint32_t redirects;
  uint32_t retries; /* as its options have it: retry.limit bounds them */
  int16_t status;
  uint8_t state; /* fl__request_state */
  uint8_t flags;
  uint8_t server_waits; /* tries again because the server said when: judge.c bounds them */
  bool resent, delivering, cancelled;
  char url[];
};

/* fl_session_request() for a batch, or for none. `options` may be NULL. */
int fl__request_ask(fl_request **out, fl_session *session, fl_batch *batch, const fl__url *url,
                    const fl_request_options *options, fl_on_end *on_end, void *arg);

/* A request that ends with `reason`, in a later turn, without having been queued. `url` is NULL when it is none. */
int fl__request_refuse(fl_request **out, fl_batch *batch, const fl__url *url, void *arg, int reason);

/* Into the lane for `url`, out of the one it was in. Errors: FL_ENOMEM, FL_EPARKED; it is then in none. */
int fl__request_move(fl_request *request, const fl__url *url);

/* Give the first of `lane` to the transport. */
void fl__request_start_first(fl__lane *lane, fl_session *session);

/* Whether neither a pause, nor a rate, nor its host's gate holds it up. */
bool fl__request_may_start_now(const fl_request *request);

/* Its flight has landed: the connection is free again in the turn that follows, when it is seen what comes of it. */
void fl__request_land(fl_request *request);
void fl__request_landed(fl_request *request);

/* From a turn: the head of the response that its reader is to have has come. */
void fl__request_has_head(fl_request *request);

/* End it: places and connection are given back now, on_end follows in a later turn, and with it who takes the places:
 * of a hundred that are cancelled one after another none is started for the one before. */
void fl__request_abandon(fl_request *request, int error);

/* End it at once and without its on_end. */
void fl__request_discard(fl_request *request);

/* What waits for a host that is shut, ends with FL_EPARKED. */
void fl__request_fail_waiting(fl__origin *origin);

void fl__request_trace(fl_request *request, fl_step step, int64_t wait_us);

/* ---- For each other: request.c, asked.c, landed.c */

/* The one place where a request changes its state: asserts that it may. */
void fl__request_step(fl_request *request, enum fl__request_state state);

/* Into its lane; the caller pumps. */
void fl__request_enqueue(fl_request *request);

/* Its places are given back; it will be queued again in `wait_us`. */
void fl__request_back_off(fl_request *request, int64_t wait_us);

/* With its places. Errors are for its end. */
int fl__request_take_off(fl_request *request, int64_t now_us);

/* What it holds in flight. */
void fl__request_take_pace(fl_request *request, int64_t now_us);
void fl__request_give_places_back(fl_request *request);
void fl__request_close_flight(fl_request *request);

/* End it now, from a turn, as its `error` and `status` say. */
void fl__request_end(void *request);

#endif
