/* One request: how it ends, and that it ends once. Over the simulator; what that can't do, in test_transport.c. */
#include "world_support.h"

static const int64_t TIMEOUT_US = 10 * SECOND, CONNECT_TIMEOUT_US = 3 * SECOND;

static world *open_with_timeouts(void) {
  return world_open(&(fl_session_options){.limit = 300,
                                          .limit_per_host = 300,
                                          .timeouts = {.attempt_us = TIMEOUT_US, .connect_us = CONNECT_TIMEOUT_US},
                                          .retry = no_retries});
}

/* ---- Responses and errors */

static void a_response_is_a_response_whatever_its_status(void **state) {
  (void)state;
  static const int statuses[] = {200, 204, 301, 404, 500, 100, 999};
  world *w = open_with_timeouts();
  for (unsigned i = 0; i < LENGTH(statuses); i++) ask(w, "http://a/?status=%d", statuses[i]);
  run(w);
  for (unsigned i = 0; i < LENGTH(statuses); i++) {
    char url[32];
    snprintf(url, sizeof url, "http://a/?status=%d", statuses[i]);
    check_end(w, url, FL_OK, 10 * MS);
    assert_int_equal(end_of(w, url)->status, statuses[i]);
  }
  world_close(w);
}

static void the_transport_s_error_is_passed_on(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  ask(w, "http://a/?error=FL_ETLS&answer=70");
  ask(w, "http://b/?error=FL_ERESOLVE&answer=80");
  run(w);
  check_end(w, "http://a/", FL_ETLS, 70 * MS);
  check_end(w, "http://b/", FL_ERESOLVE, 80 * MS);
  assert_int_equal(end_of(w, "http://a/")->status, 0);
  world_close(w);
}

static void what_send_refuses_ends_in_a_later_turn(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/?refused=FL_ENOMEM");
  ask(w, "http://b/");
  assert_int_equal(w->ends_count, 0);
  run(w);
  check_end(w, "http://a/", FL_ENOMEM, 0);
  check_end(w, "http://b/", FL_OK, 10 * MS);
  assert_string_equal(ends(w), "a/ b/");
  world_close(w);
}

static void a_reply_from_inside_send_ends_it_in_a_later_turn(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .retry = no_retries});
  fl_request *request = ask(w, "http://a/?inside=1&status=404");
  ask(w, "http://b/?inside=1&error=FL_ECONNECT");
  assert_int_equal(w->ends_count, 0);
  assert_ptr_equal(fl_session_find(w->session, fl_request_id(request)), request);
  run(w);
  check_end(w, "http://a/", FL_OK, 0);
  check_end(w, "http://b/", FL_ECONNECT, 0);
  assert_int_equal(end_of(w, "http://a/")->status, 404);
  world_close(w);
}

static void keep_id(world *w, fl_request *request) {
  *(uint32_t *)w->arg = fl_request_id(request);
  assert_ptr_equal(fl_request_arg(request), w);
  assert_non_null(fl_request_token(request));
  assert_string_equal(fl_request_url(request), "http://User@A:80/?connect=2&answer=30#x");
}

static void the_getters_tell_what_happened(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  uint32_t id_at_end = 0;
  ask(w, "http://first/?answer=50");
  run_until(w, 20);
  fl_request *request = ask(w, "http://User@A:80/?connect=2&answer=30#x");
  uint32_t id = fl_request_id(request);
  assert_int_not_equal(id, 0);
  assert_ptr_equal(fl_session_find(w->session, id), request);
  assert_null(fl_request_token(request));
  assert_int_equal(fl_request_started_us(request), FL_NEVER);
  run_until(w, 60);
  assert_non_null(fl_request_token(request));
  assert_ptr_equal(fl_session_find(w->session, id), request);
  w->then = keep_id;
  w->arg = &id_at_end;
  run(w);
  assert_int_equal(id_at_end, id);
  assert_null(fl_session_find(w->session, id));
  assert_null(fl_session_find(w->session, 0));
  const ended *end = end_of(w, "http://User@A");
  assert_int_equal(end->queued_us, 20 * MS);
  assert_int_equal(end->started_us, 50 * MS);
  assert_int_equal(end->ended_us, 82 * MS);
  world_close(w);
}

