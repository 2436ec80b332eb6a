/* What each task awaits, since when, and who awaits whom. */
#include "async_support.h"

fl_async(fetch, int64_t delay_us) {
  fl_begin;
  fl_await(fl_sleep(self->delay_us));
  fl_end;
}
static const unsigned fetch_line = __LINE__ - 3;

fl_async(pages, fl_task of[2]) {
  fl_begin;
  for (int i = 0; i < 2; i++) self->of[i] = fl_create_task(fl_this_loop(self), fetch, (i + 1) * FL_SECOND);
  fl_await(fl_gather(self->of, 2, NULL));
  fl_end;
}

fl_async(crawl, fl_task_group group) {
  fl_begin;
  fl_group_enter(self, &self->group);
  fl_group_create_task(&self->group, pages);
  fl_group_create_task_with(&self->group, (&(fl_task_options){.name = "last"}), fetch, 3 * FL_SECOND);
  fl_await(fl_leave(&self->group));
  fl_end;
}

/* ---- all_tasks() */

static fl_task_info infos[8];
static size_t infos_count;

static void keep_info(const fl_task_info *info, void *arg) {
  (void)arg;
  infos[infos_count++] = *info;
}

static size_t look(void) {
  infos_count = 0;
  return fl_all_tasks(loop, keep_info, NULL);
}

static void all_tasks_are_those_that_are_not_done_oldest_first(void **state) {
  (void)state;
  assert_int_equal(look(), 0);
  fl_create_task(loop, fetch, FL_SECOND);
  fl_task soon = fl_create_task(loop, fetch, 0);
  fl_create_task_with(loop, (&(fl_task_options){.name = "third"}), fetch, FL_SECOND);
  assert_int_equal(look(), 3);
  assert_string_equal(infos[0].name, "Task-1");
  assert_string_equal(infos[2].name, "third");
  settle();
  assert_true(fl_done(soon));
  assert_int_equal(look(), 2);
  assert_string_equal(infos[1].name, "third");
  assert_int_equal(fl_all_tasks(loop, NULL, NULL), 2);
  fl_loop_run_forever(loop);
}

static void a_task_is_seen_where_it_stands_and_since_when(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, fetch, 10 * FL_SECOND);
  look();
  assert_string_equal(infos[0].awaits, "its turn");
  assert_int_equal(infos[0].line, 0);
  settle();
  virtual_clock.now_us = 2500 * MS;
  look();
  assert_int_equal(infos[0].task.at == task.at, 1);
  assert_string_equal(infos[0].coroutine, "fetch");
  assert_string_equal(infos[0].file, "test_inspect.c");
  assert_int_equal(infos[0].line, fetch_line);
  assert_string_equal(infos[0].awaits, "sleep");
  assert_int_equal(infos[0].since_us, 2500 * MS);
  fl_loop_run_forever(loop);
}

fl_async(awaits_each, fl_future future; fl_lock * lock; fl_event * event; fl_queue * queue; void *item) {
  fl_begin;
  if (self->lock)
    fl_await(fl_lock_acquire(self->lock));
  else if (self->event)
    fl_await(fl_event_wait(self->event));
  else if (self->queue)
    fl_await(fl_wait_for(fl_queue_get(self->queue, &self->item), FL_SECOND));
  else
    fl_await(self->future);
  fl_end;
}

static void what_it_awaits_has_a_name(void **state) {
  (void)state;
  fl_lock lock = {.locked = true};
  fl_event event = {0};
  fl_queue queue;
  fl_queue_init(&queue, FL_FIFO, 0, NULL);
  fl_future future = fl_future_new(loop);
  fl_task of_future = fl_create_task(loop, awaits_each, .future = future);
  fl_create_task(loop, awaits_each, .future = of_future);
  fl_create_task(loop, awaits_each, .lock = &lock);
  fl_create_task(loop, awaits_each, .event = &event);
  fl_create_task(loop, awaits_each, .queue = &queue);
  settle();
  assert_int_equal(look(), 5);
  const char *awaits[] = {"future", "task", "lock", "event", "queue get"};
  for (size_t i = 0; i < LENGTH(awaits); i++) assert_string_equal(infos[i].awaits, awaits[i]);
  assert_int_equal(infos[0].awaited.at == future.at, 1);
  assert_int_equal(infos[1].awaited.at == of_future.at, 1);
  assert_null(infos[2].awaited.at);
  assert_string_equal(infos[4].coroutine, "awaits_each"); /* not wait_for's own */
  for (size_t i = 0; i < 5; i++) fl_cancel(infos[i].task, NULL);
  fl_loop_run_forever(loop);
  fl_queue_free(&queue);
}

