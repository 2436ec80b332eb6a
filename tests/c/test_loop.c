/* The event loop, with a clock that is moved by hand. */
#include "support.h"

#include <stdlib.h>

/* A callback writes down its name, lets time pass, and does what its test wants. */
typedef struct job job;
struct job {
  fl_handle handle;
  fl_timer timer;
  char name;
  int64_t takes_us;
  void (*also)(job *self);
  job *other;
};

static hand_clock hand;
static fl_loop *loop;
static char ran[256];
static size_t ran_length;

static void run_job(void *arg) {
  job *self = arg;
  assert_true(ran_length + 1 < sizeof ran);
  ran[ran_length++] = self->name;
  hand.now_us += self->takes_us;
  if (self->also) self->also(self);
}

/* What ran since it was last asked. */
static const char *what_ran(void) {
  static char out[sizeof ran];
  memcpy(out, ran, ran_length);
  out[ran_length] = '\0';
  ran_length = 0;
  return out;
}

static void soon(job *j) { fl_call_soon(loop, &j->handle, run_job, j); }
static void at(job *j, int64_t when_us) { fl_call_at(loop, &j->timer, when_us, run_job, j); }
static void later(job *j, int64_t delay_us) { fl_call_later(loop, &j->timer, delay_us, run_job, j); }
static int64_t turn(int64_t now_us) { return hand_clock_turn(&hand, loop, now_us); }

static int open_loop(void **state) {
  (void)state;
  hand_clock_init(&hand);
  ran_length = 0;
  return fl_loop_open(&loop, &hand.clock, 0);
}

static int close_loop(void **state) {
  (void)state;
  fl_loop_close(loop);
  return 0;
}

/* For a budget of its own. */
static void reopen(int64_t turn_budget_us) {
  fl_loop_close(loop);
  hand_clock_init(&hand);
  assert_int_equal(fl_loop_open(&loop, &hand.clock, turn_budget_us), FL_OK);
}

/* ---- Ready callbacks */

static void callbacks_run_once_and_in_the_order_of_their_scheduling(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  soon(&b), soon(&a), soon(&c);
  assert_string_equal(what_ran(), "");
  turn(0);
  assert_string_equal(what_ran(), "bac");
  turn(0);
  assert_string_equal(what_ran(), "");
}

static void a_pending_handle_keeps_its_place_and_its_callback(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'};
  soon(&a), soon(&b);
  fl_call_soon(loop, &a.handle, run_job, &b);
  turn(0);
  assert_string_equal(what_ran(), "ab");
}

static void schedule_other(job *self) { soon(self->other); }

static void a_callback_scheduled_by_a_callback_runs_in_the_next_turn(void **state) {
  (void)state;
  job c = {.name = 'c'}, a = {.name = 'a', .also = schedule_other, .other = &c}, b = {.name = 'b'};
  soon(&a), soon(&b);
  turn(0);
  assert_string_equal(what_ran(), "ab");
  turn(0);
  assert_string_equal(what_ran(), "c");
}

static void schedule_self(job *self) { soon(self); }

static void a_callback_may_schedule_itself_again(void **state) {
  (void)state;
  job a = {.name = 'a', .also = schedule_self}, b = {.name = 'b'};
  soon(&a), soon(&b);
  turn(0);
  assert_string_equal(what_ran(), "ab");
  turn(0);
  assert_string_equal(what_ran(), "a");
  turn(0);
  assert_string_equal(what_ran(), "a");
}

static void cancel_other(job *self) { fl_handle_cancel(&self->other->handle); }

static void a_callback_may_cancel_its_neighbour(void **state) {
  (void)state;
  job b = {.name = 'b'}, a = {.name = 'a', .also = cancel_other, .other = &b}, c = {.name = 'c'};
  soon(&a), soon(&b), soon(&c);
  turn(0);
  assert_string_equal(what_ran(), "ac");
  turn(0);
  assert_string_equal(what_ran(), "");
}

static void cancel_and_schedule_other(job *self) { cancel_other(self), soon(self->other); }

static void a_neighbour_that_is_cancelled_and_scheduled_again_waits_for_the_next_turn(void **state) {
  (void)state;
  job b = {.name = 'b'}, a = {.name = 'a', .also = cancel_and_schedule_other, .other = &b}, c = {.name = 'c'};
  soon(&a), soon(&b), soon(&c);
  turn(0);
  assert_string_equal(what_ran(), "ac");
  turn(0);
  assert_string_equal(what_ran(), "b");
}

