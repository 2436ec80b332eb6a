/* An allocator of which the nth allocation fails. For one file of a program that is linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. */
#ifndef FL_TEST_FAILING_MALLOC_H
#define FL_TEST_FAILING_MALLOC_H

#include <stdbool.h>
#include <stdlib.h>

static unsigned long allocations; /* since the last arm() */
static unsigned long fails_at;    /* 0: none does */
static bool fails_from_then_on;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static inline void arm(unsigned long nth, bool from_then_on) {
  allocations = 0;
  fails_at = nth;
  fails_from_then_on = from_then_on;
}

static inline bool fails(void) {
  allocations++;
  return fails_at && (allocations == fails_at || (fails_from_then_on && allocations > fails_at));
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return fails() ? NULL : __real_realloc(old, size); }

#endif
