#include "queue_support.h"

fl_queue queue;

int queue_setup(void **state) {
  int error = sync_setup(state);
  return error ? error : fl_queue_init(&queue, FL_FIFO, 0, NULL);
}
int queue_teardown(void **state) {
  fl_queue_free(&queue);
  return sync_teardown(state);
}

int by_letter(const void *a, const void *b) { return *(const char *)a - *(const char *)b; }
void queue_is_of(fl_queue_order order, size_t size_max) {
  fl_queue_free(&queue);
  assert_int_equal(fl_queue_init(&queue, order, size_max, order == FL_PRIORITY ? by_letter : NULL), FL_OK);
}

void *item(char letter) {
  static char letters[256];
  letters[(unsigned char)letter] = letter;
  return &letters[(unsigned char)letter];
}
void put(const char *letters) {
  for (; *letters; letters++) assert_int_equal(fl_queue_put_nowait(&queue, item(*letters)), FL_OK);
}
char get(void) {
  void *out = NULL;
  assert_int_equal(fl_queue_get_nowait(&queue, &out), FL_OK);
  return *(char *)out;
}
void assert_gets(const char *letters) {
  for (; *letters; letters++) assert_int_equal(get(), *letters);
}
