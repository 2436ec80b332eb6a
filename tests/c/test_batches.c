/* Several batches in one session, and their end. */
#include "reader_support.h"

static void list_a(char *out, size_t size, unsigned n) { snprintf(out, size, "http://a%u/", n); }
static void list_b(char *out, size_t size, unsigned n) { snprintf(out, size, "http://b%u/", n); }
static void shared_host(char *out, size_t size, unsigned n) { snprintf(out, size, "http://shared/%u", n); }
static void unanswered(char *out, size_t size, unsigned n) { snprintf(out, size, "http://x/%u?answer=never", n); }
static void answered(char *out, size_t size, unsigned n) { snprintf(out, size, "http://x/%u?inside=1", n); }
static void bad(char *out, size_t size, unsigned n) { snprintf(out, size, "bad %u", n); }

enum { LIMIT = 4 };

static world *open_world(void) { return world_open(&(fl_session_options){.limit = LIMIT, .limit_per_host = 2}); }

/* ---- Turns */

static void two_batches_take_turns(void **state) {
  (void)state;
  world *w = open_world();
  reader a = {.url = list_a, .count = 200, .takes = true}, b = {.url = list_b, .count = 200, .takes = true};
  reader_open(&a, w, 0), reader_open(&b, w, 0);
  run(w);
  int ahead = 0; /* how many more of a have started */
  for (unsigned i = 0; i < w->server_count; i++) {
    if (w->server[i].change < 0) continue;
    ahead += strncmp(w->server[i].url, "http://a", 8) == 0 ? 1 : -1;
    assert_in_range(ahead + 2 * LIMIT, 0, 4 * LIMIT);
  }
  assert_int_equal(a.ends + b.ends, 400);
  assert_int_equal(fl_sim_time(w->sim), 400 / LIMIT * 10 * MS);
  reader_close(&a), reader_close(&b);
  world_close(w);
}

static void one_whose_consumer_stops_holds_up_no_other(void **state) {
  (void)state;
  world *w = open_world();
  reader a = {.url = list_a, .count = 200}, b = {.url = list_b, .count = 200, .takes = true};
  reader_open(&a, w, 0), reader_open(&b, w, 0);
  run(w);
  assert_int_equal(started(w, "http://a"), 2 * LIMIT);
  assert_int_equal(b.ends, 200);
  assert_int_equal(fl_sim_time(w->sim), (200 + 2 * LIMIT) / LIMIT * 10 * MS);
  a.takes = true;
  reader_take(&a, a.untaken);
  run(w);
  assert_int_equal(a.ends, 200);
  reader_close(&a), reader_close(&b);
  world_close(w);
}

static void nor_at_a_host_that_they_share(void **state) {
  (void)state;
  world *w = open_world();
  reader a = {.url = shared_host, .count = 200}, b = {.url = shared_host, .count = 200, .takes = true};
  reader_open(&a, w, 10), reader_open(&b, w, 10);
  run(w);
  assert_int_equal(a.ends, 2 * LIMIT);
  assert_int_equal(b.ends, 200);
  assert_int_equal(peak(w, "http://shared/"), 2);
  a.takes = true;
  reader_take(&a, a.untaken);
  run(w);
  assert_int_equal(a.ends, 200);
  reader_close(&a), reader_close(&b);
  world_close(w);
}

static void at_a_host_that_they_share_they_take_turns(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = LIMIT, .limit_per_host = 1});
  reader a = {.url = shared_host, .count = 50, .takes = true}, b = {.url = shared_host, .count = 50, .takes = true};
  reader_open(&a, w, 10), reader_open(&b, w, 10);
  for (int ms = 10; ms <= 1000; ms += 10) {
    run_until(w, ms);
    assert_in_range(a.ends - b.ends, 0, 2);
  }
  assert_int_equal(a.ends + b.ends, 100);
  reader_close(&a), reader_close(&b);
  world_close(w);
}

/* ---- Closing a batch */

static void closing_frees_its_places_at_once_and_calls_no_on_end(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = unanswered, .count = 10};
  reader_open(&r, w, 0);
  ask(w, "http://x/single");
  run_until(w, 5);
  assert_int_equal(peak(w, "http://x/"), 2);
  assert_int_equal(started(w, "http://x/single"), 0);
  reader_close(&r);
  assert_int_equal(started(w, "http://x/single"), 1);
  assert_int_equal(peak(w, "http://x/"), 2);
  assert_int_equal(stats_of(w).queued, 0);
  assert_int_equal(stats_of(w).in_flight, 1);
  assert_int_equal(stats_of(w).busy_us, 2 * 5 * MS);
  run(w);
  assert_string_equal(ends(w), "x/single");
  world_close(w);
}

