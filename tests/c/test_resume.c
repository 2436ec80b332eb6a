/* A download that broke goes on where it did, when that is safe; else it begins anew. Of streams, which can't begin
 * anew: test_stream.c. */
#include "world_support.h"

static const fl_retry_options at_once = {.limit = 3, .backoff_us = 1, .backoff_max_us = 1};
static const fl_request_options on_heap = {.flags = FL_BODY_ON_HEAP};

#define ETAG HEADERS({"etag", "\"v1\""})
#define BROKEN(bytes, ...) \
  { .status = 200, .error = FL_EPARTIAL, .body = "0123456789", .body_bytes = (bytes), .headers = __VA_ARGS__ }

static char body[64], range[64]; /* range: Content-Range, which the parts have and the whole hasn't */

static void keep_body(world *w, fl_request *request) {
  (void)w;
  size_t bytes;
  const uint8_t *got = fl_request_body(request, &bytes);
  assert_true(bytes < sizeof body);
  if (bytes) memcpy(body, got, bytes);
  body[bytes] = '\0';
  if (fl_request_header(request, "content-range", range, sizeof range) < 0) strcpy(range, "none");
}

static world *open_for_downloads(void) {
  world *w = world_open(&(fl_session_options){.retry = at_once});
  strcpy(body, "none");
  w->then = keep_body;
  return w;
}

static void it_goes_on_where_it_broke(void **state) {
  (void)state;
  world *w = open_for_downloads();
  answer_in_turn(w, BROKEN(4, ETAG),
                 {.status = 206,
                  .error = FL_EPARTIAL,
                  .body = "456",
                  .body_bytes = 3,
                  .headers = HEADERS({"etag", "\"v1\""}, {"content-range", "bytes 4-9/10"})},
                 {.status = 206, .body = "789", .body_bytes = 3, .headers = HEADERS({"content-range", "bytes 7-9/*"})});
  ask_for(w, &on_heap, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 3);
  assert_string_equal(w->sent[0].headers, "");
  assert_string_equal(w->sent[1].headers, "range: bytes=4-\nif-range: \"v1\"\n");
  assert_string_equal(w->sent[2].headers, "range: bytes=7-\nif-range: \"v1\"\n");
  assert_false(w->sent[0].resumes);
  assert_true(w->sent[1].resumes && w->sent[2].resumes);
  assert_string_equal(body, "0123456789");
  assert_int_equal(w->ends[0].error, FL_OK);
  assert_int_equal(w->ends[0].status, 200);
  assert_int_equal(w->ends[0].retries, 2);
  assert_string_equal(range, "none");
  world_close(w);
}

static void it_keeps_what_it_has_over_other_failures(void **state) {
  (void)state;
  world *w = open_for_downloads();
  answer_in_turn(
      w, BROKEN(4, ETAG), {.error = FL_ECONNECT}, {.status = 503, .body = "sorry", .body_bytes = 5},
      {.status = 206, .body = "456789", .body_bytes = 6, .headers = HEADERS({"content-range", "bytes 4-9/10"})});
  ask_for(w, &on_heap, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 4);
  for (unsigned i = 1; i < 4; i++) assert_string_equal(w->sent[i].headers, "range: bytes=4-\nif-range: \"v1\"\n");
  assert_string_equal(body, "0123456789");
  world_close(w);
}

static void what_has_changed_comes_whole(void **state) {
  (void)state;
  world *w = open_for_downloads();
  answer_in_turn(w, BROKEN(4, ETAG), {.status = 200, .body = "another", .body_bytes = 7});
  ask_for(w, &on_heap, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 2);
  assert_string_equal(body, "another");
  assert_int_equal(w->ends[0].status, 200);
  world_close(w);
}

