#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#ifdef __has_feature /* clang's */
#define HAS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif
#if HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

typedef struct fl__chunk {
  struct fl__chunk *next;
  size_t block_bytes, blocks;
  uint64_t first[]; /* of its blocks */
} fl__chunk;

typedef struct fl__free_block {
  fl__block block;
  struct fl__free_block *next;
} fl__free_block;

enum { FIRST_CHUNK_BYTES = 4096, CHUNK_DOUBLINGS = 6 };

static fl__free_block *block_at(fl__chunk *chunk, size_t index) {
  return (fl__free_block *)((char *)chunk->first + index * chunk->block_bytes);
}

static unsigned size_of(size_t bytes) {
  if (bytes <= (size_t)FL__BLOCK_SMALL * FL__BLOCK_STEP)
    return (unsigned)((bytes + FL__BLOCK_STEP - 1) / FL__BLOCK_STEP);
  return FL__BLOCK_SMALL + 1 + (63 - 10) - (unsigned)__builtin_clzll(bytes - 1);
}

static size_t bytes_of(unsigned size) {
  return size <= FL__BLOCK_SMALL ? (size_t)size * FL__BLOCK_STEP : (size_t)2048 << (size - FL__BLOCK_SMALL - 1);
}

static bool grow(fl__blocks *blocks, unsigned size) {
  size_t bytes = bytes_of(size), count = ((size_t)FIRST_CHUNK_BYTES << blocks->chunks_of[size]) / bytes;
  if (count == 0) count = 1;
  fl__chunk *chunk = calloc(1, sizeof *chunk + count * bytes);
  if (!chunk) return false;
  if (blocks->chunks_of[size] < CHUNK_DOUBLINGS) blocks->chunks_of[size]++;
  *chunk = (fl__chunk){.next = blocks->chunks, .block_bytes = bytes, .blocks = count};
  blocks->chunks = chunk;
  for (size_t index = count; index-- > 0;) {
    fl__free_block *block = block_at(chunk, index);
    block->next = blocks->free[size];
    blocks->free[size] = block;
    ASAN_POISON_MEMORY_REGION(block + 1, bytes - sizeof *block);
  }
  return true;
}

void *fl__block_take(fl__blocks *blocks, size_t bytes) {
  if (bytes > (size_t)1 << 30) return NULL;
  unsigned size = size_of(bytes);
  if (!blocks->free[size] && !grow(blocks, size)) return NULL;
  fl__free_block *block = blocks->free[size];
  blocks->free[size] = block->next;
  block->block.generation++;
  ASAN_UNPOISON_MEMORY_REGION(block + 1, bytes - sizeof *block);
  return block;
}

void fl__block_give(fl__blocks *blocks, void *given, size_t bytes) {
  fl__free_block *block = given;
  unsigned size = size_of(bytes);
  block->block.generation++;
  block->next = blocks->free[size];
  blocks->free[size] = block;
  ASAN_POISON_MEMORY_REGION(block + 1, bytes_of(size) - sizeof *block);
}

void fl__blocks_each(fl__blocks *blocks, void (*each)(void *block)) {
  for (fl__chunk *chunk = blocks->chunks; chunk; chunk = chunk->next)
    for (size_t index = 0; index < chunk->blocks; index++)
      if (block_at(chunk, index)->block.generation & 1) each(block_at(chunk, index));
}

void fl__blocks_free(fl__blocks *blocks) {
  for (fl__chunk *chunk; (chunk = blocks->chunks);) {
    blocks->chunks = chunk->next;
    ASAN_UNPOISON_MEMORY_REGION(chunk->first, chunk->blocks * chunk->block_bytes);
    free(chunk);
  }
}
