/* One turn of the loop: its time, its budget, the wake-up that it asks for; and the loop's end. */
#include "../../src/loop/loop.h"
#include "support.h"

static void schedule_other(job *self) { soon(self->other); }
static void set_again(job *self) { later(self, 10); }

/* ---- Time */

static int64_t seen_us[2];
static void see_time(job *self) { seen_us[self->name - 'a'] = fl_loop_time(loop); }

static void all_callbacks_of_a_turn_see_one_time(void **state) {
  (void)state;
  static job a = {.name = 'a', .takes_us = 70, .also = see_time}, b = {.name = 'b', .takes_us = 5, .also = see_time};
  soon(&a), soon(&b);
  turn(1000);
  assert_int_equal(seen_us[0], 1000);
  assert_int_equal(seen_us[1], 1000);
  assert_int_equal(fl_loop_time(loop), 1075); /* outside a turn it is the clock's */
}

static void later_in_a_turn_counts_from_the_turn_s_time(void **state) {
  (void)state;
  static job a = {.name = 'a', .takes_us = 70, .also = set_again};
  soon(&a);
  assert_int_equal(turn(1000), 1010);
  hand.now_us = 2000;
  at(&a, 0), later(&a, 10);
  assert_int_equal(hand.wake_us, 2010);
}

/* ---- The budget */

enum { JOBS = 100 };
static job jobs[JOBS];

/* All ready, each taking so long; named '0' and on, in order. */
static void make_jobs(int64_t each_takes_us) {
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = (job){.name = (char)('0' + i % 10), .takes_us = each_takes_us};
    soon(&jobs[i]);
  }
}

/* One turn; how many of the jobs ran, from `next` on and in order. */
static size_t jobs_of_turn(size_t next) {
  turn(hand.now_us);
  const char *names = what_ran();
  for (size_t i = 0; names[i]; i++) assert_int_equal(names[i], '0' + (int)((next + i) % 10));
  return strlen(names);
}

static void a_turn_within_its_budget_runs_all(void **state) {
  (void)state;
  make_jobs(79); /* 7.9 ms; the default is 8 */
  assert_int_equal(jobs_of_turn(0), JOBS);
  loop_reopen(SECOND);
  make_jobs(9 * MS);
  assert_int_equal(jobs_of_turn(0), JOBS);
}

static void past_its_budget_a_turn_leaves_the_rest_to_the_next(void **state) {
  (void)state;
  make_jobs(MS);
  size_t done = 0;
  while (done < JOBS) {
    size_t ran_now = jobs_of_turn(done);
    assert_in_range(ran_now, 1, 30); /* 8 make the budget; the clock is not read after each */
    done += ran_now;
    if (done < JOBS) assert_true(hand.wake_us <= hand.now_us);
  }
  assert_int_equal(hand.wake_us, FL_NEVER);
}

static void the_budget_is_watched_until_the_turn_ends(void **state) {
  (void)state;
  make_jobs(MS / 4); /* 32 make the budget */
  assert_in_range(jobs_of_turn(0), 32, 60);
}

/* Reading it may cost as much as a callback does. */
static void the_clock_is_read_once_for_many_callbacks(void **state) {
  (void)state;
  make_jobs(0);
  hand.read = 0;
  assert_int_equal(jobs_of_turn(0), JOBS);
  assert_in_range(hand.read, 1, JOBS / 10);
}

static void a_small_budget_still_gets_on(void **state) {
  (void)state;
  loop_reopen(1);
  make_jobs(SECOND);
  for (size_t done = 0, more; done < JOBS; done += more) assert_in_range(more = jobs_of_turn(done), 1, 30);
}

static void the_rest_runs_before_anything_new(void **state) {
  (void)state;
  static job fresh = {.name = 'f'}, due = {.name = 'd'};
  static job first = {.name = 'x', .also = schedule_other, .other = &fresh};
  soon(&first);
  at(&due, 1);
  make_jobs(MS);
  turn(0);
  size_t done = strlen(what_ran()) - 1; /* without first, which made fresh ready */
  static job outside = {.name = 'o'};
  soon(&outside);
  char expected[JOBS + 4] = "", after[JOBS + 4] = "";
  for (size_t i = done; i < JOBS; i++) expected[i - done] = (char)('0' + i % 10);
  strcat(expected, "fod");
  while (strlen(after) < strlen(expected)) {
    turn(hand.now_us);
    strcat(after, what_ran());
  }
  assert_string_equal(after, expected);
}

