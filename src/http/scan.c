#include "scan.h"

#include "url.h"

#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

void fl__skip_spaces(const char **at) { *at += strspn(*at, " \t"); }

bool fl__take(const char **at, char expected) {
  fl__skip_spaces(at);
  if (**at != expected) return false;
  ++*at;
  return true;
}

int64_t fl__take_digits(const char **at) {
  if (!is_digit(**at)) return -1;
  int64_t number = 0;
  for (; is_digit(**at); ++*at) number = number > (FL_NEVER - 10) / 10 ? FL_NEVER : number * 10 + (**at - '0');
  return number;
}

int64_t fl__take_number(const char **at, bool rounds_up) {
  fl__skip_spaces(at);
  int64_t number = fl__take_digits(at);
  if (number < 0) return number;
  bool has_rest = false;
  if (**at == '.')
    while (is_digit(*++*at)) has_rest |= **at != '0';
  return rounds_up && has_rest && number < FL_NEVER ? number + 1 : number;
}

int64_t fl__us_of_seconds(int64_t seconds) {
  return seconds < 0 ? -1 : seconds > FL_NEVER / FL_SECOND ? FL_NEVER : seconds * FL_SECOND;
}

fl__word fl__take_word(const char **at) {
  fl__skip_spaces(at);
  bool is_quoted = **at == '"';
  *at += is_quoted;
  fl__word word = {.text = *at, .bytes = strcspn(*at, is_quoted ? "\"" : ",;= \t")};
  *at += word.bytes;
  if (is_quoted && **at) ++*at;
  return word;
}

int fl__take_one_of(const char **at, const char *words) {
  for (int i = 0; *words; i++) {
    const char *c = *at;
    for (; *words != ' ' && fl__lower(*c) == *words; c++) words++;
    if (*words == ' ') {
      *at = c;
      return i;
    }
    words += strcspn(words, " ") + 1;
  }
  return -1;
}
