/* Which headers a request may have, and what becomes of its own and the session's. */
#include "support.h"

#include "../../src/http/headers.h"

#include <stdlib.h>

#define H(...) ((const fl_header[]){__VA_ARGS__})

/* As "Name: value|Name: value". Valid until the next call. */
static const char *shown(const fl__headers *headers) {
  static char text[4096];
  size_t length = 0;
  text[0] = 0;
  for (const fl_header *h = headers->items; h->name; h++)
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%s: %s", h == headers->items ? "" : "|", h->name,
                               h->value);
  return text;
}

static void check_made(const fl_header *defaults, size_t defaults_count, const fl_header *own, size_t own_count,
                       const char *expected) {
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, defaults, defaults_count, own, own_count), FL_OK);
  assert_string_equal(shown(headers), expected);
  assert_null(headers->items[headers->count].name);
  assert_null(headers->items[headers->count].value);
  free(headers);
}

static int check_one(const char *name, const char *value) { return fl__headers_check(H({name, value}), 1); }

static void order_and_repetitions_are_kept(void **state) {
  (void)state;
  check_made(NULL, 0, H({"B", "1"}, {"a", "2"}, {"B", "3"}, {"b", "1"}), 4, "B: 1|a: 2|B: 3|b: 1");
}

static void defaults_come_first_and_give_way(void **state) {
  (void)state;
  const fl_header defaults[] = {{"User-Agent", "x"}, {"Accept", "a"}, {"accept", "b"}, {"X", "1"}};
  check_made(defaults, 4, NULL, 0, "User-Agent: x|Accept: a|accept: b|X: 1");
  check_made(defaults, 4, H({"Y", "2"}), 1, "User-Agent: x|Accept: a|accept: b|X: 1|Y: 2");
  check_made(defaults, 4, H({"ACCEPT", "c"}, {"aCCEPT", "d"}), 2, "User-Agent: x|X: 1|ACCEPT: c|aCCEPT: d");
  check_made(defaults, 4, H({"X-", "2"}), 1, "User-Agent: x|Accept: a|accept: b|X: 1|X-: 2");
}

static void a_value_of_null_leaves_out_the_default(void **state) {
  (void)state;
  const fl_header defaults[] = {{"A", "1"}, {"B", "2"}, {"a", "3"}};
  check_made(defaults, 3, H({"a", NULL}), 1, "B: 2");
  check_made(defaults, 3, H({"a", NULL}, {"b", NULL}), 2, "");
  check_made(defaults, 3, H({"a", NULL}, {"A", "4"}), 2, "B: 2|A: 4");
  check_made(defaults, 3, H({"C", NULL}), 1, "A: 1|B: 2|a: 3");
  check_made(H({"A", NULL}, {"B", "2"}), 2, NULL, 0, "B: 2");
}

static void none_are_a_set_too(void **state) {
  (void)state;
  check_made(NULL, 0, NULL, 0, "");
}

static void space_around_a_value_is_dropped(void **state) {
  (void)state;
  check_made(NULL, 0, H({"A", " \t b\tc  d \t"}, {"B", ""}, {"C", "  "}, {"D", "e"}), 4, "A: b\tc  d|B: |C: |D: e");
}

static void the_copy_is_its_own(void **state) {
  (void)state;
  char name[] = "Name", value[] = " value";
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, H({name, value}), 1, NULL, 0), FL_OK);
  memset(name, 'x', sizeof name - 1);
  memset(value, 'x', sizeof value - 1);
  assert_string_equal(shown(headers), "Name: value");
  assert_int_equal(headers->bytes, sizeof "Name" + sizeof "value");
  free(headers);
}

