/* Locks: who has it, and who is next, whoever is cancelled meanwhile. */
#include "sync_support.h"

static fl_lock lock;

static int setup(void **state) {
  lock = (fl_lock){0};
  return sync_setup(state);
}
#define LOCK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sync_teardown)

/* Writes down "a" when it has the lock, and keeps it; or "a:FL_E...". */
fl_async(taker, char name; int error) {
  fl_begin;
  fl_try(self->error, fl_lock_acquire(&lock));
  if (self->error)
    note("%c:%s", self->name, fl_error_name(self->error));
  else
    note("%c", self->name);
  fl_end;
}
static fl_task take(char name) { return fl_create_task(loop, taker, name); }

/* A task that waits for the lock, which another has. */
static fl_task waiter(char name) {
  fl_task task = take(name);
  settle_now();
  assert_string_equal(noted(), "");
  return task;
}
static void take_it_away(void) {
  take('x');
  assert_leads_to("x");
}

static void one_that_is_zeroed_is_free(void **state) {
  (void)state;
  assert_false(fl_lock_locked(&lock));
}

static void a_free_lock_is_had_without_a_pause(void **state) {
  (void)state;
  take('a');
  one_turn();
  assert_string_equal(noted(), "a");
  assert_true(fl_lock_locked(&lock));
}

static void one_has_it_at_a_time_in_the_order_of_their_coming(void **state) {
  (void)state;
  take('a'), take('b'), take('c'), take('d');
  assert_leads_to("a");
  for (const char *const *next = (const char *const[]){"b", "c", "d", NULL}; *next; next++) {
    assert_int_equal(fl_lock_release(&lock), FL_OK); /* by none of them */
    assert_leads_to(*next);
    assert_true(fl_lock_locked(&lock));
  }
  assert_int_equal(fl_lock_release(&lock), FL_OK);
  assert_leads_to("");
  assert_false(fl_lock_locked(&lock));
}

static void releasing_one_that_is_free_is_an_error(void **state) {
  (void)state;
  assert_int_equal(fl_lock_release(&lock), FL_ESTATE);
  take('a');
  assert_leads_to("a");
  assert_int_equal(fl_lock_release(&lock), FL_OK);
  assert_int_equal(fl_lock_release(&lock), FL_ESTATE);
  assert_false(fl_lock_locked(&lock));
}

static void released_twice_in_a_turn_it_is_still_only_one_s(void **state) {
  (void)state;
  take_it_away();
  waiter('a'), waiter('b');
  assert_int_equal(fl_lock_release(&lock), FL_OK);
  assert_int_equal(fl_lock_release(&lock), FL_ESTATE);
  assert_leads_to("a");
  assert_int_equal(fl_lock_release(&lock), FL_OK);
  assert_leads_to("b");
}

static void who_comes_when_the_next_is_woken_queues_up_behind(void **state) {
  (void)state;
  take_it_away();
  waiter('a');
  take('b'); /* its step comes before that of a, which is woken now */
  fl_lock_release(&lock);
  assert_leads_to("a");
  fl_lock_release(&lock);
  assert_leads_to("b");
}

static void a_waiter_that_is_cancelled_leaves_the_others_in_their_places(void **state) {
  (void)state;
  take_it_away();
  waiter('a');
  fl_task b = waiter('b');
  waiter('c');
  fl_cancel(b, NULL);
  assert_leads_to("b:FL_ECANCELLED");
  fl_lock_release(&lock);
  assert_leads_to("a");
  fl_lock_release(&lock);
  assert_leads_to("c");
}

static void woken_and_cancelled_in_one_turn_it_passes_the_lock_on(void **state) {
  (void)state;
  take_it_away();
  fl_task a = waiter('a');
  waiter('b');
  fl_lock_release(&lock);
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED b");
  assert_true(fl_lock_locked(&lock));
}

static void and_so_when_it_was_cancelled_before_it_was_woken(void **state) {
  (void)state;
  take_it_away();
  fl_task a = waiter('a');
  waiter('b');
  fl_cancel(a, NULL);
  fl_lock_release(&lock);
  assert_leads_to("a:FL_ECANCELLED b");
}

static void passed_on_it_goes_by_all_who_are_cancelled(void **state) {
  (void)state;
  for (int order = 0; order < 2; order++) {
    lock = (fl_lock){0};
    take_it_away();
    fl_task a = waiter('a'), b = waiter('b');
    waiter('c');
    if (order) fl_cancel(b, NULL);
    fl_lock_release(&lock);
    fl_cancel(a, NULL);
    if (!order) fl_cancel(b, NULL);
    settle_now();
    assert_non_null(strstr(noted(), "c"));
    fl_lock_release(&lock);
  }
}

static void with_nobody_to_pass_it_on_to_it_is_free(void **state) {
  (void)state;
  take_it_away();
  fl_task a = waiter('a');
  fl_lock_release(&lock);
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED");
  assert_false(fl_lock_locked(&lock));
  take('b');
  assert_leads_to("b");
}

static void who_comes_when_all_that_wait_are_cancelled_need_not_wait(void **state) {
  (void)state;
  take_it_away();
  fl_task a = waiter('a');
  take('b');
  fl_cancel(a, NULL); /* its step comes after that of b */
  fl_lock_release(&lock);
  one_turn();
  assert_string_equal(noted(), "b a:FL_ECANCELLED");
}

