/* emmalloc's own can grow a block where it lies, which takes 700 bytes and saves little: what grows here doubles. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *realloc(void *old, size_t size) {
  void *block = malloc(size);
  if (!block || !old) return block;
  size_t had = malloc_usable_size(old);
  memcpy(block, old, had < size ? had : size);
  free(old);
  return block;
}