static void a_name_is_a_token(void **state) {
  (void)state;
  static const char *const good[] = {"A", "x-1", "!#$%&'*+-.^_`|~", "0", "Host", "Cookie", "Content-Type", "Range"};
  static const char *const bad[] = {
      "",      " ",    "A ",    " A",       "A B",   "A:",   "A\r\n", "A\nB", "A\tB",   "A\x7f",
      "A\x01", "A(b)", "A,B",   "A/B",      "A;B",   "A<B>", "A=B",   "A?",   "A@B",    "[A]",
      "A\\B",  "{A}",  "\"A\"", "\xc3\xa4", "A\x80", "\xff", "Te ",   "A\rB", "Host\n", "Content Length"};
  for (unsigned i = 0; i < LENGTH(good); i++)
    if (check_one(good[i], "")) fail_msg("%s is refused", good[i]);
  for (unsigned i = 0; i < LENGTH(bad); i++) {
    if (check_one(bad[i], "") != FL_EHEADER) fail_msg("%s is taken", bad[i]);
    if (check_one(bad[i], NULL) != FL_EHEADER) fail_msg("%s is taken without a value", bad[i]);
  }
  assert_int_equal(check_one(NULL, "a"), FL_EHEADER);
}

/* Each of the 128 ASCII characters, by RFC 9110's own list. */
static void no_other_character_is_in_a_name(void **state) {
  (void)state;
  for (int c = 1; c < 256; c++) {
    char name[] = {'a', (char)c, 0};
    bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (c < 128 && strchr("!#$%&'*+-.^_`|~", c));
    if (check_one(name, "") != (good ? FL_OK : FL_EHEADER)) fail_msg("character %d", c);
  }
}

/* Request splitting: CR, LF; NUL can't be given. */
static void a_value_is_one_line(void **state) {
  (void)state;
  for (int c = 1; c < 256; c++) {
    const char values[][4] = {{(char)c, 'a', 0}, {'a', (char)c, 'b', 0}, {'a', (char)c, 0}};
    for (unsigned i = 0; i < LENGTH(values); i++)
      if (check_one("A", values[i]) != ((c < ' ' && c != '\t') || c == 0x7f ? FL_EHEADER : FL_OK))
        fail_msg("character %d", c);
  }
  assert_int_equal(check_one("A", "b\r\nContent-Length: 0"), FL_EHEADER);
  assert_int_equal(check_one("A", "b\r\n c"), FL_EHEADER); /* obs-fold */
}

/* undici CVE-2026-1525, CVE-2026-1527: two Content-Lengths, an Upgrade with more in it. */
static void headers_of_the_connection_are_forbidden(void **state) {
  (void)state;
  static const char *const names[] = {"Connection",
                                      "connection",
                                      "CONTENT-LENGTH",
                                      "Content-Length",
                                      "Transfer-Encoding",
                                      "transfer-encoding",
                                      "Keep-Alive",
                                      "Upgrade",
                                      "TE",
                                      "te",
                                      "Trailer",
                                      "Proxy-Connection",
                                      "Proxy-Authorization",
                                      "Expect",
                                      "expect",
                                      "HTTP2-Settings",
                                      "http2-settings",
                                      ":authority",
                                      ":path",
                                      ":method\r\nSmug: 1"};
  for (unsigned i = 0; i < LENGTH(names); i++) {
    if (check_one(names[i], "1") != FL_EFORBIDDEN) fail_msg("%s is not", names[i]);
    fl__headers *headers = NULL;
    assert_int_equal(fl__headers_make(&headers, NULL, 0, H({"A", "1"}, {names[i], "1"}), 2), FL_EFORBIDDEN);
    assert_int_equal(fl__headers_make(&headers, H({names[i], "1"}), 1, NULL, 0), FL_EFORBIDDEN);
    assert_int_equal(fl__headers_with(&headers, NULL, H({names[i], "1"}), 1), FL_EFORBIDDEN);
    assert_null(headers);
  }
  static const char *const others[] = {"Connectio", "Connections", "T", "TEE", "Content-Type", "Trailers"};
  for (unsigned i = 0; i < LENGTH(others); i++)
    if (check_one(others[i], "1")) fail_msg("%s is", others[i]);
}