fl_async(cancels_itself, int error; bool had) {
  fl_begin;
  fl_cancel(fl_this_task(self), NULL);
  fl_await(fl_lock_acquire(&lock));
  self->had = true;
  fl_lock_release(&lock);
  fl_end;
}

static void what_was_cancelled_before_gets_a_free_lock_but_waits_for_none(void **state) {
  (void)state;
  for (int taken = 0; taken < 2; taken++) {
    if (taken) take_it_away();
    fl_task task = fl_create_task(loop, cancels_itself);
    settle_now();
    assert_true(fl_cancelled(task));
    assert_int_equal(fl_task_frame(task, cancels_itself)->had, !taken);
    assert_int_equal(fl_lock_locked(&lock), taken);
  }
}

fl_async(takes_for_a_while, char name; int64_t patience_us, takes_us; int error) {
  fl_begin;
  fl_try(self->error, fl_wait_for(fl_lock_acquire(&lock), self->patience_us));
  if (self->error) {
    note("%c:%s", self->name, fl_error_name(self->error));
    fl_return_void;
  }
  note("%c", self->name);
  fl_await(fl_sleep(self->takes_us));
  fl_lock_release(&lock);
  fl_end;
}

static void a_timeout_gives_the_place_up(void **state) {
  (void)state;
  fl_create_task(loop, takes_for_a_while, 'a', FL_SECOND, 10);
  fl_create_task(loop, takes_for_a_while, 'b', 5, 10);
  fl_create_task(loop, takes_for_a_while, 'c', FL_SECOND, 10);
  settle_until(9);
  assert_string_equal(noted(), "a b:FL_ETIMEOUT");
  settle_until(10);
  assert_string_equal(noted(), "c");
  settle_until(20);
  assert_false(fl_lock_locked(&lock));
}

static void a_timeout_at_the_moment_of_the_release_loses_no_wake_up(void **state) {
  (void)state;
  fl_create_task(loop, takes_for_a_while, 'a', FL_SECOND, 10);
  fl_create_task(loop, takes_for_a_while, 'b', 10, 10);
  fl_create_task(loop, takes_for_a_while, 'c', FL_SECOND, 10);
  settle_until(10);
  assert_true(fl_lock_locked(&lock));
  settle_until(30);
  const char *what = noted();
  assert_non_null(strchr(what, 'c'));
  assert_false(fl_lock_locked(&lock));
}

/* ---- Whatever comes */

enum { TASKS = 60 };
static unsigned inside, served;

fl_async(works, int64_t comes_us, takes_us; bool has) {
  fl_begin;
  fl_await(fl_sleep(self->comes_us));
  fl_await(fl_lock_acquire(&lock));
  self->has = true;
  assert_int_equal(inside++, 0);
  fl_await(fl_sleep(self->takes_us));
  served++;
  fl_finally;
  if (self->has) inside--, fl_lock_release(&lock);
  fl_end;
}

static void two_never_have_it_and_all_that_stay_get_it(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    uint64_t random = seed;
    fl_task tasks[TASKS];
    unsigned ended_well = 0;
    served = 0;
    for (int i = 0; i < TASKS; i++) tasks[i] = fl_create_task(loop, works, draw(&random, 20), draw(&random, 4));
    for (int i = 0; i < 40; i++) {
      turn(hand.now_us);
      if (draw(&random, 2)) fl_cancel(tasks[draw(&random, TASKS)], NULL);
      hand.now_us += draw(&random, 3);
    }
    settle_until(hand.now_us + 5 * TASKS);
    for (int i = 0; i < TASKS; i++) {
      assert_true(fl_done(tasks[i]));
      ended_well += fl_future_error(tasks[i]) == FL_OK;
      fl_release(tasks[i]);
    }
    assert_int_equal(inside, 0);
    assert_int_equal(served, ended_well);
    assert_in_range(served, 20, TASKS - 1);
    assert_false(fl_lock_locked(&lock));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOCK_TEST(one_that_is_zeroed_is_free),
      LOCK_TEST(a_free_lock_is_had_without_a_pause),
      LOCK_TEST(one_has_it_at_a_time_in_the_order_of_their_coming),
      LOCK_TEST(releasing_one_that_is_free_is_an_error),
      LOCK_TEST(released_twice_in_a_turn_it_is_still_only_one_s),
      LOCK_TEST(who_comes_when_the_next_is_woken_queues_up_behind),
      LOCK_TEST(a_waiter_that_is_cancelled_leaves_the_others_in_their_places),
      LOCK_TEST(woken_and_cancelled_in_one_turn_it_passes_the_lock_on),
      LOCK_TEST(and_so_when_it_was_cancelled_before_it_was_woken),
      LOCK_TEST(passed_on_it_goes_by_all_who_are_cancelled),
      LOCK_TEST(with_nobody_to_pass_it_on_to_it_is_free),
      LOCK_TEST(who_comes_when_all_that_wait_are_cancelled_need_not_wait),
      LOCK_TEST(what_was_cancelled_before_gets_a_free_lock_but_waits_for_none),
      LOCK_TEST(a_timeout_gives_the_place_up),
      LOCK_TEST(a_timeout_at_the_moment_of_the_release_loses_no_wake_up),
      LOCK_TEST(two_never_have_it_and_all_that_stay_get_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
