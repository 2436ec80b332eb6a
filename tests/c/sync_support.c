#include "sync_support.h"

static char words[4096];
static size_t words_length;
static unsigned reports;

static void on_report(fl_loop *reporting, const fl_exception *exception, void *arg) {
  (void)reporting, (void)arg;
  reports++;
  print_error("reported: %s: %s: %s\n", exception->what, exception->name ? exception->name : "",
              exception->error ? fl_error_name(exception->error) : "");
}

int sync_setup(void **state) {
  words_length = 0;
  reports = 0;
  int error = loop_setup(state);
  if (!error) fl_loop_set_exception_handler(loop, on_report, NULL);
  return error;
}

int sync_teardown(void **state) {
  int error = loop_teardown(state);
  return error ? error : (int)reports;
}

void note(const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (words_length > 0) words[words_length++] = ' ';
  int bytes = vsnprintf(words + words_length, sizeof words - words_length, format, args);
  va_end(args);
  assert_in_range(words_length + (size_t)bytes, 0, sizeof words - 2);
  words_length += (size_t)bytes;
}

const char *noted(void) {
  static char out[sizeof words];
  memcpy(out, words, words_length);
  out[words_length] = '\0';
  words_length = 0;
  return out;
}

void one_turn(void) { turn(hand.now_us); }

void settle_now(void) {
  while (turn(hand.now_us) <= hand.now_us) {
  }
}

void settle_until(int64_t now_us) {
  for (int64_t next_us; (next_us = turn(hand.now_us)) <= now_us;)
    if (next_us > hand.now_us) hand.now_us = next_us;
  hand.now_us = now_us;
  settle_now();
}

uint32_t draw(uint64_t *seed, uint32_t below) {
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((*seed >> 33) % below);
}
