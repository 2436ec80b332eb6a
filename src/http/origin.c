#include "session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 16, IDLE_MAX = 1024 };

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
  uint32_t count = origins->buckets_count ? origins->buckets_count * 2 : FIRST_BUCKETS;
  fl__origin **buckets = calloc(count, sizeof *buckets);
  if (!buckets) return FL_ENOMEM;
  for (uint32_t i = 0; i < origins->buckets_count; i++)
    for (fl__origin *origin = origins->buckets[i], *next; origin; origin = next) {
      next = origin->next_in_bucket;
      fl__origin **bucket = &buckets[origin->hash & (count - 1)];
      origin->next_in_bucket = *bucket;
      *bucket = origin;
    }
  free(origins->buckets);
  origins->buckets = buckets;
  origins->buckets_count = count;
  return FL_OK;
}

void fl__origins_init(fl__origins *origins) { fl__list_init(&origins->idle); }

static void destroy(fl__origins *origins, fl__origin *origin) {
  fl__origin **link = bucket_of(origins, origin->hash);
  while (*link != origin) link = &(*link)->next_in_bucket;
  *link = origin->next_in_bucket;
  fl__unlink(&origin->idle);
  origins->idle_count--;
  origins->count--;
  fl_timer_cancel(&origin->opens);
  free(origin);
}

void fl__origins_free(fl__origins *origins) {
  while (!fl__list_empty(&origins->idle)) destroy(origins, fl__container_of(origins->idle.next, fl__origin, idle));
  assert(origins->count == 0);
  free(origins->buckets);
}

static fl__origin *find(const fl__origins *origins, const fl__url *url, uint32_t hash) {
  if (!origins->count) return NULL;
  fl__origin *origin = origins->buckets[hash & (origins->buckets_count - 1)];
  while (origin && !matches(origin, url, hash)) origin = origin->next_in_bucket;
  return origin;
}

static fl__origin *make(fl_session *session, const fl__url *url, uint32_t hash) {
  fl__origin *origin = calloc(1, sizeof *origin + url->host_bytes);
  if (!origin) return NULL;
  origin->session = session;
  fl__list_init(&origin->lanes);
  fl__gate_init(&origin->gate, session->options.limit_per_host, &session->pace_per_host);
  fl__budget_init(&origin->budget, session->options.retry.budget);
  origin->hash = hash;
  origin->port = url->port;
  origin->https = url->https;
  origin->host_bytes = url->host_bytes;
  for (size_t i = 0; i < url->host_bytes; i++) origin->host[i] = fl__lower(url->host[i]);
  return origin;
}

int fl__origin_get(fl__origin **out, fl_session *session, const fl__url *url) {
  fl__origins *origins = &session->origins;
  uint32_t hash = hash_of(url);
  *out = find(origins, url, hash);
  if (*out) return FL_OK;
  if (origins->count == origins->buckets_count) {
    int error = grow(origins);
    if (error) return error;
  }
  fl__origin *origin = make(session, url, hash);
  if (!origin) return FL_ENOMEM;
  fl__origin **bucket = bucket_of(origins, hash);
  origin->next_in_bucket = *bucket;
  *bucket = origin;
  origins->count++;
  fl__push_back(&origins->idle, &origin->idle);
  origins->idle_count++;
  *out = origin;
  return FL_OK;
}

void fl__origin_use(fl__origins *origins, fl__origin *origin) {
  if (!fl__linked(&origin->idle)) return;
  fl__unlink(&origin->idle);
  origins->idle_count--;
}

static bool may_be_forgotten(const fl__origin *origin, int64_t now_us) {
  return !origin->delayed && fl__gate_is_idle(&origin->gate, now_us);
}

void fl__origin_let_go(fl__origins *origins, fl__origin *origin, int64_t now_us) {
  assert(fl__list_empty(&origin->lanes) && origin->in_flight == 0);
  if (!fl__linked(&origin->idle)) {
    fl__push_back(&origins->idle, &origin->idle);
    origins->idle_count++;
  }
  fl_timer_cancel(&origin->opens);
  /* Two at a time, so that a burst of hosts that had to be remembered shrinks again. */
  for (int i = 0; i < 2 && origins->idle_count > IDLE_MAX; i++) {
    fl__origin *oldest = fl__container_of(origins->idle.next, fl__origin, idle);
    if (may_be_forgotten(oldest, now_us)) {
      destroy(origins, oldest);
    } else {
      fl__unlink(&oldest->idle);
      fl__push_back(&origins->idle, &oldest->idle);
    }
  }
}
