/* A request that is redirected: where it goes, what of it goes there, and where that ends. What a single redirect makes
 * of a method, a URL and headers: test_redirect.c. */
#include "world_support.h"

#define TO(where) HEADERS({"location", where})

static fl_redirected followed[32];
static size_t followed_count;

/* Its texts are the request's, so they are compared while it lives. */
static void check_history(world *w, fl_request *request) {
  (void)w;
  const fl_redirected *history;
  size_t count = fl_request_history(request, &history);
  assert_int_equal(count, followed_count);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(history[i].status, followed[i].status);
    assert_string_equal(history[i].method, followed[i].method);
    assert_string_equal(history[i].url, followed[i].url);
  }
}

#define EXPECT_HISTORY(w, ...)                                                                             \
  (memcpy(followed, ((const fl_redirected[]){__VA_ARGS__}), sizeof((const fl_redirected[]){__VA_ARGS__})), \
   followed_count = LENGTH(((const fl_redirected[]){__VA_ARGS__})), (w)->then = check_history)

static void redirects_are_followed_and_remembered(void **state) {
  (void)state;
  world *w = world_open(NULL);
  answer_in_turn(w, {.status = 301, .headers = TO("/b")}, {.status = 303, .headers = TO("https://c/d?e#f")},
                 {.status = 307, .headers = TO("g")}, {.status = 404});
  EXPECT_HISTORY(w, {301, "POST", "http://a/"}, {303, "GET", "http://a/b"}, {307, "GET", "https://c/d?e#f"});
  ask_for(w, &(fl_request_options){.method = "POST", .body = "x", .body_bytes = 1}, "http://u:p@a/");
  run(w);
  const ended *end = end_of(w, "http://u:p@a/");
  assert_int_equal(end->error, FL_OK);
  assert_int_equal(end->status, 404);
  assert_string_equal(end->method, "GET");
  assert_string_equal(end->final_url, "https://c/g#f");
  assert_string_equal(w->sent[3].url, "https://c/g#f");
  assert_int_equal(w->sent[0].body_bytes, 1);
  assert_int_equal(w->sent[1].body_bytes, 0);
  assert_string_equal(times_sent(w, ""), "0 10 20 30");
  assert_int_equal(stats_of(w).redirects, 3);
  assert_int_equal(stats_of(w).started, 1);
  world_close(w);
}

static void without_any_there_is_no_history(void **state) {
  (void)state;
  world *w = world_open(NULL);
  followed_count = 0;
  w->then = check_history;
  ask(w, "http://a/");
  ask_for(w, &(fl_request_options){.retry.limit = 1}, "http://a/");
  run(w);
  world_close(w);
}

static void what_does_not_redirect_is_a_response(void **state) {
  (void)state;
  static const fl_header to_b[] = {{"location", "/b"}, {NULL, NULL}};
  static const fl_sim_fate fates[] = {{.status = 302}, /* without a Location */
                                      {.status = 300, .headers = to_b},
                                      {.status = 304, .headers = to_b},
                                      {.status = 305, .headers = to_b},
                                      {.status = 201, .headers = to_b}};
  for (unsigned i = 0; i < LENGTH(fates); i++) {
    world *w = world_open(NULL);
    answer_in_turn(w, fates[i]);
    ask(w, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, 1);
    check_end(w, "http://a/", FL_OK, 10 * MS);
    assert_int_equal(w->ends[0].status, fates[i].status);
    world_close(w);
  }
}

static void a_long_location_is_not_cut(void **state) {
  (void)state;
  for (size_t bytes = 250; bytes < 260; bytes++) {
    char location[300];
    memset(location, 'x', bytes);
    memcpy(location, "/", 1);
    location[bytes] = '\0';
    world *w = world_open(NULL);
    answer_in_turn(w, {.status = 302, .headers = TO(location)}, {.status = 200});
    ask(w, "http://a/");
    run(w);
    assert_int_equal(w->sent[1].url_bytes, strlen("http://a") + bytes);
    world_close(w);
  }
}

/* ---- The end of it */

static void to_the_next(world *w, const fl_attempt *attempt, fl_sim_fate *fate) {
  static char location[32];
  static const fl_header headers[] = {{"location", location}, {NULL, NULL}};
  (void)attempt;
  snprintf(location, sizeof location, "/%u", w->sent_count);
  *fate = (fl_sim_fate){.status = 302, .answer_us = MS, .headers = headers};
}

static void after_so_many_it_is_given_up(void **state) {
  (void)state;
  static const struct {
    uint32_t session, own;
    unsigned followed;
    int error;
  } rows[] = {
      {0, 0, 10, FL_EREDIRECTS},        {3, 0, 3, FL_EREDIRECTS},
      {3, 30, 30, FL_EREDIRECTS},       {0, FL_REDIRECTS_NONE, 0, FL_OK}, /* then it is a response as any other */
      {FL_REDIRECTS_NONE, 0, 0, FL_OK}, {FL_REDIRECTS_NONE, 2, 2, FL_EREDIRECTS}};
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = world_open(&(fl_session_options){.redirects = rows[i].session});
    w->decide = to_the_next;
    ask_for(w, &(fl_request_options){.redirects = rows[i].own}, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, rows[i].followed + 1);
    assert_int_equal(w->ends[0].error, rows[i].error);
    assert_int_equal(w->ends[0].redirects, rows[i].followed);
    world_close(w);
  }
}