/* ---- Timeouts */

static void a_timeout_comes_exactly_when_its_time_is_over(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  run_until(w, 7);
  ask(w, "http://a/?answer=never"), ask(w, "http://b/?answer=9999"), ask(w, "http://c/?answer=10001");
  run(w);
  check_end(w, "http://a/", FL_EATTEMPTTIMEOUT, 7 * MS + TIMEOUT_US);
  check_end(w, "http://b/", FL_OK, 7 * MS + 9999 * MS);
  check_end(w, "http://c/", FL_EATTEMPTTIMEOUT, 7 * MS + TIMEOUT_US);
  assert_int_equal(end_of(w, "http://a/")->status, 0);
  world_close(w);
}

static void waiting_in_the_queue_is_not_on_the_timeout(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .timeouts.attempt_us = TIMEOUT_US, .retry = no_retries});
  ask(w, "http://a/?answer=9000"), ask(w, "http://b/?answer=9000"), ask(w, "http://c/?answer=never");
  run(w);
  check_end(w, "http://a/", FL_OK, 9 * SECOND);
  check_end(w, "http://b/", FL_OK, 18 * SECOND);
  check_end(w, "http://c/", FL_EATTEMPTTIMEOUT, 18 * SECOND + TIMEOUT_US);
  assert_int_equal(end_of(w, "http://c/")->queued_us, 0);
  assert_int_equal(end_of(w, "http://c/")->started_us, 18 * SECOND);
  world_close(w);
}

static void a_connection_that_never_stands_has_a_timeout_of_its_own(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  ask(w, "http://never/?connect=never"), ask(w, "http://late/?connect=3001&answer=1");
  ask(w, "http://just/?connect=2999&answer=2"), ask(w, "http://slow/?connect=2999&answer=never");
  run(w);
  check_end(w, "http://never/", FL_ECONNECTTIMEOUT, CONNECT_TIMEOUT_US);
  check_end(w, "http://late/", FL_ECONNECTTIMEOUT, CONNECT_TIMEOUT_US);
  check_end(w, "http://just/", FL_OK, 3001 * MS);
  check_end(w, "http://slow/", FL_EATTEMPTTIMEOUT, TIMEOUT_US); /* since the start, not since the connection */
  world_close(w);
}

static void the_shorter_of_both_timeouts_is_first(void **state) {
  (void)state;
  world *w = world_open(
      &(fl_session_options){.timeouts = {.attempt_us = SECOND, .connect_us = 2 * SECOND}, .retry = no_retries});
  ask(w, "http://a/?connect=never"), ask(w, "http://b/?answer=never");
  run(w);
  check_end(w, "http://a/", FL_EATTEMPTTIMEOUT, SECOND);
  check_end(w, "http://b/", FL_EATTEMPTTIMEOUT, SECOND);
  world_close(w);
}

static void without_timeouts_a_request_may_take_for_ever(void **state) {
  (void)state;
  world *w = world_open(
      &(fl_session_options){.timeouts = {.attempt_us = FL_NEVER, .connect_us = FL_NEVER}, .retry = no_retries});
  ask(w, "http://a/?answer=never"), ask(w, "http://b/?connect=never"), ask(w, "http://c/?answer=1000000000");
  run(w);
  check_end(w, "http://c/", FL_OK, 1000000 * SECOND);
  assert_int_equal(w->ends_count, 1);
  assert_int_equal(stats_of(w).in_flight, 2);
  world_close(w);
}

static void a_connect_timeout_may_stand_alone(void **state) {
  (void)state;
  world *w = world_open(
      &(fl_session_options){.timeouts = {.attempt_us = FL_NEVER, .connect_us = SECOND}, .retry = no_retries});
  ask(w, "http://a/?connect=never"), ask(w, "http://b/?connect=1&answer=1000000000");
  run(w);
  check_end(w, "http://a/", FL_ECONNECTTIMEOUT, SECOND);
  check_end(w, "http://b/", FL_OK, 1000000 * SECOND + MS);
  world_close(w);
}

