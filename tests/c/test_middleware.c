/* The program's say: on_attempt before each attempt, on_reply after each response, and what is an error to it. */
#include "world_support.h"

static const fl_retry_options at_once = {.limit = 3, .backoff_us = 1, .backoff_max_us = 1, .budget = 1000};

/* ---- on_attempt */

static unsigned attempts;
static int attempt_says;

static int on_attempt(fl_request *request, void *arg) {
  char number[16];
  (void)arg;
  attempts++;
  snprintf(number, sizeof number, "%u", attempts);
  assert_int_equal(fl_request_set_header(request, "X-Attempt", number), FL_OK);
  return attempt_says;
}

static world *open_with_on_attempt(int says) {
  static const fl_header defaults[] = {{"Accept", "*/*"}, {"X-Attempt", "none"}};
  attempts = 0;
  attempt_says = says;
  return world_open(&(fl_session_options){
      .limit = 1, .on_attempt = on_attempt, .retry = at_once, .headers = defaults, .headers_count = LENGTH(defaults)});
}

static void it_comes_before_each_attempt_and_may_set_headers(void **state) {
  (void)state;
  world *w = open_with_on_attempt(0);
  answer_in_turn(w, {.status = 503}, {.status = 302, .headers = HEADERS({"location", "/2"})}, {.error = FL_ECONNECT},
                 {.status = 200});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(attempts, 4);
  for (unsigned i = 0; i < 4; i++) {
    char headers[64];
    snprintf(headers, sizeof headers, "Accept: */*\nX-Attempt: %u\n", i + 1);
    assert_string_equal(w->sent[i].headers, headers);
  }
  world_close(w);
}

/* Also before one that goes out again at once, for want of a connection: there what it asks for starts after it, and
 * its error and its cancelling end the request. */
static int on_second_attempt(fl_request *request, void *arg) {
  world *w = arg;
  if (++attempts == 1) return 0;
  if (attempts == 2) {
    ask(w, "http://b/");
    assert_int_equal(w->sent_count, 1);
  }
  if (attempt_says == FL_ECANCELLED) cancel(w, request);
  return attempts == 2 && attempt_says != FL_ECANCELLED ? attempt_says : 0;
}

static void it_comes_before_what_a_stale_connection_lost_is_sent_again(void **state) {
  (void)state;
  static const int says[] = {0, FL_EUSER, FL_ECANCELLED};
  for (unsigned i = 0; i < LENGTH(says); i++) {
    world *w = world_open(&(fl_session_options){.limit = 2, .on_attempt = on_second_attempt, .retry = no_retries});
    attempts = 0;
    attempt_says = says[i];
    answer_in_turn(w, {.error = FL_EEMPTY, .reused = true}, {.status = 200});
    ask(w, "http://a/");
    run(w);
    assert_string_equal(starts(w), says[i] ? says[i] == FL_ECANCELLED ? "a/" : "a/ b/" : "a/ a/ b/");
    check_end(w, "http://a/", says[i], says[i] ? 10 * MS : 20 * MS);
    world_close(w);
  }
}

static void its_error_is_the_request_s_end(void **state) {
  (void)state;
  static const int errors[] = {FL_EUSER, FL_EUSER - 7, FL_ECANCELLED, 5};
  for (unsigned i = 0; i < LENGTH(errors); i++) {
    world *w = open_with_on_attempt(errors[i]);
    ask(w, "http://a/1"), ask(w, "http://a/2");
    assert_int_equal(w->ends_count, 0);
    run(w);
    check_end(w, "http://a/1", errors[i], 0);
    check_end(w, "http://a/2", errors[i], 0);
    assert_int_equal(w->sent_count, 0);
    assert_int_equal(stats_of(w).in_flight, 0);
    world_close(w);
  }
}

