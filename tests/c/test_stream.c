/* FL_STREAM: a response is told of when it begins, its end when its reader has had it. */
#include "world_support.h"

static struct {
  unsigned count;
  int status, error;
  int64_t at_us;
  char type[32];
  bool ended;
} told;

static void on_response(fl_request *request, void *arg) {
  world *w = arg;
  assert_int_equal(w->calls, 0);
  assert_false(told.ended);
  assert_ptr_equal(fl_session_find(w->session, fl_request_id(request)), request);
  assert_non_null(fl_request_token(request));
  told.count++;
  told.status = fl_request_status(request);
  told.error = fl_request_error(request);
  told.at_us = fl_sim_time(w->sim);
  if (fl_request_header(request, "content-type", told.type, sizeof told.type) < 0) strcpy(told.type, "none");
}

static void note_end(world *w, fl_request *request) {
  (void)w, (void)request;
  told.ended = true;
}

static const fl_request_options stream = {.flags = FL_STREAM, .on_response = on_response};
static const fl_retry_options at_once = {.limit = 3, .backoff_us = 1, .backoff_max_us = 1};

static world *open_for_streams(const fl_session_options *options) {
  memset(&told, 0, sizeof told);
  world *w = world_open(options ? options : &(fl_session_options){.retry = at_once});
  w->then = note_end;
  return w;
}

static void check_told(int status, int64_t at_us) {
  assert_int_equal(told.count, 1);
  assert_int_equal(told.status, status);
  assert_int_equal(told.at_us, at_us);
}

static void a_response_is_told_of_when_its_head_has_come(void **state) {
  (void)state;
  world *w = open_for_streams(NULL);
  answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = MS, .headers = HEADERS({"Content-Type", "text/css"})});
  ask_for(w, &stream, "http://a/");
  run_until(w, 15);
  check_told(200, 10 * MS);
  assert_string_equal(told.type, "text/css");
  assert_int_equal(told.error, FL_OK);
  assert_int_equal(w->ends_count, 0);
  run(w);
  check_end(w, "http://a/", FL_OK, 20 * MS);
  assert_int_equal(told.count, 1);
  world_close(w);
}

static void its_place_is_held_until_its_end(void **state) {
  (void)state;
  world *w = open_for_streams(&(fl_session_options){.limit = 1});
  answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = 100 * MS}, {.status = 200});
  ask_for(w, &stream, "http://a/1");
  ask(w, "http://a/2");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 1010");
  world_close(w);
}

static void an_empty_body_has_both_in_order(void **state) {
  (void)state;
  static const fl_sim_fate fates[] = {{.status = 204}, {.status = 200, .inside_send = true}, {.status = 304}};
  for (unsigned i = 0; i < LENGTH(fates); i++) {
    world *w = open_for_streams(NULL);
    answer_in_turn(w, fates[i]);
    ask_for(w, &stream, "http://a/");
    assert_int_equal(told.count, 0); /* from a turn */
    run(w);
    check_told(fates[i].status, fates[i].inside_send ? 0 : 10 * MS);
    assert_true(told.ended);
    world_close(w);
  }
}

static void what_is_retried_or_redirected_is_not_told_of(void **state) {
  (void)state;
  world *w = open_for_streams(NULL);
  answer_in_turn(w, {.error = FL_ECONNECT}, {.status = 503, .body_bytes = 9},
                 {.status = 302, .headers = HEADERS({"location", "/2"})},
                 {.status = 429, .headers = HEADERS({"retry-after", "1"})}, {.status = 404});
  ask_for(w, &stream, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 5);
  assert_int_equal(told.count, 1);
  assert_int_equal(told.status, 404);
  world_close(w);
}

static void without_a_response_only_the_end_comes(void **state) {
  (void)state;
  world *w = open_for_streams(NULL);
  answer_in_turn(w, {.error = FL_ETLS});
  ask_for(w, &stream, "http://a/");
  run(w);
  assert_int_equal(told.count, 0);
  assert_int_equal(w->ends[0].error, FL_ETLS);
  world_close(w);
}

static void a_status_that_is_an_error_is_told_as_one(void **state) {
  (void)state;
  world *w = open_for_streams(NULL);
  fl_request_options raising = stream;
  raising.flags |= FL_RAISE_FOR_STATUS;
  answer_in_turn(w, {.status = 404, .body_bytes = 9, .chunks = 1, .chunk_us = MS});
  ask_for(w, &raising, "http://a/1");
  run(w);
  check_told(404, 10 * MS);
  assert_int_equal(told.error, FL_ESTATUS);
  check_end(w, "http://a/1", FL_ESTATUS, 11 * MS);
  world_close(w);
}

static void nobody_need_be_told(void **state) {
  (void)state;
  world *w = open_for_streams(NULL);
  ask_for(w, &(fl_request_options){.flags = FL_STREAM}, "http://a/");
  run(w);
  check_end(w, "http://a/", FL_OK, 10 * MS);
  world_close(w);
}