static void cancelling_what_is_not_pending_does_nothing(void **state) {
  (void)state;
  job never = {.name = 'n'}, a = {.name = 'a', .also = cancel_other, .other = &never}, b = {.name = 'b'};
  fl_handle_cancel(&never.handle);
  fl_timer_cancel(&never.timer);
  a.other = &a; /* it is running */
  soon(&a);
  turn(0);
  fl_handle_cancel(&a.handle); /* it has run */
  soon(&b);
  fl_handle_cancel(&b.handle);
  fl_handle_cancel(&b.handle);
  turn(0);
  assert_string_equal(what_ran(), "a");
  assert_int_equal(hand.wake_us, FL_NEVER);
}

static void free_self(job *self) { free(self); }

static void a_callback_may_free_its_own_memory(void **state) {
  (void)state;
  for (char name = 'a'; name <= 'b'; name++) {
    job *j = calloc(1, sizeof *j);
    assert_non_null(j);
    j->name = name;
    j->also = free_self;
    if (name == 'a')
      soon(j);
    else
      at(j, 0);
  }
  turn(0);
  assert_string_equal(what_ran(), "ab");
}

/* ---- Timers */

static void timers_run_by_deadline_and_then_by_their_making(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};
  at(&a, 20), at(&b, 10), at(&c, 20), at(&d, 10);
  turn(9);
  assert_string_equal(what_ran(), "");
  turn(10);
  assert_string_equal(what_ran(), "bd");
  turn(100);
  assert_string_equal(what_ran(), "ac");
}

static void due_timers_run_after_what_was_ready_before(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};
  at(&a, 5), at(&b, 3), soon(&c), at(&d, 11), soon(&d);
  turn(10);
  assert_string_equal(what_ran(), "cdba");
}

static void a_second_call_moves_a_timer(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  at(&a, 10), at(&b, 20), at(&c, 30);
  at(&a, 20); /* made anew: after b */
  at(&c, 15);
  turn(14);
  assert_string_equal(what_ran(), "");
  turn(15);
  assert_string_equal(what_ran(), "c");
  turn(30);
  assert_string_equal(what_ran(), "ba");
  turn(100);
  assert_string_equal(what_ran(), "");
}

static void set_again(job *self) { later(self, 10); }

static void a_timer_may_be_set_again_from_its_own_callback(void **state) {
  (void)state;
  job a = {.name = 'a', .also = set_again};
  at(&a, 10);
  assert_int_equal(turn(10), 20);
  assert_int_equal(turn(25), 35);
  assert_int_equal(turn(34), 35);
  assert_int_equal(turn(35), 45);
  assert_string_equal(what_ran(), "aaa");
}

static void a_cancelled_timer_does_not_run(void **state) {
  (void)state;
  job jobs[5];
  for (unsigned i = 0; i < LENGTH(jobs); i++) {
    jobs[i] = (job){.name = (char)('a' + i)};
    at(&jobs[i], i);
  }
  fl_timer_cancel(&jobs[0].timer);
  fl_timer_cancel(&jobs[3].timer);
  fl_timer_cancel(&jobs[3].timer);
  turn(10);
  assert_string_equal(what_ran(), "bce");
}

static void cancel_other_timer(job *self) { fl_timer_cancel(&self->other->timer); }

static void a_timer_may_be_cancelled_when_it_is_due_already(void **state) {
  (void)state;
  job b = {.name = 'b'}, a = {.name = 'a', .also = cancel_other_timer, .other = &b}, c = {.name = 'c'};
  at(&a, 1), at(&b, 2), at(&c, 3);
  assert_int_equal(turn(10), FL_NEVER);
  assert_string_equal(what_ran(), "ac");
}

static void move_other_timer(job *self) { at(self->other, 20); }

static void a_timer_may_be_moved_when_it_is_due_already(void **state) {
  (void)state;
  job b = {.name = 'b'}, a = {.name = 'a', .also = move_other_timer, .other = &b}, c = {.name = 'c'};
  at(&a, 1), at(&b, 2), at(&c, 3);
  assert_int_equal(turn(10), 20);
  assert_string_equal(what_ran(), "ac");
  turn(20);
  assert_string_equal(what_ran(), "b");
}

static void set_other_in_the_past(job *self) { at(self->other, -5); }

