/* Of cmocka's interface what our tests use, for their run as WebAssembly: Debian's cmocka is native. A failed assertion
 * leaves its test by longjmp(); what is printed is what cmocka prints. As with cmocka, its includes come before. */
#ifndef FL_WASM_CMOCKA_H
#define FL_WASM_CMOCKA_H

#include <stddef.h>
#include <stdint.h>

struct CMUnitTest {
  const char *name;
  void (*test)(void **state);
  int (*setup)(void **state);
  int (*teardown)(void **state);
  void *initial_state;
};

#define cmocka_unit_test(test) \
  { #test, test, NULL, NULL, NULL }
#define cmocka_unit_test_setup_teardown(test, setup, teardown) \
  { #test, test, setup, teardown, NULL }
#define cmocka_run_group_tests(tests, setup, teardown) \
  cmocka__run(tests, sizeof(tests) / sizeof *(tests), setup, teardown)

#define assert_true(c) cmocka__check(!!(c), #c, __FILE__, __LINE__)
#define assert_false(c) cmocka__check(!(c), "!(" #c ")", __FILE__, __LINE__)
#define assert_non_null(p) cmocka__check((p) != NULL, #p, __FILE__, __LINE__)
#define assert_null(p) cmocka__check((p) == NULL, #p " == NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b) cmocka__equal((uintptr_t)(a), (uintptr_t)(b), 1, __FILE__, __LINE__)
#define assert_ptr_not_equal(a, b) cmocka__equal((uintptr_t)(a), (uintptr_t)(b), 0, __FILE__, __LINE__)
#define assert_int_equal(a, b) cmocka__equal((uint64_t)(a), (uint64_t)(b), 1, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) cmocka__equal((uint64_t)(a), (uint64_t)(b), 0, __FILE__, __LINE__)
#define assert_in_range(value, from, to) \
  cmocka__in_range((uint64_t)(value), (uint64_t)(from), (uint64_t)(to), __FILE__, __LINE__)
#define assert_string_equal(a, b) cmocka__string(a, b, 1, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) cmocka__string(a, b, 0, __FILE__, __LINE__)
#define assert_memory_equal(a, b, size) cmocka__memory(a, b, size, __FILE__, __LINE__)
#define fail() cmocka__fail(__FILE__, __LINE__)
#define fail_msg(...) (print_error("ERROR: " __VA_ARGS__), print_error("\n"), fail())

void print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

int cmocka__run(const struct CMUnitTest *tests, size_t count, int (*setup)(void **), int (*teardown)(void **));
_Noreturn void cmocka__fail(const char *file, int line);
void cmocka__check(int so, const char *what, const char *file, int line);
void cmocka__equal(uint64_t a, uint64_t b, int equal, const char *file, int line);
void cmocka__in_range(uint64_t value, uint64_t from, uint64_t to, const char *file, int line);
void cmocka__string(const char *a, const char *b, int equal, const char *file, int line);
void cmocka__memory(const void *a, const void *b, size_t size, const char *file, int line);

#endif
