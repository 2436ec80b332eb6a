/* Names for things that others may still speak of after their end: an index, and a generation that tells its owners
 * apart. Ids, not pointers, are what hosts and JavaScript hold. */
#ifndef FL_IDS_H
#define FL_IDS_H

#include "../fetchloop.h"

enum { FL__IDS_INDEX_BITS = 20, FL__IDS_MAX = 1 << FL__IDS_INDEX_BITS };

typedef struct fl__id_slot {
  void *thing;         /* NULL: free */
  uint32_t generation; /* of the thing, or of the next one */
  uint32_t next_free;
} fl__id_slot;

typedef struct fl__ids {
  fl__id_slot *slots;
  uint32_t size, live;
  uint32_t first_free, last_free; /* first in, first out, so that an id comes back as late as can be */
} fl__ids;

void fl__ids_init(fl__ids *ids);
void fl__ids_free(fl__ids *ids);

/* Give `thing` an id, never 0. Errors: FL_ENOMEM, FL_EFULL (FL__IDS_MAX are taken). */
int fl__ids_add(uint32_t *out, fl__ids *ids, void *thing);
void fl__ids_remove(fl__ids *ids, uint32_t id);

/* NULL for an id that was never given, or whose thing was removed. */
void *fl__ids_get(const fl__ids *ids, uint32_t id);

/* The thing in slot `index`, NULL when there is none; for walks over 0 .. ids->size - 1. */
void *fl__ids_at(const fl__ids *ids, uint32_t index);

#endif
