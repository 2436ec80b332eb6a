/* Events: who waits, and who is woken. */
#include "sync_support.h"

static fl_event event;

static int setup(void **state) {
  event = (fl_event){0};
  return sync_setup(state);
}
#define EVENT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sync_teardown)

fl_async(waiter, char name; int error) {
  fl_begin;
  fl_try(self->error, fl_event_wait(&event));
  note(self->error ? "%c:%s" : "%c", self->name, fl_error_name(self->error));
  fl_end;
}
static fl_task await(char name) { return fl_create_task(loop, waiter, name); }

static void one_that_is_zeroed_is_not_set(void **state) {
  (void)state;
  assert_false(fl_event_is_set(&event));
}

static void once_it_is_set_nobody_waits(void **state) {
  (void)state;
  fl_event_set(&event);
  assert_true(fl_event_is_set(&event));
  await('a');
  one_turn();
  assert_string_equal(noted(), "a");
}

static void setting_it_wakes_all_in_the_order_of_their_coming(void **state) {
  (void)state;
  await('a'), await('b'), await('c');
  assert_leads_to("");
  fl_event_set(&event);
  one_turn();
  assert_string_equal(noted(), "a b c");
  assert_true(fl_event_is_set(&event));
}

static void after_clear_they_wait_again(void **state) {
  (void)state;
  fl_event_set(&event);
  fl_event_clear(&event);
  assert_false(fl_event_is_set(&event));
  await('a');
  assert_leads_to("");
  fl_event_set(&event);
  assert_leads_to("a");
}

static void set_and_cleared_in_a_turn_it_wakes_those_who_waited(void **state) {
  (void)state;
  await('a'), await('b');
  settle_now();
  await('c'); /* comes after clear, before a's step */
  fl_event_set(&event);
  fl_event_clear(&event);
  assert_leads_to("a b");
  assert_false(fl_event_is_set(&event));
  fl_event_set(&event);
  assert_leads_to("c");
}

static void setting_it_twice_is_setting_it_once(void **state) {
  (void)state;
  await('a');
  settle_now();
  fl_event_set(&event);
  fl_event_set(&event);
  assert_leads_to("a");
}

static void who_comes_between_two_settings_of_one_turn_is_woken_too(void **state) {
  (void)state;
  await('a');
  settle_now();
  await('b');
  fl_event_set(&event);
  fl_event_clear(&event);
  one_turn(); /* b waits now, a has gone on */
  assert_string_equal(noted(), "a");
  fl_event_set(&event);
  fl_event_clear(&event);
  fl_event_set(&event);
  assert_leads_to("b");
}

static void one_that_is_cancelled_goes_alone(void **state) {
  (void)state;
  await('a');
  fl_task b = await('b');
  await('c');
  settle_now();
  fl_cancel(b, NULL);
  assert_leads_to("b:FL_ECANCELLED");
  fl_event_set(&event);
  assert_leads_to("a c");
}

static void one_that_is_cancelled_when_it_is_woken_is_cancelled(void **state) {
  (void)state;
  for (int set_first = 0; set_first < 2; set_first++) {
    fl_event_clear(&event);
    fl_task a = await('a');
    await('b');
    settle_now();
    if (set_first) fl_event_set(&event);
    fl_cancel(a, NULL);
    if (!set_first) fl_event_set(&event);
    assert_leads_to("a:FL_ECANCELLED b");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      EVENT_TEST(one_that_is_zeroed_is_not_set),
      EVENT_TEST(once_it_is_set_nobody_waits),
      EVENT_TEST(setting_it_wakes_all_in_the_order_of_their_coming),
      EVENT_TEST(after_clear_they_wait_again),
      EVENT_TEST(set_and_cleared_in_a_turn_it_wakes_those_who_waited),
      EVENT_TEST(setting_it_twice_is_setting_it_once),
      EVENT_TEST(who_comes_between_two_settings_of_one_turn_is_woken_too),
      EVENT_TEST(one_that_is_cancelled_goes_alone),
      EVENT_TEST(one_that_is_cancelled_when_it_is_woken_is_cancelled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
