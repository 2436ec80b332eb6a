/* A batch: its list is read as fast as its results are taken. */
#include "reader_support.h"

static void of_many_hosts(char *out, size_t size, unsigned n) { snprintf(out, size, "http://host%u/", n); }
static void of_one_host(char *out, size_t size, unsigned n) { snprintf(out, size, "http://one/%u", n); }
static void of_no_url(char *out, size_t size, unsigned n) { snprintf(out, size, "line %u", n); }

enum { LIMIT = 4 };

static world *open_world(void) { return world_open(&(fl_session_options){.limit = LIMIT, .limit_per_host = 2}); }

static void close_all(world *w, reader *r) {
  reader_close(r);
  world_close(w);
}

/* ---- A consumer that keeps up */

static void a_list_is_read_to_its_end(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 1000, .takes = true};
  reader_open(&r, w, 0);
  run(w);
  assert_int_equal(r.ends, 1000);
  assert_int_equal(peak(w, ""), LIMIT);
  assert_int_equal(fl_sim_time(w->sim), 1000 / LIMIT * 10 * MS); /* no place ever stood empty */
  close_all(w, &r);
}

static void no_more_than_limit_wait_while_all_places_are_taken(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 100, .takes = true};
  reader_open(&r, w, 0);
  assert_int_equal(r.next, 2 * LIMIT);
  for (int ms = 1; r.ends < 100; ms++) {
    run_until(w, ms);
    assert_in_range(stats_of(w).queued, 0, LIMIT);
  }
  close_all(w, &r);
}

static void the_next_is_read_before_its_place_falls_free(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  reader r = {.url = of_many_hosts, .count = 10, .takes = true};
  reader_open(&r, w, 0);
  for (unsigned ended_by_now = 0; ended_by_now < 8; ended_by_now++) {
    run_until(w, 10 * ended_by_now + 5);
    assert_int_equal(r.next, ended_by_now + 2); /* one is in flight, one waits */
  }
  run(w);
  close_all(w, &r);
}

static void on_wants_comes_once_for_each_false(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 300, .takes = true};
  reader_open(&r, w, 0);
  assert_int_equal(r.falses, 1);
  assert_int_equal(r.woken, 0); /* not inside the call */
  run(w);
  assert_in_range(r.falses, 10, 300);
  assert_int_equal(r.woken, r.falses);
  close_all(w, &r);
}

static void one_who_does_not_ask_again_is_not_told_again(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 300, .takes = true, .deaf = true};
  reader_open(&r, w, 0);
  run(w);
  assert_int_equal(r.woken, 1);
  assert_int_equal(r.ends, r.next);
  assert_true(fl_batch_wants(r.batch));
  run(w);
  assert_int_equal(r.woken, 1);
  close_all(w, &r);
}

static void one_who_was_never_told_false_is_not_told_at_all(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = LIMIT, .takes = true};
  reader_open(&r, w, 0);
  for (int i = 0; i < 10; i++) reader_read_one(&r); /* not wanted, and not asked */
  run(w);
  assert_int_equal(r.falses, 0);
  assert_int_equal(r.woken, 0);
  assert_int_equal(r.ends, LIMIT + 10);
  close_all(w, &r);
}

/* ---- A consumer that doesn't */

/* In flight and not taken, together, never more than twice the limit; besides, `limit` URLs may have been read. */
static void a_consumer_that_never_takes_stops_the_reading(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 1000};
  reader_open(&r, w, 0);
  run(w);
  assert_int_equal(started(w, ""), 2 * LIMIT);
  assert_int_equal(r.ends, 2 * LIMIT);
  assert_in_range(r.next, 2 * LIMIT, 3 * LIMIT);
  assert_false(fl_batch_wants(r.batch));
  close_all(w, &r);
}

static void each_result_that_is_taken_lets_one_start(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 100};
  reader_open(&r, w, 0);
  run(w);
  for (unsigned taken = 1; taken <= 20; taken++) {
    reader_take(&r, 1);
    run(w);
    assert_int_equal(started(w, ""), 2 * LIMIT + taken);
  }
  while (r.untaken) reader_take(&r, 1), run(w);
  assert_int_equal(r.ends, 100);
  close_all(w, &r);
}

static void several_taken_at_once_let_as_many_start(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 100};
  reader_open(&r, w, 0);
  run(w);
  reader_take(&r, 2 * LIMIT);
  run(w);
  assert_int_equal(started(w, ""), 4 * LIMIT);
  close_all(w, &r);
}

static void a_stopped_batch_does_not_stop_single_requests(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_one_host, .count = 20000};
  reader_open(&r, w, 0);
  run(w);
  assert_int_equal(started(w, "http://one/"), 2 * LIMIT);
  int64_t now_us = fl_sim_time(w->sim);
  unsigned woken = r.woken;
  ask(w, "http://one/single");
  run(w);
  assert_int_equal(r.woken, woken); /* nothing is wanted that wasn't before */
  assert_int_equal(end_of(w, "http://one/single")->at_us, now_us + 10 * MS);
  close_all(w, &r);
}