static void a_circle_is_found(void **state) {
  (void)state;
  world *w = world_open(NULL);
  answer_in_turn(w, {.status = 302, .headers = TO("/b")}, {.status = 302, .headers = TO("/c#x")},
                 {.status = 302, .headers = TO("/b#y")});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 3);
  check_end(w, "http://a/", FL_EREDIRECTLOOP, 30 * MS);
  assert_int_equal(w->ends[0].status, 302);
  world_close(w);
}

static void to_itself_is_one(void **state) {
  (void)state;
  world *w = world_open(NULL);
  answer_in_turn(w, {.status = 302, .headers = TO("")});
  ask(w, "http://a/b");
  run(w);
  assert_int_equal(w->sent_count, 1);
  check_end(w, "http://a/b", FL_EREDIRECTLOOP, 10 * MS);
  world_close(w);
}

/* The answer may be another one then. */
static void after_a_cookie_or_a_wait_it_is_none(void **state) {
  (void)state;
  world *w = world_open(NULL);
  answer_in_turn(w, {.status = 302, .headers = HEADERS({"location", "/"}, {"set-cookie", "a=b"})}, {.status = 200});
  ask(w, "http://a/");
  run(w);
  check_end(w, "http://a/", FL_OK, 20 * MS);
  world_close(w);

  w = world_open(NULL);
  answer_in_turn(w, {.status = 302, .headers = HEADERS({"location", "/"}, {"retry-after", "2"})}, {.status = 200});
  ask(w, "http://a/");
  run(w);
  assert_string_equal(times_sent(w, ""), "0 2010");
  check_end(w, "http://a/", FL_OK, 2020 * MS);
  world_close(w);
}

static void a_wait_beyond_the_cap_is_not_made(void **state) {
  (void)state;
  world *w = world_open(NULL);
  answer_in_turn(w, {.status = 302, .headers = HEADERS({"location", "/b"}, {"retry-after", "61"})});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 1);
  check_end(w, "http://a/", FL_EPARKED, 10 * MS);
  world_close(w);
}

static void a_bad_location_is_an_error_with_its_reason(void **state) {
  (void)state;
  static const struct {
    const char *location;
    int error;
  } rows[] = {{"ftp://a/", FL_EPROTOCOL},    {"http://", FL_EURLHOST},      {"http://a:99999/", FL_EURLPORT},
              {"//a:b/", FL_EURLPORT},       {"http://[::1/", FL_EURLHOST}, {"/a\tb", FL_EURLCHAR},
              {"javascript:x", FL_EPROTOCOL}};
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = world_open(NULL);
    answer_in_turn(w, {.status = 302, .headers = TO(rows[i].location)});
    ask(w, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, 1);
    if (w->ends[0].error != rows[i].error) fail_msg("%s: %s", rows[i].location, fl_error_name(w->ends[0].error));
    assert_int_equal(w->ends[0].redirects, 0);
    world_close(w);
  }
}

static void a_body_that_is_gone_cannot_be_sent_on(void **state) {
  (void)state;
  static const struct {
    int status;
    unsigned flags;
    int error;
  } rows[] = {{307, FL_BODY_AT_TRANSPORT | FL_BODY_ONCE, FL_EREPLAY},
              {308, FL_BODY_AT_TRANSPORT | FL_BODY_ONCE, FL_EREPLAY},
              {303, FL_BODY_AT_TRANSPORT | FL_BODY_ONCE, FL_OK}, /* it isn't sent */
              {302, FL_BODY_AT_TRANSPORT | FL_BODY_ONCE, FL_OK},
              {307, FL_BODY_AT_TRANSPORT, FL_OK},
              {307, FL_BODY_ONCE, FL_OK}};
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = world_open(NULL);
    answer_in_turn(w, {.status = rows[i].status, .headers = TO("/b")}, {.status = 200});
    ask_for(w, &(fl_request_options){.method = "POST", .flags = rows[i].flags}, "http://a/");
    run(w);
    assert_int_equal(w->ends[0].error, rows[i].error);
    if (!rows[i].error) {
      assert_string_equal(w->sent[1].method, rows[i].status == 307 ? "POST" : "GET");
      assert_int_equal(w->sent[1].flags & FL_BODY_AT_TRANSPORT,
                       rows[i].status == 307 ? rows[i].flags & FL_BODY_AT_TRANSPORT : 0);
    }
    world_close(w);
  }
}

/* ---- What goes to another host */

