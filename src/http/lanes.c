#include "lanes.h"

#include "lane.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 16 };

/* splitmix's: addresses differ in few bits. */
static uint32_t hash_of(const fl__origin *origin, const fl_batch *batch) {
  uint64_t z = (uint64_t)(uintptr_t)origin * 0x9e3779b97f4a7c15u ^ (uintptr_t)batch;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  return (uint32_t)(z ^ z >> 32);
}

static fl__lane **bucket_of(const fl__lanes *lanes, const fl__origin *origin, const fl_batch *batch) {
  return &lanes->buckets[hash_of(origin, batch) & (lanes->buckets_count - 1)];
}

static void put(fl__lanes *lanes, fl__lane *lane) {
  fl__lane **bucket = bucket_of(lanes, lane->origin, lane->batch);
  lane->next_in_bucket = *bucket;
  *bucket = lane;
}

static int grow(fl__lanes *lanes) {
  fl__lanes old = *lanes;
  uint32_t count = old.buckets_count ? old.buckets_count * 2 : FIRST_BUCKETS;
  fl__lane **buckets = calloc(count, sizeof *buckets);
  if (!buckets) return FL_ENOMEM;
  lanes->buckets = buckets;
  lanes->buckets_count = count;
  for (uint32_t i = 0; i < old.buckets_count; i++)
    for (fl__lane *lane = old.buckets[i], *next; lane; lane = next) {
      next = lane->next_in_bucket;
      put(lanes, lane);
    }
  free(old.buckets);
  return FL_OK;
}

void fl__lanes_free(fl__lanes *lanes) {
  assert(lanes->count == 0);
  free(lanes->buckets);
}

fl__lane *fl__lanes_find(const fl__lanes *lanes, const fl__origin *origin, const fl_batch *batch) {
  if (!lanes->count) return NULL;
  fl__lane *lane = *bucket_of(lanes, origin, batch);
  while (lane && (lane->origin != origin || lane->batch != batch)) lane = lane->next_in_bucket;
  return lane;
}

int fl__lanes_add(fl__lanes *lanes, fl__lane *lane) {
  if (lanes->count == lanes->buckets_count) {
    int error = grow(lanes);
    if (error) return error;
  }
  put(lanes, lane);
  lanes->count++;
  return FL_OK;
}

void fl__lanes_remove(fl__lanes *lanes, fl__lane *lane) {
  fl__lane **link = bucket_of(lanes, lane->origin, lane->batch);
  while (*link != lane) link = &(*link)->next_in_bucket;
  *link = lane->next_in_bucket;
  lanes->count--;
}