static void what_is_left_for_the_next_turn_can_be_cancelled(void **state) {
  (void)state;
  make_jobs(MS);
  size_t done = jobs_of_turn(0);
  for (size_t i = done; i < JOBS; i++) fl_handle_cancel(&jobs[i].handle);
  assert_int_equal(hand.wake_us, FL_NEVER);
  assert_int_equal(jobs_of_turn(done), 0);
}

static void a_budget_below_0_is_invalid(void **state) {
  (void)state;
  fl_loop *none = NULL;
  assert_int_equal(fl_loop_open(&none, &hand.clock, -1), FL_EINVAL);
  assert_null(none);
}

static void a_budget_may_be_without_end(void **state) {
  (void)state;
  loop_reopen(FL_NEVER);
  hand.now_us = 1;
  make_jobs(3600 * SECOND);
  assert_int_equal(jobs_of_turn(0), JOBS);
}

/* ---- Wake-ups */

static void an_idle_loop_asks_for_nothing(void **state) {
  (void)state;
  assert_int_equal(turn(0), FL_NEVER);
  assert_int_equal(turn(1000), FL_NEVER);
  assert_int_equal(hand.asked, 0);
}

static void what_is_ready_asks_for_one_wake_up_at_once(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  hand.now_us = 500;
  soon(&a);
  assert_true(hand.wake_us <= 500);
  soon(&b), at(&c, 600);
  assert_int_equal(hand.asked, 1);
}

static void only_an_earlier_deadline_replaces_a_wake_up(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  at(&a, 100);
  assert_int_equal(hand.wake_us, 100);
  at(&b, 200);
  assert_int_equal(hand.asked, 1);
  at(&c, 50);
  assert_int_equal(hand.wake_us, 50);
  assert_int_equal(hand.asked, 2);
  assert_int_equal(turn(50), 100);
  assert_int_equal(hand.wake_us, 100);
  assert_int_equal(hand.asked, 3);
}

static void cancelling_the_last_deadline_takes_the_wake_up_back(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'};
  at(&a, 100), at(&b, 200);
  fl_timer_cancel(&a.timer); /* waking early does no harm, and asking costs */
  assert_int_equal(hand.asked, 1);
  assert_int_equal(turn(100), 200);
  assert_int_equal(hand.wake_us, 200);
  fl_timer_cancel(&b.timer);
  assert_int_equal(hand.wake_us, FL_NEVER);
  soon(&a);
  fl_handle_cancel(&a.handle);
  assert_int_equal(hand.wake_us, FL_NEVER);
}

static void schedule_other_and_set_self(job *self) { soon(self->other), later(self, 10), later(self->other, 5); }

static void a_turn_asks_once_at_its_end(void **state) {
  (void)state;
  static job b = {.name = 'b'}, a = {.name = 'a', .also = schedule_other_and_set_self, .other = &b};
  at(&a, 100);
  assert_int_equal(hand.asked, 1);
  int64_t next_us = turn(100);
  assert_true(next_us <= 100);
  assert_int_equal(hand.wake_us, next_us);
  assert_int_equal(hand.asked, 2);
}

/* ---- Closing */

static void closing_takes_the_wake_up_back_and_forgets_the_rest(void **state) {
  (void)state;
  static job a = {.name = 'a'}, b = {.name = 'b'};
  soon(&a), at(&b, 100);
  assert_int_equal(hand.wake_us, 0);
  loop_end();
  assert_int_equal(hand.wake_us, FL_NEVER);
  assert_string_equal(what_ran(), "");
}

static void closing_an_idle_loop_asks_for_nothing(void **state) {
  (void)state;
  loop_end();
  assert_int_equal(hand.asked, 0);
}