/* It isn't asked for as long as there are retries. */
static void a_range_that_does_not_fit_is_asked_for_anew(void **state) {
  (void)state;
  static const char *const ranges[] = {"bytes 0-9/10",
                                       "bytes 3-9/10",
                                       "bytes 5-9/10",
                                       "bytes 40-49/50",
                                       "bytes 4/10",
                                       "bytes -4/10",
                                       "bytes */10",
                                       "items 4-9/10",
                                       "bytes 4",
                                       "bytes 4-9223372036854775807/*",
                                       "bytes 4-99999999999999999999/99999999999999999999",
                                       "bytes=4-9/10",
                                       "bytes +4-9/10",
                                       "bytes  4-9/10",
                                       "bytes 0x4-9/10",
                                       "bytes",
                                       "",
                                       "4-9/10",
                                       "bytes 18446744073709551620-9/10",
                                       "bytes 4 -9/10",
                                       "bytes 4-7/10", /* less than the rest */
                                       "bytes 4-9"};
  for (unsigned i = 0; i < LENGTH(ranges); i++) {
    world *w = open_for_downloads();
    answer_in_turn(w, BROKEN(4, ETAG),
                   {.status = 206, .body = "xx", .body_bytes = 2, .headers = HEADERS({"content-range", ranges[i]})},
                   {.status = 200, .body = "anew", .body_bytes = 4});
    ask_for(w, &on_heap, "http://a/");
    run(w);
    if (w->sent_count != 3) fail_msg("%s: sent %u times", ranges[i], w->sent_count);
    assert_string_equal(w->sent[2].headers, "");
    assert_string_equal(body, "anew");
    world_close(w);
  }
}

/* RFC 9110, 14.1 */
static void the_unit_of_a_range_is_written_in_any_case(void **state) {
  (void)state;
  world *w = open_for_downloads();
  answer_in_turn(
      w, BROKEN(4, ETAG),
      {.status = 206, .body = "456789", .body_bytes = 6, .headers = HEADERS({"content-range", "Bytes 4-9/10"})});
  ask_for(w, &on_heap, "http://a/");
  run(w);
  assert_int_equal(w->sent_count, 2);
  assert_string_equal(body, "0123456789");
  world_close(w);
}

/* A range of gzip is no part of what isn't. */
static void what_goes_on_in_another_encoding_is_asked_for_anew(void **state) {
  (void)state;
  static const fl_header gzip = {"content-encoding", "gzip"}, br = {"content-encoding", "br"}, none = {NULL, NULL};
  static const struct {
    const fl_header *was, *now;
    unsigned sent;
  } rows[] = {{&gzip, &gzip, 2}, {&gzip, &br, 3}, {&gzip, &none, 3}, {&none, &gzip, 3}};
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    world *w = open_for_downloads();
    answer_in_turn(w, BROKEN(4, HEADERS({"etag", "\"v1\""}, *rows[i].was)),
                   {.status = 206,
                    .body = "456789",
                    .body_bytes = 6,
                    .headers = HEADERS({"content-range", "bytes 4-9/10"}, *rows[i].now)},
                   {.status = 200, .body = "anew", .body_bytes = 4});
    ask_for(w, &on_heap, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, rows[i].sent);
    assert_string_equal(body, rows[i].sent == 2 ? "0123456789" : "anew");
    world_close(w);
  }
}

static void so_is_one_that_is_refused(void **state) {
  (void)state;
  static const fl_sim_fate refusals[] = {{.status = 416}, {.status = 206}};
  for (unsigned i = 0; i < LENGTH(refusals); i++) {
    world *w = open_for_downloads();
    answer_in_turn(w, BROKEN(4, ETAG), refusals[i], {.status = 200, .body = "anew", .body_bytes = 4});
    ask_for(w, &on_heap, "http://a/");
    run(w);
    assert_string_equal(body, "anew");
    world_close(w);

    w = open_for_downloads();
    answer_in_turn(w, BROKEN(4, ETAG), refusals[i]);
    ask_for(w, &(fl_request_options){.flags = FL_BODY_ON_HEAP, .retry.limit = 1}, "http://a/");
    run(w);
    assert_int_equal(w->sent_count, 2);
    assert_int_equal(w->ends[0].error, FL_ERANGE);
    world_close(w);
  }
}

/* ---- What may go on */