static void a_hundred_are_the_most(void **state) {
  (void)state;
  fl_header many[101];
  for (unsigned i = 0; i < LENGTH(many); i++) many[i] = (fl_header){"A", "1"};
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, many, 101), FL_EHEADERSLONG);
  assert_int_equal(fl__headers_make(&headers, H({"B", "1"}), 1, many, 100), FL_EHEADERSLONG);
  assert_null(headers);
  assert_int_equal(fl__headers_make(&headers, many, 101, many, 100), FL_OK); /* the defaults give way */
  assert_int_equal(headers->count, 100);
  free(headers);
}

static void text_of_65536_bytes_is_the_most(void **state) {
  (void)state;
  char *value = malloc(65537);
  assert_non_null(value);
  memset(value, 'a', 65536);
  value[65536 - 3] = 0;
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({"A", value}), 1), FL_OK);
  assert_int_equal(headers->bytes, 65536);
  free(headers);
  headers = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({"A", value}, {"B", ""}), 2), FL_EHEADERSLONG);
  assert_int_equal(fl__headers_make(&headers, H({"B", ""}), 1, H({"A", value}), 1), FL_EHEADERSLONG);
  value[65536 - 3] = 'a';
  value[65536 - 2] = 0;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({"A", value}), 1), FL_EHEADERSLONG);
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({value, "a"}), 1), FL_EHEADERSLONG);
  value[65536 - 2] = 'a';
  value[65536] = 0;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({value, value}), 1), FL_EHEADERSLONG);
  assert_null(headers);
  free(value);
}

static void the_first_of_a_name_is_found_whatever_its_case(void **state) {
  (void)state;
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({"Ab", "1"}, {"aB", "2"}, {"A", "3"}), 3), FL_OK);
  assert_string_equal(fl__headers_get(headers, "AB"), "1");
  assert_string_equal(fl__headers_get(headers, "a"), "3");
  assert_null(fl__headers_get(headers, "abc"));
  assert_null(fl__headers_get(headers, ""));
  assert_null(fl__headers_get(NULL, "a"));
  free(headers);
}

static void names_differ_by_more_than_bit_5(void **state) {
  (void)state;
  assert_true(fl__header_is("x-Z_0", "X-z_0"));
  assert_false(fl__header_is("a^", "a~"));
  assert_false(fl__header_is("a@", "a`"));
  assert_false(fl__header_is("a", "ab"));
  assert_false(fl__header_is("ab", "a"));
}

static void some_are_replaced(void **state) {
  (void)state;
  fl__headers *headers = NULL, *more = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({"A", "1"}, {"B", "2"}, {"a", "3"}), 3), FL_OK);
  assert_int_equal(fl__headers_with(&more, headers, H({"a", "4"}, {"C", "5"}, {"A", "6"}), 3), FL_OK);
  assert_string_equal(shown(more), "B: 2|a: 4|C: 5|A: 6");
  free(more);
  assert_int_equal(fl__headers_with(&more, headers, H({"a", NULL}), 1), FL_OK);
  assert_string_equal(shown(more), "B: 2");
  free(more);
  assert_int_equal(fl__headers_with(&more, NULL, H({"a", "1"}), 1), FL_OK);
  assert_string_equal(shown(more), "a: 1");
  free(more);
  more = NULL;
  assert_int_equal(fl__headers_with(&more, headers, H({"a", "1\n"}), 1), FL_EHEADER);
  assert_null(more);
  assert_string_equal(shown(headers), "A: 1|B: 2|a: 3");
  free(headers);
}

static bool is_in(const char *name, void *arg) { return strchr(arg, name[0]) != NULL; }

static void some_are_left_out(void **state) {
  (void)state;
  fl__headers *headers = NULL, *fewer = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, H({"A", "1"}, {"B", ""}, {"C", "3"}, {"A", "4"}), 4), FL_OK);
  static const struct {
    char drop[4];
    const char *left;
  } cases[] = {{"", "A: 1|B: |C: 3|A: 4"}, {"A", "B: |C: 3"}, {"B", "A: 1|C: 3|A: 4"}, {"ABC", ""}};
  for (unsigned i = 0; i < LENGTH(cases); i++) {
    char drop[4];
    memcpy(drop, cases[i].drop, sizeof drop);
    assert_int_equal(fl__headers_without(&fewer, headers, is_in, drop), FL_OK);
    assert_string_equal(shown(fewer), cases[i].left);
    free(fewer);
  }
  assert_int_equal(fl__headers_without(&fewer, NULL, is_in, ""), FL_OK);
  assert_int_equal(fewer->count, 0);
  free(fewer);
  free(headers);
}

