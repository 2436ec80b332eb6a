/* What a request is made of that the program asks for. */
#include "world.h"

#include <stdio.h>

static void choose_body(ask *a, fl_request_options *options) {
  static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  world *w = a->world;
  if (chance(w, 70)) return;
  options->method = a->method = methods[pick(w, 5)];
  if (chance(w, 30)) return;
  a->has_body = true;
  options->body = "body";
  options->body_bytes = 4;
  if (chance(w, 30)) options->flags |= FL_BODY_ONCE;
}

static int64_t own(world *w, int64_t *out, int64_t session_us, int most_us) {
  if (chance(w, 10)) *out = 1000 + pick(w, most_us);
  return *out ? *out : session_us;
}

static void choose_timeouts(ask *a, fl_request_options *options) {
  world *w = a->world;
  const fl_timeouts *session = &w->options.timeouts;
  a->timeouts.total_us = own(w, &options->timeouts.total_us, session->total_us, 10000000);
  a->timeouts.attempt_us = own(w, &options->timeouts.attempt_us, session->attempt_us, 3000000);
  a->timeouts.transfer_us = session->transfer_us;
  a->timeouts.queue_us = own(w, &options->timeouts.queue_us, session->queue_us, 3000000);
  a->timeouts.connect_us = own(w, &options->timeouts.connect_us, session->connect_us, 300000);
  a->timeouts.read_us = own(w, &options->timeouts.read_us, session->read_us, 1000000);
}

static uint32_t own_number(world *w, uint32_t *out, uint32_t none, uint32_t session) {
  if (chance(w, 10)) *out = none;
  if (chance(w, 10)) *out = 1 + (uint32_t)pick(w, 4);
  return *out == none ? 0 : *out ? *out : session;
}

/* But the limit, of no draw: the kept seeds stay what they are. */
static void choose_retry(ask *a, fl_request_options *options) {
  world *w = a->world;
  a->retry = w->retry;
  a->retry.limit = own_number(w, &options->retry.limit, FL_RETRIES_NONE, w->retry.limit);
  if (w->seed % 8 != 3 || a->number % 3) return;
  static const fl_retry_options own = {.backoff_us = 3000, .backoff_max_us = 40000, .statuses = {404, 503}};
  a->retry.backoff_us = options->retry.backoff_us = own.backoff_us;
  a->retry.backoff_max_us = options->retry.backoff_max_us = own.backoff_max_us;
  memcpy(a->retry.statuses, own.statuses, sizeof own.statuses);
  memcpy(options->retry.statuses, own.statuses, sizeof own.statuses);
}

static void choose_headers(ask *a, asking *s) {
  static const char *const names[] = {"Authorization", "Cookie", "X-Api-Key", "x-mine", "x-plain"};
  world *w = a->world;
  a->secret = chance(w, 50);
  if (!a->secret) return;
  for (int i = 0; i < 5; i++) s->headers[i] = (fl_header){names[i], "value"};
  s->options.headers = s->headers;
  s->options.headers_count = 5;
}

static void choose_url(ask *a, asking *s) {
  world *w = a->world;
  const char *scheme = a->host % 2 ? "https" : "http", *letter = chance(w, 80) ? "h" : "H";
  snprintf(a->url, sizeof a->url, "%s://%s%d.example/%d", scheme, letter, a->host, a->number);
  snprintf(s->url, sizeof s->url, "%s://%s%s%d.example/%d", a->bad_url ? "ftp" : scheme,
           chance(w, 10) ? "me:secret@" : "", letter, a->host, a->number);
}

ask *asking_choose(world *w, int flow, asking *s) {
  static const unsigned flags[] = {FL_STREAM, FL_BODY_ON_HEAP, FL_REPLAY_SAFE, FL_RAISE_FOR_STATUS, FL_TRACED};
  static const int chances[] = {30, 20, 10, 15, 20};
  if (w->asked == ASKS_MAX) return NULL;
  int number = w->asked++;
  ask *a = &w->asks[number];
  *a = (ask){.world = w, .number = number, .flow = flow, .host = pick(w, w->hosts), .state = REFUSED, .method = "GET"};
  a->bad_url = chance(w, 3);
  a->validator = (enum validator)(chance(w, 50) ? STRONG : pick(w, 5));
  a->refuses_ranges = chance(w, 5);
  *s = (asking){.options = {.arg = a}};
  fl_request_options *options = &s->options;
  choose_url(a, s);
  choose_body(a, options);
  choose_timeouts(a, options);
  choose_headers(a, s);
  for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
    if (chance(w, chances[i])) options->flags |= flags[i];
  if (w->traced) options->flags |= FL_TRACED;
  if (flow != SINGLES) options->flags &= ~(unsigned)FL_STREAM; /* whose on_response has no arg of its own */
  choose_retry(a, options);
  a->redirects_max = own_number(w, &options->redirects, FL_REDIRECTS_NONE, w->redirects);
  options->priority = a->priority = chance(w, 60) ? 0 : pick(w, 4) - 1;
  a->flags = options->flags;
  return a;
}
