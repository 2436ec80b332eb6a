/* What the servers do to each attempt. */
#include "world.h"

#include <stdio.h>
#include <time.h>

/* ---- What they serve */

static uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

int network_entity_bytes(int number, int version) {
  return 2 + (int)(mix((uint64_t)number * 64 + (uint64_t)version) % 70);
}

uint8_t network_byte(int number, int version, uint64_t at) {
  return (uint8_t)mix((uint64_t)number << 32 | (uint64_t)version << 16 | at);
}

/* ---- Headers: a response's, in one buffer */

enum { HEADERS = 12, TEXT = 128 };
typedef struct headers {
  fl_header items[HEADERS + 1];
  char text[HEADERS][TEXT];
  int count;
} headers;

static char *add(headers *h, const char *name) {
  char *text = h->text[h->count];
  h->items[h->count++] = (fl_header){name, text};
  return text;
}

static void add_date(headers *h, const char *name, int64_t wall_us) {
  time_t seconds = (time_t)(wall_us / FL_SECOND);
  strftime(add(h, name), TEXT, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&seconds));
}

static int64_t server_wall_us(const world *w) { return fl_sim_wall(w->sim) + w->troubles.skew_s * FL_SECOND; }

static void add_validator(const ask *a, headers *h, int version) {
  const world *w = a->world;
  if (a->refuses_ranges) strcpy(add(h, "accept-ranges"), "none");
  switch (a->validator) {
  case STRONG: snprintf(add(h, "ETag"), TEXT, "\"%d-%d\"", a->number, version); break;
  case WEAK:
    snprintf(add(h, "ETag"), TEXT, "W/\"%d-%d\"", a->number, version);
    add_date(h, "last-modified", 1000000 * FL_SECOND + version * FL_SECOND);
    break;
  case DATED:
    add_date(h, "Last-Modified", 1000000 * FL_SECOND + version * FL_SECOND);
    add_date(h, "Date", server_wall_us(w));
    break;
  case DATED_WEAKLY:
    add_date(h, "Last-Modified", server_wall_us(w));
    add_date(h, "Date", server_wall_us(w));
    break;
  case UNVALIDATED: break;
  }
}

/* ---- Kinds of responses */

static void body(attempt *t, fl_sim_fate *fate, uint64_t from, size_t most) {
  static uint8_t bytes[256];
  size_t whole = (size_t)network_entity_bytes(t->ask->number, t->version), count = whole - (size_t)from;
  if (count > most) count = most;
  for (size_t i = 0; i < count; i++) bytes[i] = network_byte(t->ask->number, t->version, from + i);
  fate->body = bytes;
  fate->body_bytes = count;
}

static void whole(attempt *t, headers *h, fl_sim_fate *fate) {
  t->status = 200;
  add_validator(t->ask, h, t->version);
  body(t, fate, 0, SIZE_MAX);
}

static void answer_range(world *w, attempt *t, headers *h, fl_sim_fate *fate) {
  const ask *a = t->ask;
  uint64_t at = t->range_at, bytes = (uint64_t)network_entity_bytes(a->number, t->version);
  bool changed = a->resume_version != t->version, keeps_to_old = changed && per_mille(w, w->troubles.bad_ranges);
  if ((changed && !keeps_to_old) || per_mille(w, w->troubles.ignored_ranges)) {
    whole(t, h, fate);
    return;
  }
  if (at >= bytes || per_mille(w, w->troubles.bad_ranges / 4)) {
    t->status = 416;
    snprintf(add(h, "content-range"), TEXT, "bytes */%d", (int)bytes);
    return;
  }
  t->status = 206;
  uint64_t from = !per_mille(w, w->troubles.bad_ranges) ? at : chance(w, 50) ? at + 1 : at - 1;
  if (from >= bytes) from = at;
  t->fits = from == at && !keeps_to_old;
  add_validator(a, h, t->version);
  snprintf(add(h, "Content-Range"), TEXT, "bytes %d-%d/%d", (int)from, (int)bytes - 1, (int)bytes);
  body(t, fate, from, SIZE_MAX);
}

