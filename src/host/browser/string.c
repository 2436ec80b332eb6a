/* The texts here are short, and musl's, which go by words, take four times as much. Compiled with -fno-builtin: else
 * each loop would be recognised, and become a call of itself. */
#include <string.h>

size_t strlen(const char *text) {
  const char *end = text;
  while (*end) end++;
  return (size_t)(end - text);
}

char *strcpy(char *restrict to, const char *restrict from) {
  for (size_t i = 0; (to[i] = from[i]); i++) {
  }
  return to;
}

void *memchr(const void *bytes, int wanted, size_t count) {
  for (const unsigned char *at = bytes; count; at++, count--)
    if (*at == (unsigned char)wanted) return (void *)at;
  return NULL;
}