static void closing_drops_ends_that_are_on_their_way(void **state) {
  (void)state;
  world *w = open_world();
  reader replied = {.url = answered, .count = 10}, refused = {.url = bad, .count = 10};
  reader cancelled = {.url = unanswered, .count = 10};
  reader_open(&replied, w, 0), reader_open(&refused, w, 0), reader_open(&cancelled, w, 0);
  cancel(w, reader_read_one(&cancelled));
  reader_close(&replied), reader_close(&refused), reader_close(&cancelled);
  run(w);
  assert_int_equal(w->ends_count, 0);
  assert_int_equal(stats_of(w).in_flight, 0);
  world_close(w);
}

static void closing_drops_an_on_wants_that_is_on_its_way(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = list_a, .count = 100};
  reader_open(&r, w, 0);
  run(w);
  assert_false(fl_batch_wants(r.batch));
  unsigned woken = r.woken;
  reader_take(&r, 2 * LIMIT); /* now it wants */
  reader_close(&r);
  run(w);
  assert_int_equal(r.woken, woken);
  world_close(w);
}

static void an_on_end_may_close_its_batch(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = list_a, .count = 100, .takes = true, .closes_on_end = true};
  reader_open(&r, w, 0);
  run(w);
  assert_int_equal(r.ends, 1);
  assert_int_equal(stats_of(w).in_flight + stats_of(w).queued, 0);
  world_close(w);
}

static void an_on_wants_may_close_its_batch(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = list_a, .count = 100, .takes = true, .closes_on_wants = true};
  reader_open(&r, w, 0);
  run(w);
  assert_int_equal(r.woken, 1);
  assert_null(r.batch);
  assert_int_equal(stats_of(w).in_flight + stats_of(w).queued, 0);
  world_close(w);
}

static void close_other(world *w, fl_request *request) {
  (void)request;
  reader *other = w->arg;
  if (other->batch) reader_close(other);
}

static void an_on_end_may_close_another_batch(void **state) {
  (void)state;
  world *w = open_world();
  reader a = {.url = list_a, .count = 50, .takes = true}, b = {.url = list_b, .count = 50, .takes = true};
  reader_open(&a, w, 0), reader_open(&b, w, 0);
  w->then = close_other;
  w->arg = &b;
  run(w);
  assert_int_equal(a.ends, 50);
  assert_int_equal(b.ends, 0);
  reader_close(&a);
  world_close(w);
}

static void a_batch_may_be_closed_unused(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = list_a, .count = 0};
  reader_open(&r, w, 0);
  assert_true(fl_batch_wants(r.batch));
  reader_close(&r);
  run(w);
  assert_int_equal(w->server_count, 0);
  world_close(w);
}

/* ---- Closing the session */

static void a_session_is_closed_only_after_its_batches(void **state) {
  (void)state;
  world *w = open_world();
  reader a = {.url = list_a, .count = 100}, b = {.url = list_b, .count = 0};
  reader_open(&a, w, 0), reader_open(&b, w, 0);
  close_session(w);
  run(w);
  assert_int_equal(a.ends, a.next);
  for (unsigned i = 0; i < w->ends_count; i++) assert_int_equal(w->ends[i].error, FL_ECANCELLED);
  assert_int_equal(w->closed, 0);
  assert_false(fl_batch_wants(a.batch));
  assert_int_equal(fl_batch_get(NULL, a.batch, "http://a/", 9, 0), FL_ECLOSED);
  reader_close(&a);
  run(w);
  assert_int_equal(w->closed, 0);
  reader_close(&b);
  assert_int_equal(w->closed, 0); /* not inside the call */
  run(w);
  assert_int_equal(w->closed, 1);
  world_close(w);
}

static void a_batch_closed_first_does_not_keep_the_session_waiting(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = unanswered, .count = 100};
  reader_open(&r, w, 0);
  reader_close(&r);
  close_session(w);
  run(w);
  assert_int_equal(w->closed, 1);
  assert_int_equal(fl_sim_time(w->sim), 0);
  world_close(w);
}

static void results_of_a_closing_session_may_be_taken(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = list_a, .count = 100, .takes = true};
  reader_open(&r, w, 0);
  close_session(w);
  run(w);
  assert_int_equal(r.ends, r.next);
  assert_int_equal(started(w, ""), LIMIT);
  reader_close(&r);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_batches_take_turns),
      cmocka_unit_test(one_whose_consumer_stops_holds_up_no_other),
      cmocka_unit_test(nor_at_a_host_that_they_share),
      cmocka_unit_test(at_a_host_that_they_share_they_take_turns),
      cmocka_unit_test(closing_frees_its_places_at_once_and_calls_no_on_end),
      cmocka_unit_test(closing_drops_ends_that_are_on_their_way),
      cmocka_unit_test(closing_drops_an_on_wants_that_is_on_its_way),
      cmocka_unit_test(an_on_end_may_close_its_batch),
      cmocka_unit_test(an_on_wants_may_close_its_batch),
      cmocka_unit_test(an_on_end_may_close_another_batch),
      cmocka_unit_test(a_batch_may_be_closed_unused),
      cmocka_unit_test(a_session_is_closed_only_after_its_batches),
      cmocka_unit_test(a_batch_closed_first_does_not_keep_the_session_waiting),
      cmocka_unit_test(results_of_a_closing_session_may_be_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
