/* Closing a session: everything ends once, and on_closed comes last. world_close() checks both in every other test too.
 */
#include "world_support.h"

static void every_request_ends_with_cancelled(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 3, .limit_per_host = 2});
  ask(w, "http://a/1"), ask(w, "http://a/2"), ask(w, "http://a/3"), ask(w, "http://b/1"), ask(w, "http://b/2");
  run_until(w, 5);
  close_session(w);
  assert_int_equal(w->ends_count, 0); /* not inside the call */
  run(w);
  assert_int_equal(w->ends_count, 5);
  for (unsigned i = 0; i < w->ends_count; i++) {
    assert_int_equal(w->ends[i].error, FL_ECANCELLED);
    assert_int_equal(w->ends[i].at_us, 5 * MS);
  }
  assert_string_equal(starts(w), "a/1 a/2 b/1"); /* no place that fell free was given away */
  assert_int_equal(w->closed, 1);
  world_close(w);
}

static void one_that_was_answered_keeps_its_response(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/?inside=1&status=404"), ask(w, "http://b/");
  close_session(w);
  run(w);
  assert_int_equal(end_of(w, "http://a/")->status, 404);
  assert_int_equal(end_of(w, "http://a/")->error, FL_OK);
  assert_int_equal(end_of(w, "http://b/")->error, FL_ECANCELLED);
  world_close(w);
}

static void connections_are_closed_before_the_call_returns(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/?answer=never"), ask(w, "http://b/?connect=never");
  close_session(w);
  assert_int_equal(w->server_count, 4);
  assert_int_equal(w->server[2].change + w->server[3].change, -2);
  world_close(w);
}

static void an_empty_session_is_closed_from_a_turn(void **state) {
  (void)state;
  world *w = world_open(NULL);
  close_session(w);
  assert_int_equal(w->closed, 0);
  run(w);
  assert_int_equal(w->closed, 1);
  world_close(w);
}

static void a_second_close_is_ignored(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/");
  close_session(w);
  fl_session_close(w->session, NULL, NULL);
  run(w);
  assert_int_equal(w->closed, 1);
  world_close(w);
}

static void on_closed_may_be_left_out(void **state) {
  (void)state;
  world *w = world_open(NULL);
  fl_session *other = NULL;
  assert_int_equal(fl_session_open(&other, w->loop, fl_sim_transport(w->sim), NULL), FL_OK);
  assert_int_equal(fl_session_get(NULL, other, "http://a/?answer=never", 22, 0, world_on_end, w), FL_OK);
  w->asked++;
  fl_session_close(other, NULL, NULL);
  world_close(w); /* the leak checker watches that it is freed */
}

static void nothing_can_be_asked_of_a_closed_session(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/");
  close_session(w);
  fl_request *none = NULL;
  fl_batch *no_batch = NULL;
  assert_int_equal(fl_session_get(&none, w->session, "http://a/", 9, 0, world_on_end, w), FL_ECLOSED);
  assert_int_equal(fl_batch_open(&no_batch, w->session, &(fl_batch_options){.on_end = world_on_end}), FL_ECLOSED);
  assert_null(none);
  assert_null(no_batch);
  world_close(w);
}

static void ask_in_vain(world *w, fl_request *request) {
  (void)request;
  assert_int_equal(fl_session_get(NULL, w->session, "http://b/", 9, 0, world_on_end, w), FL_ECLOSED);
}

static void nor_from_the_on_end_of_the_last(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/");
  w->then = ask_in_vain;
  close_session(w);
  run(w);
  assert_int_equal(w->ends_count, 1);
  world_close(w);
}

static void close_it(world *w, fl_request *request) {
  (void)request;
  if (!w->closing) close_session(w);
}

static void an_on_end_may_close_the_session(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2});
  ask(w, "http://a/?answer=1"), ask(w, "http://b/"), ask(w, "http://c/");
  w->then = close_it;
  run(w);
  assert_string_equal(ends(w), "a/ b/ c/");
  assert_int_equal(end_of(w, "http://a/")->error, FL_OK);
  assert_int_equal(end_of(w, "http://b/")->error, FL_ECANCELLED);
  assert_int_equal(end_of(w, "http://c/")->error, FL_ECANCELLED);
  assert_int_equal(w->closed, 1);
  world_close(w);
}

static void so_may_the_only_one_there_is(void **state) {
  (void)state;
  world *w = world_open(NULL);
  ask(w, "http://a/");
  w->then = close_it;
  run(w);
  assert_int_equal(w->ends_count, 1);
  assert_int_equal(w->closed, 1);
  world_close(w);
}

static void cancelling_during_a_close_changes_nothing(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  fl_request *in_flight = ask(w, "http://a/"), *waiting = ask(w, "http://b/");
  close_session(w);
  cancel(w, in_flight), cancel(w, waiting);
  run(w);
  assert_int_equal(w->ends_count, 2);
  world_close(w);
}

static void reports_during_and_after_a_close_change_nothing(void **state) {
  (void)state;
  world *w = world_open(NULL);
  uint32_t id = fl_request_id(ask(w, "http://a/?answer=5&reports=3&again=1000"));
  run_until(w, 2);
  close_session(w);
  fl_session_reply(w->session, id, &(fl_reply){.status = 200});
  run(w);
  assert_int_equal(end_of(w, "http://a/")->error, FL_ECANCELLED);
  world_close(w);
}

static void sessions_on_one_loop_do_not_share_their_end(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1});
  ask(w, "http://a/?answer=50"), ask(w, "http://a/2");
  fl_session *other = NULL;
  assert_int_equal(fl_session_open(&other, w->loop, fl_sim_transport(w->sim), NULL), FL_OK);
  fl_session_close(other, NULL, NULL);
  run(w);
  assert_int_equal(w->ends[0].error, FL_OK);
  assert_int_equal(w->ends[1].error, FL_OK);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_request_ends_with_cancelled),
      cmocka_unit_test(one_that_was_answered_keeps_its_response),
      cmocka_unit_test(connections_are_closed_before_the_call_returns),
      cmocka_unit_test(an_empty_session_is_closed_from_a_turn),
      cmocka_unit_test(a_second_close_is_ignored),
      cmocka_unit_test(on_closed_may_be_left_out),
      cmocka_unit_test(nothing_can_be_asked_of_a_closed_session),
      cmocka_unit_test(nor_from_the_on_end_of_the_last),
      cmocka_unit_test(an_on_end_may_close_the_session),
      cmocka_unit_test(so_may_the_only_one_there_is),
      cmocka_unit_test(cancelling_during_a_close_changes_nothing),
      cmocka_unit_test(reports_during_and_after_a_close_change_nothing),
      cmocka_unit_test(sessions_on_one_loop_do_not_share_their_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