static int set_badly(fl_request *request, void *arg) {
  (void)arg;
  assert_int_equal(fl_request_set_header(request, "a b", "c"), FL_EHEADER);
  assert_int_equal(fl_request_set_header(request, "a", "b\r\nc: d"), FL_EHEADER);
  assert_int_equal(fl_request_set_header(request, "Content-Length", "1"), FL_EFORBIDDEN);
  assert_int_equal(fl_request_set_header(request, "X-Gone", NULL), FL_OK);
  assert_int_equal(fl_request_set_header(request, "x-SET", "twice"), FL_OK);
  assert_int_equal(fl_request_set_header(request, "X-Set", "Once"), FL_OK);
  return 0;
}

static void headers_that_it_sets_are_checked_and_replaced(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.on_attempt = set_badly});
  static const fl_header headers[] = {{"X-Gone", "1"}, {"x-gone", "2"}, {"X-Kept", "3"}};
  ask_for(w, &(fl_request_options){.headers = headers, .headers_count = LENGTH(headers)}, "http://a/");
  run(w);
  assert_string_equal(w->sent[0].headers, "X-Kept: 3\nX-Set: Once\n");
  world_close(w);
}

static int close_session_from(fl_request *request, void *arg) {
  (void)request;
  world *w = arg;
  if (!w->closing) close_session(w);
  return 0;
}

static void it_may_close_the_session(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .on_attempt = close_session_from});
  ask(w, "http://a/1");
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://a/2"), FL_ECLOSED);
  run(w);
  check_end(w, "http://a/1", FL_ECANCELLED, 0);
  assert_int_equal(w->sent_count, 0);
  world_close(w);
}

static int ask_for_more(fl_request *request, void *arg) {
  (void)request;
  world *w = arg;
  if (w->asked < 4) ask(w, "http://more/%u", w->asked);
  return 0;
}

static void it_may_ask_for_more(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .on_attempt = ask_for_more});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->asked, 4);
  assert_int_equal(peak(w, ""), 2);
  world_close(w);
}

/* ---- on_reply */

typedef struct said {
  unsigned asked;
  int statuses[16];
  int says[16]; /* in turn; then 0 */
} said;
static said reply;

static int on_reply(fl_request *request, void *arg) {
  char type[8];
  (void)arg;
  assert_true(reply.asked < LENGTH(reply.says));
  reply.statuses[reply.asked] = fl_request_status(request);
  assert_int_equal(fl_request_header(request, "X-Type", type, sizeof type), 3);
  assert_string_equal(type, "abc");
  return reply.says[reply.asked++];
}

#define TYPE HEADERS({"x-type", "abc"})

static world *open_with_on_reply(said says) {
  reply = says;
  return world_open(&(fl_session_options){.limit = 1, .on_reply = on_reply, .retry = at_once});
}

static void it_sees_each_response_and_no_error(void **state) {
  (void)state;
  world *w = open_with_on_reply((said){0});
  answer_in_turn(w, {.error = FL_ECONNECT}, {.status = 503, .headers = TYPE},
                 {.status = 302, .headers = HEADERS({"location", "/2"}, {"x-type", "abc"})},
                 {.status = 404, .headers = TYPE});
  ask(w, "http://a/");
  run(w);
  static const int statuses[] = {503, 302, 404};
  assert_int_equal(reply.asked, LENGTH(statuses));
  for (unsigned i = 0; i < LENGTH(statuses); i++) assert_int_equal(reply.statuses[i], statuses[i]);
  assert_int_equal(w->ends[0].status, 404);
  world_close(w);
}

static void it_may_want_it_again(void **state) {
  (void)state;
  world *w = open_with_on_reply((said){.says = {FL_AGAIN, FL_AGAIN, 0}});
  answer_in_turn(w, {.status = 200, .headers = TYPE});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 3);
  assert_int_equal(w->ends[0].retries, 2);
  check_end(w, "http://a/", FL_OK, w->ends[0].at_us);
  world_close(w);
}

