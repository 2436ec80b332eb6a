/* malloc(), in a third of emmalloc's size. Each size, of which there are four to a doubling, has a list of blocks that
 * are free. They are not joined: what a session allocates, it frees and allocates again. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef union block {
  struct {
    uint32_t kind;
    union block *next; /* where it is free */
  };
  uint64_t alignment;
} block;

/* Its size is (kind % 4 + 5) << (kind / 4), with the header. */
enum { SMALLEST = 3 * 4, KINDS = 30 * 4, MOST = 1 << 30 };

static block *free_blocks[KINDS];

/* What has never been given out: up to the end of the memory, which grows. */
extern char __heap_base[];
extern int emscripten_resize_heap(size_t bytes);
static char *fresh = __heap_base;

static bool is_enough(size_t bytes) {
  return bytes <= (size_t)__builtin_wasm_memory_size(0) * 65536 || emscripten_resize_heap(bytes);
}

static size_t size_of(uint32_t kind) { return (size_t)(kind % 4 + 5) << (kind / 4); }

static uint32_t kind_of(size_t bytes) {
  if (bytes <= size_of(SMALLEST)) return SMALLEST;
  uint32_t shift = 29 - (uint32_t)__builtin_clz((uint32_t)bytes - 1);
  return shift * 4 + (uint32_t)((bytes - 1) >> shift) - 4;
}

static block *make(uint32_t kind) {
  size_t size = size_of(kind);
  if (!is_enough((size_t)fresh + size)) return NULL;
  block *made = (block *)fresh;
  fresh += size;
  made->kind = kind;
  return made;
}

void *malloc(size_t bytes) {
  if (bytes > MOST) return NULL;
  uint32_t kind = kind_of(bytes + sizeof(block));
  block *found = free_blocks[kind];
  if (found)
    free_blocks[kind] = found->next;
  else
    found = make(kind);
  return found ? found + 1 : NULL;
}

void free(void *at) {
  if (!at) return;
  block *freed = (block *)at - 1;
  freed->next = free_blocks[freed->kind];
  free_blocks[freed->kind] = freed;
}

void *calloc(size_t count, size_t bytes) {
  if (bytes && count > MOST / bytes) return NULL;
  void *made = malloc(count * bytes);
  return made ? memset(made, 0, count * bytes) : NULL;
}

void *realloc(void *old, size_t bytes) {
  size_t had = old ? size_of(((block *)old - 1)->kind) - sizeof(block) : 0;
  if (old && bytes <= had) return old;
  void *made = malloc(bytes);
  if (!made || !old) return made;
  memcpy(made, old, had);
  free(old);
  return made;
}
