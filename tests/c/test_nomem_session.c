/* Memory that runs out under a session that uses everything: headers, redirects, retries, parked hosts, resumed
 * downloads, streams, traces, batches. The nth allocation fails, for every n. Whatever fails, each request ends once,
 * with a response of its own or an error that says so. What leaks or is used after its end, the sanitizers see. */
#include "failing_malloc.h"
#include "world_support.h"

#include <stdlib.h>

/* ---- The network: what becomes of a request stands in its path */

typedef struct outcome {
  fl_sim *sim;
  fl_loop *loop;
  fl_session *session;
  fl_batch *batch;
  unsigned accepted, refused, ended, responses, unexpected, closed, heads;
  bool retried, broken; /* the paths below have been asked once */
} outcome;

static bool asks_for(const fl_attempt *attempt, const char *path) { return strstr(attempt->url, path) != NULL; }

static void decide(void *arg, fl_sim *sim, const fl_attempt *attempt, fl_sim_fate *fate) {
  static const fl_header wait[] = {{"Retry-After", "1"}, {"RateLimit", "\"a\";r=3;t=2"}, {NULL, NULL}};
  static const fl_header location[] = {{"Location", "//other/target?a=%20b"}, {"Set-Cookie", "a=b"}, {NULL, NULL}};
  static const fl_header date[] = {
      {"Retry-After", "Sun, 09 Sep 2001 01:46:45 GMT"}, {"Date", "Sun, 09 Sep 2001 01:46:40 GMT"}, {NULL, NULL}};
  static const fl_header etag[] = {{"ETag", "\"1\""}, {NULL, NULL}};
  static const fl_header range[] = {{"Content-Range", "bytes 4-9/10"}, {NULL, NULL}};
  outcome *o = arg;
  (void)sim;
  fate->answer_us = 10 * MS;
  fate->body_bytes = 10;
  if (asks_for(attempt, "/retry") && !o->retried) {
    *fate = (fl_sim_fate){.status = 429, .answer_us = MS, .headers = asks_for(attempt, "date") ? date : wait};
    o->retried = true;
  } else if (asks_for(attempt, "/redirect")) {
    *fate = (fl_sim_fate){.status = 307, .answer_us = MS, .headers = location};
  } else if (asks_for(attempt, "/download") && attempt->resumes) {
    *fate = (fl_sim_fate){.status = 206, .answer_us = MS, .body_bytes = 6, .headers = range};
  } else if (asks_for(attempt, "/download") && !o->broken) {
    *fate = (fl_sim_fate){.status = 200, .error = FL_EPARTIAL, .answer_us = MS, .body_bytes = 4, .headers = etag};
    o->broken = true;
  }
}

/* ---- What its requests meet */

static void on_end(fl_request *request, void *arg) {
  outcome *o = arg;
  o->ended++;
  int error = fl_request_error(request), status = fl_request_status(request);
  if (!error) {
    o->responses++;
    o->unexpected += status != 200 && status != 206;
  } else {
    o->unexpected += error != FL_ENOMEM && error != FL_EURLCHAR; /* the batch's second */
  }
}

static void on_end_in_batch(fl_request *request, void *arg) {
  on_end(request, arg);
  fl_batch_taken(((outcome *)arg)->batch);
}

static void on_response(fl_request *request, void *arg) {
  (void)request;
  ((outcome *)arg)->heads++;
}

static int on_attempt(fl_request *request, void *arg) {
  (void)arg;
  return fl_request_set_header(request, "X-Attempt", "1");
}

static void on_trace(fl_request *request, const fl_trace *trace, void *arg) { (void)request, (void)trace, (void)arg; }
static void on_closed(void *arg) { ((outcome *)arg)->closed++; }

static void count(outcome *o, int error) {
  o->accepted += error == FL_OK;
  o->refused += error == FL_ENOMEM;
  o->unexpected += error != FL_OK && error != FL_ENOMEM;
}

static void ask_one(outcome *o, const char *url, fl_request_options options) {
  options.on_end = on_end;
  options.arg = o;
  count(o, fl_session_request(NULL, o->session, url, strlen(url), &options));
}

enum { ASKED = 8, IN_BATCH = 2 };

static const fl_header own[] = {{"X-Own", "1"}, {"Authorization", "Bearer x"}, {"X-Default", NULL}};

