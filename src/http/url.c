#include "url.h"

#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return fl__lower(c) >= 'a' && fl__lower(c) <= 'z'; }

static bool equals_lower(const char *bytes, size_t count, const char *word) {
  if (strlen(word) != count) return false;
  for (size_t i = 0; i < count; i++)
    if (fl__lower(bytes[i]) != word[i]) return false;
  return true;
}

static int check_characters(const char *url, size_t url_bytes) {
  for (size_t i = 0; i < url_bytes; i++)
    if ((unsigned char)url[i] <= ' ' || url[i] == 0x7f) return FL_EURLCHAR;
  return FL_OK;
}

/* The scheme's length without the colon; 0 when there is none. "host:8080/" has none: what follows is a port. */
static size_t scheme_bytes(const char *url, size_t url_bytes) {
  size_t i = 0;
  while (i < url_bytes && (is_letter(url[i]) || is_digit(url[i]) || url[i] == '+' || url[i] == '-' || url[i] == '.'))
    i++;
  if (i == 0 || i == url_bytes || url[i] != ':' || is_digit(url[0])) return 0;
  bool ours = equals_lower(url, i, "http") || equals_lower(url, i, "https");
  return !ours && i + 1 < url_bytes && is_digit(url[i + 1]) ? 0 : i;
}

static int parse_port(uint16_t *out, const char *digits, size_t count) {
  unsigned port = 0;
  for (size_t i = 0; i < count; i++) {
    if (!is_digit(digits[i])) return FL_EURLPORT;
    port = port * 10 + (unsigned)(digits[i] - '0');
    if (port > 65535) return FL_EURLPORT;
  }
  if (port == 0) return FL_EURLPORT;
  *out = (uint16_t)port;
  return FL_OK;
}

static bool is_in_host(char c) { return !c || !strchr("<>[]^|%\"`{}", c); }

/* How many of `bytes` are the host; 0 when it is not valid. */
static size_t host_bytes(const char *bytes, size_t count) {
  if (count && bytes[0] == '[') {
    const char *close = memchr(bytes, ']', count);
    if (!close) return 0;
    for (const char *c = bytes + 1; c < close; c++)
      if (!is_digit(*c) && *c != ':' && *c != '.' && !(fl__lower(*c) >= 'a' && fl__lower(*c) <= 'f')) return 0;
    return close - bytes > 2 ? (size_t)(close - bytes) + 1 : 0;
  }
  size_t i = 0;
  for (; i < count && bytes[i] != ':'; i++)
    if (!is_in_host(bytes[i])) return 0;
  return i;
}

int fl__url_parse(fl__url *out, const char *url, size_t url_bytes) {
  if (url_bytes == 0) return FL_EURLEMPTY;
  if (url_bytes > FL_URL_BYTES_MAX) return FL_EURLLONG;
  int error = check_characters(url, url_bytes);
  if (error) return error;
  out->text = url;
  out->bytes = url_bytes;

  size_t scheme = scheme_bytes(url, url_bytes);
  if (!scheme) return FL_EURLSCHEME;
  out->https = equals_lower(url, scheme, "https");
  if (!out->https && !equals_lower(url, scheme, "http")) return FL_EPROTOCOL;
  if (url_bytes < scheme + 3 || memcmp(url + scheme, "://", 3) != 0) return FL_EURLHOST;

  const char *authority = url + scheme + 3, *end = url + url_bytes;
  const char *stop = authority;
  while (stop < end && *stop != '/' && *stop != '?' && *stop != '#') {
    if (*stop == '\\') return FL_EURLHOST; /* programs disagree on whether it ends the host */
    stop++;
  }
  for (const char *c = stop; c > authority; c--)
    if (c[-1] == '@') { /* the last one ends the user name and password */
      authority = c;
      break;
    }

  out->host = authority;
  out->host_bytes = host_bytes(authority, (size_t)(stop - authority));
  if (!out->host_bytes) return FL_EURLHOST;
  out->port = out->https ? 443 : 80;
  const char *rest = authority + out->host_bytes;
  if (rest == stop) return FL_OK;
  if (*rest != ':') return FL_EURLHOST;
  return rest + 1 == stop ? FL_OK : parse_port(&out->port, rest + 1, (size_t)(stop - rest - 1));
}

bool fl__url_same_origin(const fl__url *a, const fl__url *b) {
  if (a->https != b->https || a->port != b->port || a->host_bytes != b->host_bytes) return false;
  for (size_t i = 0; i < a->host_bytes; i++)
    if (fl__lower(a->host[i]) != fl__lower(b->host[i])) return false;
  return true;
}

bool fl__url_userinfo(const fl__url *url, const char **user, size_t *user_bytes, const char **password,
                      size_t *password_bytes) {
  const char *start = url->text + (url->https ? sizeof "https://" : sizeof "http://") - 1;
  const char *end = url->host > start ? url->host - 1 : start; /* at the @ */
  const char *colon = end > start ? memchr(start, ':', (size_t)(end - start)) : NULL;
  *user = start;
  *user_bytes = (size_t)((colon ? colon : end) - start);
  *password = colon ? colon + 1 : end;
  *password_bytes = (size_t)(end - *password);
  return *user_bytes || *password_bytes;
}