/* ---- Its time: an attempt's is that until its reader has it, then the one between two arrivals */

static const fl_session_options impatient = {.retry = {.limit = FL_RETRIES_NONE},
                                             .timeouts = {.attempt_us = 1000 * MS}};

static void one_that_is_read_may_take_longer_than_an_attempt(void **state) {
  (void)state;
  world *w = open_for_streams(&impatient);
  answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = 900 * MS},
                 {.body_bytes = 10, .chunks = 10, .chunk_us = 900 * MS});
  ask_for(w, &stream, "http://a/1");
  ask(w, "http://b/2");
  run(w);
  check_end(w, "http://b/2", FL_EATTEMPTTIMEOUT, 1000 * MS);
  check_end(w, "http://a/1", FL_OK, 9010 * MS);
  world_close(w);
}

static void the_time_of_a_transfer_is_for_all_of_its_body(void **state) {
  (void)state;
  world *w = open_for_streams(&(fl_session_options){.retry = {.limit = FL_RETRIES_NONE},
                                                    .timeouts = {.attempt_us = 1000 * MS, .transfer_us = 5000 * MS}});
  answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = 900 * MS},
                 {.body_bytes = 10, .chunks = 5, .chunk_us = 900 * MS});
  ask_for(w, &stream, "http://a/1");
  ask_for(w, &stream, "http://b/2");
  run(w);
  check_end(w, "http://b/2", FL_OK, 4510 * MS);
  check_end(w, "http://a/1", FL_EATTEMPTTIMEOUT, 5000 * MS);
  world_close(w);
}

static void one_that_says_nothing_for_that_long_has_ended(void **state) {
  (void)state;
  world *w = open_for_streams(&impatient);
  answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = 1100 * MS});
  ask_for(w, &stream, "http://a/");
  run(w);
  check_told(200, 10 * MS);
  check_end(w, "http://a/", FL_EREADTIMEOUT, 1010 * MS);
  world_close(w);
}

static void one_whose_head_is_late_is_an_attempt_like_others(void **state) {
  (void)state;
  world *w = open_for_streams(&impatient);
  answer_in_turn(w, {.answer_us = 1100 * MS});
  ask_for(w, &stream, "http://a/");
  run(w);
  assert_int_equal(told.count, 0);
  check_end(w, "http://a/", FL_EATTEMPTTIMEOUT, 1000 * MS);
  world_close(w);
}

/* ---- It breaks: what its reader has had can't be had anew */

static void one_that_breaks_is_not_begun_anew(void **state) {
  (void)state;
  static const fl_header weak[] = {{"etag", "W/\"1\""}, {NULL, NULL}};
  static const fl_sim_fate fates[] = {{.status = 200, .error = FL_EPARTIAL, .body_bytes = 10},
                                      {.status = 200, .error = FL_EPARTIAL, .body_bytes = 10, .headers = weak}};
  for (unsigned i = 0; i < LENGTH(fates); i++) {
    world *w = open_for_streams(NULL);
    answer_in_turn(w, fates[i], {.status = 200});
    ask_for(w, &stream, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, 1);
    check_told(200, 10 * MS);
    check_end(w, "http://a/", FL_EPARTIAL, 10 * MS);
    world_close(w);
  }
}

#define BREAKS \
  { .status = 200, .error = FL_EPARTIAL, .body_bytes = 10, .headers = HEADERS({"etag", "\"1\""}) }

static void one_that_breaks_goes_on_and_is_told_of_once(void **state) {
  (void)state;
  world *w = open_for_streams(NULL);
  answer_in_turn(w, BREAKS, {.status = 503}, {.error = FL_ECONNECT},
                 {.status = 206, .body_bytes = 5, .headers = HEADERS({"content-range", "bytes 10-14/15"})});
  ask_for(w, &stream, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 4);
  for (unsigned i = 1; i < 4; i++) assert_string_equal(w->sent[i].headers, "range: bytes=10-\nif-range: \"1\"\n");
  check_told(200, 10 * MS);
  assert_int_equal(w->ends[0].error, FL_OK);
  world_close(w);
}

static void an_answer_that_is_not_for_its_reader_has_an_attempt_s_time(void **state) {
  (void)state;
  world *w = open_for_streams(&(fl_session_options){.retry = {.limit = 1, .backoff_us = 1, .backoff_max_us = 1},
                                                    .timeouts = {.attempt_us = 1000 * MS}});
  answer_in_turn(w, BREAKS, {.status = 404, .body_bytes = 10, .chunks = 10, .chunk_us = 900 * MS});
  ask_for(w, &stream, "http://a/");
  run(w);
  assert_int_equal(w->ends[0].error, FL_EPARTIAL);
  assert_int_equal(w->ends[0].ended_us - w->sent[1].at_us, 1000 * MS);
  world_close(w);
}

