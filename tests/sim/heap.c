#include "world.h"

#include <stdlib.h>

/* The linker's --wrap leads every call in the program here. */
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);

long heap_blocks;

void *__wrap_malloc(size_t bytes) {
  heap_blocks++;
  return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes) {
  heap_blocks++;
  return __real_calloc(count, bytes);
}

void *__wrap_realloc(void *block, size_t bytes) {
  heap_blocks += block == NULL;
  return __real_realloc(block, bytes);
}

void __wrap_free(void *block) {
  heap_blocks -= block != NULL;
  __real_free(block);
}
