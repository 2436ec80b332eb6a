/* The heap of what comes first, beside a sorted array that does the same. */
#include "support.h"

#include "../../src/loop/heap.h"

#include <stdlib.h>

static uint64_t seed;

static fl__heap_node *take_first(fl__heap *heap) {
  fl__heap_node *first = heap->root;
  fl__heap_remove(heap, first);
  return first;
}

static void insert(fl__heap *heap, fl__heap_node *node, int64_t key, uint64_t tie) {
  *node = (fl__heap_node){.key = key, .tie = tie};
  fl__heap_insert(heap, node);
}

/* ---- The model */

enum { NODES = 500 };

typedef struct model {
  fl__heap_node *sorted[NODES];
  unsigned count;
} model;

static bool is_before(const fl__heap_node *a, const fl__heap_node *b) {
  return a->key < b->key || (a->key == b->key && a->tie < b->tie);
}

static unsigned place_of(const model *m, const fl__heap_node *node) {
  unsigned place = 0;
  while (place < m->count && is_before(m->sorted[place], node)) place++;
  return place;
}

static void model_insert(model *m, fl__heap_node *node) {
  unsigned place = place_of(m, node);
  memmove(&m->sorted[place + 1], &m->sorted[place], (m->count - place) * sizeof *m->sorted);
  m->sorted[place] = node;
  m->count++;
}

static void model_remove(model *m, fl__heap_node *node) {
  unsigned place = place_of(m, node);
  assert_ptr_equal(m->sorted[place], node);
  m->count--;
  memmove(&m->sorted[place], &m->sorted[place + 1], (m->count - place) * sizeof *m->sorted);
}

/* 10,000 operations; keys 0 .. keys - 1, so that few of them make many ties. */
static void compare_with_model(uint64_t first_seed, unsigned keys) {
  static fl__heap_node nodes[NODES];
  static model m;
  bool in_heap[NODES] = {false};
  fl__heap heap = {NULL};
  m.count = 0;
  seed = first_seed;
  for (unsigned operation = 0; operation < 10000; operation++) {
    unsigned i = (unsigned)random_below(&seed, NODES);
    if (in_heap[i]) {
      fl__heap_remove(&heap, &nodes[i]);
      model_remove(&m, &nodes[i]);
    } else {
      insert(&heap, &nodes[i], random_below(&seed, keys), operation);
      model_insert(&m, &nodes[i]);
    }
    in_heap[i] = !in_heap[i];
    assert_ptr_equal(heap.root, m.count ? m.sorted[0] : NULL);
  }
  assert_in_range(m.count, 100, NODES - 100);
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

static void equal_deadlines_leave_by_tie(void **state) {
  (void)state;
  static const uint64_t ties[] = {3, 0, 4, 1, 2};
  fl__heap_node nodes[LENGTH(ties)];
  fl__heap heap = {NULL};
  for (unsigned i = 0; i < LENGTH(ties); i++) insert(&heap, &nodes[i], 7, ties[i]);
  for (uint64_t tie = 0; tie < LENGTH(ties); tie++) assert_int_equal(take_first(&heap)->tie, tie);
}

static void deadlines_may_be_negative_or_never(void **state) {
  (void)state;
  fl__heap_node never, zero, first;
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
    fl__heap_node nodes[6];
    fl__heap heap = {NULL};
    for (unsigned i = 0; i < 6; i++) insert(&heap, &nodes[i], i, i);
    fl__heap_remove(&heap, &nodes[out]);
    for (unsigned i = 0; i < 6; i++)
      if (i != out) assert_ptr_equal(take_first(&heap), &nodes[i]);
    assert_null(heap.root);
  }
}

static void one_taken_out_may_be_inserted_again(void **state) {
  (void)state;
  fl__heap_node nodes[4];
  fl__heap heap = {NULL};
  for (unsigned i = 0; i < 4; i++) insert(&heap, &nodes[i], i, i);
  fl__heap_remove(&heap, &nodes[0]);
  nodes[0].key = 10;
  fl__heap_insert(&heap, &nodes[0]);
  assert_ptr_equal(take_first(&heap), &nodes[1]);
  assert_ptr_equal(take_first(&heap), &nodes[2]);
  assert_ptr_equal(take_first(&heap), &nodes[3]);
  assert_ptr_equal(take_first(&heap), &nodes[0]);
}

/* ---- Shapes that would overflow the stack of a recursive heap */

enum { MANY = 1000000 };

static void a_million_children_leave_in_order(void **state) {
  (void)state;
  fl__heap_node *nodes = calloc(MANY + 1, sizeof *nodes);
  assert_non_null(nodes);
  fl__heap heap = {NULL};
  for (unsigned i = 0; i <= MANY; i++) insert(&heap, &nodes[i], i ? 1 : 0, i); /* all under the first */
  for (unsigned i = 0; i <= MANY; i++) assert_ptr_equal(take_first(&heap), &nodes[i]);
  assert_null(heap.root);
  free(nodes);
}

static void a_chain_of_a_million_can_be_cut_anywhere(void **state) {
  (void)state;
  fl__heap_node *nodes = calloc(MANY, sizeof *nodes);
  assert_non_null(nodes);
  fl__heap heap = {NULL};
  for (unsigned i = MANY; i-- > 0;) insert(&heap, &nodes[i], i, i); /* each becomes the parent of all before */
  fl__heap_remove(&heap, &nodes[MANY / 2]);
  fl__heap_remove(&heap, &nodes[MANY - 1]);
  for (unsigned i = 0; i < MANY - 1; i++)
    if (i != MANY / 2) assert_ptr_equal(take_first(&heap), &nodes[i]);
  assert_null(heap.root);
  free(nodes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_is_always_that_of_a_sorted_array),
      cmocka_unit_test(so_it_is_when_most_deadlines_are_equal),
      cmocka_unit_test(equal_deadlines_leave_by_tie),
      cmocka_unit_test(deadlines_may_be_negative_or_never),
      cmocka_unit_test(any_sibling_may_be_taken_out),
      cmocka_unit_test(one_taken_out_may_be_inserted_again),
      cmocka_unit_test(a_million_children_leave_in_order),
      cmocka_unit_test(a_chain_of_a_million_can_be_cut_anywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
