#include "basic_auth.h"

#include <stdlib.h>
#include <string.h>

#include "headers.h"

static void base64(char *to, const char *bytes, size_t count) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < count; i += 3) {
    size_t left = count - i;
    uint32_t three = (uint32_t)(uint8_t)bytes[i] << 16;
    if (left > 1) three |= (uint32_t)(uint8_t)bytes[i + 1] << 8;
    if (left > 2) three |= (uint8_t)bytes[i + 2];
    *to++ = digits[three >> 18];
    *to++ = digits[three >> 12 & 63];
    *to++ = left > 1 ? digits[three >> 6 & 63] : '=';
    *to++ = left > 2 ? digits[three & 63] : '=';
  }
  *to = 0;
}

static bool is_text(const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f) return false;
  return true;
}

int fl__basic_auth(char **out, const char *user, size_t user_bytes, const char *password, size_t password_bytes) {
  if (user_bytes > FL__HEADERS_BYTES_MAX || password_bytes > FL__HEADERS_BYTES_MAX) return FL_EHEADERSLONG;
  if (!is_text(user, user_bytes) || !is_text(password, password_bytes)) return FL_EINVAL;
  if (user_bytes && memchr(user, ':', user_bytes)) return FL_EINVAL;
  static const char scheme[] = "Basic ";
  size_t bytes = user_bytes + 1 + password_bytes, digits = (bytes + 2) / 3 * 4;
  char *value = malloc(sizeof scheme + digits);
  if (!value) return FL_ENOMEM;
  memcpy(value, scheme, sizeof scheme);
  char *encoded = value + sizeof scheme - 1;
  char *both = encoded + digits - bytes; /* the end of their own encoding, which never catches up with what it reads */
  if (user_bytes) memcpy(both, user, user_bytes);
  both[user_bytes] = ':';
  if (password_bytes) memcpy(both + user_bytes + 1, password, password_bytes);
  base64(encoded, both, bytes);
  *out = value;
  return FL_OK;
}

static int hex_value(char c) {
  c = fl__lower(c);
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Gives the length; never longer than it was. */
static size_t percent_decode(char *to, const char *bytes, size_t count) {
  char *start = to;
  for (size_t i = 0; i < count; i++) {
    int high = bytes[i] == '%' && count - i > 2 ? hex_value(bytes[i + 1]) : -1;
    int low = high >= 0 ? hex_value(bytes[i + 2]) : -1;
    *to++ = low >= 0 ? (char)(high << 4 | low) : bytes[i];
    if (low >= 0) i += 2;
  }
  return (size_t)(to - start);
}

int fl__basic_auth_of_url(char **out, const fl__url *url) {
  const char *user, *password;
  size_t user_bytes, password_bytes;
  *out = NULL;
  if (!fl__url_userinfo(url, &user, &user_bytes, &password, &password_bytes)) return FL_OK;
  char *decoded = malloc(user_bytes + password_bytes);
  if (!decoded) return FL_ENOMEM;
  user_bytes = percent_decode(decoded, user, user_bytes);
  password_bytes = percent_decode(decoded + user_bytes, password, password_bytes);
  int error = fl__basic_auth(out, decoded, user_bytes, decoded + user_bytes, password_bytes);
  free(decoded);
  return error;
}