static void again_is_as_far_as_retries_allow(void **state) {
  (void)state;
  static const fl_request_options rows[] = {{.retry.limit = 2}, {.retry.limit = FL_RETRIES_NONE}, {.method = "POST"}};
  static const unsigned expected[] = {3, 1, 1};
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = open_with_on_reply((said){.says = {FL_AGAIN, FL_AGAIN, FL_AGAIN, FL_AGAIN}});
    answer_in_turn(w, {.status = 200, .headers = TYPE});
    ask_for(w, &rows[i], "http://a/");
    run(w);
    assert_int_equal(w->sent_count, expected[i]);
    assert_int_equal(w->ends[0].error, FL_OK);
    assert_int_equal(w->ends[0].status, 200);
    world_close(w);
  }
}

/* It would be made again anyhow, as asked, and is counted once. */
static void again_of_what_is_retried_changes_nothing(void **state) {
  (void)state;
  world *w = open_with_on_reply((said){.says = {FL_AGAIN, 0}});
  answer_in_turn(w, {.status = 429, .headers = HEADERS({"retry-after", "5"}, {"x-type", "abc"})},
                 {.status = 200, .headers = TYPE});
  ask(w, "http://a/");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 5010");
  assert_int_equal(w->ends[0].retries, 1);
  world_close(w);
}

static void its_error_ends_it_whatever_the_response(void **state) {
  (void)state;
  static const int statuses[] = {200, 503, 302}, errors[] = {FL_EUSER - 1, FL_ESTATUS, 77};
  for (unsigned i = 0; i < LENGTH(statuses); i++)
    for (unsigned k = 0; k < LENGTH(errors); k++) {
      world *w = open_with_on_reply((said){.says = {errors[k]}});
      answer_in_turn(w, {.status = statuses[i], .headers = HEADERS({"location", "/2"}, {"x-type", "abc"})});
      ask(w, "http://a/");
      run(w);
      assert_int_equal(w->sent_count, 1);
      check_end(w, "http://a/", errors[k], 10 * MS);
      assert_int_equal(w->ends[0].status, statuses[i]); /* the response is there to be looked at */
      world_close(w);
    }
}

/* ---- What is an error to the program */

static void raise_for_status_makes_400_and_more_an_error(void **state) {
  (void)state;
  for (int status = 200; status < 600; status++) {
    world *w = world_open(&(fl_session_options){.retry = no_retries});
    answer_in_turn(w, {.status = status});
    ask_for(w, &(fl_request_options){.flags = FL_RAISE_FOR_STATUS}, "http://a/");
    run(w);
    assert_int_equal(w->ends[0].error, status >= 400 ? FL_ESTATUS : FL_OK);
    assert_int_equal(w->ends[0].status, status);
    assert_int_equal(stats_of(w).failed, status >= 400);
    world_close(w);
  }
}

static void it_counts_when_retries_are_over_and_not_before(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.retry = at_once});
  answer_in_turn(w, {.status = 500}, {.status = 429}, {.status = 200});
  ask_for(w, &(fl_request_options){.flags = FL_RAISE_FOR_STATUS}, "http://a/");
  run(w);
  assert_int_equal(w->ends[0].error, FL_OK);
  world_close(w);
}

/* ---- What a request is made of */

