/* Queues: what was put comes out, all of it, and in which order. */
#include "queue_support.h"

static void only_a_priority_queue_compares(void **state) {
  (void)state;
  fl_queue bad;
  assert_int_equal(fl_queue_init(&bad, FL_PRIORITY, 0, NULL), FL_EINVAL);
  assert_int_equal(fl_queue_init(&bad, FL_FIFO, 0, by_letter), FL_EINVAL);
  assert_int_equal(fl_queue_init(&bad, FL_LIFO, 0, by_letter), FL_EINVAL);
  assert_int_equal(fl_queue_init(&bad, (fl_queue_order)3, 0, NULL), FL_EINVAL);
  assert_int_equal(fl_queue_init(&bad, (fl_queue_order)3, 0, by_letter), FL_EINVAL);
}

static void the_first_in_is_the_first_out(void **state) {
  (void)state;
  put("abc");
  assert_gets("ab");
  put("de");
  assert_gets("cde");
}

static void the_last_in_is_the_first_out_of_a_stack(void **state) {
  (void)state;
  queue_is_of(FL_LIFO, 0);
  put("abc");
  assert_gets("cb");
  put("de");
  assert_gets("eda");
}

static void the_smallest_is_the_first_out_of_a_priority_queue(void **state) {
  (void)state;
  queue_is_of(FL_PRIORITY, 0);
  put("dbfac");
  assert_gets("ab");
  put("eaz");
  assert_gets("acdefz");
}

static void it_grows_wherever_its_ring_begins(void **state) {
  (void)state;
  for (int first = 0; first < 20; first++) {
    for (int i = 0; i < first; i++) put("x"), get();
    put("abcdefghijklmnopqrstuvw"); /* past 8, and 16 */
    assert_gets("abcdefghijklmnopqrstuvw");
    fl_queue_free(&queue); /* small again */
    fl_queue_init(&queue, FL_FIFO, 0, NULL);
  }
}

