/* The memory of futures and tasks. Blocks of one size are kept for the next of that size, and go back to the system
 * only with the loop: so a handle can look at its block even when that is no longer its own, and see that it isn't. */
#ifndef FL_BLOCKS_H
#define FL_BLOCKS_H

#include "../fetchloop.h"

enum {
  FL__BLOCK_STEP = 8, /* sizes up to 1 KB are multiples of it, */
  FL__BLOCK_SMALL = 1024 / FL__BLOCK_STEP,
  FL__BLOCK_SIZES = FL__BLOCK_SMALL + 1 + (30 - 10) /* beyond it they are powers of two, up to 1 GB */
};

/* Stands first in whatever lies in a block. */
typedef struct fl__block {
  uint32_t generation; /* odd: in use */
} fl__block;

typedef struct fl__blocks {
  struct fl__chunk *chunks;
  struct fl__free_block *free[FL__BLOCK_SIZES];
  uint8_t chunks_of[FL__BLOCK_SIZES]; /* each is twice as large as the one before, up to 256 KB */
} fl__blocks;

/* A block whose bytes after fl__block are not set; NULL when memory is short. */
void *fl__block_take(fl__blocks *blocks, size_t bytes);
void fl__block_give(fl__blocks *blocks, void *block, size_t bytes); /* as it was taken */

void fl__blocks_each(fl__blocks *blocks, void (*each)(void *block)); /* that is in use */
void fl__blocks_free(fl__blocks *blocks);

#endif