/* Random names and values, of all bytes, in exact allocations: the sanitizer watches their ends. What is taken keeps to
 * the rules, which are written here once more. */
static void random_headers_are_refused_or_kept(void **state) {
  (void)state;
  uint32_t random = 1;
  unsigned taken = 0;
  for (unsigned round = 0; round < 20000; round++) {
    fl_header given[6];
    for (unsigned i = 0; i < LENGTH(given); i++)
      for (unsigned part = 0; part < 2; part++) {
        random = random * 1664525 + 1013904223;
        unsigned length = random >> 24 & 7;
        char *text = malloc(length + 1);
        assert_non_null(text);
        for (unsigned k = 0; k < length; k++) {
          random = random * 1664525 + 1013904223;
          unsigned any = random >> 28, c = random >> 16 & 255;
          text[k] = any ? (part ? " \tab:,~\xe4"[c & 7] : "abAB-_!c"[c & 7]) : (char)(c ? c : 1);
        }
        text[length] = 0;
        *(part ? &given[i].value : &given[i].name) = text;
      }
    fl__headers *headers = NULL;
    int error = fl__headers_make(&headers, given, 3, given + 3, 3);
    assert_int_equal(error == FL_OK, headers != NULL);
    if (error) {
      assert_int_equal(error, given[0].name[0] == ':' ? FL_EFORBIDDEN : error);
      assert_true(error == FL_EHEADER || error == FL_EFORBIDDEN);
    } else {
      taken++;
      assert_in_range(headers->count, 3, 6);
      size_t bytes = 0;
      for (const fl_header *h = headers->items; h->name; h++) {
        bytes += strlen(h->name) + strlen(h->value) + 2;
        assert_true(h->name[0] && !strpbrk(h->name, ": \t\r\n,"));
        assert_null(strpbrk(h->value, "\r\n\x7f\x01\x1f"));
        size_t length = strlen(h->value);
        assert_true(!length || (!strchr(" \t", h->value[0]) && !strchr(" \t", h->value[length - 1])));
      }
      assert_int_equal(bytes, headers->bytes);
      for (unsigned i = 3; i < 6; i++) assert_string_equal(headers->items[headers->count - 6 + i].name, given[i].name);
    }
    free(headers);
    for (unsigned i = 0; i < LENGTH(given); i++) {
      free((char *)given[i].name);
      free((char *)given[i].value);
    }
  }
  assert_in_range(taken, 100, 19900);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(order_and_repetitions_are_kept),
      cmocka_unit_test(defaults_come_first_and_give_way),
      cmocka_unit_test(a_value_of_null_leaves_out_the_default),
      cmocka_unit_test(none_are_a_set_too),
      cmocka_unit_test(space_around_a_value_is_dropped),
      cmocka_unit_test(the_copy_is_its_own),
      cmocka_unit_test(a_name_is_a_token),
      cmocka_unit_test(no_other_character_is_in_a_name),
      cmocka_unit_test(a_value_is_one_line),
      cmocka_unit_test(headers_of_the_connection_are_forbidden),
      cmocka_unit_test(a_hundred_are_the_most),
      cmocka_unit_test(text_of_65536_bytes_is_the_most),
      cmocka_unit_test(the_first_of_a_name_is_found_whatever_its_case),
      cmocka_unit_test(names_differ_by_more_than_bit_5),
      cmocka_unit_test(some_are_replaced),
      cmocka_unit_test(some_are_left_out),
      cmocka_unit_test(random_headers_are_refused_or_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