static void one_that_is_not_wanted_is_taken_all_the_same(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_many_hosts, .count = 1000};
  reader_open(&r, w, 0);
  run(w);
  unsigned read = r.next;
  reader_read_one(&r);
  run(w);
  assert_int_equal(r.ends, 2 * LIMIT); /* it waits */
  r.count = 0;
  while (r.untaken) reader_take(&r, 1), run(w);
  assert_int_equal(r.ends, read + 1);
  close_all(w, &r);
}

static void one_cancelled_in_the_queue_is_a_result_to_take(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  reader r = {.url = of_many_hosts};
  reader_open(&r, w, 0);
  reader_read_one(&r);
  fl_request *second = reader_read_one(&r);
  reader_read_one(&r);
  cancel(w, second);
  run(w);
  assert_int_equal(end_of(w, "http://host1/")->error, FL_ECANCELLED);
  assert_int_equal(r.untaken, 2);
  assert_int_equal(started(w, "http://host2/"), 0);
  reader_take(&r, 1);
  assert_int_equal(started(w, "http://host2/"), 1);
  close_all(w, &r);
}

/* ---- A host that has no place */

static void slow_then_fast(char *out, size_t size, unsigned n) {
  snprintf(out, size, n < 10 ? "http://slow/%u?answer=1000" : "http://fast/%u", n);
}

static void behind_a_host_that_is_full_another_is_found(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = slow_then_fast, .count = 16, .takes = true};
  reader_open(&r, w, 20);
  assert_string_equal(starts(w), "slow/0 slow/1 fast/10 fast/11");
  run_until(w, 30);
  assert_int_equal(ends_of(w, "http://fast/"), 6); /* 3 rounds of 2 */
  run(w);
  assert_int_equal(fl_sim_time(w->sim), 5 * SECOND);
  assert_int_equal(r.ends, 16);
  close_all(w, &r);
}

static void read_ahead_bounds_the_search(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = slow_then_fast, .count = 16, .takes = true};
  reader_open(&r, w, 5);
  assert_int_equal(r.next, 2 + 5);
  for (int ms = 500; r.ends < 16; ms += 500) {
    run_until(w, ms);
    assert_in_range(stats_of(w).queued, 0, 5);
  }
  assert_int_equal(w->ends[0].at_us, SECOND);
  assert_int_equal(end_of(w, "http://fast/10")->started_us, 2 * SECOND); /* 4 slow ones had ended, 6 were ahead */
  close_all(w, &r);
}

static void those_cancelled_in_the_queue_make_room_to_read(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = slow_then_fast, .count = 2, .takes = true};
  reader_open(&r, w, 5);
  fl_request *queued[5];
  for (unsigned i = 0; i < LENGTH(queued); i++) queued[i] = reader_read_one(&r);
  r.count = 16;
  reader_read(&r);
  assert_int_equal(r.next, 7);
  for (unsigned i = 0; i < 3; i++) cancel(w, queued[i]);
  run_until(w, 1);
  assert_int_equal(r.next, 7 + 3);
  assert_int_equal(stats_of(w).queued, 5);
  close_all(w, &r);
}

static void read_ahead_may_be_1(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = slow_then_fast, .count = 16, .takes = true};
  reader_open(&r, w, 1);
  assert_int_equal(r.next, 2 + 1);
  run(w);
  assert_int_equal(r.ends, 16);
  close_all(w, &r);
}

static void by_default_10000_are_read_ahead(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_one_host, .count = 20000};
  reader_open(&r, w, 0);
  assert_int_equal(r.next, 2 + 10000);
  close_all(w, &r);
}

/* ---- One that is retried */

static void of_sick_hosts(char *out, size_t size, unsigned n) { snprintf(out, size, "http://host%u/?status=500", n); }

/* Its place is free meanwhile, and so is its share of what its consumer may have outstanding. */
static void what_backs_off_waits_as_if_it_had_not_started(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){
      .limit = 1, .retry = {.limit = 1, .backoff_us = 1000 * SECOND, .backoff_max_us = 1000 * SECOND}});
  reader r = {.url = of_sick_hosts, .count = 8};
  reader_open(&r, w, 100);
  run_until(w, 200);
  assert_int_equal(w->sent_count, 8); /* though none has been taken: of results there may be 2 */
  assert_int_equal(stats_of(w).backing_off, 8);
  run(w);
  assert_int_equal(w->ends_count, 2);
  reader_take(&r, 1);
  run(w);
  assert_int_equal(w->ends_count, 3);
  close_all(w, &r);
}

static void one_that_ends_while_it_backs_off_is_a_result(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1,
                                              .timeouts.total_us = SECOND,
                                              .retry = {.backoff_us = 1000 * SECOND, .backoff_max_us = 1000 * SECOND}});
  reader r = {.url = of_sick_hosts, .count = 3};
  reader_open(&r, w, 100);
  run(w);
  assert_int_equal(w->ends_count, 3);
  for (unsigned i = 0; i < 3; i++) assert_int_equal(w->ends[i].error, FL_ETOTALTIMEOUT);
  reader_take(&r, 3);
  close_all(w, &r);
}

