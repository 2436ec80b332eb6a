/* Conditions: who is notified, and that each has the lock again when it goes on. */
#include "sync_support.h"

static fl_condition condition;

static int setup(void **state) {
  condition = (fl_condition){0};
  return sync_setup(state);
}
#define CONDITION_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sync_teardown)

/* Takes the lock, waits, writes down "a" or "a:FL_E...", "a:unlocked" if it isn't its own then; and lets it go. */
fl_async(waiter, char name; int error) {
  fl_begin;
  fl_await(fl_condition_acquire(&condition));
  fl_try(self->error, fl_condition_wait(&condition));
  note(self->error ? "%c:%s" : "%c", self->name, fl_error_name(self->error));
  if (fl_condition_release(&condition)) note("%c:unlocked", self->name);
  fl_end;
}
static fl_task await(char name) {
  fl_task task = fl_create_task(loop, waiter, name);
  settle_now();
  assert_string_equal(noted(), "");
  return task;
}

/* Notifies so many, SIZE_MAX is all, with the lock, which it gives back `later` or at once. */
fl_async(notifier, size_t count; bool keeps) {
  fl_begin;
  fl_await(fl_condition_acquire(&condition));
  if (self->count == SIZE_MAX)
    assert_int_equal(fl_condition_notify_all(&condition), FL_OK);
  else
    assert_int_equal(fl_condition_notify(&condition, self->count), FL_OK);
  if (!self->keeps) assert_int_equal(fl_condition_release(&condition), FL_OK);
  fl_end;
}
static void notify(size_t count) { fl_create_task(loop, notifier, count); }
static void notify_and_keep_the_lock(size_t count) {
  fl_create_task(loop, notifier, count, .keeps = true);
  assert_leads_to("");
  assert_true(fl_condition_locked(&condition));
}
static void let_go(void) { assert_int_equal(fl_condition_release(&condition), FL_OK); }

/* ---- The lock */

static void it_has_a_lock_of_its_own(void **state) {
  (void)state;
  assert_false(fl_condition_locked(&condition));
  notify_and_keep_the_lock(0);
  let_go();
  assert_false(fl_condition_locked(&condition));
}

static void releasing_it_when_it_is_free_is_an_error(void **state) {
  (void)state;
  assert_int_equal(fl_condition_release(&condition), FL_ESTATE);
}

static void without_its_lock_nobody_is_notified(void **state) {
  (void)state;
  await('a');
  assert_int_equal(fl_condition_notify(&condition, 1), FL_ESTATE);
  assert_int_equal(fl_condition_notify_all(&condition), FL_ESTATE);
  assert_leads_to("");
  notify(1);
  assert_leads_to("a");
}

fl_async(waits_without_the_lock, int error) {
  fl_begin;
  fl_try(self->error, fl_condition_wait(&condition));
  note("%s: %s", fl_error_name(self->error), fl_caught_message(self, self->error));
  assert_false(fl_condition_locked(&condition));
  fl_end;
}

static void without_its_lock_nobody_waits(void **state) {
  (void)state;
  fl_create_task(loop, waits_without_the_lock);
  assert_leads_to("FL_ESTATE: the condition's lock is not held");
}

static void who_waits_gives_up_the_lock(void **state) {
  (void)state;
  await('a');
  assert_false(fl_condition_locked(&condition));
  notify(1);
  assert_leads_to("a");
}

static void who_is_notified_goes_on_only_with_the_lock(void **state) {
  (void)state;
  await('a');
  notify_and_keep_the_lock(1);
  let_go();
  assert_leads_to("a");
}

static void two_conditions_may_share_a_lock(void **state) {
  (void)state;
  fl_lock lock = {0};
  fl_condition other = {.lock = &lock};
  condition.lock = &lock;
  await('a');
  notify_and_keep_the_lock(0);
  assert_true(fl_lock_locked(&lock));
  assert_true(fl_condition_locked(&other));
  assert_int_equal(fl_condition_notify_all(&other), FL_OK);
  assert_int_equal(fl_condition_release(&other), FL_OK);
  assert_leads_to(""); /* a waits on the first */
  notify(1);
  assert_leads_to("a");
}

/* ---- Who is notified */

static void as_many_are_notified_as_asked_for_the_first_to_come_first(void **state) {
  (void)state;
  await('a'), await('b'), await('c'), await('d');
  notify(0);
  assert_leads_to("");
  notify(1);
  assert_leads_to("a");
  notify(2);
  assert_leads_to("b c");
  notify(5);
  assert_leads_to("d");
}

