/* Programs that do whatever they like in each callback of a session: ask, cancel, change priorities and delays, pause,
 * close. By seeds: each request ends once, no limit is broken, and what is left behind is nothing. */
#include "world_support.h"

enum { PROGRAMS = 1000, REQUESTS = 60, LIMIT = 3, LIMIT_PER_HOST = 2 };

static uint64_t seed;
static uint32_t ids[REQUESTS];
static unsigned asked, deep;
static bool closes;

static int64_t draw(int64_t below) { return random_below(&seed, below); }

/* ---- The network */

static void decide_anything(world *w, const fl_attempt *attempt, fl_sim_fate *fate) {
  static const fl_header location[][2] = {
      {{"location", "http://host0/r"}, {NULL, NULL}}, {{"location", "/x"}, {NULL, NULL}}, {{"location", "ftp://a/"}}};
  static const fl_header after[][2] = {{{"retry-after", "1"}, {NULL, NULL}}, {{"retry-after", "100"}, {NULL, NULL}}};
  static const fl_header etag[] = {{"etag", "\"1\""}, {"ratelimit", "\"a\";r=2;t=1"}, {NULL, NULL}};
  static const int statuses[] = {200, 200, 206, 404, 416, 500, 503};
  (void)w;
  *fate = (fl_sim_fate){.answer_us = draw(50) * MS, .reused = draw(2), .inside_send = draw(10) == 0};
  switch (draw(9)) {
  case 0: fate->error = draw(2) ? FL_EEMPTY : FL_ECONNECT; break;
  case 1: fate->status = draw(2) ? 302 : 307, fate->headers = location[draw(3)]; break;
  case 2: fate->status = draw(2) ? 429 : 503, fate->headers = after[draw(4) == 0]; break;
  case 3: *fate = (fl_sim_fate){.status = 200, .error = FL_EPARTIAL, .body_bytes = 10, .headers = etag}; break;
  case 4: fate->connect_us = draw(2) ? FL_NEVER : draw(2000) * MS; break;
  case 5: fate->refused = draw(2) ? FL_ENOMEM : FL_ECONNECT; break;
  case 6:
    fate->body_bytes = 8, fate->chunks = 4, fate->chunk_us = draw(100) * MS, fate->pause_after = (uint32_t)draw(4);
    fate->pause_us = draw(100) * MS;
    break;
  default: fate->status = statuses[draw(LENGTH(statuses))];
  }
  if (attempt->resumes && draw(2)) fate->status = 206;
}

/* ---- What the program does */

static void do_anything(world *w);
static void on_response(fl_request *request, void *arg) {
  (void)request;
  do_anything(arg);
}

static void ask_anything(world *w) {
  static const char *const methods[] = {NULL, "GET", "PUT", "POST", "HEAD"};
  static const fl_header header = {"X-A", "b"};
  if (asked == REQUESTS || w->closing) return;
  fl_request_options options = {.method = methods[draw(LENGTH(methods))],
                                .flags = (unsigned)draw(128) & ~(unsigned)FL_BODY_AT_TRANSPORT,
                                .priority = (int)draw(3),
                                .retry.limit = (uint32_t)draw(4),
                                .on_response = on_response};
  if (draw(3) == 0) options.headers = &header, options.headers_count = 1;
  if (draw(3) == 0) options.timeouts.total_us = (1 + draw(3000)) * MS;
  if (draw(3) == 0) options.timeouts.queue_us = (1 + draw(300)) * MS;
  if (draw(3) == 0) options.body = "x", options.body_bytes = 1;
  fl_request *request = NULL;
  char url[64];
  int bytes = snprintf(url, sizeof url, "http://host%d/%u", (int)draw(4), asked);
  options.on_end = world_on_end;
  options.arg = w;
  w->calls++;
  int error = fl_session_request(&request, w->session, url, (size_t)bytes, &options);
  w->calls--;
  assert_true(error == FL_OK || error == FL_EFULL || error == FL_EPARKED || error == FL_ECLOSED);
  if (error) return;
  w->asked++;
  /* By its id, for what it did within that call may have been anything. */
  if (asked < REQUESTS) ids[asked++] = fl_request_id(request);
}

static void do_one(world *w) {
  fl_request *some = asked ? fl_session_find(w->session, ids[draw(asked)]) : NULL;
  switch (draw(10)) {
  case 0:
  case 1:
  case 2: ask_anything(w); break;
  case 3:
  case 4:
    if (some) cancel(w, some);
    break;
  case 5:
    if (some) fl_request_set_priority(some, (int)draw(5) - 2);
    break;
  case 6: fl_session_set_delay(w->session, "http://host1/", 13, draw(2) * 100 * MS); break;
  case 7: draw(2) ? fl_session_pause(w->session) : fl_session_resume(w->session); break;
  case 8: fl_session_requests(w->session, NULL, NULL); break;
  default:
    if (closes && draw(20) == 0 && !w->closing) close_session(w);
  }
}

static void do_anything(world *w) {
  if (deep > 3 || !w->session) return;
  deep++;
  for (int64_t count = draw(3); count > 0; count--) do_one(w);
  deep--;
}

static int on_attempt(fl_request *request, void *arg) {
  do_anything(arg);
  /* Its own cancelling is among that: then it is not to be touched. */
  (void)request;
  return draw(20) == 0 ? FL_EUSER : 0;
}

static int on_reply(fl_request *request, void *arg) {
  (void)request;
  do_anything(arg);
  return draw(10) == 0 ? FL_AGAIN : draw(20) == 0 ? FL_EUSER : 0;
}

static void then_anything(world *w, fl_request *request) {
  (void)request;
  do_anything(w);
}

static void run_program(uint64_t number) {
  seed = number;
  asked = deep = 0;
  closes = draw(4) == 0;
  fl_session_options options = {.limit = LIMIT,
                                .limit_per_host = LIMIT_PER_HOST,
                                .queue_limit = 1 + (uint32_t)draw(20),
                                .when_full = draw(2) ? FL_FULL_DROP_OLDEST : FL_FULL_REFUSE,
                                .timeouts = {.attempt_us = SECOND, .connect_us = 500 * MS, .read_us = 200 * MS},
                                .retry = {.backoff_us = 10 * MS, .backoff_max_us = SECOND, .after_max_us = 5 * SECOND},
                                .on_attempt = on_attempt,
                                .on_reply = on_reply,
                                .seed = number};
  if (draw(2)) options.rate = (fl_rate){.requests = 20, .per_us = SECOND, .burst = 2};
  world *w = world_open(&options);
  w->decide = decide_anything;
  w->then = then_anything;
  for (int i = 0; i < 10 && w->session; i++) ask_anything(w);
  run(w);
  while (w->session && fl_session_requests(w->session, NULL, NULL)) { /* it paused, and nobody resumes */
    fl_session_resume(w->session);
    run(w);
  }
  assert_in_range(peak(w, ""), 0, LIMIT);
  for (int host = 0; host < 4; host++) {
    char url[32];
    snprintf(url, sizeof url, "http://host%d/", host);
    assert_in_range(peak(w, url), 0, LIMIT_PER_HOST);
  }
  if (w->session) {
    fl_session_stats s = stats_of(w);
    assert_int_equal(s.queued + s.in_flight + s.backing_off, 0);
    assert_int_equal(s.done, w->ends_count);
  }
  world_close(w);
}

static void whatever_a_program_does_each_request_ends_once(void **state) {
  (void)state;
  unsigned long first = 1;
  for (unsigned long number = first; number < first + PROGRAMS; number++) run_program(number);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whatever_a_program_does_each_request_ends_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
