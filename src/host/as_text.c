#include "as_text.h"

#include <stdlib.h>
#include <string.h>

#ifndef FL_BROWSER

extern bool fl__host_is_program(void);

static bool is_ascii(const char *text) {
  while ((signed char)*text > 0) text++;
  return !*text;
}

/* XMLHttpRequest makes a byte of each character, so each byte becomes the character of that number. */
static char *put_header(char *to, const char *value) {
  for (; *value; value++) {
    unsigned char byte = (unsigned char)*value;
    if (byte >= 0x80) *to++ = (char)(0xc0 | byte >> 6);
    *to++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
  }
  *to++ = 0;
  return to;
}

/* As a URL of UTF-8 is written on the wire, and any other byte likewise. A host's is left, for IDNA or to be refused.
 */
static char *put_url(char *to, const char *url) {
  const char *host = strstr(url, "://");
  const char *rest = host ? host + 3 + strcspn(host + 3, "/?#") : url;
  for (; *url; url++) {
    unsigned char byte = (unsigned char)*url;
    if (byte < 0x80 || url < rest) {
      *to++ = *url;
      continue;
    }
    *to++ = '%';
    *to++ = "0123456789ABCDEF"[byte >> 4];
    *to++ = "0123456789ABCDEF"[byte & 15];
  }
  *to++ = 0;
  return to;
}

int fl__as_text_make(fl__as_text *out, const fl_attempt *attempt) {
  *out = (fl__as_text){attempt->url, attempt->headers, NULL};
  size_t count = 0, bytes = 3 * strlen(attempt->url) + 1;
  bool is_plain = is_ascii(attempt->url);
  for (const fl_header *header = attempt->headers; header && header->name; header++, count++) {
    bytes += 2 * strlen(header->value) + 1;
    is_plain = is_plain && is_ascii(header->value);
  }
  if (is_plain || !fl__host_is_program()) return FL_OK;
  fl_header *headers = malloc((count + 1) * sizeof *headers + bytes);
  if (!headers) return FL_ENOMEM;
  char *to = (char *)(headers + count + 1);
  out->owned = headers;
  out->headers = headers;
  out->url = to;
  to = put_url(to, attempt->url);
  for (size_t i = 0; i < count; i++) {
    headers[i] = (fl_header){attempt->headers[i].name, to};
    to = put_header(to, attempt->headers[i].value);
  }
  headers[count] = (fl_header){NULL, NULL};
  return FL_OK;
}

void fl__as_text_free(fl__as_text *text) { free(text->owned); }

#endif
