/* Which URLs are taken, where they go, and why the others are refused. */
#include "support.h"

#include "../../src/http/url.h"

#include <stdlib.h>

static const struct {
  const char *url;
  bool https;
  uint16_t port;
  const char *host;
} good[] = {
    {"http://a", false, 80, "a"},
    {"http://a/", false, 80, "a"},
    {"https://a/", true, 443, "a"},
    {"HTTP://a/", false, 80, "a"},
    {"hTtPs://a/", true, 443, "a"},
    {"http://www.Example.COM/Path", false, 80, "www.Example.COM"},
    {"http://a.example./", false, 80, "a.example."},
    /* Ports */
    {"http://a:8080/", false, 8080, "a"},
    {"http://a:8080", false, 8080, "a"},
    {"http://a:1/", false, 1, "a"},
    {"https://a:65535/", true, 65535, "a"},
    {"https://a:80/", true, 80, "a"},
    {"http://a:443/", false, 443, "a"},
    {"http://a:080/", false, 80, "a"},
    {"http://a:00000000000000000000080/", false, 80, "a"},
    {"http://a:/", false, 80, "a"}, /* RFC 3986 lets a port be empty */
    {"https://a:", true, 443, "a"},
    {"http://a:?b", false, 80, "a"},
    /* What follows the host without a path */
    {"http://a?b=c", false, 80, "a"},
    {"http://a#b", false, 80, "a"},
    {"http://a:81?b", false, 81, "a"},
    {"http://a:81#b", false, 81, "a"},
    {"http://a?http://b:82/", false, 80, "a"},
    /* Only the authority has a user name, a port or a host */
    {"http://a/@b:82/", false, 80, "a"},
    {"http://a?@b:82", false, 80, "a"},
    {"http://a#@b:82", false, 80, "a"},
    {"http://a/b\\c", false, 80, "a"},
    {"http://a/b:c[d]|e%", false, 80, "a"},
    {"http://a//b", false, 80, "a"},
    {"http://user@a/", false, 80, "a"},
    {"http://user:word@a:81/", false, 81, "a"},
    {"http://user:81@a/", false, 80, "a"},
    {"http://@a/", false, 80, "a"},
    {"http://:@a/", false, 80, "a"},
    {"http://b@c@a/", false, 80, "a"},
    {"http://[::2]@a/", false, 80, "a"},
    {"http://user:word@[::1]:81/", false, 81, "[::1]"},
    /* Addresses */
    {"http://127.0.0.1:3000/", false, 3000, "127.0.0.1"},
    {"http://[::1]", false, 80, "[::1]"},
    {"http://[::1]/", false, 80, "[::1]"},
    {"https://[2001:DB8::1]:8443/x", true, 8443, "[2001:DB8::1]"},
    {"http://[::ffff:192.0.2.1]:/", false, 80, "[::ffff:192.0.2.1]"},
    {"http://[::]?b", false, 80, "[::]"},
    /* Names beyond ASCII letters and digits */
    {"http://b\xc3\xbc"
     "cher.example/\xc3\xa4?\xe2\x82\xac",
     false, 80,
     "b\xc3\xbc"
     "cher.example"},
    {"http://xn--bcher-kva.example/", false, 80, "xn--bcher-kva.example"},
    {"http://a_b-c~d.example/", false, 80, "a_b-c~d.example"},
};

static void a_good_url_says_where_it_goes(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(good); i++) {
    fl__url url = {0};
    int error = fl__url_parse(&url, good[i].url, strlen(good[i].url));
    if (error) fail_msg("%s: %s", good[i].url, fl_error_name(error));
    if (url.host_bytes != strlen(good[i].host) || memcmp(url.host, good[i].host, url.host_bytes) != 0)
      fail_msg("%s: the host is %.*s", good[i].url, (int)url.host_bytes, url.host);
    if (url.port != good[i].port) fail_msg("%s: the port is %u", good[i].url, url.port);
    if (url.https != good[i].https) fail_msg("%s: https is %d", good[i].url, url.https);
  }
}