static void add_retry_after(world *w, attempt *t, headers *h) {
  int seconds = chance(w, 10) ? 10 + pick(w, 60) : pick(w, 4);
  t->after_us = seconds * FL_SECOND;
  switch (pick(w, 3)) {
  case 0: snprintf(add(h, "Retry-After"), TEXT, "%d", seconds); break;
  case 1: /* by the server's clock, */
    add_date(h, "Retry-After", server_wall_us(w) + t->after_us);
    add_date(h, "Date", server_wall_us(w));
    break;
  default: /* or by the client's, to the second: only known when it comes */
    add_date(h, "Retry-After", fl_sim_wall(w->sim) + t->after_us + FL_SECOND);
    t->after_us = -2;
    t->until_wall_us = (fl_sim_wall(w->sim) + seconds * FL_SECOND + FL_SECOND) / FL_SECOND * FL_SECOND;
    break;
  }
}

static void add_quota(world *w, attempt *t, headers *h) {
  int remaining = pick(w, 5), reset = chance(w, 10) ? 9 : pick(w, 4), limit = 1 + pick(w, 5),
      window = chance(w, 40) ? 1 + pick(w, 3) : 0;
  t->quota = true;
  t->remaining = remaining;
  t->reset_us = reset * FL_SECOND;
  t->limit = limit;
  t->window_us = window * FL_SECOND;
  switch (pick(w, 3)) {
  case 0:
    snprintf(add(h, "RateLimit"), TEXT, "\"d\";r=%d;t=%d", remaining, reset);
    if (window) snprintf(add(h, "RateLimit-Policy"), TEXT, "\"other\";q=9;w=9, \"d\";q=%d;w=%d", limit, window);
    break;
  case 1:
    snprintf(add(h, "ratelimit"), TEXT, "limit=%d, remaining=%d, reset=%d", limit, remaining, reset);
    if (window) snprintf(add(h, "ratelimit-policy"), TEXT, "%d;w=%d", limit, window);
    break;
  default:
    snprintf(add(h, "X-RateLimit-Limit"), TEXT, "%d", limit);
    snprintf(add(h, "X-RateLimit-Remaining"), TEXT, "%d", remaining);
    snprintf(add(h, "X-RateLimit-Reset"), TEXT, "%d", reset);
    t->window_us = 0;
    break;
  }
}

static const char *host_url(char *buffer, int number) {
  sprintf(buffer, "%s://h%d.example", number % 2 ? "https" : "http", number);
  return buffer;
}

static void add_location(world *w, attempt *t, headers *h) {
  const ask *a = t->ask;
  char origin[32];
  static const int statuses[] = {301, 302, 303, 307, 308};
  t->status = statuses[pick(w, 5)];
  t->redirects = true;
  t->sets_cookie = chance(w, 10);
  if (t->sets_cookie) strcpy(add(h, "Set-Cookie"), "a=b");
  char *location = add(h, "Location");
  int kind = pick(w, 100);
  t->to_host = kind < 40 ? t->host : pick(w, w->hosts);
  if (kind < 5) { /* round in a circle */
    strcpy(t->location, a->url);
    strcpy(location, a->url);
  } else if (kind < 10 && a->hops) {
    const char *url = strchr(a->history[pick(w, a->hops)], ' ') + 1;
    t->to_host = (strchr(url, '/')[2] | 0x20) == 'h' ? strchr(url, '/')[3] - '0' : 0;
    strcpy(t->location, url);
    strcpy(location, url);
  } else if (kind < 13) {
    t->bad_location = true;
    strcpy(location, "ftp://elsewhere.example/");
  } else if (kind < 40) {
    const char *path = strchr(strchr(a->url, '/') + 2, '/');
    sprintf(location, "/%d/%d", a->number, a->hops + 1);
    sprintf(t->location, "%.*s%s", (int)(path - a->url), a->url, location);
  } else {
    sprintf(t->location, "%s/%d/%d", host_url(origin, t->to_host), a->number, a->hops + 1);
    strcpy(location, t->location);
  }
  if (chance(w, 10)) add_retry_after(w, t, h);
}

/* ---- What goes wrong */

static bool fails_before_head(world *w, attempt *t, fl_sim_fate *fate) {
  const troubles *trouble = &w->troubles;
  if (per_mille(w, trouble->lost)) {
    fate->answer_us = FL_NEVER;
  } else if (per_mille(w, trouble->unconnected)) {
    fate->connect_us = FL_NEVER;
    fate->reused = false;
  } else if (per_mille(w, trouble->refused)) {
    t->error = FL_ECONNECT;
  } else if (per_mille(w, trouble->reset)) {
    t->error = FL_ENETWORK;
  } else if (per_mille(w, trouble->empty)) {
    t->error = FL_EEMPTY;
  } else if (per_mille(w, trouble->stale)) {
    fate->reused = true;
    fate->connect_us = fate->hint_us = fate->answer_us = 0;
    t->error = FL_EEMPTY;
    t->unseen = true;
  } else {
    return false;
  }
  return true;
}