static void a_deadline_that_is_past_already_waits_for_the_next_turn(void **state) {
  (void)state;
  job b = {.name = 'b'}, a = {.name = 'a', .also = set_other_in_the_past, .other = &b};
  soon(&a);
  assert_true(turn(10) <= 10);
  assert_string_equal(what_ran(), "a");
  assert_true(hand.wake_us <= 10);
  turn(10);
  assert_string_equal(what_ran(), "b");
}

static void a_negative_delay_counts_as_none(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  hand.now_us = 100;
  later(&a, 0), later(&b, -50), later(&c, INT64_MIN);
  turn(100);
  assert_string_equal(what_ran(), "abc");
}

static void a_timer_that_never_is_due_asks_for_no_wake_up(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  hand.now_us = 100;
  at(&a, FL_NEVER), later(&b, FL_NEVER), later(&c, FL_NEVER - 99);
  assert_int_equal(hand.asked, 0);
  assert_int_equal(turn(FL_NEVER - 1), FL_NEVER);
  assert_string_equal(what_ran(), "");
}

static void the_longest_delay_is_kept(void **state) {
  (void)state;
  job a = {.name = 'a'};
  hand.now_us = 100;
  later(&a, FL_NEVER - 101);
  assert_int_equal(hand.wake_us, FL_NEVER - 1);
  turn(FL_NEVER - 2);
  assert_string_equal(what_ran(), "");
  turn(FL_NEVER - 1);
  assert_string_equal(what_ran(), "a");
}

/* ---- Time */

static int64_t seen_us[2];
static void see_time(job *self) { seen_us[self->name - 'a'] = fl_loop_time(loop); }

static void all_callbacks_of_a_turn_see_one_time(void **state) {
  (void)state;
  job a = {.name = 'a', .takes_us = 70, .also = see_time}, b = {.name = 'b', .takes_us = 5, .also = see_time};
  soon(&a), soon(&b);
  turn(1000);
  assert_int_equal(seen_us[0], 1000);
  assert_int_equal(seen_us[1], 1000);
  assert_int_equal(fl_loop_time(loop), 1075); /* outside a turn it is the clock's */
}

static void later_in_a_turn_counts_from_the_turn_s_time(void **state) {
  (void)state;
  job a = {.name = 'a', .takes_us = 70, .also = set_again};
  soon(&a);
  assert_int_equal(turn(1000), 1010);
  hand.now_us = 2000;
  at(&a, 0), later(&a, 10);
  assert_int_equal(hand.wake_us, 2010);
}

static void a_budget_below_0_is_invalid(void **state) {
  (void)state;
  fl_loop *none = NULL;
  assert_int_equal(fl_loop_open(&none, &hand.clock, -1), FL_EINVAL);
  assert_null(none);
}

static int64_t now_of(const job *j) { return hand.now_us + j->takes_us; }

/* ---- Wake-ups */

static void an_idle_loop_asks_for_nothing(void **state) {
  (void)state;
  assert_int_equal(turn(0), FL_NEVER);
  assert_int_equal(turn(1000), FL_NEVER);
  assert_int_equal(hand.asked, 0);
}

static void what_is_ready_asks_for_one_wake_up_at_once(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
  hand.now_us = 500;
  soon(&a);
  assert_true(hand.wake_us <= 500);
  soon(&b), at(&c, 600);
  assert_int_equal(hand.asked, 1);
}

static void only_an_earlier_deadline_replaces_a_wake_up(void **state) {
  (void)state;
  job a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
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
  job a = {.name = 'a'}, b = {.name = 'b'};
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
  job b = {.name = 'b'}, a = {.name = 'a', .also = schedule_other_and_set_self, .other = &b};
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
  job a = {.name = 'a'}, b = {.name = 'b'};
  soon(&a), at(&b, 100);
  fl_loop_close(loop);
  assert_int_equal(hand.wake_us, FL_NEVER);
  assert_string_equal(what_ran(), "");
  assert_int_equal(open_loop(state), FL_OK);
}

/* A turn that no wake-up led to: the clock must not turn a loop that is gone. */
static void closing_after_an_extra_turn_leaves_no_wake_up(void **state) {
  (void)state;
  job a = {.name = 'a'};
  soon(&a);
  fl_loop_turn(loop); /* not the clock's doing: its wake-up stands */
  assert_string_equal(what_ran(), "a");
  fl_loop_close(loop);
  assert_int_equal(hand.wake_us, FL_NEVER);
  assert_int_equal(open_loop(state), FL_OK);
}
