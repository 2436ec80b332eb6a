/* An origin is what a limit per host counts: scheme, host and port. It lives while requests to it do. */
#ifndef FL_ORIGIN_H
#define FL_ORIGIN_H

#include "../loop/list.h"
#include "url.h"

typedef struct fl__origin {
  struct fl__origin *next_in_bucket;
  fl_link lanes;   /* its lanes, one for each batch */
  fl_link waiting; /* those of its lanes that wait for a place here */
  uint32_t in_flight;
  uint32_t hash;
  uint16_t port;
  bool https;
  size_t host_bytes;
  char host[]; /* in lower case */
} fl__origin;

typedef struct fl__origins {
  fl__origin **buckets;
  uint32_t buckets_count; /* a power of two */
  uint32_t count;
} fl__origins;

void fl__origins_free(fl__origins *origins);

/* Find the origin of `url`, or make it. Errors: FL_ENOMEM. */
int fl__origin_get(fl__origin **out, fl__origins *origins, const fl__url *url);

/* Free one that has no lanes. */
void fl__origin_free(fl__origins *origins, fl__origin *origin);

#endif
