/* A hash table of things that have a place for it in them; it grows with them. */
#ifndef FL_TABLE_H
#define FL_TABLE_H

#include <stdint.h>

typedef struct fl__entry {
  struct fl__entry *next; /* in its bucket, where there are other hashes too */
  uint32_t hash;
} fl__entry;

/* A zeroed one is empty. */
typedef struct fl__table {
  fl__entry **buckets;
  uint32_t size; /* 0, or a power of two */
  uint32_t count;
} fl__table;

/* The first of the bucket in which those of that hash are; NULL when it is empty. */
fl__entry *fl__table_bucket(const fl__table *table, uint32_t hash);

/* Its hash is set. Errors: FL_ENOMEM. */
int fl__table_add(fl__table *table, fl__entry *entry);
void fl__table_remove(fl__table *table, fl__entry *entry);

/* Nothing is in it any more. */
void fl__table_free(fl__table *table);

#endif
