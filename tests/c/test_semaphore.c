/* Semaphores: how many are inside, and who is next. */
#include "sync_support.h"

static fl_semaphore semaphore;

static void has(size_t value) { semaphore = (fl_semaphore)FL_SEMAPHORE(value); }

/* Writes down "a" when it is in, and stays; or "a:FL_E...". */
fl_async(comer, char name; int error) {
  fl_begin;
  fl_try(self->error, fl_semaphore_acquire(&semaphore));
  note(self->error ? "%c:%s" : "%c", self->name, fl_error_name(self->error));
  fl_end;
}
static fl_task come(char name) { return fl_create_task(loop, comer, name); }
static fl_task waiter(char name) {
  fl_task task = come(name);
  settle_now();
  assert_string_equal(noted(), "");
  return task;
}
static void release(void) { assert_int_equal(fl_semaphore_release(&semaphore), FL_OK); }

static void as_many_as_its_value_come_in_without_a_pause(void **state) {
  (void)state;
  has(3);
  come('a'), come('b'), come('c'), come('d'), come('e');
  one_turn();
  assert_string_equal(noted(), "a b c");
  assert_leads_to("");
  release();
  assert_leads_to("d");
  release();
  assert_leads_to("e");
}

static void it_is_locked_when_acquire_would_wait(void **state) {
  (void)state;
  has(2);
  assert_false(fl_semaphore_locked(&semaphore));
  come('a');
  assert_leads_to("a");
  assert_false(fl_semaphore_locked(&semaphore));
  come('b');
  assert_leads_to("b");
  assert_true(fl_semaphore_locked(&semaphore));
  release();
  assert_false(fl_semaphore_locked(&semaphore));
}

static void it_is_locked_for_who_comes_while_others_are_about_to_go_in(void **state) {
  (void)state;
  has(0);
  waiter('a');
  release();
  release();
  assert_true(fl_semaphore_locked(&semaphore)); /* of value 1, but a has not gone in yet */
  assert_leads_to("a");
  assert_false(fl_semaphore_locked(&semaphore));
}

static void one_of_0_waits_for_a_release(void **state) {
  (void)state;
  has(0);
  assert_true(fl_semaphore_locked(&semaphore));
  waiter('a');
  release();
  assert_leads_to("a");
}

static void without_a_bound_it_grows(void **state) {
  (void)state;
  has(0);
  for (int i = 0; i < 3; i++) release();
  come('a'), come('b'), come('c'), come('d');
  assert_leads_to("a b c");
  release();
  assert_leads_to("d");
}

static void with_a_bound_it_refuses_more_releases_than_acquires(void **state) {
  (void)state;
  semaphore = (fl_semaphore)FL_BOUNDED_SEMAPHORE(2);
  assert_int_equal(fl_semaphore_release(&semaphore), FL_ESTATE);
  come('a');
  assert_leads_to("a");
  release();
  assert_int_equal(fl_semaphore_release(&semaphore), FL_ESTATE);
  come('b'), come('c'), come('d');
  assert_leads_to("b c");
  release();
  assert_leads_to("d");
  release();
  release();
  assert_int_equal(fl_semaphore_release(&semaphore), FL_ESTATE);
}

static void releases_of_one_turn_let_as_many_in(void **state) {
  (void)state;
  has(0);
  waiter('a'), waiter('b'), waiter('c'), waiter('d');
  release();
  release();
  release();
  one_turn();
  assert_string_equal(noted(), "a b c");
  assert_leads_to("");
  release();
  assert_leads_to("d");
}

static void who_comes_when_the_next_is_woken_queues_up_behind(void **state) {
  (void)state;
  has(0);
  waiter('a');
  come('b'); /* its step comes before that of a */
  release();
  assert_leads_to("a");
  release();
  assert_leads_to("b");
}

static void who_queued_up_behind_a_woken_one_is_let_in_when_there_is_room_for_both(void **state) {
  (void)state;
  has(0);
  waiter('a');
  come('b');
  release();
  release(); /* when b comes there is room, but a stands before it */
  assert_leads_to("a b");
  assert_true(fl_semaphore_locked(&semaphore));
}

static void a_waiter_that_is_cancelled_leaves_the_others_in_their_places(void **state) {
  (void)state;
  has(0);
  waiter('a');
  fl_task b = waiter('b');
  waiter('c');
  fl_cancel(b, NULL);
  assert_leads_to("b:FL_ECANCELLED");
  release();
  assert_leads_to("a");
  release();
  assert_leads_to("c");
}

