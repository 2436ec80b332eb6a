#include "session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MAX = 1024 };

/* FNV-1a. A list of URLs chosen to collide makes this process slow, and nobody else. */
static uint32_t hash_of(const fl__url *url) {
  uint32_t hash = 2166136261u ^ url->port ^ (uint32_t)url->https << 16;
  for (size_t i = 0; i < url->host_bytes; i++) hash = (hash ^ (unsigned char)fl__lower(url->host[i])) * 16777619u;
  return hash;
}

static bool matches(const fl__origin *origin, const fl__url *url, uint32_t hash) {
  if (origin->entry.hash != hash || origin->port != url->port || origin->https != url->https ||
      origin->host_bytes != url->host_bytes)
    return false;
  for (size_t i = 0; i < url->host_bytes; i++)
    if (origin->host[i] != fl__lower(url->host[i])) return false;
  return true;
}

void fl__origins_init(fl__origins *origins) { fl__list_init(&origins->idle); }

static void destroy(fl__origins *origins, fl__origin *origin) {
  fl__table_remove(&origins->table, &origin->entry);
  fl__unlink(&origin->idle);
  origins->idle_count--;
  fl_timer_cancel(&origin->opens);
  free(origin);
}

void fl__origins_free(fl__origins *origins) {
  while (!fl__list_empty(&origins->idle)) destroy(origins, fl__container_of(origins->idle.next, fl__origin, idle));
  fl__table_free(&origins->table);
}

static fl__origin *find(const fl__origins *origins, const fl__url *url, uint32_t hash) {
  for (fl__entry *entry = fl__table_bucket(&origins->table, hash); entry; entry = entry->next) {
    fl__origin *origin = fl__container_of(entry, fl__origin, entry);
    if (matches(origin, url, hash)) return origin;
  }
  return NULL;
}

static fl__origin *make(fl_session *session, const fl__url *url, uint32_t hash) {
  fl__origin *origin = calloc(1, sizeof *origin + url->host_bytes);
  if (!origin) return NULL;
  origin->session = session;
  fl__list_init(&origin->lanes);
  fl__gate_init(&origin->gate, session->options.limit_per_host, &session->pace_per_host);
  fl__budget_init(&origin->budget, session->options.retry.budget);
  origin->entry.hash = hash;
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
  fl__origin *origin = make(session, url, hash);
  if (!origin || fl__table_add(&origins->table, &origin->entry)) {
    free(origin);
    return FL_ENOMEM;
  }
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
