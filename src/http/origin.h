/* An origin is what a limit per host counts: scheme, host and port. It lives while requests to it do, and beyond as
 * long as it has something to remember. */
#ifndef FL_ORIGIN_H
#define FL_ORIGIN_H

#include "../loop/heap.h"
#include "../loop/list.h"
#include "gate.h"
#include "retry.h"
#include "table.h"
#include "url.h"

typedef struct fl__origin {
  fl__entry entry; /* in origins->table */
  fl_session *session;
  fl_link lanes;    /* its lanes, one for each batch */
  fl_link idle;     /* in origins->idle while it has no lanes */
  fl__heap waiting; /* those of its lanes that wait for a place here, or for the gate to open */
  fl_timer opens;   /* when it does, */
  bool paced;       /* while somebody waits for that */
  fl__gate gate;
  fl__budget budget;
  int64_t parked_us; /* for how long it was, or will be, parked, all in all */
  uint32_t in_flight;
  uint16_t port;
  bool https;
  bool delayed; /* its pace is its own: fl_session_set_delay() */
  size_t host_bytes;
  char host[]; /* in lower case */
} fl__origin;

typedef struct fl__origins {
  fl__table table;
  fl_link idle; /* those without lanes, the longest first */
  uint32_t idle_count;
} fl__origins;

void fl__origins_init(fl__origins *origins);
void fl__origins_free(fl__origins *origins);

/* Find the origin of `url`, or make it for `session`. Errors: FL_ENOMEM. */
int fl__origin_get(fl__origin **out, fl_session *session, const fl__url *url);

/* It has a lane now. */
void fl__origin_use(fl__origins *origins, fl__origin *origin);

/* It has no lanes now: keep it while it remembers something, and some of the others. */
void fl__origin_let_go(fl__origins *origins, fl__origin *origin, int64_t now_us);

#endif
