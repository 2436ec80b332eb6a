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

char *strchr(const char *text, int wanted) {
  for (; *text != (char)wanted; text++)
    if (!*text) return NULL;
  return (char *)text;
}

size_t strcspn(const char *text, const char *ends) {
  const char *end = text;
  while (*end && !strchr(ends, *end)) end++;
  return (size_t)(end - text);
}

size_t strspn(const char *text, const char *wanted) {
  const char *end = text;
  while (*end && strchr(wanted, *end)) end++;
  return (size_t)(end - text);
}
