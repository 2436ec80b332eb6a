/* malloc() of the browser's build, over a memory that grows up to a limit. */
#include "support.h"

#include <stdlib.h>

enum { PAGE = 65536, PAGES = 64 };

_Alignas(PAGE) char memory[PAGES * PAGE];
static size_t pages;

static size_t pages_in_all(void) { return (size_t)memory / PAGE + pages; }

int grow(size_t end);
int grow(size_t end) {
  size_t wanted = (end - (size_t)memory + PAGE - 1) / PAGE;
  if (wanted > PAGES) return 0;
  pages = wanted;
  return 1;
}

#define __builtin_wasm_memory_size(index) pages_in_all()
#define __heap_base memory
#define emscripten_resize_heap grow
#define malloc browser_malloc
#define free browser_free
#define calloc browser_calloc
#define realloc browser_realloc
#include "../../src/host/browser/malloc.c"

static int setup(void **state) {
  (void)state;
  memset(free_blocks, 0, sizeof free_blocks);
  memset(memory, 0xee, sizeof memory);
  fresh = memory;
  pages = 0;
  return 0;
}

static uint64_t seed = 1;

typedef struct held {
  unsigned char *bytes;
  size_t count;
  unsigned char filled;
} held;

static void fill(held *one, size_t from) {
  if (from < one->count) memset(one->bytes + from, one->filled, one->count - from);
}

static void check(const held *one, size_t count) {
  for (size_t i = 0; i < count; i++) assert_int_equal(one->bytes[i], one->filled);
}

static size_t some_size(void) { return (size_t)random_below(&seed, random_below(&seed, 2) ? 100 : 8000); }

static void resize(held *one) {
  size_t had = one->count, count = some_size();
  unsigned char *bytes = realloc(one->bytes, count);
  assert_non_null(bytes);
  *one = (held){.bytes = bytes, .count = count, .filled = one->filled};
  check(one, had < count ? had : count);
  fill(one, had);
}

static void what_is_given_out_is_its_owner_s_alone(void **state) {
  (void)state;
  static held all[200];
  for (int i = 0; i < 200000; i++) {
    held *one = &all[random_below(&seed, LENGTH(all))];
    if (one->bytes && random_below(&seed, 3) == 0) {
      resize(one);
    } else if (one->bytes) {
      check(one, one->count);
      free(one->bytes);
      one->bytes = NULL;
    } else {
      *one = (held){.count = some_size(), .filled = (unsigned char)i};
      one->bytes = malloc(one->count);
      assert_non_null(one->bytes);
      assert_int_equal((uintptr_t)one->bytes % 8, 0);
      fill(one, 0);
    }
  }
}

static void the_same_again_needs_no_more_memory(void **state) {
  (void)state;
  static void *blocks[1000];
  size_t after_first = 0;
  for (int round = 0; round < 10; round++) {
    for (size_t i = 0; i < LENGTH(blocks); i++) assert_non_null(blocks[i] = malloc(i));
    for (size_t i = 0; i < LENGTH(blocks); i++) free(blocks[i]);
    if (round == 0) after_first = pages;
  }
  assert_int_equal(pages, after_first);
}

static void calloc_clears_what_was_used(void **state) {
  (void)state;
  unsigned char *used = malloc(100);
  memset(used, 0xff, 100);
  free(used);
  unsigned char *cleared = calloc(10, 10);
  assert_ptr_equal(cleared, used);
  for (int i = 0; i < 100; i++) assert_int_equal(cleared[i], 0);
}

static void what_there_is_no_room_for_is_null(void **state) {
  (void)state;
  assert_null(malloc(PAGES * PAGE));
  assert_null(malloc(SIZE_MAX));
  assert_null(malloc(SIZE_MAX - 8));
  assert_null(calloc(SIZE_MAX / 2, 3));
  void *half = malloc(PAGES * PAGE / 2);
  assert_non_null(half);
  assert_null(realloc(half, PAGES * PAGE));
  free(half);
  assert_ptr_equal(malloc(PAGES * PAGE / 2), half);
  free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_given_out_is_its_owner_s_alone, setup, NULL),
      cmocka_unit_test_setup_teardown(the_same_again_needs_no_more_memory, setup, NULL),
      cmocka_unit_test_setup_teardown(calloc_clears_what_was_used, setup, NULL),
      cmocka_unit_test_setup_teardown(what_there_is_no_room_for_is_null, setup, NULL),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