/* ---- ps and pstree */

static char text[4096];

/* Lines are compared without their number, which moves with this file. */
static void leave_lines_out(void) {
  char *to = text;
  for (const char *from = text; *from;) {
    *to++ = *from++;
    if (to[-1] != ':' || *from < '0' || *from > '9') continue;
    while (*from >= '0' && *from <= '9') from++;
    *to++ = 'N';
  }
  *to = '\0';
}

static void pstree_shows_who_awaits_whom(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, crawl);
  settle();
  virtual_clock.now_us = 500 * MS;
  size_t bytes = fl_pstree(loop, text, sizeof text);
  assert_int_equal(bytes, strlen(text));
  leave_lines_out();
  assert_string_equal(text, "crawl (Task-1)  test_inspect.c:N  task group  0.500 s\n"
                            "├── pages (Task-2)  test_inspect.c:N  gather  0.500 s\n"
                            "│   ├── fetch (Task-4)  test_inspect.c:N  sleep  0.500 s\n"
                            "│   └── fetch (Task-5)  test_inspect.c:N  sleep  0.500 s\n"
                            "└── fetch (last)  test_inspect.c:N  sleep  0.500 s\n");
  assert_int_equal(run_task(task), FL_OK);
}

static void pstree_shows_a_circle_once(void **state) {
  (void)state;
  fl_task a = fl_create_task(loop, awaits_each), b = fl_create_task(loop, awaits_each, .future = a);
  fl_task_frame(a, awaits_each)->future = b;
  settle();
  fl_pstree(loop, text, sizeof text);
  leave_lines_out();
  assert_string_equal(text, "awaits_each (Task-1)  test_inspect.c:N  task Task-2  0.000 s\n"
                            "└── awaits_each (Task-2)  test_inspect.c:N  task Task-1  0.000 s\n"
                            "    └── awaits_each (Task-1)  test_inspect.c:N  task Task-2  0.000 s\n");
  fl_cancel(a, NULL);
  fl_loop_run_forever(loop);
}

static void pstree_ends_in_a_long_row(void **state) {
  (void)state;
  fl_task task = fl_create_task(loop, fetch, FL_SECOND);
  for (int i = 0; i < 1000; i++) task = fl_create_task(loop, awaits_each, .future = task);
  settle();
  size_t bytes = fl_pstree(loop, NULL, 0);
  assert_in_range(bytes, 1000, 1000000);
  fl_loop_run_forever(loop);
}

static void ps_is_a_table_of_a_row_a_task(void **state) {
  (void)state;
  fl_create_task(loop, fetch, FL_SECOND);
  settle();
  size_t bytes = fl_ps(loop, text, sizeof text);
  assert_int_equal(bytes, strlen(text));
  leave_lines_out();
  assert_string_equal(
      text, "TASK              COROUTINE         AT                        AWAITS                      SINCE\n"
            "Task-1            fetch             test_inspect.c:N          sleep                     0.000 s\n");
  fl_loop_run_forever(loop);
}

static void text_is_cut_to_its_room(void **state) {
  (void)state;
  fl_create_task(loop, fetch, FL_SECOND);
  settle();
  size_t whole = fl_ps(loop, text, sizeof text);
  char some[32];
  memset(some, '#', sizeof some);
  assert_int_equal(fl_ps(loop, some, 20), whole);
  assert_int_equal(strlen(some), 19);
  assert_memory_equal(some, text, 19);
  assert_int_equal(some[20], '#');
  assert_int_equal(fl_ps(loop, NULL, 0), whole);
  fl_loop_run_forever(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ASYNC_TEST(all_tasks_are_those_that_are_not_done_oldest_first),
      ASYNC_TEST(a_task_is_seen_where_it_stands_and_since_when),
      ASYNC_TEST(what_it_awaits_has_a_name),
      ASYNC_TEST(pstree_shows_who_awaits_whom),
      ASYNC_TEST(pstree_shows_a_circle_once),
      ASYNC_TEST(pstree_ends_in_a_long_row),
      ASYNC_TEST(ps_is_a_table_of_a_row_a_task),
      ASYNC_TEST(text_is_cut_to_its_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
