/* The memory of futures and tasks: blocks that tell their owners apart. */
#include "sync_support.h"

#include "../../src/loop/blocks.h"

static fl__blocks blocks;

static int open_blocks(void **state) {
  (void)state;
  blocks = (fl__blocks){0};
  return 0;
}
static int free_blocks(void **state) {
  (void)state;
  fl__blocks_free(&blocks);
  return 0;
}

enum { SMALLEST = 16 }; /* what a free one needs */

typedef struct owned {
  fl__block block;
  unsigned char bytes[];
} owned;

/* Taken, and filled to its last byte: what overlaps or is too short shows. */
static owned *take(size_t bytes, unsigned char with) {
  owned *taken = fl__block_take(&blocks, bytes);
  assert_non_null(taken);
  assert_int_equal((uintptr_t)taken % 8, 0);
  assert_int_equal(taken->block.generation % 2, 1);
  memset(taken->bytes, with, bytes - sizeof *taken);
  return taken;
}

static bool is_filled(const owned *taken, size_t bytes, unsigned char with) {
  for (size_t i = 0; i < bytes - sizeof *taken; i++)
    if (taken->bytes[i] != with) return false;
  return true;
}

static void a_block_that_was_given_back_is_known_by_its_generation(void **state) {
  (void)state;
  owned *block = take(100, 1);
  uint32_t generation = block->block.generation;
  fl__block_give(&blocks, block, 100);
  assert_int_not_equal(block->block.generation, generation);
  assert_int_equal(block->block.generation % 2, 0);
  owned *next = take(100, 2);
  assert_ptr_equal(next, block); /* the warmest first */
  assert_int_not_equal(next->block.generation, generation);
}

static void no_generation_comes_twice(void **state) {
  (void)state;
  uint32_t last = 0;
  for (int i = 0; i < 1000; i++) {
    owned *block = take(64, 1);
    assert_true(block->block.generation > last);
    last = block->block.generation;
    fl__block_give(&blocks, block, 64);
  }
}

static void sizes_up_to_the_next_step_share_blocks(void **state) {
  (void)state;
  owned *block = take(97, 1);
  fl__block_give(&blocks, block, 97);
  assert_ptr_equal(take(104, 2), block);
  assert_ptr_not_equal(take(105, 3), block);
  owned *large = take(1500, 4);
  fl__block_give(&blocks, large, 1500);
  assert_ptr_equal(take(2048, 5), large);
}

static void blocks_of_all_sizes_keep_clear_of_each_other(void **state) {
  (void)state;
  enum { SIZES = 3000 };
  static owned *taken[SIZES][3];
  for (size_t i = 0; i < SIZES; i++)
    for (size_t k = 0; k < 3; k++) taken[i][k] = take(SMALLEST + i, (unsigned char)(i * 3 + k));
  for (size_t i = 0; i < SIZES; i++)
    for (size_t k = 0; k < 3; k++) assert_true(is_filled(taken[i][k], SMALLEST + i, (unsigned char)(i * 3 + k)));
}

static void large_ones_are_had_up_to_a_gigabyte(void **state) {
  (void)state;
  for (size_t bytes = 1024; bytes <= (size_t)64 << 20; bytes *= 2) {
    for (size_t off = 0; off < 3; off++) {
      owned *block = fl__block_take(&blocks, bytes - 1 + off);
      assert_non_null(block);
      block->bytes[0] = 1;
      ((unsigned char *)block)[bytes - 2 + off] = 2;
      fl__block_give(&blocks, block, bytes - 1 + off);
    }
    fl__blocks_free(&blocks); /* not all of them at once */
    blocks = (fl__blocks){0};
  }
  assert_null(fl__block_take(&blocks, ((size_t)1 << 30) + 1));
  assert_null(fl__block_take(&blocks, SIZE_MAX));
}

static void *found[8];
static unsigned found_count;
static void on_each(void *block) {
  assert_in_range(found_count, 0, LENGTH(found) - 1);
  found[found_count++] = block;
}
static bool is_found(const void *block) {
  for (unsigned i = 0; i < found_count; i++)
    if (found[i] == block) return true;
  return false;
}

static void a_walk_finds_those_in_use(void **state) {
  (void)state;
  found_count = 0;
  fl__blocks_each(&blocks, on_each);
  assert_int_equal(found_count, 0);
  owned *a = take(64, 1), *b = take(64, 1), *c = take(5000, 1), *gone = take(64, 1), *gone_too = take(5000, 1);
  fl__block_give(&blocks, gone, 64);
  fl__block_give(&blocks, gone_too, 5000);
  fl__blocks_each(&blocks, on_each);
  assert_int_equal(found_count, 3);
  assert_true(is_found(a) && is_found(b) && is_found(c));
}

/* Takes and gives back in an order of the seed's; each block is its owner's alone, and its generation new. */
static void whatever_comes_and_goes_it_is_one_owner_s(void **state) {
  (void)state;
  enum { HELD = 500 };
  static struct {
    owned *block;
    size_t bytes;
    uint32_t generation;
  } held[HELD];
  uint64_t random = 1;
  for (int round = 0; round < 20000; round++) {
    unsigned at = draw(&random, HELD);
    if (held[at].block) {
      assert_int_equal(held[at].block->block.generation, held[at].generation);
      assert_true(is_filled(held[at].block, held[at].bytes, (unsigned char)at));
      fl__block_give(&blocks, held[at].block, held[at].bytes);
      assert_int_equal(held[at].block->block.generation, held[at].generation + 1);
      held[at].block = NULL;
    } else {
      held[at].bytes = SMALLEST + draw(&random, draw(&random, 10) ? 300 : 5000);
      held[at].block = take(held[at].bytes, (unsigned char)at);
      held[at].generation = held[at].block->block.generation;
    }
  }
}

static void what_is_given_back_is_used_again(void **state) {
  (void)state;
  enum { AT_ONCE = 1000 };
  static owned *first[AT_ONCE];
  for (int i = 0; i < AT_ONCE; i++) first[i] = take(200, 1);
  const struct fl__chunk *chunks = blocks.chunks;
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < AT_ONCE; i++) fl__block_give(&blocks, first[i], 200);
    for (int i = 0; i < AT_ONCE; i++) first[i] = take(200, 1);
  }
  while (blocks.free[25]) take(200, 1); /* what the last chunk has left */
  assert_ptr_equal(blocks.chunks, chunks);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_blocks, free_blocks)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_block_that_was_given_back_is_known_by_its_generation),
      TEST(no_generation_comes_twice),
      TEST(sizes_up_to_the_next_step_share_blocks),
      TEST(blocks_of_all_sizes_keep_clear_of_each_other),
      TEST(large_ones_are_had_up_to_a_gigabyte),
      TEST(a_walk_finds_those_in_use),
      TEST(whatever_comes_and_goes_it_is_one_owner_s),
      TEST(what_is_given_back_is_used_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
