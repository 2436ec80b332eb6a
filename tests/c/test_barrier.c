/* Barriers: all together or not at all. */
#include "sync_support.h"

static fl_barrier barrier;

static void for_parties(size_t parties) { barrier = (fl_barrier)FL_BARRIER(parties); }

/* Writes down "a0", its index, when it is through; or "a:FL_E...". */
fl_async(comer, char name; size_t index; int error) {
  fl_begin;
  fl_try(self->error, fl_barrier_wait(&barrier, &self->index));
  if (self->error)
    note("%c:%s", self->name, fl_error_name(self->error));
  else
    note("%c%zu", self->name, self->index);
  fl_end;
}
static fl_task come(char name) { return fl_create_task(loop, comer, name); }

fl_async(ender, bool abort; int error) {
  fl_begin;
  fl_try(self->error, self->abort ? fl_barrier_abort(&barrier) : fl_barrier_reset(&barrier));
  assert_int_equal(self->error, FL_OK);
  fl_end;
}
static void reset(void) { fl_create_task(loop, ender, false); }
static void abort_it(void) { fl_create_task(loop, ender, true); }

static void nobody_goes_on_before_all_have_come(void **state) {
  (void)state;
  for_parties(3);
  assert_int_equal(fl_barrier_waiting(&barrier), 0);
  come('a');
  assert_leads_to("");
  assert_int_equal(fl_barrier_waiting(&barrier), 1);
  come('b');
  assert_leads_to("");
  assert_int_equal(fl_barrier_waiting(&barrier), 2);
  come('c');
  settle_now();
  assert_string_equal(noted(), "c2 a0 b1"); /* the last doesn't wait */
  assert_int_equal(fl_barrier_waiting(&barrier), 0);
  assert_false(fl_barrier_broken(&barrier));
}

static void for_one_it_is_no_barrier(void **state) {
  (void)state;
  for_parties(1);
  come('a'), come('b');
  assert_leads_to("a0 b0");
}

static void for_none_it_is_an_error(void **state) {
  (void)state;
  for_parties(0);
  come('a');
  assert_leads_to("a:FL_EINVAL");
}

fl_async(needs_no_index, int error) {
  fl_begin;
  fl_await(fl_barrier_wait(&barrier, NULL));
  note("through");
  fl_end;
}

static void the_index_may_be_left_out(void **state) {
  (void)state;
  for_parties(2);
  fl_create_task(loop, needs_no_index);
  fl_create_task(loop, needs_no_index);
  assert_leads_to("through through");
}

static void it_serves_again_and_again(void **state) {
  (void)state;
  for_parties(2);
  for (int i = 0; i < 3; i++) {
    come('a'), come('b');
    assert_leads_to("b1 a0");
  }
}

static void more_than_it_is_for_are_of_the_next_round(void **state) {
  (void)state;
  for_parties(2);
  come('a'), come('b'), come('c'), come('d'), come('e');
  settle_now();
  const char *words = noted();
  assert_non_null(strstr(words, "a0"));
  assert_non_null(strstr(words, "b1"));
  assert_non_null(strstr(words, "c0"));
  assert_non_null(strstr(words, "d1"));
  assert_null(strstr(words, "e"));
  assert_int_equal(fl_barrier_waiting(&barrier), 1);
  come('f');
  assert_leads_to("f1 e0");
}

static void one_that_is_cancelled_makes_room_for_another(void **state) {
  (void)state;
  for_parties(3);
  come('a');
  fl_task b = come('b');
  settle_now();
  fl_cancel(b, NULL);
  assert_leads_to("b:FL_ECANCELLED");
  assert_int_equal(fl_barrier_waiting(&barrier), 1);
  assert_false(fl_barrier_broken(&barrier));
  come('c');
  assert_leads_to("");
  come('d');
  assert_leads_to("d2 a0 c1");
}

static void one_that_is_cancelled_on_its_way_out_keeps_nobody_back(void **state) {
  (void)state;
  for_parties(3);
  fl_task a = come('a');
  come('b');
  settle_now();
  come('c');
  one_turn(); /* c is through, and has woken the others */
  assert_string_equal(noted(), "c2");
  fl_cancel(a, NULL);
  settle_now();
  const char *words = noted();
  assert_non_null(strstr(words, "a:FL_ECANCELLED"));
  assert_non_null(strstr(words, "b1"));
  come('d'), come('e'), come('f');
  assert_leads_to("f2 d0 e1");
}

static void the_only_one_that_is_cancelled_leaves_it_as_new(void **state) {
  (void)state;
  for_parties(2);
  fl_task a = come('a');
  settle_now();
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED");
  assert_int_equal(fl_barrier_waiting(&barrier), 0);
  come('b'), come('c');
  assert_leads_to("c1 b0");
}

static void reset_breaks_it_for_those_who_wait_and_then_it_is_as_new(void **state) {
  (void)state;
  for_parties(3);
  come('a'), come('b');
  settle_now();
  reset();
  assert_leads_to("a:FL_EBROKEN b:FL_EBROKEN");
  assert_false(fl_barrier_broken(&barrier));
  assert_int_equal(fl_barrier_waiting(&barrier), 0);
  come('c'), come('d'), come('e');
  assert_leads_to("e2 c0 d1");
}

