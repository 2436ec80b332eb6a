/* What comes first, by `key`, ties by `tie`: an intrusive pairing heap. Nothing allocates. For things whose order is
 * not that of time, and so not the timers' (timers.h): requests that wait, by priority; what happens in a simulation.
 */
#ifndef FL_HEAP_H
#define FL_HEAP_H

#include "../fetchloop/loop.h"

typedef struct fl__heap_node {
  struct fl__heap_node *child, *next, *prev;
  int64_t key;
  uint64_t tie;
} fl__heap_node;

typedef struct fl__heap {
  fl__heap_node *root; /* the first; NULL when there are none */
} fl__heap;

void fl__heap_insert(fl__heap *heap, fl__heap_node *node);
void fl__heap_remove(fl__heap *heap, fl__heap_node *node);

#endif