static const struct {
  fl_header headers[3];
  const char *if_range; /* NULL: it begins anew */
} validators[] = {
    {{{"etag", "\"a\""}}, "\"a\""},
    {{{"etag", "\"\""}}, "\"\""},
    {{{"etag", "W/\"a\""}}, NULL}, /* weak */
    {{{"etag", "a"}}, NULL},       /* not one */
    {{{"etag", ""}}, NULL},
    {{{NULL, NULL}}, NULL},
    /* RFC 9110, 8.8.2.2: a date is strong when it is a second before the response's, at least */
    {{{"last-modified", "Sun, 06 Nov 1994 08:49:36 GMT"}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}},
     "Sun, 06 Nov 1994 08:49:36 GMT"},
    {{{"last-modified", "Sunday, 06-Nov-94 08:49:36 GMT"}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}},
     "Sunday, 06-Nov-94 08:49:36 GMT"},
    {{{"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, NULL},
    {{{"last-modified", "Sun, 06 Nov 1994 08:49:38 GMT"}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, NULL},
    {{{"last-modified", "Sun, 06 Nov 1994 08:49:36 GMT"}}, NULL},
    {{{"last-modified", "Sun, 06 Nov 1994 08:49:36 GMT"}, {"date", "today"}}, NULL},
    {{{"last-modified", "long ago"}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, NULL},
    /* Whoever has a weak tag has no strong date */
    {{{"etag", "W/\"a\""},
      {"last-modified", "Sun, 06 Nov 1994 08:49:36 GMT"},
      {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}},
     NULL},
    {{{"etag", "\"a\""}, {"last-modified", "Sun, 06 Nov 1994 08:49:36 GMT"}}, "\"a\""},
    /* Who takes no ranges isn't asked for one */
    {{{"etag", "\"a\""}, {"accept-ranges", "none"}}, NULL},
    {{{"etag", "\"a\""}, {"accept-ranges", "bytes"}}, "\"a\""},
};

static void only_a_strong_validator_will_do(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(validators); i++) {
    world *w = open_for_downloads();
    fl_header headers[4] = {{NULL, NULL}};
    for (unsigned k = 0; k < 3 && validators[i].headers[k].name; k++) headers[k] = validators[i].headers[k];
    answer_in_turn(w, BROKEN(4, headers), {.status = 200, .body = "whole", .body_bytes = 5});
    ask_for(w, &on_heap, "http://a/");
    run(w);
    char expected[128] = "";
    if (validators[i].if_range)
      snprintf(expected, sizeof expected, "range: bytes=4-\nif-range: %s\n", validators[i].if_range);
    assert_int_equal(w->sent_count, 2);
    if (strcmp(w->sent[1].headers, expected) != 0) fail_msg("row %u: %s", i, w->sent[1].headers);
    assert_string_equal(body, "whole");
    world_close(w);
  }
}

static const fl_header own_range = {"Range", "bytes=0-99"};
static const struct {
  fl_request_options options;
  fl_sim_fate fate;
} others[] = {
    {{.method = "HEAD"}, BROKEN(4, NULL)},
    {{.method = "PUT", .body = "x", .body_bytes = 1}, BROKEN(4, NULL)},
    {{.body = "x", .body_bytes = 1}, BROKEN(4, NULL)},
    {{.headers = &own_range, .headers_count = 1}, BROKEN(4, NULL)},
    {{0}, BROKEN(0, NULL)}, /* nothing has come */
    {{0}, {.status = 203, .error = FL_EPARTIAL, .body_bytes = 4}},
    {{0}, {.status = 206, .error = FL_EPARTIAL, .body_bytes = 4}},
    {{0}, {.error = FL_EPARTIAL}},
};

static void other_requests_and_responses_begin_anew(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(others); i++) {
    world *w = open_for_downloads();
    fl_sim_fate fate = others[i].fate;
    fate.headers = ETAG;
    answer_in_turn(w, fate, {.status = 200});
    ask_for(w, &others[i].options, "http://a/");
    run(w);
    if (w->sent_count != 2) fail_msg("row %u: sent %u times", i, w->sent_count);
    assert_null(strstr(w->sent[1].headers, "if-range"));
    assert_false(w->sent[1].resumes);
    world_close(w);
  }
}

/* The validator is that of what is there now. */
static void a_redirect_begins_anew(void **state) {
  (void)state;
  world *w = open_for_downloads();
  answer_in_turn(w, BROKEN(4, ETAG), {.status = 302, .headers = HEADERS({"location", "/b"})},
                 {.status = 200, .body = "elsewhere", .body_bytes = 9});
  ask_for(w, &on_heap, "http://a/");
  run(w);
  assert_string_equal(w->sent[2].headers, "");
  assert_string_equal(body, "elsewhere");
  world_close(w);
}

static void the_whole_that_breaks_again_is_gone_on_with(void **state) {
  (void)state;
  world *w = open_for_downloads();
  answer_in_turn(
      w, BROKEN(4, ETAG), BROKEN(6, HEADERS({"etag", "\"v2\""})),
      {.status = 206, .body = "6789", .body_bytes = 4, .headers = HEADERS({"content-range", "bytes 6-9/10"})});
  ask_for(w, &on_heap, "http://a/");
  run(w);
  assert_string_equal(w->sent[2].headers, "range: bytes=6-\nif-range: \"v2\"\n");
  assert_string_equal(body, "0123456789");
  world_close(w);
}

static void a_session_s_headers_go_along(void **state) {
  (void)state;
  static const fl_header defaults[] = {{"Accept", "*/*"}, {"If-Range", "mine"}};
  world *w = world_open(&(fl_session_options){.retry = at_once, .headers = defaults, .headers_count = 2});
  answer_in_turn(w, BROKEN(4, ETAG), {.status = 200});
  ask_for(w, &on_heap, "http://a/");
  run(w);
  assert_string_equal(w->sent[0].headers, "Accept: */*\nIf-Range: mine\n");
  assert_string_equal(w->sent[1].headers, "Accept: */*\nrange: bytes=4-\nif-range: \"v1\"\n");
  world_close(w);
}

#define STALLS \
  { .body = "0123456789", .body_bytes = 4, .chunks = 1, .end_us = FL_NEVER, .tells_head = true, .headers = ETAG }

/* One that the session gives up, not the server: until it goes on it holds no connection. */
static void one_that_stalls_is_aborted_and_goes_on(void **state) {
  (void)state;
  world *w =
      world_open(&(fl_session_options){.limit = 1,
                                       .timeouts.read_us = SECOND,
                                       .retry = {.limit = 2, .backoff_us = 5 * SECOND, .backoff_max_us = 5 * SECOND}});
  w->then = keep_body;
  answer_in_turn(
      w, STALLS, {.status = 200},
      {.status = 206, .body = "456789", .body_bytes = 6, .headers = HEADERS({"content-range", "bytes 4-9/10"})});
  ask_for(w, &on_heap, "http://a/1"), ask(w, "http://a/2");
  run(w);
  assert_string_equal(starts(w), "a/1 a/2 a/1");
  assert_int_equal(peak(w, ""), 1);
  assert_int_equal(w->server[1].at_us, 1010 * MS);
  assert_string_equal(w->sent[2].headers, "range: bytes=4-\nif-range: \"v1\"\n");
  assert_string_equal(body, "0123456789");
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_goes_on_where_it_broke),
      cmocka_unit_test(it_keeps_what_it_has_over_other_failures),
      cmocka_unit_test(what_has_changed_comes_whole),
      cmocka_unit_test(a_range_that_does_not_fit_is_asked_for_anew),
      cmocka_unit_test(the_unit_of_a_range_is_written_in_any_case),
      cmocka_unit_test(what_goes_on_in_another_encoding_is_asked_for_anew),
      cmocka_unit_test(so_is_one_that_is_refused),
      cmocka_unit_test(only_a_strong_validator_will_do),
      cmocka_unit_test(other_requests_and_responses_begin_anew),
      cmocka_unit_test(a_redirect_begins_anew),
      cmocka_unit_test(the_whole_that_breaks_again_is_gone_on_with),
      cmocka_unit_test(a_session_s_headers_go_along),
      cmocka_unit_test(one_that_stalls_is_aborted_and_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