static const struct {
  const char *url;
  int error;
} bad[] = {
    /* No scheme, or not a whole one */
    {"", FL_EURLEMPTY},
    {"a", FL_EURLSCHEME},
    {"www.example.com", FL_EURLSCHEME},
    {"www.example.com/http://a/", FL_EURLSCHEME},
    {"//a/", FL_EURLSCHEME},
    {"/a", FL_EURLSCHEME},
    {"?a", FL_EURLSCHEME},
    {"://a/", FL_EURLSCHEME},
    {":", FL_EURLSCHEME},
    {"http", FL_EURLSCHEME},
    {"http//a/", FL_EURLSCHEME},
    {"1http://a/", FL_EURLSCHEME},
    {"ht_tp://a/", FL_EURLSCHEME},
    {"127.0.0.1:80/", FL_EURLSCHEME},
    {"[::1]:80/", FL_EURLSCHEME},
    {"\xef\xbb\xbfhttp://a/", FL_EURLSCHEME}, /* the byte order mark of a file from Windows */
    {"\"http://a/\"", FL_EURLSCHEME},
    {"<http://a/>", FL_EURLSCHEME},
    {"#http://a/", FL_EURLSCHEME},
    /* A host and a port look like a scheme */
    {"localhost:8080", FL_EURLSCHEME},
    {"example.com:443/x", FL_EURLSCHEME},
    /* Another scheme */
    {"ftp://a/", FL_EPROTOCOL},
    {"mailto:a@b", FL_EPROTOCOL},
    {"file:///etc/passwd", FL_EPROTOCOL},
    {"javascript:alert()", FL_EPROTOCOL},
    {"data:text/plain,a", FL_EPROTOCOL},
    {"ws://a/", FL_EPROTOCOL},
    {"blob:http://a/b", FL_EPROTOCOL},
    {"httpss://a/", FL_EPROTOCOL},
    {"htt://a/", FL_EPROTOCOL},
    {"hxxp://a/", FL_EPROTOCOL},
    {"ZIP://a/", FL_EPROTOCOL},
    {"localhost:", FL_EPROTOCOL},
    {"hxxps://a/", FL_EPROTOCOL},
    {"http+unix://a/", FL_EPROTOCOL},
    /* No host, or not a valid one */
    {"http:", FL_EURLHOST},
    {"http:/", FL_EURLHOST},
    {"http://", FL_EURLHOST},
    {"http:a", FL_EURLHOST},
    {"http:80", FL_EURLHOST},
    {"https:443/", FL_EURLHOST},
    {"http:/x", FL_EURLHOST},
    {"http:///x", FL_EURLHOST},
    {"http:\\\\a/", FL_EURLHOST},
    {"http:/\\a/", FL_EURLHOST},
    {"http://?a", FL_EURLHOST},
    {"http://#a", FL_EURLHOST},
    {"http://:80/", FL_EURLHOST},
    {"http://:/", FL_EURLHOST},
    {"http://@/", FL_EURLHOST},
    {"http://user@/", FL_EURLHOST},
    {"http://user@:80/", FL_EURLHOST},
    {"http://a\\b/", FL_EURLHOST},
    {"http://a\\/", FL_EURLHOST},
    {"http://a%2fb/", FL_EURLHOST},
    {"http://a<b/", FL_EURLHOST},
    {"http://a>b/", FL_EURLHOST},
    {"http://a^b/", FL_EURLHOST},
    {"http://a|b/", FL_EURLHOST},
    {"http://{host}/", FL_EURLHOST}, /* a template that no one filled in */
    {"http://`a`/", FL_EURLHOST},
    {"http://a\"/", FL_EURLHOST},
    /* Brackets */
    {"http://[", FL_EURLHOST},
    {"http://[]", FL_EURLHOST},
    {"http://[]:80/", FL_EURLHOST},
    {"http://[:]/", FL_EURLHOST},
    {"http://[1]/", FL_EURLHOST},
    {"http://[::1/", FL_EURLHOST},
    {"http://[::1:80/", FL_EURLHOST},
    {"http://::1]/", FL_EURLHOST},
    {"http://a]/", FL_EURLHOST},
    {"http://a[::1]/", FL_EURLHOST},
    {"http://[::1]a/", FL_EURLHOST},
    {"http://[::1]]/", FL_EURLHOST},
    {"http://[[::1]]/", FL_EURLHOST},
    {"http://[::g]/", FL_EURLHOST},
    {"http://[fe80::1%25eth0]/", FL_EURLHOST},
    {"http://[v1.x]/", FL_EURLHOST},
    {"http://::1/", FL_EURLHOST},
    /* Ports */
    {"http://a:0/", FL_EURLPORT},
    {"http://a:000/", FL_EURLPORT},
    {"http://a:65536/", FL_EURLPORT},
    {"http://a:99999/", FL_EURLPORT},
    {"http://a:4294967376/", FL_EURLPORT}, /* 80, were 32 bits all */
    {"http://a:18446744073709551696/", FL_EURLPORT},
    {"http://a:-80/", FL_EURLPORT},
    {"http://a:+80/", FL_EURLPORT},
    {"http://a:0x50/", FL_EURLPORT},
    {"http://a:8o/", FL_EURLPORT},
    {"http://a:80:80/", FL_EURLPORT},
    {"http://a:b/", FL_EURLPORT},
    {"http://[::1]:b/", FL_EURLPORT},
    {"http://[::1]:0/", FL_EURLPORT},
    {"http://2001:db8::1/", FL_EURLPORT}, /* an IPv6 address without its brackets */
    {"http://user:word/", FL_EURLPORT},
    /* Characters */
    {" http://a/", FL_EURLCHAR},
    {"http://a/ ", FL_EURLCHAR},
    {"http://a/b c", FL_EURLCHAR},
    {"http://a b/", FL_EURLCHAR},
    {"http://a/\r", FL_EURLCHAR}, /* a line of a file from Windows */
    {"http://a/\r\nHost: b", FL_EURLCHAR},
    {"http://a/#b\n", FL_EURLCHAR},
    {"ht\ttp://a/", FL_EURLCHAR},
    {"http://a\t/", FL_EURLCHAR},
    {"http://a/\x01", FL_EURLCHAR},
    {"http://a/\x1f", FL_EURLCHAR},
    {"http://a/\x7f", FL_EURLCHAR},
    {"http://a\x7f/", FL_EURLCHAR},
    {"http://a/\x1b[31m", FL_EURLCHAR}, /* would colour the terminal that it is printed on */
    {"two words", FL_EURLCHAR},
};