static void methods_headers_and_bodies_are_checked(void **state) {
  (void)state;
  static const fl_header bad_name = {"", "x"}, bad_value = {"a", "x\ny"}, forbidden = {"Host:", "b"};
  static const struct {
    fl_request_options options;
    int error;
  } rows[] = {
      {{.method = ""}, FL_EMETHOD},
      {{.method = "GET "}, FL_EMETHOD},
      {{.method = "GET\r\nX: y"}, FL_EMETHOD},
      {{.method = "CONNECT"}, FL_EMETHOD},
      {{.method = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF"}, FL_EMETHOD}, /* 32 */
      {{.method = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDE"}, FL_OK},       /* 31 */
      {{.headers = &bad_name, .headers_count = 1}, FL_EHEADER},
      {{.headers = &bad_value, .headers_count = 1}, FL_EHEADER},
      {{.headers = &forbidden, .headers_count = 1}, FL_EHEADER},
  };
  world *w = world_open(NULL);
  for (unsigned i = 0; i < LENGTH(rows); i++)
    assert_int_equal(try_to_ask(w, &rows[i].options, "http://a/"), rows[i].error);
  world_close(w);
}

static void a_user_name_in_the_url_becomes_a_header(void **state) {
  (void)state;
  static const fl_header own = {"authorization", "Bearer x"};
  world *w = world_open(&(fl_session_options){.limit_per_host = 9});
  ask(w, "http://user:pa%%3ass@a/1?answer=1#f");
  ask_for(w, &(fl_request_options){.headers = &own, .headers_count = 1}, "http://user@a/2");
  assert_int_equal(try_to_ask(w, &(fl_request_options){0}, "http://us%3aer:pass@a/3"), FL_EINVAL);
  run(w);
  assert_string_equal(w->sent[0].url, "http://a/1?answer=1#f");
  assert_string_equal(w->sent[0].headers, "authorization: Basic dXNlcjpwYTpzcw==\n");
  assert_string_equal(w->sent[1].headers, "authorization: Bearer x\n");
  const ended *end = end_of(w, "http://user:pa");
  assert_string_equal(end->url, "http://user:pa%3ass@a/1?answer=1#f");
  assert_string_equal(end->final_url, "http://a/1?answer=1#f");
  assert_string_equal(end_of(w, "http://user@a/2")->final_url, "http://a/2");
  world_close(w);
}

static void a_request_s_headers_replace_the_session_s(void **state) {
  (void)state;
  static const fl_header defaults[] = {{"Accept", "*/*"}, {"X-One", "1"}, {"X-Two", "2"}};
  static const fl_header own[] = {{"x-one", "own"}, {"X-Two", NULL}, {"X-One", "again"}};
  world *w = world_open(&(fl_session_options){.headers = defaults, .headers_count = LENGTH(defaults)});
  ask(w, "http://a/"), ask_for(w, &(fl_request_options){.headers = own, .headers_count = LENGTH(own)}, "http://a/");
  run(w);
  assert_string_equal(w->sent[0].headers, "Accept: */*\nX-One: 1\nX-Two: 2\n");
  assert_string_equal(w->sent[1].headers, "Accept: */*\nx-one: own\nX-One: again\n");
  fl_session *none = NULL;
  assert_int_equal(fl_session_open(&none, w->loop, fl_sim_transport(w->sim),
                                   &(fl_session_options){.headers = &(fl_header){"Host:", ""}, .headers_count = 1}),
                   FL_EHEADER);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_comes_before_each_attempt_and_may_set_headers),
      cmocka_unit_test(it_comes_before_what_a_stale_connection_lost_is_sent_again),
      cmocka_unit_test(its_error_is_the_request_s_end),
      cmocka_unit_test(headers_that_it_sets_are_checked_and_replaced),
      cmocka_unit_test(it_may_close_the_session),
      cmocka_unit_test(it_may_ask_for_more),
      cmocka_unit_test(it_sees_each_response_and_no_error),
      cmocka_unit_test(it_may_want_it_again),
      cmocka_unit_test(again_is_as_far_as_retries_allow),
      cmocka_unit_test(again_of_what_is_retried_changes_nothing),
      cmocka_unit_test(its_error_ends_it_whatever_the_response),
      cmocka_unit_test(raise_for_status_makes_400_and_more_an_error),
      cmocka_unit_test(it_counts_when_retries_are_over_and_not_before),
      cmocka_unit_test(methods_headers_and_bodies_are_checked),
      cmocka_unit_test(a_user_name_in_the_url_becomes_a_header),
      cmocka_unit_test(a_request_s_headers_replace_the_session_s),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
