/* What the tests of queues share: a queue of letters. */
#ifndef FL_TEST_QUEUE_SUPPORT_H
#define FL_TEST_QUEUE_SUPPORT_H

#include "sync_support.h"

/* For a test's setup and teardown: sync_support's loop, and an empty FL_FIFO without a bound. */
extern fl_queue queue;
int queue_setup(void **state);
int queue_teardown(void **state);
#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, queue_setup, queue_teardown)

/* Make it anew; FL_PRIORITY goes by the alphabet. */
void queue_is_of(fl_queue_order order, size_t size_max);

/* Items are letters. */
int by_letter(const void *a, const void *b);
void *item(char letter);
void put(const char *letters);
char get(void);
void assert_gets(const char *letters);

#endif
