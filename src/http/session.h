/* The session's own state, and the steps that its parts share. The parts: request.c (one request, from queued to
 * ended; asked.c and landed.c, its two ends), flight.c (one attempt of it), judge.c (what comes of a response or a
 * failure), lane.c (who goes next), gate.c (when a host may be asked), batch.c (long lists). */
#ifndef FL_SESSION_H
#define FL_SESSION_H

#include "../loop/list.h"
#include "headers.h"
#include "histogram.h"
#include "ids.h"
#include "origin.h"

struct fl_session {
  fl_loop *loop;
  const fl_transport *transport;
  fl_session_options options;
  fl__headers *headers;   /* of each request; NULL: none */
  const char **sensitive; /* one allocation, text and all */
  fl__pace pace, pace_per_host;
  fl_timer paced; /* when `pace` lets the next one go */
  uint64_t random;

  fl__ids requests; /* all that have not ended */
  fl__ids flights;  /* all that have a token, or are getting one */
  fl__origins origins;
  fl__table lanes; /* by origin and batch: an origin may have as many as there are batches */
  fl__heap ready;  /* lanes that wait for a place in the session, and for nothing else as far as is known */
  fl__heap by_age; /* requests that are queued, those of the lowest priority first, of these the one that has waited
                    * longest; only where `when_full` asks for that */
  uint64_t ever_queued;
  uint64_t served;      /* the tag of the request that started last: see lane.h */
  uint64_t last_single; /* and the last that a single request was given */
  uint32_t batches_open;
  /* Of them, that were told that no URL is wanted, and wait to hear that one is: see batch.h. */
  uint32_t batches_waiting;
  fl_link batches_changed, batches_for_place;

  fl_session_stats stats;    /* what it is asked for */
  uint32_t lanes_at_origins; /* how many wait in some origin's `waiting` */
  uint32_t origins_paced;    /* how many of these wait for a time */
  fl__histogram durations;   /* of requests that have a response */
  int64_t *holding;          /* which of the stats' held_by_... time now goes to; NULL: nothing is held back */
  int64_t accounted_us;      /* up to when these are */
  bool pumping, pump_again;
  bool paused, closing;
  fl_handle closed; /* the last step of a close */
  fl_callback *on_closed;
  void *on_closed_arg;
  fl_link closings; /* handles of all others who wait for it */
};

/* Schedule callback(arg) once it is freed; fl_session_close() is to be called, or has been. */
void fl__session_on_closed(fl_session *session, fl_handle *handle, fl_callback *callback, void *arg);

/* Start whatever may start, tell batches that URLs are wanted, finish a close. After every change to what waits or to
 * what is free. */
void fl__session_pump(fl_session *session);

/* splitmix64 */
uint64_t fl__session_random(fl_session *session);

#endif
