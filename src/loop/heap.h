/* The pending timers, earliest first: an intrusive pairing heap. Insert is O(1), taking one out O(log n) amortised, and
 * nothing allocates, so arming a timer cannot fail. Ties break by `order`, which makes runs repeatable. */
#ifndef FL_HEAP_H
#define FL_HEAP_H

#include "../fetchloop.h"

typedef struct fl__heap {
  fl_timer *root; /* the earliest; NULL when there are none */
} fl__heap;

void fl__heap_insert(fl__heap *heap, fl_timer *timer);
void fl__heap_remove(fl__heap *heap, fl_timer *timer);

#endif
