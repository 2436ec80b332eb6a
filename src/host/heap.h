/* What will happen, earliest first, ties by `order`: an intrusive pairing heap, for the simulation, which draws the
 * order of ties from its seed. (The loop's own timers break ties by age, and have their wheel in ../loop/timers.h.) */
#ifndef FL_HEAP_H
#define FL_HEAP_H

#include "../fetchloop.h"

typedef struct fl__due {
  struct fl__due *child, *next, *prev;
  int64_t when_us;
  uint64_t order;
} fl__due;

typedef struct fl__heap {
  fl__due *root; /* the earliest; NULL when there are none */
} fl__heap;

void fl__heap_insert(fl__heap *heap, fl__due *due);
void fl__heap_remove(fl__heap *heap, fl__due *due);

#endif
