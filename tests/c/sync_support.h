/* For the tests of locks, queues and what else tasks share: tasks write down what happens to them, turn by turn. */
#ifndef FL_TEST_SYNC_SUPPORT_H
#define FL_TEST_SYNC_SUPPORT_H

#include "support.h"

/* A loop on the clock that is moved by hand. The teardown fails the test when the loop had something to report: a task
 * that never ended, an error that nobody read. */
int sync_setup(void **state);
int sync_teardown(void **state);
#define SYNC_TEST(name) cmocka_unit_test_setup_teardown(name, sync_setup, sync_teardown)

/* Write down a word; the words since it was last asked, with blanks between them. Valid until the next call. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *noted(void);

/* A turn; as many as there is something ready for; and so until `now_us`, stopping at each deadline on the way. */
void one_turn(void);
void settle_now(void);
void settle_until(int64_t now_us);

/* What settling leads to, in words. */
#define assert_leads_to(words) (settle_now(), assert_string_equal(noted(), (words)))

/* Numbers from a seed, the same everywhere: 0 to below - 1. */
uint32_t draw(uint64_t *seed, uint32_t below);

#endif