/* The clock must not turn a loop that is gone, whoever turned it before. */
static void closing_after_a_turn_that_no_wake_up_led_to_leaves_none(void **state) {
  (void)state;
  static job a = {.name = 'a'};
  soon(&a);
  fl_loop_turn(loop); /* not the clock's doing: its wake-up stands */
  assert_string_equal(what_ran(), "a");
  loop_end();
  assert_int_equal(hand.wake_us, FL_NEVER);
}

/* ---- Giving way: the host's promises go on within a turn */

static void gives_way(job *self) {
  (void)self;
  fl__loop_give_way(loop, FL__BEFORE_NEXT_CALLBACK);
}

static void gives_way_in_the_end(job *self) {
  (void)self;
  fl__loop_give_way(loop, FL__BEFORE_NEXT_TURN);
}

static void a_turn_that_gives_way_goes_on_where_it_stopped(void **state) {
  (void)state;
  static job a = {.name = 'a', .also = gives_way}, b = {.name = 'b'}, c = {.name = 'c'};
  hand.now_us = 1000;
  soon(&a), soon(&b);
  assert_true(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "a");
  hand.now_us = 1100;
  soon(&c); /* by the host's promises: after what is left of the turn */
  assert_int_equal(fl_loop_time(loop), 1000);
  assert_int_equal(fl_loop_turn(loop), FL_ERUNNING);
  assert_false(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "bc");
}

static void it_may_give_way_at_its_end_and_before_the_next_turn(void **state) {
  (void)state;
  static job b = {.name = 'b'};
  static job a = {.name = 'a', .also = schedule_other, .other = &b}, last = {.name = 'l', .also = gives_way_in_the_end};
  soon(&last), soon(&a);
  assert_true(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "la");
  assert_false(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "b");
}

static void turn_follows_turn_only_when_the_host_has_been_given_way(void **state) {
  (void)state;
  loop->host_between = true;
  static job b = {.name = 'b', .also = gives_way}, c = {.name = 'c'};
  static job a = {.name = 'a', .also = schedule_other, .other = &b};
  b.other = &c;
  soon(&a);
  assert_false(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "a");
  assert_true(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "b");
  soon(&c);
  assert_false(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "c");
}

static void out_of_a_turn_nobody_gives_way(void **state) {
  (void)state;
  gives_way(NULL);
  static job a = {.name = 'a'};
  soon(&a);
  assert_false(fl__loop_turns(loop));
  assert_string_equal(what_ran(), "a");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOOP_TEST(all_callbacks_of_a_turn_see_one_time),
      LOOP_TEST(later_in_a_turn_counts_from_the_turn_s_time),
      LOOP_TEST(a_turn_within_its_budget_runs_all),
      LOOP_TEST(past_its_budget_a_turn_leaves_the_rest_to_the_next),
      LOOP_TEST(the_budget_is_watched_until_the_turn_ends),
      LOOP_TEST(the_clock_is_read_once_for_many_callbacks),
      LOOP_TEST(a_small_budget_still_gets_on),
      LOOP_TEST(the_rest_runs_before_anything_new),
      LOOP_TEST(what_is_left_for_the_next_turn_can_be_cancelled),
      LOOP_TEST(a_budget_below_0_is_invalid),
      LOOP_TEST(an_idle_loop_asks_for_nothing),
      LOOP_TEST(what_is_ready_asks_for_one_wake_up_at_once),
      LOOP_TEST(only_an_earlier_deadline_replaces_a_wake_up),
      LOOP_TEST(cancelling_the_last_deadline_takes_the_wake_up_back),
      LOOP_TEST(a_turn_asks_once_at_its_end),
      LOOP_TEST(closing_takes_the_wake_up_back_and_forgets_the_rest),
      LOOP_TEST(closing_an_idle_loop_asks_for_nothing),
      LOOP_TEST(closing_after_a_turn_that_no_wake_up_led_to_leaves_none),
      LOOP_TEST(a_budget_may_be_without_end),
      LOOP_TEST(a_turn_that_gives_way_goes_on_where_it_stopped),
      LOOP_TEST(it_may_give_way_at_its_end_and_before_the_next_turn),
      LOOP_TEST(turn_follows_turn_only_when_the_host_has_been_given_way),
      LOOP_TEST(out_of_a_turn_nobody_gives_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