static int by_number(const void *a, const void *b) {
  return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

/* Beside an array in which the next is looked for. */
static void in_any_order_it_does_what_an_array_does(void **state) {
  (void)state;
  enum { ITEMS = 5000 };
  static int numbers[ITEMS], *in[ITEMS];
  for (fl_queue_order order = FL_FIFO; order <= FL_PRIORITY; order++) {
    fl_queue_free(&queue);
    assert_int_equal(fl_queue_init(&queue, order, 0, order == FL_PRIORITY ? by_number : NULL), FL_OK);
    uint64_t random = 1;
    size_t size = 0;
    for (int put_in = 0; put_in < ITEMS || size > 0;) {
      assert_int_equal(fl_queue_size(&queue), size);
      if (put_in < ITEMS && draw(&random, 100) < (put_in / 500 % 2 ? 30u : 70u)) {
        numbers[put_in] = (int)draw(&random, 300) - 150;
        in[size++] = &numbers[put_in];
        assert_int_equal(fl_queue_put_nowait(&queue, &numbers[put_in++]), FL_OK);
      } else if (size > 0) {
        size_t next = order == FL_LIFO ? size - 1 : 0;
        for (size_t i = 1; order == FL_PRIORITY && i < size; i++)
          if (*in[i] < *in[next]) next = i;
        void *out;
        assert_int_equal(fl_queue_get_nowait(&queue, &out), FL_OK);
        assert_int_equal(*(int *)out, *in[next]);
        if (order != FL_PRIORITY) assert_ptr_equal(out, in[next]);
        memmove(in + next, in + next + 1, (--size - next) * sizeof *in);
      }
    }
  }
}

static void an_item_may_be_null(void **state) {
  (void)state;
  void *out = &queue;
  assert_int_equal(fl_queue_put_nowait(&queue, NULL), FL_OK);
  assert_int_equal(fl_queue_get_nowait(&queue, &out), FL_OK);
  assert_null(out);
}

static void out_of_an_empty_one_comes_nothing(void **state) {
  (void)state;
  void *out = &queue;
  assert_true(fl_queue_empty(&queue));
  assert_int_equal(fl_queue_get_nowait(&queue, &out), FL_EQUEUEEMPTY);
  assert_ptr_equal(out, &queue);
}

static void free_forgets_what_is_in_it(void **state) {
  (void)state;
  put("abc");
  fl_queue_free(&queue);
  assert_int_equal(fl_queue_size(&queue), 0);
  assert_true(fl_queue_empty(&queue));
}

/* ---- Whatever comes: nothing is lost, nothing comes twice, and what one puts comes in its order */

enum { PRODUCERS = 5, EACH = 40 };
static int items[PRODUCERS * EACH]; /* times got */
static int next_of[PRODUCERS];
static unsigned got;

fl_async(producer, int number, i) {
  fl_begin;
  for (self->i = 0; self->i < EACH; self->i++) {
    fl_await(fl_queue_put(&queue, &items[self->number * EACH + self->i]));
    if (self->i % 7 == 0) fl_await(fl_sleep(self->i % 3));
  }
  fl_end;
}
static void use(int *item_got) {
  int index = (int)(item_got - items), number = index / EACH, nth = index % EACH;
  assert_int_equal(++items[index], 1);
  if (queue.order == FL_FIFO) assert_int_equal(nth, next_of[number]);
  next_of[number] = nth + 1;
  got++;
}
fl_async(consumer, void *out) {
  fl_begin;
  for (;;) {
    self->out = NULL;
    fl_await(fl_queue_get(&queue, &self->out));
    use((int *)self->out);
    assert_int_equal(fl_queue_task_done(&queue), FL_OK);
    fl_await(fl_sleep(got % 2));
  }
  fl_end;
}
static int by_address(const void *a, const void *b) { return a < b ? -1 : a > b; }

fl_async(joiner, int none) {
  fl_begin;
  fl_await(fl_queue_join(&queue));
  note("joined");
  fl_end;
}

static void nothing_is_lost_whoever_is_cancelled(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 90; seed++) {
    uint64_t random = seed;
    fl_queue_free(&queue);
    fl_queue_order order = (fl_queue_order)(seed % 3);
    fl_queue_init(&queue, order, draw(&random, 4), order == FL_PRIORITY ? by_address : NULL);
    memset(items, 0, sizeof items);
    memset(next_of, 0, sizeof next_of);
    got = 0;
    fl_task consumers[3];
    for (unsigned i = 0; i < LENGTH(consumers); i++) consumers[i] = fl_create_task(loop, consumer);
    for (int i = 0; i < PRODUCERS; i++) fl_release(fl_create_task(loop, producer, i));
    for (int left = 5000; left > 0 && got < LENGTH(items); left--) {
      turn(hand.now_us);
      hand.now_us += draw(&random, 2);
      if (draw(&random, 3)) continue;
      unsigned i = draw(&random, LENGTH(consumers));
      fl_cancel(consumers[i], NULL);
      fl_release(consumers[i]);
      consumers[i] = fl_create_task(loop, consumer);
    }
    assert_int_equal(got, LENGTH(items));
    assert_true(fl_queue_empty(&queue));
    fl_create_task(loop, joiner);
    assert_leads_to("joined");
    for (unsigned i = 0; i < LENGTH(consumers); i++) fl_cancel(consumers[i], NULL);
    settle_now();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      QUEUE_TEST(only_a_priority_queue_compares),
      QUEUE_TEST(the_first_in_is_the_first_out),
      QUEUE_TEST(the_last_in_is_the_first_out_of_a_stack),
      QUEUE_TEST(the_smallest_is_the_first_out_of_a_priority_queue),
      QUEUE_TEST(it_grows_wherever_its_ring_begins),
      QUEUE_TEST(in_any_order_it_does_what_an_array_does),
      QUEUE_TEST(an_item_may_be_null),
      QUEUE_TEST(out_of_an_empty_one_comes_nothing),
      QUEUE_TEST(free_forgets_what_is_in_it),
      QUEUE_TEST(nothing_is_lost_whoever_is_cancelled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