static void the_place_of_one_that_timed_out_is_free(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .timeouts.attempt_us = SECOND, .retry = no_retries});
  ask(w, "http://a/?answer=never"), ask(w, "http://a/2");
  run(w);
  assert_int_equal(end_of(w, "http://a/2")->started_us, SECOND);
  assert_int_equal(peak(w, ""), 1); /* a was aborted before */
  world_close(w);
}

/* ---- Reports that are too many or too late */

static void a_second_report_changes_nothing(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  ask(w, "http://a/?reports=3"), ask(w, "http://b/?reports=3&again=40"), ask(w, "http://c/?reports=2&inside=1");
  run(w);
  assert_int_equal(w->ends_count, 3); /* once each: */
  check_end(w, "http://a/", FL_OK, 10 * MS);
  check_end(w, "http://b/", FL_OK, 10 * MS);
  check_end(w, "http://c/", FL_OK, 0);
  assert_int_equal(stats_of(w).done, 3);
  world_close(w);
}

static void a_report_after_the_timeout_changes_nothing(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  ask(w, "http://a/?answer=20000&reports=2&again=1000");
  run(w);
  assert_int_equal(fl_sim_time(w->sim), 21 * SECOND);
  check_end(w, "http://a/", FL_EATTEMPTTIMEOUT, TIMEOUT_US);
  fl_session_stats s = stats_of(w);
  assert_int_equal(s.done, 1);
  assert_int_equal(s.in_flight, 0);
  assert_int_equal(s.busy_us, TIMEOUT_US);
  world_close(w);
}

static void a_late_report_does_not_end_the_next_owner_of_the_slot(void **state) {
  (void)state;
  enum { SLOTS = 256, SLOT = 0xfffff };
  world *w = open_with_timeouts();
  uint32_t late = fl_request_id(ask(w, "http://late/?answer=20000&status=500"));
  run_until(w, 19 * 1000);
  assert_int_equal(w->ends_count, 1);
  bool reused = false;
  for (int i = 0; i < SLOTS; i++) reused |= (fl_request_id(ask(w, "http://a/?answer=2000")) & SLOT) == (late & SLOT);
  assert_true(reused);
  run(w);
  for (unsigned i = 1; i < w->ends_count; i++) {
    assert_int_equal(w->ends[i].status, 200);
    assert_int_equal(w->ends[i].at_us, 21 * SECOND);
  }
  world_close(w);
}

static void an_id_that_was_never_given_may_be_reported(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  static const uint32_t ids[] = {0, 1, 12345, UINT32_MAX};
  for (unsigned i = 0; i < LENGTH(ids); i++) fl_session_reply(w->session, ids[i], &(fl_reply){.status = 500});
  ask(w, "http://a/");
  for (unsigned i = 0; i < LENGTH(ids); i++) fl_session_reply(w->session, ids[i], &(fl_reply){.status = 500});
  run(w);
  check_end(w, "http://a/", FL_OK, 10 * MS);
  world_close(w);
}

static void a_report_for_one_that_waits_changes_nothing(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/");
  fl_session_reply(w->session, fl_request_id(ask(w, "http://b/")), &(fl_reply){.status = 500});
  run(w);
  check_end(w, "http://b/", FL_OK, 20 * MS);
  assert_int_equal(end_of(w, "http://b/")->status, 200);
  world_close(w);
}

/* ---- Cancelling */

static void one_that_waits_can_be_cancelled(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/1");
  fl_request *request = ask(w, "http://a/2");
  ask(w, "http://a/3");
  run_until(w, 5);
  cancel(w, request);
  assert_int_equal(w->ends_count, 0);
  run(w);
  assert_string_equal(starts(w), "a/1 a/3");
  assert_string_equal(ends(w), "a/2 a/1 a/3");
  check_end(w, "http://a/2", FL_ECANCELLED, 5 * MS);
  assert_int_equal(end_of(w, "http://a/2")->started_us, FL_NEVER);
  world_close(w);
}

