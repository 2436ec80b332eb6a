#include "origin.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 16 };

/* FNV-1a. A list of URLs chosen to collide makes this process slow, and nobody else. */
static uint32_t hash_of(const fl__url *url) {
  uint32_t hash = 2166136261u ^ url->port ^ (uint32_t)url->https << 16;
  for (size_t i = 0; i < url->host_bytes; i++) hash = (hash ^ (unsigned char)fl__lower(url->host[i])) * 16777619u;
  return hash;
}

static bool matches(const fl__origin *origin, const fl__url *url, uint32_t hash) {
  if (origin->hash != hash || origin->port != url->port || origin->https != url->https ||
      origin->host_bytes != url->host_bytes)
    return false;
  for (size_t i = 0; i < url->host_bytes; i++)
    if (origin->host[i] != fl__lower(url->host[i])) return false;
  return true;
}

static fl__origin **bucket_of(fl__origins *origins, uint32_t hash) {
  return &origins->buckets[hash & (origins->buckets_count - 1)];
}

static int grow(fl__origins *origins) {
  fl__origins bigger = {.buckets_count = origins->buckets_count ? origins->buckets_count * 2 : FIRST_BUCKETS};
  bigger.buckets = calloc(bigger.buckets_count, sizeof *bigger.buckets);
  if (!bigger.buckets) return FL_ENOMEM;
  for (uint32_t i = 0; i < origins->buckets_count; i++)
    for (fl__origin *origin = origins->buckets[i], *next; origin; origin = next) {
      next = origin->next_in_bucket;
      fl__origin **bucket = bucket_of(&bigger, origin->hash);
      origin->next_in_bucket = *bucket;
      *bucket = origin;
    }
  free(origins->buckets);
  bigger.count = origins->count;
  *origins = bigger;
  return FL_OK;
}

void fl__origins_free(fl__origins *origins) {
  assert(origins->count == 0);
  free(origins->buckets);
}

int fl__origin_get(fl__origin **out, fl__origins *origins, const fl__url *url) {
  uint32_t hash = hash_of(url);
  if (origins->count)
    for (fl__origin *origin = *bucket_of(origins, hash); origin; origin = origin->next_in_bucket)
      if (matches(origin, url, hash)) {
        *out = origin;
        return FL_OK;
      }
  if (origins->count == origins->buckets_count) {
    int error = grow(origins);
    if (error) return error;
  }
  fl__origin *origin = calloc(1, sizeof *origin + url->host_bytes);
  if (!origin) return FL_ENOMEM;
  fl__list_init(&origin->lanes);
  fl__list_init(&origin->waiting);
  origin->hash = hash;
  origin->port = url->port;
  origin->https = url->https;
  origin->host_bytes = url->host_bytes;
  for (size_t i = 0; i < url->host_bytes; i++) origin->host[i] = fl__lower(url->host[i]);
  fl__origin **bucket = bucket_of(origins, hash);
  origin->next_in_bucket = *bucket;
  *bucket = origin;
  origins->count++;
  *out = origin;
  return FL_OK;
}

void fl__origin_free(fl__origins *origins, fl__origin *origin) {
  assert(fl__list_empty(&origin->lanes) && origin->in_flight == 0);
  fl__origin **link = bucket_of(origins, origin->hash);
  while (*link != origin) link = &(*link)->next_in_bucket;
  *link = origin->next_in_bucket;
  origins->count--;
  free(origin);
}
