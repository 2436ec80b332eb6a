/* The heap of what is due, beside a sorted array that does the same. */
#include "support.h"

#include "../../src/host/heap.h"

#include <stdlib.h>

static uint64_t seed;

/* splitmix64 */
static unsigned random_below(unsigned below) {
  uint64_t z = seed += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (unsigned)((z ^ z >> 31) % below);
}

static fl__due *take_first(fl__heap *heap) {
  fl__due *first = heap->root;
  fl__heap_remove(heap, first);
  return first;
}

static void insert(fl__heap *heap, fl__due *timer, int64_t when_us, uint64_t order) {
  *timer = (fl__due){.when_us = when_us, .order = order};
  fl__heap_insert(heap, timer);
}

/* ---- The model */

enum { TIMERS = 500 };

typedef struct model {
  fl__due *sorted[TIMERS];
  unsigned count;
} model;

static bool is_before(const fl__due *a, const fl__due *b) {
  return a->when_us < b->when_us || (a->when_us == b->when_us && a->order < b->order);
}

static unsigned place_of(const model *m, const fl__due *timer) {
  unsigned place = 0;
  while (place < m->count && is_before(m->sorted[place], timer)) place++;
  return place;
}

static void model_insert(model *m, fl__due *timer) {
  unsigned place = place_of(m, timer);
  memmove(&m->sorted[place + 1], &m->sorted[place], (m->count - place) * sizeof *m->sorted);
  m->sorted[place] = timer;
  m->count++;
}

static void model_remove(model *m, fl__due *timer) {
  unsigned place = place_of(m, timer);
  assert_ptr_equal(m->sorted[place], timer);
  m->count--;
  memmove(&m->sorted[place], &m->sorted[place + 1], (m->count - place) * sizeof *m->sorted);
}

/* 10,000 operations; deadlines 0 .. deadlines - 1, so that few of them make many ties. */
static void compare_with_model(uint64_t first_seed, unsigned deadlines) {
  static fl__due timers[TIMERS];
  static model m;
  bool in_heap[TIMERS] = {false};
  fl__heap heap = {NULL};
  m.count = 0;
  seed = first_seed;
  for (unsigned operation = 0; operation < 10000; operation++) {
    unsigned i = random_below(TIMERS);
    if (in_heap[i]) {
      fl__heap_remove(&heap, &timers[i]);
      model_remove(&m, &timers[i]);
    } else {
      insert(&heap, &timers[i], random_below(deadlines), operation);
      model_insert(&m, &timers[i]);
    }
    in_heap[i] = !in_heap[i];
    assert_ptr_equal(heap.root, m.count ? m.sorted[0] : NULL);
  }
  assert_in_range(m.count, 100, TIMERS - 100);
  for (unsigned i = 0; i < m.count; i++) assert_ptr_equal(take_first(&heap), m.sorted[i]);
  assert_null(heap.root);
}

static void the_first_is_always_that_of_a_sorted_array(void **state) {
  (void)state;
  for (uint64_t first_seed = 1; first_seed <= 5; first_seed++) compare_with_model(first_seed, 1000000);
}

static void so_it_is_when_most_deadlines_are_equal(void **state) {
  (void)state;
  for (uint64_t first_seed = 6; first_seed <= 10; first_seed++) compare_with_model(first_seed, 3);
}

/* ---- By hand */

static void equal_deadlines_leave_by_order(void **state) {
  (void)state;
  static const uint64_t orders[] = {3, 0, 4, 1, 2};
  fl__due timers[LENGTH(orders)];
  fl__heap heap = {NULL};
  for (unsigned i = 0; i < LENGTH(orders); i++) insert(&heap, &timers[i], 7, orders[i]);
  for (uint64_t order = 0; order < LENGTH(orders); order++) assert_int_equal(take_first(&heap)->order, order);
}

static void deadlines_may_be_negative_or_never(void **state) {
  (void)state;
  fl__due never, zero, first;
  fl__heap heap = {NULL};
  insert(&heap, &never, FL_NEVER, 0);
  insert(&heap, &zero, 0, 1);
  insert(&heap, &first, INT64_MIN, 2);
  assert_ptr_equal(take_first(&heap), &first);
  assert_ptr_equal(take_first(&heap), &zero);
  assert_ptr_equal(take_first(&heap), &never);
}

/* The root's children stand in a row, the last inserted first. */
static void any_sibling_may_be_taken_out(void **state) {
  (void)state;
  for (unsigned out = 1; out <= 5; out++) {
    fl__due timers[6];
    fl__heap heap = {NULL};
    for (unsigned i = 0; i < 6; i++) insert(&heap, &timers[i], i, i);
    fl__heap_remove(&heap, &timers[out]);
    for (unsigned i = 0; i < 6; i++)
      if (i != out) assert_ptr_equal(take_first(&heap), &timers[i]);
    assert_null(heap.root);
  }
}

static void one_taken_out_may_be_inserted_again(void **state) {
  (void)state;
  fl__due timers[4];
  fl__heap heap = {NULL};
  for (unsigned i = 0; i < 4; i++) insert(&heap, &timers[i], i, i);
  fl__heap_remove(&heap, &timers[0]);
  timers[0].when_us = 10;
  fl__heap_insert(&heap, &timers[0]);
  assert_ptr_equal(take_first(&heap), &timers[1]);
  assert_ptr_equal(take_first(&heap), &timers[2]);
  assert_ptr_equal(take_first(&heap), &timers[3]);
  assert_ptr_equal(take_first(&heap), &timers[0]);
}

/* ---- Shapes that would overflow the stack of a recursive heap */

enum { MANY = 1000000 };

static void a_million_children_leave_in_order(void **state) {
  (void)state;
  fl__due *timers = calloc(MANY + 1, sizeof *timers);
  assert_non_null(timers);
  fl__heap heap = {NULL};
  for (unsigned i = 0; i <= MANY; i++) insert(&heap, &timers[i], i ? 1 : 0, i); /* all under the first */
  for (unsigned i = 0; i <= MANY; i++) assert_ptr_equal(take_first(&heap), &timers[i]);
  assert_null(heap.root);
  free(timers);
}

static void a_chain_of_a_million_can_be_cut_anywhere(void **state) {
  (void)state;
  fl__due *timers = calloc(MANY, sizeof *timers);
  assert_non_null(timers);
  fl__heap heap = {NULL};
  for (unsigned i = MANY; i-- > 0;) insert(&heap, &timers[i], i, i); /* each becomes the parent of all before */
  fl__heap_remove(&heap, &timers[MANY / 2]);
  fl__heap_remove(&heap, &timers[MANY - 1]);
  for (unsigned i = 0; i < MANY - 1; i++)
    if (i != MANY / 2) assert_ptr_equal(take_first(&heap), &timers[i]);
  assert_null(heap.root);
  free(timers);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_is_always_that_of_a_sorted_array),
      cmocka_unit_test(so_it_is_when_most_deadlines_are_equal),
      cmocka_unit_test(equal_deadlines_leave_by_order),
      cmocka_unit_test(deadlines_may_be_negative_or_never),
      cmocka_unit_test(any_sibling_may_be_taken_out),
      cmocka_unit_test(one_taken_out_may_be_inserted_again),
      cmocka_unit_test(a_million_children_leave_in_order),
      cmocka_unit_test(a_chain_of_a_million_can_be_cut_anywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