/* ---- Bad URLs */

static void some_bad(char *out, size_t size, unsigned n) {
  snprintf(out, size, n % 2 ? "http://host%u/" : n % 4 ? "host%u:80" : "http://host %u/", n);
}

static void a_bad_url_ends_with_its_error(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = some_bad, .count = 100, .takes = true};
  reader_open(&r, w, 0);
  assert_int_equal(w->ends_count, 0);
  run(w);
  assert_int_equal(r.ends, 100);
  unsigned characters = 0, schemes = 0;
  for (unsigned i = 0; i < w->ends_count; i++) {
    const ended *end = &w->ends[i];
    if (!end->error) continue;
    assert_string_equal(end->url, "");
    assert_int_equal(end->status, 0);
    assert_int_equal(end->started_us, FL_NEVER);
    assert_int_equal(end->ended_us, end->queued_us);
    characters += end->error == FL_EURLCHAR;
    schemes += end->error == FL_EURLSCHEME;
  }
  assert_int_equal(characters, 25);
  assert_int_equal(schemes, 25);
  assert_int_equal(ends_of(w, "http://"), 50);
  assert_int_equal(stats_of(w).failed, 50);
  close_all(w, &r);
}

static void bad_urls_are_results_to_take(void **state) {
  (void)state;
  world *w = open_world();
  reader r = {.url = of_no_url, .count = 100};
  reader_open(&r, w, 0);
  run(w);
  assert_int_equal(r.ends, 2 * LIMIT);
  assert_int_equal(r.next, 2 * LIMIT);
  reader_take(&r, 3);
  run(w);
  assert_int_equal(r.ends, 2 * LIMIT + 3);
  r.takes = true;
  reader_take(&r, r.untaken);
  run(w);
  assert_int_equal(r.ends, 100);
  close_all(w, &r);
}

typedef struct counted_end {
  unsigned ends;
  int error;
} counted_end;

static void count_end(fl_request *request, void *arg) {
  counted_end *end = arg;
  end->ends++;
  end->error = fl_request_error(request);
}

static void a_request_may_have_an_arg_of_its_own(void **state) {
  (void)state;
  world *w = open_world();
  counted_end of_batch = {0}, own = {0}, bad = {0};
  fl_batch *batch;
  fl_batch_options options = {.on_end = count_end, .arg = &of_batch};
  assert_int_equal(fl_batch_open(&batch, w->session, &options), FL_OK);
  assert_int_equal(fl_batch_request(NULL, batch, "http://a/1", 10, NULL), FL_OK);
  assert_int_equal(fl_batch_request(NULL, batch, "http://a/2", 10, &(fl_request_options){.arg = &own}), FL_OK);
  assert_int_equal(fl_batch_request(NULL, batch, "bad", 3, &(fl_request_options){.arg = &bad}), FL_OK);
  run(w);
  assert_int_equal(of_batch.ends, 1);
  assert_int_equal(own.ends, 1);
  assert_int_equal(own.error, 0);
  assert_int_equal(bad.ends, 1);
  assert_int_not_equal(bad.error, 0);
  fl_batch_close(batch);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_list_is_read_to_its_end),
      cmocka_unit_test(no_more_than_limit_wait_while_all_places_are_taken),
      cmocka_unit_test(the_next_is_read_before_its_place_falls_free),
      cmocka_unit_test(on_wants_comes_once_for_each_false),
      cmocka_unit_test(one_who_does_not_ask_again_is_not_told_again),
      cmocka_unit_test(one_who_was_never_told_false_is_not_told_at_all),
      cmocka_unit_test(a_consumer_that_never_takes_stops_the_reading),
      cmocka_unit_test(each_result_that_is_taken_lets_one_start),
      cmocka_unit_test(several_taken_at_once_let_as_many_start),
      cmocka_unit_test(a_stopped_batch_does_not_stop_single_requests),
      cmocka_unit_test(one_that_is_not_wanted_is_taken_all_the_same),
      cmocka_unit_test(one_cancelled_in_the_queue_is_a_result_to_take),
      cmocka_unit_test(behind_a_host_that_is_full_another_is_found),
      cmocka_unit_test(read_ahead_bounds_the_search),
      cmocka_unit_test(those_cancelled_in_the_queue_make_room_to_read),
      cmocka_unit_test(read_ahead_may_be_1),
      cmocka_unit_test(by_default_10000_are_read_ahead),
      cmocka_unit_test(what_backs_off_waits_as_if_it_had_not_started),
      cmocka_unit_test(one_that_ends_while_it_backs_off_is_a_result),
      cmocka_unit_test(a_request_may_have_an_arg_of_its_own),
      cmocka_unit_test(a_bad_url_ends_with_its_error),
      cmocka_unit_test(bad_urls_are_results_to_take),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
