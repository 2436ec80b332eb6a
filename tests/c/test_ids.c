/* Ids: an index and a generation. */
#include "support.h"

#include "../../src/http/ids.h"

#include <stdlib.h>

static int things[FL__IDS_MAX]; /* only their addresses matter */

static fl__ids ids;

static int open_ids(void **state) {
  (void)state;
  fl__ids_init(&ids);
  return 0;
}

static int free_ids(void **state) {
  (void)state;
  fl__ids_free(&ids);
  return 0;
}

static uint32_t add(void *thing) {
  uint32_t id = 0;
  assert_int_equal(fl__ids_add(&id, &ids, thing), FL_OK);
  assert_int_not_equal(id, 0);
  return id;
}

static void an_id_names_its_thing(void **state) {
  (void)state;
  uint32_t a = add(&things[0]), b = add(&things[1]);
  assert_int_not_equal(a, b);
  assert_ptr_equal(fl__ids_get(&ids, a), &things[0]);
  assert_ptr_equal(fl__ids_get(&ids, b), &things[1]);
}

static void an_id_that_was_never_given_names_nothing(void **state) {
  (void)state;
  assert_null(fl__ids_get(&ids, 0));
  assert_null(fl__ids_get(&ids, 1));
  uint32_t id = add(&things[0]);
  assert_null(fl__ids_get(&ids, 0));
  assert_null(fl__ids_get(&ids, UINT32_MAX));
  assert_null(fl__ids_get(&ids, id + 1));                          /* a slot that is free */
  assert_null(fl__ids_get(&ids, id + FL__IDS_MAX - 1));            /* one that there isn't yet */
  assert_null(fl__ids_get(&ids, id + (1u << FL__IDS_INDEX_BITS))); /* this one, in another generation */
}

static void a_removed_id_names_nothing(void **state) {
  (void)state;
  uint32_t a = add(&things[0]), b = add(&things[1]);
  fl__ids_remove(&ids, a);
  assert_null(fl__ids_get(&ids, a));
  assert_ptr_equal(fl__ids_get(&ids, b), &things[1]);
}

static void nor_does_it_once_its_slot_is_another_s(void **state) {
  (void)state;
  uint32_t stale = add(&things[0]), index = stale & (FL__IDS_MAX - 1);
  fl__ids_remove(&ids, stale);
  uint32_t id;
  do id = add(&things[1]);
  while ((id & (FL__IDS_MAX - 1)) != index);
  assert_int_not_equal(id, stale);
  assert_null(fl__ids_get(&ids, stale));
  assert_ptr_equal(fl__ids_get(&ids, id), &things[1]);
}

/* 256 slots with 4095 generations each, for generation 0 is left out. */
static void an_id_comes_back_only_after_all_others(void **state) {
  (void)state;
  uint32_t first = add(&things[0]), id, adds = 0;
  fl__ids_remove(&ids, first);
  do {
    id = add(&things[0]);
    fl__ids_remove(&ids, id);
    adds++;
  } while (id != first && adds < 1u << 21);
  assert_int_equal(adds, 256 * 4095);
}

static void growing_keeps_what_there_is(void **state) {
  (void)state;
  static uint32_t given[5000];
  for (unsigned i = 0; i < LENGTH(given); i++) given[i] = add(&things[i]);
  for (unsigned i = 0; i < LENGTH(given); i++) assert_ptr_equal(fl__ids_get(&ids, given[i]), &things[i]);
}

static void a_walk_finds_each_thing_once(void **state) {
  (void)state;
  uint32_t given[300];
  for (unsigned i = 0; i < LENGTH(given); i++) given[i] = add(&things[i]);
  for (unsigned i = 0; i < LENGTH(given); i += 3) fl__ids_remove(&ids, given[i]);
  unsigned found[LENGTH(given)] = {0};
  for (uint32_t i = 0; i < ids.size; i++) {
    int *thing = fl__ids_at(&ids, i);
    if (thing) found[thing - things]++;
  }
  for (unsigned i = 0; i < LENGTH(given); i++) assert_int_equal(found[i], i % 3 ? 1 : 0);
  assert_int_equal(ids.live, 200);
}

static void two_to_the_20_are_all_there_are(void **state) {
  (void)state;
  static uint32_t given[FL__IDS_MAX];
  uint32_t id = 0;
  for (unsigned i = 0; i < FL__IDS_MAX; i++) given[i] = add(&things[i]);
  assert_int_equal(FL__IDS_MAX, FL_REQUESTS_MAX);
  assert_int_equal(fl__ids_add(&id, &ids, &things[0]), FL_EFULL);
  for (unsigned i = 0; i < FL__IDS_MAX; i++) assert_ptr_equal(fl__ids_get(&ids, given[i]), &things[i]);

  fl__ids_remove(&ids, given[12345]);
  id = add(&things[12345]);
  assert_ptr_equal(fl__ids_get(&ids, id), &things[12345]);
  assert_null(fl__ids_get(&ids, given[12345]));
  assert_int_equal(fl__ids_add(&id, &ids, &things[0]), FL_EFULL);
}

/* Adds and removals in an order of the seed's, the dead being asked for as well as the living. */
static void whatever_comes_and_goes_is_told_apart(void **state) {
  (void)state;
  enum { ROUNDS = 10000 };
  static uint32_t given[ROUNDS];
  static bool gone[ROUNDS];
  uint32_t random = 12345;
  for (unsigned i = 0; i < ROUNDS; i++) {
    given[i] = add(&things[i]);
    random = random * 1664525 + 1013904223;
    unsigned other = (random >> 8) % (i + 1);
    if (!gone[other]) {
      fl__ids_remove(&ids, given[other]);
      gone[other] = true;
    }
  }
  unsigned live = 0;
  for (unsigned i = 0; i < ROUNDS; i++) {
    assert_ptr_equal(fl__ids_get(&ids, given[i]), gone[i] ? NULL : &things[i]);
    live += !gone[i];
  }
  assert_int_equal(ids.live, live);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ids, free_ids)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_id_names_its_thing),
      TEST(an_id_that_was_never_given_names_nothing),
      TEST(a_removed_id_names_nothing),
      TEST(nor_does_it_once_its_slot_is_another_s),
      TEST(an_id_comes_back_only_after_all_others),
      TEST(growing_keeps_what_there_is),
      TEST(a_walk_finds_each_thing_once),
      TEST(two_to_the_20_are_all_there_are),
      TEST(whatever_comes_and_goes_is_told_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