static void notify_all_notifies_all(void **state) {
  (void)state;
  await('a'), await('b'), await('c');
  notify(SIZE_MAX);
  assert_leads_to("a b c");
}

static void two_notifications_before_anybody_goes_on_are_for_two(void **state) {
  (void)state;
  await('a'), await('b'), await('c');
  notify_and_keep_the_lock(1);
  assert_int_equal(fl_condition_notify(&condition, 1), FL_OK);
  let_go();
  assert_leads_to("a b");
  notify(1);
  assert_leads_to("c");
}

static void a_notification_is_not_kept_for_who_comes_later(void **state) {
  (void)state;
  notify(1);
  settle_now();
  await('a');
  notify(1);
  assert_leads_to("a");
}

/* ---- Cancelled */

static void cancelled_while_it_waits_it_has_the_lock_too(void **state) {
  (void)state;
  fl_task a = await('a');
  await('b');
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED b"); /* which may have been a's notification, and so is b's: asyncio 3.13 */
}

static void cancelled_it_waits_for_the_lock_first(void **state) {
  (void)state;
  fl_task a = await('a');
  notify_and_keep_the_lock(0);
  fl_cancel(a, NULL);
  assert_leads_to("");
  let_go();
  assert_leads_to("a:FL_ECANCELLED");
}

static void cancelled_in_the_turn_of_its_notification_it_notifies_another(void **state) {
  (void)state;
  fl_task a = await('a');
  await('b');
  notify_and_keep_the_lock(0);
  assert_int_equal(fl_condition_notify(&condition, 1), FL_OK);
  fl_cancel(a, NULL);
  let_go();
  assert_leads_to("a:FL_ECANCELLED b");
}

static void cancelled_while_it_waits_for_the_lock_again_it_notifies_another(void **state) {
  (void)state;
  fl_task a = await('a');
  await('b');
  notify_and_keep_the_lock(1);
  fl_cancel(a, NULL); /* it stands in line for the lock by now */
  assert_leads_to("");
  let_go();
  assert_leads_to("a:FL_ECANCELLED b");
}

static void however_often_it_is_cancelled_it_has_the_lock_in_the_end(void **state) {
  (void)state;
  fl_task a = await('a');
  notify_and_keep_the_lock(1);
  for (int i = 0; i < 3; i++) {
    fl_cancel(a, NULL);
    assert_leads_to("");
  }
  let_go();
  assert_leads_to("a:FL_ECANCELLED");
  assert_false(fl_condition_locked(&condition));
}

static void cancelled_before_it_is_notified_it_takes_nobody_s_place(void **state) {
  (void)state;
  fl_task a = await('a');
  await('b'), await('c');
  notify_and_keep_the_lock(0);
  fl_cancel(a, NULL);
  assert_int_equal(fl_condition_notify(&condition, 1), FL_OK); /* b */
  let_go();
  settle_now();
  const char *words = noted();
  assert_non_null(strstr(words, "a:FL_ECANCELLED"));
  assert_non_null(strstr(words, "b"));
  notify(SIZE_MAX);
  settle_now();
}

/* ---- wait_for() */

static int stock;
static bool is_in_stock(void *arg) { return stock >= *(int *)arg; }

fl_async(customer, char name; int wants; int error) {
  fl_begin;
  fl_await(fl_condition_acquire(&condition));
  fl_try(self->error, fl_condition_wait_for(&condition, is_in_stock, &self->wants));
  if (!self->error) stock -= self->wants;
  note(self->error ? "%c:%s" : "%c", self->name, fl_error_name(self->error));
  let_go();
  fl_end;
}
static fl_task wants(char name, int pieces) { return fl_create_task(loop, customer, name, pieces); }

static void deliver(int pieces) {
  stock += pieces;
  notify(SIZE_MAX);
}

static void what_is_so_already_is_not_waited_for(void **state) {
  (void)state;
  stock = 3;
  wants('a', 2);
  assert_leads_to("a");
  assert_int_equal(stock, 1);
}

static void wait_for_goes_on_once_it_is_so(void **state) {
  (void)state;
  stock = 0;
  wants('a', 3), wants('b', 2), wants('c', 4);
  assert_leads_to("");
  deliver(1);
  assert_leads_to("");
  deliver(1);
  assert_leads_to("b");
  stock += 10;
  assert_leads_to(""); /* nobody told them */
  notify(SIZE_MAX);
  assert_leads_to("a c");
  assert_int_equal(stock, 3);
}

static void wait_for_that_is_cancelled_has_the_lock_too(void **state) {
  (void)state;
  stock = 0;
  fl_task a = wants('a', 1);
  settle_now();
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED");
  assert_false(fl_condition_locked(&condition));
}

