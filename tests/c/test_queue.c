/* Queues: what comes out, in which order, and who waits for it. */
#include "queue_support.h"

/* Writes down "g:x" when getter g has got x, or "g:FL_E...". */
fl_async(getter, char name; void *got; int error) {
  fl_begin;
  fl_try(self->error, fl_queue_get(&queue, &self->got));
  if (self->error)
    note("%c:%s", self->name, fl_error_name(self->error));
  else
    note("%c:%c", self->name, *(char *)self->got);
  fl_end;
}
static fl_task gets(char name) { return fl_create_task(loop, getter, name); }

/* Writes down "x" when it is in, or "x:FL_E...". */
fl_async(putter, char letter; int error) {
  fl_begin;
  fl_try(self->error, fl_queue_put(&queue, item(self->letter)));
  note(self->error ? "%c:%s" : "%c", self->letter, fl_error_name(self->error));
  fl_end;
}
static fl_task puts_in(char letter) { return fl_create_task(loop, putter, letter); }

fl_async(joiner, int error) {
  fl_begin;
  fl_try(self->error, fl_queue_join(&queue));
  note(self->error ? "joined:%s" : "joined", fl_error_name(self->error));
  fl_end;
}
static fl_task joins(void) { return fl_create_task(loop, joiner); }
static void task_done(void) { assert_int_equal(fl_queue_task_done(&queue), FL_OK); }

/* ---- How much goes in */

static void of_size_0_it_has_no_bound(void **state) {
  (void)state;
  for (int i = 0; i < 100000; i++) put("x");
  assert_false(fl_queue_full(&queue));
  assert_int_equal(fl_queue_size(&queue), 100000);
}

static void of_size_1_it_is_full_with_one(void **state) {
  (void)state;
  queue_is_of(FL_FIFO, 1);
  assert_false(fl_queue_full(&queue));
  put("a");
  assert_true(fl_queue_full(&queue));
  assert_int_equal(fl_queue_put_nowait(&queue, item('b')), FL_EQUEUEFULL);
  puts_in('c'), puts_in('d');
  assert_leads_to("");
  assert_gets("a");
  assert_leads_to("c");
  assert_gets("c");
  assert_leads_to("d");
  assert_gets("d");
  assert_true(fl_queue_empty(&queue));
}

static void while_there_is_room_nobody_waits_to_put(void **state) {
  (void)state;
  queue_is_of(FL_FIFO, 2);
  puts_in('a'), puts_in('b'), puts_in('c');
  one_turn();
  assert_string_equal(noted(), "a b");
  assert_leads_to("");
  assert_gets("a");
  assert_leads_to("c");
  assert_gets("bc");
}

static void a_putter_and_a_getter_hand_on_through_a_queue_of_1(void **state) {
  (void)state;
  queue_is_of(FL_FIFO, 1);
  for (const char *letter = "abcdef"; *letter; letter++) puts_in(*letter);
  settle_now();
  noted();
  for (const char *letter = "abcdef"; *letter; letter++) {
    gets('1');
    settle_now();
    char expected[] = {'1', ':', *letter, '\0'};
    assert_int_equal(strncmp(noted(), expected, 3), 0);
  }
}

/* ---- Who waits to get */

static void what_is_there_is_had_without_a_pause(void **state) {
  (void)state;
  put("a");
  gets('1');
  one_turn();
  assert_string_equal(noted(), "1:a");
}

static void who_waits_to_get_is_served_in_the_order_of_their_coming(void **state) {
  (void)state;
  gets('1'), gets('2'), gets('3');
  assert_leads_to("");
  put("ab");
  assert_leads_to("1:a 2:b");
  put("c");
  assert_leads_to("3:c");
}

static void a_getter_that_is_cancelled_takes_nothing_with_it(void **state) {
  (void)state;
  fl_task one = gets('1');
  gets('2');
  settle_now();
  fl_cancel(one, NULL);
  assert_leads_to("1:FL_ECANCELLED");
  put("a");
  assert_leads_to("2:a");
}

static void woken_and_cancelled_in_one_turn_it_leaves_the_item_to_the_next(void **state) {
  (void)state;
  for (int cancelled_first = 0; cancelled_first < 2; cancelled_first++) {
    fl_task one = gets('1');
    gets('2');
    settle_now();
    if (cancelled_first) fl_cancel(one, NULL);
    put("a");
    if (!cancelled_first) fl_cancel(one, NULL);
    settle_now();
    const char *words = noted();
    assert_non_null(strstr(words, "1:FL_ECANCELLED"));
    assert_non_null(strstr(words, "2:a"));
  }
}

static void with_nobody_to_leave_it_to_the_item_stays(void **state) {
  (void)state;
  fl_task one = gets('1');
  settle_now();
  put("a");
  fl_cancel(one, NULL);
  assert_leads_to("1:FL_ECANCELLED");
  assert_gets("a");
}