static void check_error(const char *url, size_t bytes, int expected) {
  fl__url out;
  int error = fl__url_parse(&out, url, bytes);
  if (error != expected) fail_msg("%s: %s, not %s", url, fl_error_name(error), fl_error_name(expected));
}

static void a_bad_url_is_refused_for_its_reason(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(bad); i++) check_error(bad[i].url, strlen(bad[i].url), bad[i].error);
}

static void a_nul_is_a_control_character(void **state) {
  (void)state;
  static const char *const urls[] = {"\0http://a/b", "http://a\0/bc", "http://a/\0b", "http://a/b\0"};
  for (unsigned i = 0; i < LENGTH(urls); i++) check_error(urls[i], 11, FL_EURLCHAR);
}

/* Browsers end the host of http://a\@b/ at the backslash, and go to a. */
static void a_backslash_is_refused_before_the_host_too(void **state) {
  (void)state;
  static const char *const urls[] = {"http://a\\@b/", "http://a\\b@c/", "http://a:b\\@c/", "http://a@b\\@c/"};
  for (unsigned i = 0; i < LENGTH(urls); i++) check_error(urls[i], strlen(urls[i]), FL_EURLHOST);
}

/* Of every beginning of a URL; the sanitizer watches the copy's end. */
static void nothing_behind_the_last_byte_is_read(void **state) {
  (void)state;
  static const char *const urls[] = {"https://user@[::1]:8080/path", "localhost:8080", "http://a\\b@c:80", "https:x"};
  for (unsigned i = 0; i < LENGTH(urls); i++)
    for (size_t bytes = 0; bytes <= strlen(urls[i]); bytes++) {
      char *copy = malloc(bytes ? bytes : 1);
      assert_non_null(copy);
      memcpy(copy, urls[i], bytes);
      fl__url out;
      int error = fl__url_parse(&out, copy, bytes);
      /* The first is whole up to "https://u" ... "https://user", and from the closing bracket on. */
      if (i == 0) assert_int_equal(error == FL_OK, (bytes >= 9 && bytes <= 12) || bytes >= 18);
      if (i == 1) assert_int_equal(error, bytes == 0 ? FL_EURLEMPTY : bytes == 10 ? FL_EPROTOCOL : FL_EURLSCHEME);
      free(copy);
    }
}

static void a_url_of_65536_bytes_is_the_longest(void **state) {
  (void)state;
  char *url = malloc(FL_URL_BYTES_MAX + 1);
  assert_non_null(url);
  memset(url, 'a', FL_URL_BYTES_MAX + 1);
  memcpy(url, "http://a/", 9);
  fl__url out;
  assert_int_equal(FL_URL_BYTES_MAX, 65536);
  assert_int_equal(fl__url_parse(&out, url, FL_URL_BYTES_MAX), FL_OK);
  assert_int_equal(fl__url_parse(&out, url, FL_URL_BYTES_MAX + 1), FL_EURLLONG);
  memset(url, ' ', FL_URL_BYTES_MAX + 1); /* whatever is in it */
  assert_int_equal(fl__url_parse(&out, url, FL_URL_BYTES_MAX + 1), FL_EURLLONG);
  free(url);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_url_says_where_it_goes),
      cmocka_unit_test(a_bad_url_is_refused_for_its_reason),
      cmocka_unit_test(a_nul_is_a_control_character),
      cmocka_unit_test(nothing_behind_the_last_byte_is_read),
      cmocka_unit_test(a_url_of_65536_bytes_is_the_longest),
      cmocka_unit_test(a_backslash_is_refused_before_the_host_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
