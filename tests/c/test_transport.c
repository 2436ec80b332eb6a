/* What the session asks of a transport, and what a transport may do to it. The transport here does nothing by itself,
 * the clock is moved by hand. */
#include "support.h"

enum { TOKENS = 32 };

static struct stub {
  char tokens[TOKENS]; /* 0: not given, 1: open, 2: closed */
  uint32_t ids[TOKENS];
  unsigned flags[TOKENS];
  unsigned sent;
  bool sending;
  fl_progress progress;
  bool replies_inside;
  int refuses;
  fl_session *session;
} t;

static int t_send(void *self, void **token, const fl_attempt *attempt) {
  (void)self;
  assert_ptr_equal(attempt->session, t.session);
  assert_false(t.sending);
  assert_true(t.sent < TOKENS);
  if (t.refuses) return t.refuses;
  t.sending = true;
  t.tokens[t.sent] = 1;
  t.ids[t.sent] = attempt->id;
  t.flags[t.sent] = attempt->flags;
  if (t.replies_inside) fl_session_reply(attempt->session, attempt->id, &(fl_reply){.status = 200});
  *token = &t.tokens[t.sent++];
  t.sending = false;
  return FL_OK;
}

static void t_close(void *self, void *token) {
  (void)self;
  assert_false(t.sending);
  assert_int_equal(*(char *)token, 1); /* once */
  *(char *)token = 2;
}

static void t_progress(void *self, void *token, fl_progress *out) {
  (void)self;
  assert_non_null(token);
  assert_int_equal(*(char *)token, 1);
  assert_memory_equal(out, &(fl_progress){0}, sizeof *out);
  *out = t.progress;
}

static int t_header(void *self, void *token, const char *name, char *buffer, size_t size) {
  (void)self, (void)name, (void)buffer, (void)size;
  assert_int_equal(*(char *)token, 1);
  return -1;
}

static const fl_transport transport = {.send = t_send, .close = t_close, .progress = t_progress, .header = t_header};

/* ---- What ended */

static struct last_end {
  unsigned count;
  int error, status; /* the last one's */
  char token;        /* its token's state during on_end; 9: it had none */
  size_t body_bytes;
  uint8_t body[8];
} last;

static void on_end(fl_request *request, void *arg) {
  (void)arg;
  last.count++;
  last.error = fl_request_error(request);
  last.status = fl_request_status(request);
  const char *token = fl_request_token(request);
  last.token = token ? *token : 9;
  const uint8_t *body = fl_request_body(request, &last.body_bytes);
  if (body) memcpy(last.body, body, last.body_bytes);
}

static int open_all(void **state) {
  t = (struct stub){0};
  last = (struct last_end){0};
  int error = loop_setup(state);
  fl_session_options options = {
      .limit = 2, .timeouts = {.attempt_us = SECOND, .connect_us = SECOND / 2}, .retry.limit = FL_RETRIES_NONE};
  return error ? error : fl_session_open(&t.session, loop, &transport, &options);
}

static int close_all(void **state) {
  fl_session_close(t.session, NULL, NULL);
  for (int i = 0; i < 3; i++) turn(hand.now_us);
  return loop_teardown(state);
}

static fl_request *get(unsigned flags) {
  fl_request *request = NULL;
  assert_int_equal(fl_session_get(&request, t.session, "http://a/", 9, flags, on_end, NULL), FL_OK);
  return request;
}

static void reply(unsigned sent, int status) {
  fl_session_reply(t.session, t.ids[sent], &(fl_reply){.status = status});
}

/* ---- send and close */

static void a_token_lives_until_on_end_has_returned(void **state) {
  (void)state;
  get(0);
  reply(0, 200);
  assert_int_equal(t.tokens[0], 1);
  turn(10);
  assert_int_equal(last.token, 1);
  assert_int_equal(t.tokens[0], 2);
}

static void one_that_is_cancelled_is_closed_before_the_call_returns(void **state) {
  (void)state;
  fl_request_cancel(get(0));
  assert_int_equal(t.tokens[0], 2);
  assert_int_equal(last.count, 0);
  turn(0);
  assert_int_equal(last.error, FL_ECANCELLED);
  assert_int_equal(last.count, 1);
}

static void one_that_times_out_is_closed(void **state) {
  (void)state;
  get(0);
  t.progress.connected = true;
  turn(SECOND / 2);
  assert_int_equal(t.tokens[0], 1);
  turn(SECOND);
  assert_int_equal(hand.wake_us, SECOND); /* the rest is for a turn of its own, at once */
  turn(SECOND);
  assert_int_equal(t.tokens[0], 2);
  assert_int_equal(last.error, FL_EATTEMPTTIMEOUT);
}