static void woken_and_cancelled_in_one_turn_it_lets_the_next_in(void **state) {
  (void)state;
  for (int cancelled_first = 0; cancelled_first < 2; cancelled_first++) {
    has(0);
    fl_task a = waiter('a');
    waiter('b');
    if (cancelled_first) fl_cancel(a, NULL);
    release();
    if (!cancelled_first) fl_cancel(a, NULL);
    assert_leads_to("a:FL_ECANCELLED b");
    assert_true(fl_semaphore_locked(&semaphore));
  }
}

static void passed_on_it_goes_by_all_who_are_cancelled(void **state) {
  (void)state;
  has(0);
  fl_task a = waiter('a'), b = waiter('b');
  waiter('c');
  release();
  fl_cancel(a, NULL);
  fl_cancel(b, NULL);
  assert_leads_to("a:FL_ECANCELLED b:FL_ECANCELLED c");
}

static void of_two_that_are_woken_the_first_cancelled_leaves_room_for_a_third(void **state) {
  (void)state;
  has(0);
  fl_task a = waiter('a');
  waiter('b'), waiter('c'), waiter('d');
  release();
  release();
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED b c");
  release();
  assert_leads_to("d");
}

static void with_nobody_to_pass_it_on_to_there_is_room(void **state) {
  (void)state;
  semaphore = (fl_semaphore)FL_BOUNDED_SEMAPHORE(1);
  come('x');
  assert_leads_to("x");
  fl_task a = waiter('a');
  release();
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED");
  assert_false(fl_semaphore_locked(&semaphore));
  assert_int_equal(fl_semaphore_release(&semaphore), FL_ESTATE);
  come('b');
  assert_leads_to("b");
}

/* ---- Whatever comes */

enum { TASKS = 60, PLACES = 3 };
static unsigned inside, served;

fl_async(works, int64_t comes_us, takes_us; bool in) {
  fl_begin;
  fl_await(fl_sleep(self->comes_us));
  fl_await(fl_semaphore_acquire(&semaphore));
  self->in = true;
  assert_in_range(++inside, 1, PLACES);
  fl_await(fl_sleep(self->takes_us));
  served++;
  fl_finally;
  if (self->in) {
    inside--;
    release();
  }
  fl_end;
}

static void never_too_many_are_in_and_all_that_stay_get_in(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    uint64_t random = seed;
    fl_task tasks[TASKS];
    unsigned ended_well = 0, most = 0;
    served = 0;
    semaphore = (fl_semaphore)FL_BOUNDED_SEMAPHORE(PLACES);
    for (int i = 0; i < TASKS; i++) tasks[i] = fl_create_task(loop, works, draw(&random, 15), draw(&random, 6));
    for (int i = 0; i < 40; i++) {
      turn(hand.now_us);
      if (inside > most) most = inside;
      if (draw(&random, 2)) fl_cancel(tasks[draw(&random, TASKS)], NULL);
      hand.now_us += draw(&random, 3);
    }
    settle_until(hand.now_us + 6 * TASKS);
    for (int i = 0; i < TASKS; i++) {
      assert_true(fl_done(tasks[i]));
      ended_well += fl_future_error(tasks[i]) == FL_OK;
      fl_release(tasks[i]);
    }
    assert_int_equal(most, PLACES);
    assert_int_equal(inside, 0);
    assert_int_equal(served, ended_well);
    for (int i = 0; i < PLACES; i++) come((char)('a' + i));
    assert_leads_to("a b c");
    assert_true(fl_semaphore_locked(&semaphore));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SYNC_TEST(as_many_as_its_value_come_in_without_a_pause),
      SYNC_TEST(it_is_locked_when_acquire_would_wait),
      SYNC_TEST(it_is_locked_for_who_comes_while_others_are_about_to_go_in),
      SYNC_TEST(one_of_0_waits_for_a_release),
      SYNC_TEST(without_a_bound_it_grows),
      SYNC_TEST(with_a_bound_it_refuses_more_releases_than_acquires),
      SYNC_TEST(releases_of_one_turn_let_as_many_in),
      SYNC_TEST(who_comes_when_the_next_is_woken_queues_up_behind),
      SYNC_TEST(who_queued_up_behind_a_woken_one_is_let_in_when_there_is_room_for_both),
      SYNC_TEST(a_waiter_that_is_cancelled_leaves_the_others_in_their_places),
      SYNC_TEST(woken_and_cancelled_in_one_turn_it_lets_the_next_in),
      SYNC_TEST(passed_on_it_goes_by_all_who_are_cancelled),
      SYNC_TEST(of_two_that_are_woken_the_first_cancelled_leaves_room_for_a_third),
      SYNC_TEST(with_nobody_to_pass_it_on_to_there_is_room),
      SYNC_TEST(never_too_many_are_in_and_all_that_stay_get_in),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
