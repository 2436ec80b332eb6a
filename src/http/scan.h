/* Taking a header's value apart, from the left: `at` is moved past what is taken. Values end with their NUL. */
#ifndef FL_SCAN_H
#define FL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fl__word {
  const char *text;
  size_t bytes;
} fl__word;

void fl__skip_spaces(const char **at);

/* After spaces, that character. */
bool fl__take(const char **at, char expected);

/* Digits. -1 when there are none; FL_NEVER when it is larger than that. */
int64_t fl__take_digits(const char **at);

/* After spaces, digits and maybe a fraction: of which there is a rest, it is rounded up if it `rounds_up`, else down.
 * -1 when there is none; FL_NEVER when it is larger than that. */
int64_t fl__take_number(const char **at, bool rounds_up);

/* Microseconds, FL_NEVER for more than there can be; -1 stays -1. */
int64_t fl__us_of_seconds(int64_t seconds);

/* After spaces, what is between quotes, or else all up to a space or one of ,;= */
fl__word fl__take_word(const char **at);

/* Which of `words` comes, in whatever case: in the list each is in lower case and has a space after it. -1: none. Of
 * two that begin alike the longer is to come first. */
int fl__take_one_of(const char **at, const char *words);

#endif
