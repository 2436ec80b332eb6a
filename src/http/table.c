#include "table.h"

#include "../fetchloop.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_SIZE = 16 };

static fl__entry **bucket_of(const fl__table *table, uint32_t hash) {
  return &table->buckets[hash & (table->size - 1)];
}

static void put(fl__table *table, fl__entry *entry) {
  fl__entry **bucket = bucket_of(table, entry->hash);
  entry->next = *bucket;
  *bucket = entry;
}

static int grow(fl__table *table) {
  fl__table old = *table;
  uint32_t size = old.size ? old.size * 2 : FIRST_SIZE;
  fl__entry **buckets = calloc(size, sizeof *buckets);
  if (!buckets) return FL_ENOMEM;
  table->buckets = buckets;
  table->size = size;
  for (uint32_t i = 0; i < old.size; i++)
    for (fl__entry *entry = old.buckets[i], *next; entry; entry = next) {
      next = entry->next;
      put(table, entry);
    }
  free(old.buckets);
  return FL_OK;
}

fl__entry *fl__table_bucket(const fl__table *table, uint32_t hash) {
  return table->size ? *bucket_of(table, hash) : NULL;
}

int fl__table_add(fl__table *table, fl__entry *entry) {
  if (table->count == table->size) {
    int error = grow(table);
    if (error) return error;
  }
  put(table, entry);
  table->count++;
  return FL_OK;
}

void fl__table_remove(fl__table *table, fl__entry *entry) {
  fl__entry **link = bucket_of(table, entry->hash);
  while (*link != entry) link = &(*link)->next;
  *link = entry->next;
  table->count--;
}

void fl__table_free(fl__table *table) {
  assert(table->count == 0);
  free(table->buckets);
}