/* What then comes in its stead, and how it ends. */
static void what_cannot_go_on_is_an_error(void **state) {
  (void)state;
  static const fl_header elsewhere[] = {{"content-range", "bytes 0-14/15"}, {NULL, NULL}};
  static const struct {
    fl_sim_fate fate;
    int error;
  } rows[] = {
      {{.status = 200, .body_bytes = 15}, FL_ERANGE}, /* it has changed */
      {{.status = 416}, FL_ERANGE},
      {{.status = 206, .body_bytes = 15, .headers = elsewhere}, FL_ERANGE},
      {{.status = 206, .body_bytes = 15}, FL_ERANGE},
      {{.status = 404}, FL_EPARTIAL},
      {{.status = 503}, FL_EPARTIAL},
      {{.error = FL_ETLS}, FL_ETLS},
      {{.error = FL_ECONNECT}, FL_ECONNECT},
  };
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = open_for_streams(&(fl_session_options){.retry = {.limit = 1, .backoff_us = 1, .backoff_max_us = 1}});
    answer_in_turn(w, BREAKS, rows[i].fate);
    ask_for(w, &stream, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, 2);
    check_told(200, 10 * MS);
    if (w->ends[0].error != rows[i].error) fail_msg("row %u: %s", i, fl_error_name(w->ends[0].error));
    world_close(w);
  }
}

/* ---- on_reply is asked when the head has come */

static unsigned asked_of, again_until;
static int says;

static int on_reply(fl_request *request, void *arg) {
  (void)arg;
  assert_int_equal(told.count, 0);
  assert_true(fl_request_status(request) > 0);
  asked_of++;
  if (says == FL_ECANCELLED) {
    fl_request_cancel(request);
    return again_until ? FL_AGAIN : 0;
  }
  return asked_of < again_until ? FL_AGAIN : says;
}

static world *open_asking(int say, unsigned again) {
  asked_of = 0;
  says = say;
  again_until = again;
  return open_for_streams(&(fl_session_options){.retry = at_once, .on_reply = on_reply, .limit = 1});
}

static void the_program_may_want_it_again_before_it_is_told(void **state) {
  (void)state;
  world *w = open_asking(0, 3);
  answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = MS});
  ask_for(w, &stream, "http://a/");
  run(w);
  assert_int_equal(asked_of, 3);
  assert_int_equal(w->sent_count, 3);
  assert_int_equal(w->sent[1].at_us / MS, 10); /* the first's body isn't waited for */
  assert_int_equal(told.count, 1);
  assert_int_equal(w->ends[0].error, FL_OK);
  world_close(w);
}

static void or_end_it(void **state) {
  (void)state;
  world *w = open_asking(FL_EUSER - 5, 0);
  answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = MS});
  ask_for(w, &stream, "http://a/1");
  ask_for(w, &stream, "http://a/2");
  run(w);
  assert_int_equal(told.count, 0);
  check_end(w, "http://a/1", FL_EUSER - 5, 10 * MS);
  check_end(w, "http://a/2", FL_EUSER - 5, 20 * MS);
  world_close(w);
}

static void or_cancel_it(void **state) {
  (void)state;
  for (unsigned again = 0; again < 2; again++) {
    world *w = open_asking(FL_ECANCELLED, again);
    answer_in_turn(w, {.body_bytes = 10, .chunks = 10, .chunk_us = MS});
    ask_for(w, &stream, "http://a/1");
    ask_for(w, &stream, "http://a/2");
    run(w);
    assert_int_equal(told.count, 0);
    check_end(w, "http://a/1", FL_ECANCELLED, 10 * MS);
    check_end(w, "http://a/2", FL_ECANCELLED, 20 * MS);
    world_close(w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_response_is_told_of_when_its_head_has_come),
      cmocka_unit_test(its_place_is_held_until_its_end),
      cmocka_unit_test(an_empty_body_has_both_in_order),
      cmocka_unit_test(what_is_retried_or_redirected_is_not_told_of),
      cmocka_unit_test(without_a_response_only_the_end_comes),
      cmocka_unit_test(a_status_that_is_an_error_is_told_as_one),
      cmocka_unit_test(nobody_need_be_told),
      cmocka_unit_test(one_that_is_read_may_take_longer_than_an_attempt),
      cmocka_unit_test(the_time_of_a_transfer_is_for_all_of_its_body),
      cmocka_unit_test(one_that_says_nothing_for_that_long_has_ended),
      cmocka_unit_test(one_whose_head_is_late_is_an_attempt_like_others),
      cmocka_unit_test(one_that_breaks_is_not_begun_anew),
      cmocka_unit_test(one_that_breaks_goes_on_and_is_told_of_once),
      cmocka_unit_test(an_answer_that_is_not_for_its_reader_has_an_attempt_s_time),
      cmocka_unit_test(what_cannot_go_on_is_an_error),
      cmocka_unit_test(the_program_may_want_it_again_before_it_is_told),
      cmocka_unit_test(or_end_it),
      cmocka_unit_test(or_cancel_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