static void respond(world *w, attempt *t, headers *h, fl_sim_fate *fate) {
  static const int failing[] = {404, 500, 502, 503, 408, 425, 429, 504, 403};
  const troubles *trouble = &w->troubles;
  if (per_mille(w, trouble->too_many)) {
    t->status = chance(w, 50) ? 429 : 503;
    add_retry_after(w, t, h);
  } else if (per_mille(w, trouble->failing)) {
    t->status = failing[pick(w, 9)];
  } else if (per_mille(w, trouble->redirect)) {
    add_location(w, t, h);
  } else if (t->range_at) {
    answer_range(w, t, h, fate);
  } else {
    whole(t, h, fate);
  }
  if (per_mille(w, trouble->quota)) add_quota(w, t, h);
}

static void deliver_body(world *w, attempt *t, fl_sim_fate *fate) {
  const troubles *trouble = &w->troubles;
  fate->chunks = (uint32_t)pick(w, 4);
  fate->chunk_us = per_mille(w, trouble->stalled) ? FL_NEVER : pick(w, per_mille(w, trouble->slow) ? 3000000 : 50000);
  if (per_mille(w, trouble->paused) && fate->chunks) {
    fate->pause_after = 1 + (uint32_t)pick(w, (int)fate->chunks);
    fate->pause_us = pick(w, 3000000);
  }
  fate->end_us = chance(w, 50) ? 0 : pick(w, 20000);
  if (!per_mille(w, trouble->partial)) return;
  t->error = FL_EPARTIAL;
  if (fate->body_bytes) fate->body_bytes = (size_t)pick(w, (int)fate->body_bytes);
}

static void latencies(world *w, fl_sim_fate *fate) {
  fate->reused = chance(w, 40);
  fate->connect_us = fate->reused || chance(w, 10) ? 0 : pick(w, 60000);
  fate->hint_us = chance(w, 10) ? 1 + pick(w, 100000) : 0;
  fate->answer_us = chance(w, 10) ? 0 : pick(w, per_mille(w, w->troubles.slow) ? 4000000 : 200000);
}

static void tell(const world *w, const attempt *t, const fl_sim_fate *fate) {
  if (!w->trace) return;
  const ask *a = t->ask;
  printf("%12s %s %s status %d error %s after %lld told %d bytes %zu chunks %u range %d flags %u retries %u of %u "
         "waits %u%s\n",
         "", a->method, a->url, t->status, fl_error_name(t->error), (long long)t->after_us, fate->tells_head,
         fate->body_bytes, fate->chunks, (int)t->range_at, a->flags, a->retries, a->retry.limit, a->waits,
         a->delivering ? " delivering" : "");
}

void network_decide(void *arg, fl_sim *sim, const fl_attempt *sent, fl_sim_fate *fate) {
  world *w = arg;
  (void)sim;
  attempt *t = model_sent(w, sent);
  ask *a = t->ask;
  static headers h; /* until the simulation has copied it */
  h.count = 0;
  fate->mark = t;
  if (per_mille(w, w->troubles.send_fails)) {
    t->error = fate->refused = chance(w, 50) ? FL_ENOMEM : FL_ENETWORK;
    model_send_failed(t);
    return;
  }
  latencies(w, fate);
  if (per_mille(w, w->troubles.changes)) a->version++;
  t->version = a->version;
  t->after_us = -1;
  if (!fails_before_head(w, t, fate)) {
    respond(w, t, &h, fate);
    deliver_body(w, t, fate);
  }
  h.items[h.count] = (fl_header){NULL, NULL};
  fate->headers = h.items;
  fate->status = t->status;
  fate->error = t->error;
  fate->tells_head = w->traced || per_mille(w, w->troubles.heads);
  fate->inside_send = per_mille(w, w->troubles.inside);
  fate->reports = (uint8_t)(per_mille(w, w->troubles.repeats) ? 2 + pick(w, 2) : 1);
  fate->again_us = chance(w, 50) ? 0 : pick(w, 30000000);
  t->reused = fate->reused;
  tell(w, t, fate);
}
