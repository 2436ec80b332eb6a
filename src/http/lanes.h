/* A session's lanes, by origin and batch: a hash table, for an origin may have as many lanes as there are batches. */
#ifndef FL_LANES_H
#define FL_LANES_H

#include "../fetchloop.h"

struct fl__lane;
struct fl__origin;

typedef struct fl__lanes {
  struct fl__lane **buckets;
  uint32_t buckets_count; /* 0, or a power of two */
  uint32_t count;
} fl__lanes;

void fl__lanes_free(fl__lanes *lanes);

/* NULL when there is none. */
struct fl__lane *fl__lanes_find(const fl__lanes *lanes, const struct fl__origin *origin, const fl_batch *batch);

/* Errors: FL_ENOMEM. */
int fl__lanes_add(fl__lanes *lanes, struct fl__lane *lane);
void fl__lanes_remove(fl__lanes *lanes, struct fl__lane *lane);

#endif