static void the_item_of_a_cancelled_getter_goes_by_all_who_are_cancelled(void **state) {
  (void)state;
  fl_task one = gets('1'), two = gets('2');
  gets('3');
  settle_now();
  put("a");
  fl_cancel(one, NULL), fl_cancel(two, NULL);
  settle_now();
  assert_non_null(strstr(noted(), "3:a"));
}

static void a_getter_whose_item_is_taken_away_waits_on(void **state) {
  (void)state;
  gets('1');
  settle_now();
  put("a");
  assert_gets("a"); /* before the step of 1 */
  assert_leads_to("");
  put("b");
  assert_leads_to("1:b");
}

/* ---- Who waits to put */

static void who_waits_to_put_is_served_in_the_order_of_their_coming(void **state) {
  (void)state;
  queue_is_of(FL_FIFO, 1);
  put("x");
  puts_in('a'), puts_in('b'), puts_in('c');
  assert_leads_to("");
  assert_gets("x");
  assert_leads_to("a");
  assert_gets("a");
  assert_leads_to("b");
  assert_gets("b");
  assert_leads_to("c");
}

static void a_putter_that_is_cancelled_puts_nothing(void **state) {
  (void)state;
  queue_is_of(FL_FIFO, 1);
  put("x");
  fl_task a = puts_in('a');
  puts_in('b');
  settle_now();
  fl_cancel(a, NULL);
  assert_leads_to("a:FL_ECANCELLED");
  assert_gets("x");
  assert_leads_to("b");
  assert_gets("b");
}

static void woken_and_cancelled_in_one_turn_it_leaves_the_room_to_the_next(void **state) {
  (void)state;
  for (int cancelled_first = 0; cancelled_first < 2; cancelled_first++) {
    queue_is_of(FL_FIFO, 1);
    put("x");
    fl_task a = puts_in('a');
    puts_in('b');
    settle_now();
    if (cancelled_first) fl_cancel(a, NULL);
    assert_gets("x");
    if (!cancelled_first) fl_cancel(a, NULL);
    settle_now();
    const char *words = noted();
    assert_non_null(strstr(words, "a:FL_ECANCELLED"));
    assert_non_null(strstr(words, "b"));
    assert_gets("b");
  }
}

static void a_putter_whose_room_is_taken_away_waits_on(void **state) {
  (void)state;
  queue_is_of(FL_FIFO, 1);
  put("x");
  puts_in('a');
  settle_now();
  assert_gets("x");
  put("y"); /* before the step of a */
  assert_leads_to("");
  assert_gets("y");
  assert_leads_to("a");
}

/* ---- task_done() and join() */

static void when_nothing_was_put_join_does_not_wait(void **state) {
  (void)state;
  joins();
  one_turn();
  assert_string_equal(noted(), "joined");
}

static void join_waits_until_each_item_is_told_done(void **state) {
  (void)state;
  put("ab");
  joins(), joins();
  assert_leads_to("");
  assert_gets("ab");
  assert_leads_to(""); /* got is not done */
  task_done();
  assert_leads_to("");
  task_done();
  assert_leads_to("joined joined");
}

static void what_is_put_before_the_last_is_done_is_joined_too(void **state) {
  (void)state;
  put("a");
  joins();
  settle_now();
  put("b");
  task_done();
  assert_leads_to("");
  task_done();
  assert_leads_to("joined");
}

static void what_is_put_once_all_was_done_is_not(void **state) {
  (void)state;
  put("a");
  joins();
  settle_now();
  task_done();
  put("b"); /* in the same turn */
  assert_leads_to("joined");
}

static void more_done_than_put_is_an_error(void **state) {
  (void)state;
  assert_int_equal(fl_queue_task_done(&queue), FL_ESTATE);
  put("a");
  task_done();
  assert_int_equal(fl_queue_task_done(&queue), FL_ESTATE);
}

static void a_joiner_that_is_cancelled_goes_alone(void **state) {
  (void)state;
  put("a");
  fl_task first = joins();
  joins();
  settle_now();
  fl_cancel(first, NULL);
  assert_leads_to("joined:FL_ECANCELLED");
  task_done();
  assert_leads_to("joined");
}

/* ---- Shutdown */

static void shut_down_it_takes_nothing_more(void **state) {
  (void)state;
  fl_queue_shutdown(&queue, false);
  assert_int_equal(fl_queue_put_nowait(&queue, item('a')), FL_ESHUTDOWN);
  puts_in('b');
  assert_leads_to("b:FL_ESHUTDOWN");
}

static void what_is_in_it_can_still_be_got_and_then_no_more(void **state) {
  (void)state;
  put("abc");
  fl_queue_shutdown(&queue, false);
  assert_gets("a");
  gets('1'), gets('2'), gets('3');
  assert_leads_to("1:b 2:c 3:FL_ESHUTDOWN");
  void *out;
  assert_int_equal(fl_queue_get_nowait(&queue, &out), FL_ESHUTDOWN);
}

