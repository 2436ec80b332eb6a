/* The simulated network in place of a host's, for the demo page's file: exports.c runs on it as it runs on fetch.c and
 * emscripten.c. A URL says how it is answered, as those of the page's server do (node/demo/answer.js):
 * http://simulated/answer/NAME?latency=710&bytes=900&status=503&retryAfter=1. Time passes when JavaScript says so. */
#include "fetch.h"
#include "sim.h"

#include <emscripten.h>
#include <emscripten/console.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNKS = 10, CONNECT_US = 500, ONCE = 1 << 16 };

/* The value of `name` in the URL's query; NULL when it has none. */
static const char *parameter(const char *url, const char *name) {
  size_t bytes = strlen(name);
  const char *at = strchr(url, '?');
  for (; at; at = strchr(at, '&')) {
    at++;
    if (strncmp(at, name, bytes) == 0 && at[bytes] == '=') return at + bytes + 1;
  }
  return NULL;
}

static double number(const char *url, const char *name, double otherwise) {
  const char *value = parameter(url, name);
  return value ? strtod(value, NULL) : otherwise;
}

/* Whether a URL is asked for the first time, as far as a hash without collisions' care can tell. */
static bool is_first(const char *url) {
  static uint8_t seen[ONCE];
  uint32_t hash = 2166136261u;
  for (; *url; url++) hash = (hash ^ (uint8_t)*url) * 16777619u;
  uint8_t *mark = &seen[(hash ^ hash >> 16) % ONCE];
  bool first = !*mark;
  *mark = 1;
  return first;
}

static void decide(void *arg, fl_sim *sim, const fl_attempt *attempt, fl_sim_fate *fate) {
  (void)arg;
  static char seconds[16];
  static fl_header headers[] = {{"retry-after", seconds}, {0}};
  const char *url = attempt->url;
  bool bad = !parameter(url, "once") || is_first(url);
  int64_t time_us = (int64_t)(number(url, "time", 0) * 1000);
  fate->connect_us = CONNECT_US + (int64_t)fl_sim_random(sim, CONNECT_US);
  fate->answer_us = (int64_t)(number(url, "latency", 0) * 1000);
  fate->tells_head = true;
  double drawn = (double)fl_sim_random(sim, UINT32_MAX) / UINT32_MAX, fails = number(url, "failRate", 0);
  bool busy = drawn >= fails && drawn < fails + number(url, "busyRate", 0);
  if (drawn < fails || (bad && parameter(url, "reset"))) {
    fate->error = FL_ENETWORK;
    return;
  }
  fate->status = busy ? 429 : bad ? (int)number(url, "status", 200) : 200;
  fate->body_bytes = (size_t)number(url, "bytes", 20);
  if (time_us > 0 && fate->body_bytes >= CHUNKS) {
    fate->chunks = CHUNKS;
    fate->chunk_us = time_us / CHUNKS;
  }
  if (busy || (bad && parameter(url, "retryAfter"))) {
    snprintf(seconds, sizeof seconds, "%d", (int)number(url, "retryAfter", 1));
    fate->headers = headers;
  }
}

static fl_sim *the_sim(void) {
  static fl_sim *sim;
  if (!sim && fl_sim_open(&sim, &(fl_sim_options){.seed = 1, .decide = decide})) abort();
  return sim;
}

const fl_clock *fl_host_clock(void) { return fl_sim_clock(the_sim()); }
const fl_transport *fl_emscripten_transport(void) { return fl_sim_transport(the_sim()); }
unsigned fl__emscripten_fetch_id(const void *token) {
  (void)token;
  return 0; /* there is no XMLHttpRequest */
}
void fl__host_report(const char *line) { emscripten_err(line); }

/* Milliseconds that have passed. */
EMSCRIPTEN_KEEPALIVE double fl__simulated_now(void) { return (double)fl_sim_time(the_sim()) / 1000; }

/* Let them pass. Not from a callback. */
EMSCRIPTEN_KEEPALIVE void fl__simulated_pass(double ms) {
  fl_sim *sim = the_sim();
  int64_t until_us = fl_sim_time(sim) + (int64_t)(ms * 1000);
  if (fl_sim_run(sim, until_us) < until_us) fl_sim_sleep(sim, until_us - fl_sim_time(sim)); /* nothing was left to do */
}