fl_async(wants_without_the_lock, int wants, error) {
  fl_begin;
  fl_try(self->error, fl_condition_wait_for(&condition, is_in_stock, &self->wants));
  note("%s", fl_error_name(self->error));
  fl_end;
}

static void nor_does_wait_for_wait_without_the_lock(void **state) {
  (void)state;
  stock = 0;
  fl_create_task(loop, wants_without_the_lock, 1);
  assert_leads_to("FL_ESTATE");
}

/* ---- Whatever comes: a buffer of three places, and nothing in it is lost */

enum { PRODUCERS = 8, EACH = 10, BUFFER = 3 };
static int held, made, used;
static bool has_room(void *arg) { return (void)arg, held < BUFFER; }
static bool has_some(void *arg) { return (void)arg, held > 0; }

fl_async(producer, int i) {
  fl_begin;
  for (self->i = 0; self->i < EACH; self->i++) {
    fl_await(fl_condition_acquire(&condition));
    fl_await(fl_condition_wait_for(&condition, has_room, NULL));
    held++, made++;
    fl_condition_notify_all(&condition);
    let_go();
  }
  fl_end;
}
fl_async(consumer, bool locked; int error) {
  fl_begin;
  for (;;) {
    fl_await(fl_condition_acquire(&condition));
    self->locked = true;
    fl_await(fl_condition_wait_for(&condition, has_some, NULL));
    assert_in_range(held, 1, BUFFER);
    held--, used++;
    fl_condition_notify_all(&condition);
    let_go();
    self->locked = false;
    fl_await(fl_sleep(1));
  }
  fl_finally;
  if (self->locked) let_go();
  fl_end;
}

static void consumers_that_are_cancelled_lose_nothing(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    uint64_t random = seed;
    held = made = used = 0;
    fl_task producers[PRODUCERS], consumers[4];
    for (int i = 0; i < 4; i++) consumers[i] = fl_create_task(loop, consumer);
    for (int i = 0; i < PRODUCERS; i++) producers[i] = fl_create_task(loop, producer);
    for (int left = 1000; left > 0 && used < PRODUCERS * EACH; left--) {
      turn(hand.now_us);
      hand.now_us += draw(&random, 2);
      int i = (int)draw(&random, 4);
      if (draw(&random, 3)) continue;
      fl_cancel(consumers[i], NULL); /* and another in its place */
      fl_release(consumers[i]);
      consumers[i] = fl_create_task(loop, consumer);
    }
    assert_int_equal(used, PRODUCERS * EACH);
    for (int i = 0; i < 4; i++) fl_cancel(consumers[i], NULL);
    settle_now();
    for (int i = 0; i < PRODUCERS; i++) assert_int_equal(fl_future_error(producers[i]), FL_OK);
    assert_int_equal(made - used, held);
    assert_false(fl_condition_locked(&condition));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CONDITION_TEST(it_has_a_lock_of_its_own),
      CONDITION_TEST(releasing_it_when_it_is_free_is_an_error),
      CONDITION_TEST(without_its_lock_nobody_is_notified),
      CONDITION_TEST(without_its_lock_nobody_waits),
      CONDITION_TEST(who_waits_gives_up_the_lock),
      CONDITION_TEST(who_is_notified_goes_on_only_with_the_lock),
      CONDITION_TEST(two_conditions_may_share_a_lock),
      CONDITION_TEST(as_many_are_notified_as_asked_for_the_first_to_come_first),
      CONDITION_TEST(notify_all_notifies_all),
      CONDITION_TEST(two_notifications_before_anybody_goes_on_are_for_two),
      CONDITION_TEST(a_notification_is_not_kept_for_who_comes_later),
      CONDITION_TEST(cancelled_while_it_waits_it_has_the_lock_too),
      CONDITION_TEST(cancelled_it_waits_for_the_lock_first),
      CONDITION_TEST(cancelled_in_the_turn_of_its_notification_it_notifies_another),
      CONDITION_TEST(cancelled_while_it_waits_for_the_lock_again_it_notifies_another),
      CONDITION_TEST(however_often_it_is_cancelled_it_has_the_lock_in_the_end),
      CONDITION_TEST(cancelled_before_it_is_notified_it_takes_nobody_s_place),
      CONDITION_TEST(what_is_so_already_is_not_waited_for),
      CONDITION_TEST(wait_for_goes_on_once_it_is_so),
      CONDITION_TEST(wait_for_that_is_cancelled_has_the_lock_too),
      CONDITION_TEST(nor_does_wait_for_wait_without_the_lock),
      CONDITION_TEST(consumers_that_are_cancelled_lose_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