static void one_that_is_refused_has_no_token_to_close(void **state) {
  (void)state;
  t.refuses = FL_ENOMEM;
  get(0);
  turn(0);
  assert_int_equal(last.error, FL_ENOMEM);
  assert_int_equal(last.token, 9);
  assert_int_equal(hand.wake_us, FL_NEVER); /* nor a deadline to wait for */
}

static void a_reply_inside_send_does_not_lose_the_token(void **state) {
  (void)state;
  t.replies_inside = true;
  get(0);
  assert_int_equal(last.count, 0);
  turn(0);
  assert_int_equal(last.status, 200);
  assert_int_equal(last.token, 1);
  assert_int_equal(t.tokens[0], 2);
}

static void flags_reach_the_transport(void **state) {
  (void)state;
  get(FL_BODY_ON_HEAP), get(0);
  assert_int_equal(t.flags[0], FL_BODY_ON_HEAP);
  assert_int_equal(t.flags[1], 0);
}

static void the_body_is_the_transport_s_own(void **state) {
  (void)state;
  static const uint8_t body[] = {1, 0, 2};
  get(FL_BODY_ON_HEAP);
  fl_session_reply(t.session, t.ids[0], &(fl_reply){.status = 200, .body = body, .body_bytes = sizeof body});
  turn(0);
  assert_int_equal(last.body_bytes, sizeof body);
  assert_memory_equal(last.body, body, sizeof body);
}

static void only_the_first_report_counts(void **state) {
  (void)state;
  get(0);
  reply(0, 404), reply(0, 200);
  turn(0);
  reply(0, 500);
  turn(0);
  assert_int_equal(last.count, 1);
  assert_int_equal(last.status, 404);
}

/* ---- A reply and a deadline in one turn */

static void a_reply_that_came_before_the_turn_of_its_deadline_counts(void **state) {
  (void)state;
  get(0);
  hand.now_us = 2 * SECOND; /* the program was stopped for a while */
  reply(0, 200);
  turn(2 * SECOND);
  turn(2 * SECOND);
  assert_int_equal(last.count, 1);
  assert_int_equal(last.error, FL_OK);
  assert_int_equal(last.status, 200);
}

static void report_first(job *self) {
  (void)self;
  reply(0, 200);
}

/* In one turn stand a callback of the transport's, and the deadline behind it. */
static void a_reply_just_before_the_deadline_s_callback_counts(void **state) {
  (void)state;
  get(0);
  job reporter = {.name = 'r', .also = report_first};
  soon(&reporter);
  turn(SECOND);
  turn(SECOND);
  assert_int_equal(last.count, 1);
  assert_int_equal(last.error, FL_OK);
  assert_int_equal(last.status, 200);
}

/* The deadline is due, but its turn runs out of time before it; then the reply comes. */
static void a_reply_between_a_deadline_and_its_callback_counts(void **state) {
  (void)state;
  get(0);
  static job jobs[64];
  for (unsigned i = 0; i < LENGTH(jobs); i++) {
    jobs[i] = (job){.name = 'j', .takes_us = MS};
    soon(&jobs[i]);
  }
  turn(SECOND);
  assert_true(strlen(what_ran()) < LENGTH(jobs));
  reply(0, 200);
  while (hand.wake_us <= hand.now_us) turn(hand.now_us);
  assert_int_equal(last.count, 1);
  assert_int_equal(last.error, FL_OK);
  assert_int_equal(last.status, 200);
  assert_int_equal(t.tokens[0], 2);
}

static void refuse_second(job *self) {
  (void)self;
  t.refuses = FL_ENETWORK;
  get(0);
}

/* The one that was refused has no token that progress() could be asked about. */
static void one_that_is_refused_while_its_deadline_is_past_ends_once(void **state) {
  (void)state;
  job jobs[2] = {{.name = 'r', .takes_us = 2 * SECOND, .also = refuse_second}, {.name = 'j'}};
  soon(&jobs[0]), soon(&jobs[1]);
  turn(0);
  turn(hand.now_us);
  turn(hand.now_us + 2 * SECOND);
  assert_int_equal(last.count, 1);
  assert_int_equal(last.error, FL_ENETWORK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_token_lives_until_on_end_has_returned),
      TEST(one_that_is_cancelled_is_closed_before_the_call_returns),
      TEST(one_that_times_out_is_closed),
      TEST(one_that_is_refused_has_no_token_to_close),
      TEST(a_reply_inside_send_does_not_lose_the_token),
      TEST(flags_reach_the_transport),
      TEST(the_body_is_the_transport_s_own),
      TEST(only_the_first_report_counts),
      TEST(a_reply_that_came_before_the_turn_of_its_deadline_counts),
      TEST(one_that_is_refused_while_its_deadline_is_past_ends_once),
      TEST(a_reply_just_before_the_deadline_s_callback_counts),
      TEST(a_reply_between_a_deadline_and_its_callback_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