static void who_comes_during_a_reset_is_of_the_new_round(void **state) {
  (void)state;
  for_parties(3);
  come('a'), come('b');
  settle_now();
  reset(), come('c');
  assert_leads_to("a:FL_EBROKEN b:FL_EBROKEN");
  assert_int_equal(fl_barrier_waiting(&barrier), 1);
  come('d'), come('e');
  assert_leads_to("e2 c0 d1");
}

static void reset_when_nobody_waits_changes_nothing(void **state) {
  (void)state;
  for_parties(2);
  reset();
  settle_now();
  come('a'), come('b');
  assert_leads_to("b1 a0");
}

static void aborted_it_is_broken_for_all_until_it_is_reset(void **state) {
  (void)state;
  for_parties(3);
  come('a'), come('b');
  settle_now();
  abort_it();
  assert_leads_to("a:FL_EBROKEN b:FL_EBROKEN");
  assert_true(fl_barrier_broken(&barrier));
  assert_int_equal(fl_barrier_waiting(&barrier), 0);
  come('c');
  assert_leads_to("c:FL_EBROKEN");
  reset();
  assert_leads_to("");
  assert_false(fl_barrier_broken(&barrier));
  come('d'), come('e'), come('f');
  assert_leads_to("f2 d0 e1");
}

static void aborted_before_anybody_comes_it_is_broken(void **state) {
  (void)state;
  for_parties(1);
  abort_it(), abort_it();
  come('a');
  assert_leads_to("a:FL_EBROKEN");
  assert_true(fl_barrier_broken(&barrier));
}

static void who_waits_for_its_round_when_it_is_aborted_gets_the_error(void **state) {
  (void)state;
  for_parties(2);
  come('a');
  settle_now();
  come('b'), come('c'), abort_it(); /* a is on its way out, and c waits for that, when it is aborted */
  settle_now();
  const char *words = noted();
  assert_non_null(strstr(words, "b1"));
  assert_non_null(strstr(words, "c:FL_EBROKEN"));
  assert_true(fl_barrier_broken(&barrier));
}

/* ---- Whatever comes */

enum { COMERS = 30, PARTIES = 4 };
static unsigned through, cancelled;

fl_async(walker, int64_t comes_us; size_t index; int error) {
  fl_begin;
  fl_await(fl_sleep(self->comes_us));
  fl_try(self->error, fl_barrier_wait(&barrier, &self->index));
  if (self->error) {
    assert_int_equal(self->error, FL_ECANCELLED);
    cancelled++;
    fl_return_void;
  }
  assert_in_range(self->index, 0, PARTIES - 1);
  through++;
  fl_end;
}

static void whoever_comes_and_goes_it_never_hangs(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    uint64_t random = seed;
    fl_task tasks[COMERS];
    for_parties(PARTIES);
    for (int i = 0; i < COMERS; i++) tasks[i] = fl_create_task(loop, walker, draw(&random, 10));
    for (int i = 0; i < 20; i++) {
      turn(hand.now_us);
      if (draw(&random, 3) == 0) fl_cancel(tasks[draw(&random, COMERS)], NULL);
      hand.now_us += draw(&random, 2);
    }
    settle_until(hand.now_us + 20);
    size_t waiting = 0;
    for (int i = 0; i < COMERS; i++) waiting += !fl_done(tasks[i]);
    assert_int_equal(waiting, fl_barrier_waiting(&barrier));
    assert_in_range(waiting, 0, PARTIES - 1);
    for (int i = 0; i < COMERS; i++) fl_cancel(tasks[i], NULL);
    settle_now();
    assert_int_equal(fl_barrier_waiting(&barrier), 0);
    for (int i = 0; i < PARTIES; i++) come((char)('a' + i));
    assert_leads_to("d3 a0 b1 c2");
  }
  assert_in_range(through, 1000, 200 * COMERS);
  assert_in_range(cancelled, 100, 200 * COMERS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SYNC_TEST(nobody_goes_on_before_all_have_come),
      SYNC_TEST(for_one_it_is_no_barrier),
      SYNC_TEST(for_none_it_is_an_error),
      SYNC_TEST(the_index_may_be_left_out),
      SYNC_TEST(it_serves_again_and_again),
      SYNC_TEST(more_than_it_is_for_are_of_the_next_round),
      SYNC_TEST(one_that_is_cancelled_makes_room_for_another),
      SYNC_TEST(one_that_is_cancelled_on_its_way_out_keeps_nobody_back),
      SYNC_TEST(the_only_one_that_is_cancelled_leaves_it_as_new),
      SYNC_TEST(reset_breaks_it_for_those_who_wait_and_then_it_is_as_new),
      SYNC_TEST(who_comes_during_a_reset_is_of_the_new_round),
      SYNC_TEST(reset_when_nobody_waits_changes_nothing),
      SYNC_TEST(aborted_it_is_broken_for_all_until_it_is_reset),
      SYNC_TEST(aborted_before_anybody_comes_it_is_broken),
      SYNC_TEST(who_waits_for_its_round_when_it_is_aborted_gets_the_error),
      SYNC_TEST(whoever_comes_and_goes_it_never_hangs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