static void shut_down_at_once_it_forgets_what_is_in_it(void **state) {
  (void)state;
  for (fl_queue_order order = FL_FIFO; order <= FL_PRIORITY; order++) {
    queue_is_of(order, 0);
    put("cab");
    fl_queue_shutdown(&queue, true);
    assert_int_equal(fl_queue_size(&queue), 0);
    gets('1');
    assert_leads_to("1:FL_ESHUTDOWN");
  }
}

static void all_who_wait_are_told_of_a_shutdown(void **state) {
  (void)state;
  for (int immediate = 0; immediate < 2; immediate++) {
    queue_is_of(FL_FIFO, 1);
    gets('1'), gets('2');
    settle_now();
    fl_queue_shutdown(&queue, immediate);
    assert_leads_to("1:FL_ESHUTDOWN 2:FL_ESHUTDOWN");
    queue_is_of(FL_FIFO, 1);
    put("x");
    puts_in('a'), puts_in('b');
    settle_now();
    fl_queue_shutdown(&queue, immediate);
    assert_leads_to("a:FL_ESHUTDOWN b:FL_ESHUTDOWN");
    assert_int_equal(fl_queue_size(&queue), !immediate);
  }
}

static void a_shutdown_does_not_end_join(void **state) {
  (void)state;
  put("ab");
  joins();
  settle_now();
  fl_queue_shutdown(&queue, false);
  assert_leads_to("");
  assert_gets("ab");
  task_done(), task_done();
  assert_leads_to("joined");
}

static void one_at_once_does_once_all_that_was_got_is_done(void **state) {
  (void)state;
  put("abc");
  joins();
  settle_now();
  assert_gets("a");
  fl_queue_shutdown(&queue, true);
  assert_leads_to("");
  task_done();
  assert_leads_to("joined");
  assert_int_equal(fl_queue_task_done(&queue), FL_ESTATE);
}

static void a_second_shutdown_may_be_at_once(void **state) {
  (void)state;
  put("ab");
  joins();
  settle_now();
  fl_queue_shutdown(&queue, false);
  fl_queue_shutdown(&queue, true);
  assert_leads_to("joined");
  gets('1');
  assert_leads_to("1:FL_ESHUTDOWN");
}

static void a_getter_that_was_woken_before_a_shutdown_gets_its_item(void **state) {
  (void)state;
  gets('1');
  settle_now();
  put("a");
  fl_queue_shutdown(&queue, false);
  assert_leads_to("1:a");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      QUEUE_TEST(of_size_0_it_has_no_bound),
      QUEUE_TEST(of_size_1_it_is_full_with_one),
      QUEUE_TEST(while_there_is_room_nobody_waits_to_put),
      QUEUE_TEST(a_putter_and_a_getter_hand_on_through_a_queue_of_1),
      QUEUE_TEST(what_is_there_is_had_without_a_pause),
      QUEUE_TEST(who_waits_to_get_is_served_in_the_order_of_their_coming),
      QUEUE_TEST(a_getter_that_is_cancelled_takes_nothing_with_it),
      QUEUE_TEST(woken_and_cancelled_in_one_turn_it_leaves_the_item_to_the_next),
      QUEUE_TEST(with_nobody_to_leave_it_to_the_item_stays),
      QUEUE_TEST(the_item_of_a_cancelled_getter_goes_by_all_who_are_cancelled),
      QUEUE_TEST(a_getter_whose_item_is_taken_away_waits_on),
      QUEUE_TEST(who_waits_to_put_is_served_in_the_order_of_their_coming),
      QUEUE_TEST(a_putter_that_is_cancelled_puts_nothing),
      QUEUE_TEST(woken_and_cancelled_in_one_turn_it_leaves_the_room_to_the_next),
      QUEUE_TEST(a_putter_whose_room_is_taken_away_waits_on),
      QUEUE_TEST(when_nothing_was_put_join_does_not_wait),
      QUEUE_TEST(join_waits_until_each_item_is_told_done),
      QUEUE_TEST(what_is_put_before_the_last_is_done_is_joined_too),
      QUEUE_TEST(what_is_put_once_all_was_done_is_not),
      QUEUE_TEST(more_done_than_put_is_an_error),
      QUEUE_TEST(a_joiner_that_is_cancelled_goes_alone),
      QUEUE_TEST(shut_down_it_takes_nothing_more),
      QUEUE_TEST(what_is_in_it_can_still_be_got_and_then_no_more),
      QUEUE_TEST(shut_down_at_once_it_forgets_what_is_in_it),
      QUEUE_TEST(all_who_wait_are_told_of_a_shutdown),
      QUEUE_TEST(a_shutdown_does_not_end_join),
      QUEUE_TEST(one_at_once_does_once_all_that_was_got_is_done),
      QUEUE_TEST(a_second_shutdown_may_be_at_once),
      QUEUE_TEST(a_getter_that_was_woken_before_a_shutdown_gets_its_item),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