static void the_place_of_a_cancelled_one_is_free_at_once(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  fl_request *request = ask(w, "http://a/");
  ask(w, "http://b/");
  run_until(w, 5);
  cancel(w, request);
  assert_int_equal(stats_of(w).in_flight, 0);
  assert_int_equal(w->ends_count, 0);
  run(w);
  assert_string_equal(starts(w), "a/ b/");
  assert_int_equal(peak(w, ""), 1); /* a's connection is closed before b's is opened */
  check_end(w, "http://a/", FL_ECANCELLED, 5 * MS);
  check_end(w, "http://b/", FL_OK, 15 * MS);
  world_close(w);
}

static void cancelling_twice_is_cancelling_once(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  fl_request *request = ask(w, "http://a/");
  cancel(w, request), cancel(w, request);
  run(w);
  check_end(w, "http://a/", FL_ECANCELLED, 0);
  world_close(w);
}

static void one_that_was_answered_can_not_be_cancelled(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  fl_request *answered = ask(w, "http://a/?inside=1"), *refused = ask(w, "http://b/?refused=FL_ENOMEM");
  cancel(w, answered), cancel(w, refused);
  run(w);
  check_end(w, "http://a/", FL_OK, 0);
  check_end(w, "http://b/", FL_ENOMEM, 0);
  world_close(w);
}

static void cancel_self_and_arg(world *w, fl_request *request) {
  cancel(w, request); /* it has ended: nothing */
  if (w->arg) cancel(w, w->arg);
  w->arg = NULL;
}

static void nor_can_one_whose_end_comes_in_the_same_turn(void **state) {
  (void)state;
  world *w = open_with_timeouts();
  ask(w, "http://a/?inside=1");
  w->arg = ask(w, "http://b/?inside=1");
  w->then = cancel_self_and_arg;
  run(w);
  check_end(w, "http://b/", FL_OK, 0);
  world_close(w);
}

static void an_on_end_may_cancel_another(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2});
  ask(w, "http://a/?answer=10");
  w->arg = ask(w, "http://b/?answer=50");
  ask(w, "http://c/"), ask(w, "http://d/");
  w->then = cancel_self_and_arg;
  run(w);
  check_end(w, "http://a/", FL_OK, 10 * MS);
  check_end(w, "http://b/", FL_ECANCELLED, 10 * MS);
  check_end(w, "http://c/", FL_OK, 20 * MS);
  check_end(w, "http://d/", FL_OK, 20 * MS);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_response_is_a_response_whatever_its_status),
      cmocka_unit_test(the_transport_s_error_is_passed_on),
      cmocka_unit_test(what_send_refuses_ends_in_a_later_turn),
      cmocka_unit_test(a_reply_from_inside_send_ends_it_in_a_later_turn),
      cmocka_unit_test(the_getters_tell_what_happened),
      cmocka_unit_test(a_timeout_comes_exactly_when_its_time_is_over),
      cmocka_unit_test(waiting_in_the_queue_is_not_on_the_timeout),
      cmocka_unit_test(a_connection_that_never_stands_has_a_timeout_of_its_own),
      cmocka_unit_test(the_shorter_of_both_timeouts_is_first),
      cmocka_unit_test(without_timeouts_a_request_may_take_for_ever),
      cmocka_unit_test(a_connect_timeout_may_stand_alone),
      cmocka_unit_test(the_place_of_one_that_timed_out_is_free),
      cmocka_unit_test(a_second_report_changes_nothing),
      cmocka_unit_test(a_report_after_the_timeout_changes_nothing),
      cmocka_unit_test(a_late_report_does_not_end_the_next_owner_of_the_slot),
      cmocka_unit_test(an_id_that_was_never_given_may_be_reported),
      cmocka_unit_test(a_report_for_one_that_waits_changes_nothing),
      cmocka_unit_test(one_that_waits_can_be_cancelled),
      cmocka_unit_test(the_place_of_a_cancelled_one_is_free_at_once),
      cmocka_unit_test(cancelling_twice_is_cancelling_once),
      cmocka_unit_test(one_that_was_answered_can_not_be_cancelled),
      cmocka_unit_test(nor_can_one_whose_end_comes_in_the_same_turn),
      cmocka_unit_test(an_on_end_may_cancel_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