static void secrets_stay_behind_on_the_way(void **state) {
  (void)state;
  static const fl_header headers[] = {{"Authorization", "Bearer x"}, {"X-Mine", "1"}, {"X-Plain", "2"}};
  static const char *const sensitive[] = {"x-mine"};
  world *w = world_open(&(fl_session_options){.sensitive = sensitive, .sensitive_count = LENGTH(sensitive)});
  answer_in_turn(w, {.status = 302, .headers = TO("/same")}, {.status = 302, .headers = TO("http://b/")},
                 {.status = 302, .headers = TO("http://a/back")}, {.status = 200});
  ask_for(w, &(fl_request_options){.headers = headers, .headers_count = LENGTH(headers)}, "http://a/");
  run(w);
  assert_string_equal(w->sent[1].headers, "Authorization: Bearer x\nX-Mine: 1\nX-Plain: 2\n");
  assert_string_equal(w->sent[2].headers, "X-Plain: 2\n");
  assert_string_equal(w->sent[3].headers, "X-Plain: 2\n"); /* and don't come back */
  world_close(w);
}

/* An Idempotency-Key is one. */
static void what_made_it_safe_stays_behind(void **state) {
  (void)state;
  for (int other = 0; other < 2; other++) {
    world *w = world_open(&(fl_session_options){.retry = {.backoff_us = 1, .backoff_max_us = 1}});
    answer_in_turn(w, {.status = 307, .headers = TO(other ? "http://b/" : "/b")}, {.status = 503}, {.status = 200});
    ask_for(w, &(fl_request_options){.method = "POST", .flags = FL_REPLAY_SAFE}, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, other ? 2 : 3);
    assert_int_equal(w->ends[0].status, other ? 503 : 200);
    world_close(w);
  }
}

/* ---- Places */

static void the_new_host_s_limit_counts(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit_per_host = 1});
  ask(w, "http://b/1?answer=100");
  run_until(w, 1);
  answer_in_turn(w, {.status = 302, .headers = TO("http://b/2")}, {.status = 200});
  ask(w, "http://a/1"), ask(w, "http://a/2");
  run(w);
  assert_string_equal(times_sent(w, "http://b/2"), "100");
  assert_string_equal(times_sent(w, "http://a/2"), "11"); /* a's place was free at once */
  world_close(w);
}

static void to_a_host_that_is_shut_it_does_not_go(void **state) {
  (void)state;
  world *w = world_open(NULL);
  answer_in_turn(w, {.status = 429, .headers = HEADERS({"retry-after", "1000"})},
                 {.status = 302, .headers = TO("http://b/2")});
  ask(w, "http://b/1");
  run(w);
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 2);
  check_end(w, "http://a/", FL_EPARKED, 20 * MS);
  world_close(w);
}

static int cancel_the_other(fl_request *request, void *arg) {
  world *w = arg;
  if (strstr(fl_request_url(request), "cancels")) cancel(w, w->arg);
  return 0;
}

/* It is given up because its new host is shut; whoever gets its place cancels it, too. */
static void one_that_cannot_go_there_may_be_cancelled_from_on_attempt(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 1, .on_attempt = cancel_the_other});
  answer_in_turn(w, {.status = 429, .headers = HEADERS({"retry-after", "1000"})},
                 {.status = 302, .headers = TO("http://b/2")}, {.status = 200});
  ask(w, "http://b/1");
  run(w);
  w->arg = ask(w, "http://a/");
  ask(w, "http://a/cancels");
  run(w);
  assert_int_equal(ends_of(w, "http://a/"), 2);
  assert_int_equal(w->ends[1].error, FL_ECANCELLED);
  check_end(w, "http://a/cancels", FL_OK, 30 * MS);
  world_close(w);
}

static void a_transport_that_follows_them_itself_shows_the_last(void **state) {
  (void)state;
  world *w = world_open(NULL);
  fl_transport own = *fl_sim_transport(w->sim);
  own.follows_redirects = true;
  fl_session *session;
  assert_int_equal(fl_session_open(&session, w->loop, &own, NULL), FL_OK);
  fl_session *of_world = w->session;
  w->session = session;
  answer_in_turn(w, {.status = 302, .headers = TO("/b")});
  ask(w, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 1);
  assert_int_equal(w->ends[0].status, 302);
  fl_session_close(session, NULL, NULL);
  w->session = of_world;
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(redirects_are_followed_and_remembered),
      cmocka_unit_test(without_any_there_is_no_history),
      cmocka_unit_test(what_does_not_redirect_is_a_response),
      cmocka_unit_test(a_long_location_is_not_cut),
      cmocka_unit_test(after_so_many_it_is_given_up),
      cmocka_unit_test(a_circle_is_found),
      cmocka_unit_test(to_itself_is_one),
      cmocka_unit_test(after_a_cookie_or_a_wait_it_is_none),
      cmocka_unit_test(a_wait_beyond_the_cap_is_not_made),
      cmocka_unit_test(a_bad_location_is_an_error_with_its_reason),
      cmocka_unit_test(a_body_that_is_gone_cannot_be_sent_on),
      cmocka_unit_test(secrets_stay_behind_on_the_way),
      cmocka_unit_test(what_made_it_safe_stays_behind),
      cmocka_unit_test(the_new_host_s_limit_counts),
      cmocka_unit_test(to_a_host_that_is_shut_it_does_not_go),
      cmocka_unit_test(one_that_cannot_go_there_may_be_cancelled_from_on_attempt),
      cmocka_unit_test(a_transport_that_follows_them_itself_shows_the_last),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