static void ask_all(outcome *o) {
  ask_one(o, "http://a/plain", (fl_request_options){0});
  ask_one(o, "http://user:pass@a/retry", (fl_request_options){.headers = own, .headers_count = LENGTH(own)});
  ask_one(o, "http://b/redirect", (fl_request_options){.method = "POST", .body = "x", .body_bytes = 1});
  ask_one(o, "http://user@b/redirect", (fl_request_options){.flags = FL_TRACED});
  ask_one(o, "http://c/download", (fl_request_options){.flags = FL_BODY_ON_HEAP});
  ask_one(o, "http://a/stream", (fl_request_options){.flags = FL_STREAM, .on_response = on_response});
  ask_one(o, "http://d/timeouts", (fl_request_options){.timeouts = {.total_us = FL_NEVER, .read_us = FL_NEVER}});
  ask_one(o, "http://d/retry?date", (fl_request_options){.priority = 5});
}

static void use_batch(outcome *o) {
  int error = fl_batch_open(&o->batch, o->session, &(fl_batch_options){.on_end = on_end_in_batch, .arg = o});
  if (error) {
    o->unexpected += error != FL_ENOMEM;
    return;
  }
  count(o, fl_batch_request(NULL, o->batch, "http://b/redirect", 17,
                            &(fl_request_options){.headers = own, .headers_count = LENGTH(own)}));
  count(o, fl_batch_get(NULL, o->batch, "not a URL", 9, 0));
}

static int open_all(outcome *o) {
  static const fl_header defaults[] = {{"X-Default", "1"}, {"Accept", "*/*"}};
  static const char *const sensitive[] = {"x-own"};
  static const fl_retry_options retry = {.backoff_us = 1, .backoff_max_us = 1};
  fl_session_options options = {.limit = 3,
                                .retry = retry,
                                .headers = defaults,
                                .headers_count = LENGTH(defaults),
                                .sensitive = sensitive,
                                .sensitive_count = LENGTH(sensitive),
                                .on_attempt = on_attempt,
                                .on_trace = on_trace,
                                .arg = o,
                                .seed = 1};
  int error = fl_sim_open(&o->sim, &(fl_sim_options){.seed = 1, .arg = o, .decide = decide});
  if (!error) error = fl_loop_open(&o->loop, fl_sim_clock(o->sim), 0);
  if (!error) error = fl_session_open(&o->session, o->loop, fl_sim_transport(o->sim), &options);
  return error;
}

static outcome run_scenario(void) {
  outcome o = {0};
  int error = open_all(&o);
  if (!error) {
    count(&o, fl_session_set_delay(o.session, "http://e/", 9, SECOND));
    o.accepted = 0; /* that was no request */
    ask_all(&o);
    use_batch(&o);
    fl_sim_run(o.sim, FL_NEVER);
    if (o.batch) fl_batch_close(o.batch);
    fl_session_close(o.session, on_closed, &o);
    fl_sim_run(o.sim, fl_sim_time(o.sim)); /* a close needs no memory */
    o.unexpected += o.closed != 1 || o.ended != o.accepted || fl_sim_tokens(o.sim) != 0;
  } else {
    o.unexpected += error != FL_ENOMEM;
  }
  if (o.loop) fl_loop_close(o.loop);
  if (o.sim) fl_sim_close(o.sim);
  return o;
}

static void check(const outcome *o, unsigned long nth) {
  if (o->unexpected)
    fail_msg("allocation %lu failing: %u unexpected, %u accepted, %u refused, %u ended, %u responses", nth,
             o->unexpected, o->accepted, o->refused, o->ended, o->responses);
}

static unsigned long allocations_of_a_run(void) {
  arm(0, false);
  outcome o = run_scenario();
  check(&o, 0);
  assert_int_equal(o.accepted, ASKED + IN_BATCH);
  assert_int_equal(o.responses, ASKED + IN_BATCH - 1); /* one URL is none */
  assert_int_equal(o.heads, 1);
  return allocations;
}

static void a_single_failure_is_an_error_or_harmless(void **state) {
  (void)state;
  unsigned long all = allocations_of_a_run();
  assert_in_range(all, 100, 1000);
  for (unsigned long nth = 1; nth <= all; nth++) {
    arm(nth, false);
    outcome o = run_scenario();
    arm(0, false);
    check(&o, nth);
    assert_in_range(o.refused, 0, 1);
  }
}

static void nor_is_it_lost_when_nothing_is_given_any_more(void **state) {
  (void)state;
  unsigned long all = allocations_of_a_run();
  for (unsigned long nth = 1; nth <= all; nth++) {
    arm(nth, true);
    outcome o = run_scenario();
    arm(0, false);
    check(&o, nth);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_single_failure_is_an_error_or_harmless),
      cmocka_unit_test(nor_is_it_lost_when_nothing_is_given_any_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
