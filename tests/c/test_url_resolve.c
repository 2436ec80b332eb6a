/* Where a reference leads from a URL. */
#include "support.h"

#include "../../src/http/url_resolve.h"

#include <stdlib.h>

typedef struct example {
  const char *reference, *url;
  int error; /* with no url */
} example;

/* In exact allocations, so that the sanitizer watches their ends. */
static int resolve(char **out, size_t *out_bytes, const char *base, size_t base_bytes, const char *reference,
                   size_t reference_bytes) {
  char *exact_base = malloc(base_bytes ? base_bytes : 1), *exact = malloc(reference_bytes ? reference_bytes : 1);
  assert_true(exact_base && exact);
  memcpy(exact_base, base, base_bytes);
  memcpy(exact, reference, reference_bytes);
  int error = fl__url_resolve(out, out_bytes, exact_base, base_bytes, exact, reference_bytes);
  free(exact_base);
  free(exact);
  return error;
}

static void check(const char *base, const example *examples, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char *reference = examples[i].reference, *expected = examples[i].url;
    char *url = NULL;
    size_t bytes = 0;
    int error = resolve(&url, &bytes, base, strlen(base), reference, strlen(reference));
    if (error != examples[i].error)
      fail_msg("%s + %s: %s, not %s", base, reference, error ? fl_error_name(error) : url,
               fl_error_name(examples[i].error));
    if (error) {
      assert_null(url);
    } else {
      if (strcmp(url, expected) != 0) fail_msg("%s + %s: %s, not %s", base, reference, url, expected);
      assert_int_equal(bytes, strlen(expected));
    }
    free(url);
  }
}

static void rfc_3986_s_normal_examples(void **state) {
  (void)state;
  static const example examples[] = {
      {"g:h", NULL, FL_EPROTOCOL},
      {"g", "http://a/b/c/g", 0},
      {"./g", "http://a/b/c/g", 0},
      {"g/", "http://a/b/c/g/", 0},
      {"/g", "http://a/g", 0},
      {"//g", "http://g", 0},
      {"?y", "http://a/b/c/d;p?y", 0},
      {"g?y", "http://a/b/c/g?y", 0},
      {"#s", "http://a/b/c/d;p?q#s", 0},
      {"g#s", "http://a/b/c/g#s", 0},
      {"g?y#s", "http://a/b/c/g?y#s", 0},
      {";x", "http://a/b/c/;x", 0},
      {"g;x", "http://a/b/c/g;x", 0},
      {"g;x?y#s", "http://a/b/c/g;x?y#s", 0},
      {"", "http://a/b/c/d;p?q", 0},
      {".", "http://a/b/c/", 0},
      {"./", "http://a/b/c/", 0},
      {"..", "http://a/b/", 0},
      {"../", "http://a/b/", 0},
      {"../g", "http://a/b/g", 0},
      {"../..", "http://a/", 0},
      {"../../", "http://a/", 0},
      {"../../g", "http://a/g", 0},
  };
  check("http://a/b/c/d;p?q", examples, LENGTH(examples));
}

static void rfc_3986_s_abnormal_examples(void **state) {
  (void)state;
  static const example examples[] = {
      {"../../../g", "http://a/g", 0},
      {"../../../../g", "http://a/g", 0},
      {"/./g", "http://a/g", 0},
      {"/../g", "http://a/g", 0},
      {"g.", "http://a/b/c/g.", 0},
      {".g", "http://a/b/c/.g", 0},
      {"g..", "http://a/b/c/g..", 0},
      {"..g", "http://a/b/c/..g", 0},
      {"./../g", "http://a/b/g", 0},
      {"./g/.", "http://a/b/c/g/", 0},
      {"g/./h", "http://a/b/c/g/h", 0},
      {"g/../h", "http://a/b/c/h", 0},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y", 0},
      {"g;x=1/../y", "http://a/b/c/y", 0},
      {"g?y/./x", "http://a/b/c/g?y/./x", 0},
      {"g?y/../x", "http://a/b/c/g?y/../x", 0},
      {"g#s/./x", "http://a/b/c/g#s/./x", 0},
      {"g#s/../x", "http://a/b/c/g#s/../x", 0},
      {"http:g", NULL, FL_EURLHOST}, /* "http:g", for a strict parser */
  };
  check("http://a/b/c/d;p?q", examples, LENGTH(examples));
}

static void whole_urls_stand_for_themselves(void **state) {
  (void)state;
  static const example examples[] = {
      {"https://b", "https://b", 0},
      {"HTTP://B:81/c/../d?e#f", "HTTP://B:81/d?e#f", 0},
      {"//b:81/./c", "http://b:81/c", 0},
      {"//[::1]:81?c", "http://[::1]:81?c", 0},
      {"//b?c/../d", "http://b?c/../d", 0},
      {"https://b/..", "https://b/", 0},
      {"https://b//c//../d", "https://b//c/d", 0},
      {"http://b/c\\d", "http://b/c\\d", 0},
      {"ftp://b/", NULL, FL_EPROTOCOL},
      {"file:///etc/passwd", NULL, FL_EPROTOCOL},
      {"javascript:alert(1)", NULL, FL_EPROTOCOL},
      {"data:text/html,<a b>", NULL, FL_EPROTOCOL},
      {"mailto:a b@c", NULL, FL_EPROTOCOL},
      {"gopher://b/ c", NULL, FL_EPROTOCOL},
      {"b:81/c", NULL, FL_EURLSCHEME}, /* a host and a port, as url.c sees it */
      {"http:", NULL, FL_EURLHOST},
      {"http:/b", NULL, FL_EURLHOST},
      {"http:///b", NULL, FL_EURLHOST},
      {"///b", NULL, FL_EURLHOST},
      {"//", NULL, FL_EURLHOST},
      {"//:81/", NULL, FL_EURLHOST},
      {"//b:0/", NULL, FL_EURLPORT},
      {"//b:81c/", NULL, FL_EURLPORT},
      {"//b c/", NULL, FL_EURLCHAR}, /* no space in a host */
      {"//{b}/", NULL, FL_EURLHOST},
      {"//b%2fc/", NULL, FL_EURLHOST},
  };
  check("http://a/x?y", examples, LENGTH(examples));
}

static void what_only_looks_like_a_scheme_is_a_path(void **state) {
  (void)state;
  static const example examples[] = {
      {"12:30.html", "http://a/b/12:30.html", 0},
      {":c", "http://a/b/:c", 0},
      {"./c:d", "http://a/b/c:d", 0},
      {"c/d:e", "http://a/b/c/d:e", 0},
      {"c?d:e", "http://a/b/c?d:e", 0},
      {"c#d:e", "http://a/b/c#d:e", 0},
      {"c_d:e", "http://a/b/c_d:e", 0},
      {"c%3Ad", "http://a/b/c%3Ad", 0},
      {"@c", "http://a/b/@c", 0},
      {"/b://c", "http://a/b://c", 0},
      {"?http://c", "http://a/b/?http://c", 0},
  };
  check("http://a/b/", examples, LENGTH(examples));
}

static void a_base_without_a_path_has_the_root(void **state) {
  (void)state;
  static const example examples[] = {
      {"b", "http://a/b", 0},  {"../b", "http://a/b", 0},   {"?b", "http://a?b", 0},
      {"", "http://a?x/y", 0}, {"#b", "http://a?x/y#b", 0}, {".", "http://a/", 0},
      {"..", "http://a/", 0},  {"/", "http://a/", 0},       {"b/", "http://a/b/", 0},
  };
  check("http://a?x/y", examples, LENGTH(examples));
}

static void a_path_that_begins_with_two_slashes_stays_a_path(void **state) {
  (void)state;
  static const example examples[] = {
      {"/.//b.example", "http://a//b.example", 0},
      {"/..//b.example", "http://a//b.example", 0},
      {"..//b.example", "http://a//b.example", 0},
      {"./", "http://a/c/", 0},
  };
  check("http://a/c/d", examples, LENGTH(examples));
}

static void the_fragment_goes_along_unless_there_is_another(void **state) {
  (void)state;
  static const example examples[] = {
      {"c", "http://a/c#f?g", 0},     {"", "http://a/b?q#f?g", 0}, {"https://b/", "https://b/#f?g", 0},
      {"c#h", "http://a/c#h", 0},     {"c#", "http://a/c#", 0},    {"?r", "http://a/b?r#f?g", 0},
      {"c#h#i", "http://a/c#h#i", 0},
  };
  check("http://a/b?q#f?g", examples, LENGTH(examples));
}

static void no_user_name_or_password_comes_along(void **state) {
  (void)state;
  static const example examples[] = {
      {"c", "http://a:81/c", 0},
      {"", "http://a:81/b", 0},
      {"//b", "http://b", 0},
      {"//w:x@b/", "http://b/", 0},
      {"https://w@b:82?c@d", "https://b:82?c@d", 0},
      {"http://w@x@b/@c", "http://b/@c", 0},
      {"http://a:81@b/", "http://b/", 0},
      {"http://w x@b/", "http://b/", 0},
      {"http://[::1]@b/", "http://b/", 0},
      {"http://@/", NULL, FL_EURLHOST},
      {"http://w:x@", NULL, FL_EURLHOST},
      {"/@c", "http://a:81/@c", 0},
  };
  check("http://u:p@a:81/b", examples, LENGTH(examples));
}

/* Browsers read them as slashes; others don't, and would go somewhere else. */
static void a_backslash_decides_no_host(void **state) {
  (void)state;
  static const example examples[] = {
      {"http://b\\@c/", NULL, FL_EURLHOST}, {"http://b\\c/", NULL, FL_EURLHOST}, {"http:\\\\b/", NULL, FL_EURLHOST},
      {"//b\\@c/", NULL, FL_EURLHOST},      {"\\\\b/", NULL, FL_EURLHOST},       {"/\\b/", NULL, FL_EURLHOST},
      {"\\/b/", NULL, FL_EURLHOST},         {" /\\b/", NULL, FL_EURLHOST},       {"/b\\c", "http://a/b\\c", 0},
      {"b\\c", "http://a/b\\c", 0},         {"?\\\\b", "http://a/?\\\\b", 0},    {"\\", "http://a/\\", 0},
  };
  check("http://a/", examples, LENGTH(examples));
}

static void what_browsers_encode_is_encoded(void **state) {
  (void)state;
  static const example examples[] = {
      {"b c", "http://a/x/b%20c", 0},
      {"/b c?d e#f g", "http://a/b%20c?d%20e#f%20g", 0},
      {"https://b/c d", "https://b/c%20d", 0},
      {"b\"<>^`{}|", "http://a/x/b%22%3C%3E^%60%7B%7D|", 0},
      {"?b\"<>^`{}|'", "http://a/x/?b%22%3C%3E^`{}|%27", 0},
      {"#b\"<>^`{}|'", "http://a/x/#b%22%3C%3E^%60{}|'", 0},
      {"b%20c%", "http://a/x/b%20c%", 0}, /* nothing twice */
      {"b'c", "http://a/x/b'c", 0},
      {". ./b", "http://a/x/.%20./b", 0},
      {"\xc3\xa4?\xe2\x82\xac#\xf0\x9f\x8e\x89", "http://a/x/\xc3\xa4?\xe2\x82\xac#\xf0\x9f\x8e\x89", 0},
      {"//b\xc3\xbc"
       "cher.example/",
       "http://b\xc3\xbc"
       "cher.example/",
       0},
  };
  check("http://a/x/", examples, LENGTH(examples));
}

static void what_is_no_utf_8_is_encoded_byte_by_byte(void **state) {
  (void)state;
  static const example examples[] = {
      {"caf\xe9", "http://a/caf%E9", 0}, /* Latin-1 */
      {"\xe4?\xf6#\xfc", "http://a/%E4?%F6#%FC", 0},
      {"\xc3", "http://a/%C3", 0},
      {"\xc3/", "http://a/%C3/", 0},
      {"\xc3\xc3\xa4", "http://a/%C3\xc3\xa4", 0},
      {"\xe2\x82", "http://a/%E2%82", 0},
      {"\xc0\xae", "http://a/%C0%AE", 0}, /* overlong */
      {"\xe0\x80\xaf", "http://a/%E0%80%AF", 0},
      {"\xf0\x80\x80\xaf", "http://a/%F0%80%80%AF", 0},
      {"\xed\xa0\x80", "http://a/%ED%A0%80", 0}, /* a surrogate */
      {"\xed\x9f\xbf", "http://a/\xed\x9f\xbf", 0},
      {"\xf4\x90\x80\x80", "http://a/%F4%90%80%80", 0},
      {"\xf4\x8f\xbf\xbf", "http://a/\xf4\x8f\xbf\xbf", 0},
      {"\x80\xff", "http://a/%80%FF", 0},
  };
  check("http://a/", examples, LENGTH(examples));
}

static void space_around_it_is_dropped(void **state) {
  (void)state;
  static const example examples[] = {
      {" b ", "http://a/b", 0}, {"\t https://b/ \t", "https://b/", 0}, {"\r\n b\r\n", "http://a/b", 0},
      {" ", "http://a/x", 0},   {" ?b c ", "http://a/x?b%20c", 0},
  };
  check("http://a/x", examples, LENGTH(examples));
}

static void control_characters_in_it_are_refused(void **state) {
  (void)state;
  for (int c = 0; c < 256; c++) {
    if (c >= ' ' && c != 0x7f) continue;
    const char references[][8] = {{'b', (char)c, 'c'}, {'?', (char)c, 'c'}, {'#', (char)c, 'c'}, {'/', (char)c, '/'}};
    for (unsigned i = 0; i < LENGTH(references); i++) {
      char *url = NULL;
      assert_int_equal(resolve(&url, NULL, "http://a/", 9, references[i], 3), FL_EURLCHAR);
      assert_null(url);
    }
  }
}

static void a_bad_base_is_refused_for_its_reason(void **state) {
  (void)state;
  char *url = NULL;
  assert_int_equal(resolve(&url, NULL, "ftp://a/", 8, "b", 1), FL_EPROTOCOL);
  assert_int_equal(resolve(&url, NULL, "/a", 2, "http://b/", 9), FL_EURLSCHEME);
  assert_int_equal(resolve(&url, NULL, "http://a\\/", 10, "b", 1), FL_EURLHOST);
  assert_int_equal(resolve(&url, NULL, "", 0, "b", 1), FL_EURLEMPTY);
  assert_null(url);
}

static void a_result_of_65536_bytes_is_the_longest(void **state) {
  (void)state;
  char *reference = malloc(FL_URL_BYTES_MAX + 1), *url = NULL;
  assert_non_null(reference);
  memset(reference, 'b', FL_URL_BYTES_MAX + 1);
  size_t bytes;
  assert_int_equal(resolve(&url, &bytes, "http://a/", 9, reference, FL_URL_BYTES_MAX - 9), FL_OK);
  assert_int_equal(bytes, FL_URL_BYTES_MAX);
  free(url);
  url = NULL;
  assert_int_equal(resolve(&url, &bytes, "http://a/", 9, reference, FL_URL_BYTES_MAX - 8), FL_EURLLONG);
  assert_int_equal(resolve(&url, &bytes, "http://a/", 9, reference, FL_URL_BYTES_MAX + 1), FL_EURLLONG);
  memset(reference, '<', FL_URL_BYTES_MAX);
  assert_int_equal(resolve(&url, &bytes, "http://a/", 9, reference, FL_URL_BYTES_MAX), FL_EURLLONG);
  assert_null(url);
  memset(reference, '/', FL_URL_BYTES_MAX); /* long, and then short */
  for (unsigned i = 1; i + 3 < FL_URL_BYTES_MAX; i += 3) memcpy(reference + i, "../", 3);
  assert_int_equal(resolve(&url, &bytes, "http://a/", 9, reference, 60001), FL_OK);
  assert_string_equal(url, "http://a/");
  free(url);
  free(reference);
}

static void a_url_is_shown_without_its_user_and_password(void **state) {
  (void)state;
  static const char *const urls[][2] = {
      {"http://u:p@a:81/b?c#d", "http://a:81/b?c#d"},
      {"HTTPS://u@v@a", "HTTPS://a"},
      {"http://@a/@b", "http://a/@b"},
      {"http://a/u:p@b", "http://a/u:p@b"},
      {"https://a", "https://a"},
      {"http://:@[::1]/", "http://[::1]/"},
  };
  for (unsigned i = 0; i < LENGTH(urls); i++) {
    fl__url url;
    char *shown = NULL;
    size_t bytes = 0;
    assert_int_equal(fl__url_parse(&url, urls[i][0], strlen(urls[i][0])), FL_OK);
    assert_int_equal(fl__url_without_userinfo(&shown, &bytes, &url), FL_OK);
    assert_string_equal(shown, urls[i][1]);
    assert_int_equal(bytes, strlen(shown));
    free(shown);
  }
}

static fl__url parsed(const char *text) {
  fl__url url;
  assert_int_equal(fl__url_parse(&url, text, strlen(text)), FL_OK);
  return url;
}

static void an_origin_is_scheme_host_and_port(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    bool same;
  } pairs[] = {
      {"http://a/", "http://a/b?c#d", true},    {"http://A.Example/", "http://a.eXAMPLE", true},
      {"http://a/", "http://a:80/", true},      {"https://a/", "HTTPS://a:443/", true},
      {"http://u:p@a/", "http://v@a/", true},   {"http://[::A]/", "http://[::a]:80/", true},
      {"http://a/", "https://a/", false},       {"http://a/", "http://a:8080/", false},
      {"http://a:443/", "https://a/", false},   {"http://a/", "http://b/", false},
      {"http://a/", "http://a./", false},       {"http://a/", "http://b.a/", false},
      {"http://a/", "http://a.b/", false},      {"http://a@b/", "http://a/", false},
      {"https://a:80/", "http://a:80/", false}, {"http://ab/", "http://a/", false},
      {"http://a^@b/", "http://b/", true},      {"http://\xc3\x84/", "http://\xc3\xa4/", false},
  };
  for (unsigned i = 0; i < LENGTH(pairs); i++) {
    fl__url a = parsed(pairs[i].a), b = parsed(pairs[i].b);
    if (fl__url_same_origin(&a, &b) != pairs[i].same || fl__url_same_origin(&b, &a) != pairs[i].same)
      fail_msg("%s and %s", pairs[i].a, pairs[i].b);
  }
}

/* What comes out is a good URL with no user and no dot segment, and leads to itself. Bases and references are made of
 * what means something in a URL, and now and then of any byte. */
static void random_references_resolve_to_good_urls_or_none(void **state) {
  (void)state;
  static const char *const pieces[] = {"/",  "/",        "..",   ".",       "a",      "bc",  "?",  "#",   ":",
                                       "//", "@",        "\\",   "http://", "https:", " ",   "%",  "%2e", "[::1]",
                                       ":8", "\xc3\xa4", "\xe4", "../",     "./",     "g.h", "\"", "\t",  "{"};
  uint64_t random = 7;
  unsigned good = 0;
  for (unsigned round = 0; round < 50000; round++) {
    char texts[2][96];
    size_t bytes[2];
    for (unsigned k = 0; k < 2; k++) {
      bytes[k] = k ? 0 : (size_t)snprintf(texts[0], sizeof texts[0], "http://%s", round & 1 ? "u@a" : "b:81");
      for (unsigned left = 9; left; left--) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const char *piece = pieces[(random >> 33) % LENGTH(pieces)];
        char any = (char)(random >> 48);
        bool wild = (random >> 56) < 4;
        if (k == 0 && left == 9) piece = "/", wild = false;
        if ((random >> 40 & 3) == 0) continue;
        size_t length = wild ? 1 : strlen(piece);
        memcpy(texts[k] + bytes[k], wild ? &any : piece, length);
        bytes[k] += length;
      }
    }
    char *url = NULL, *again = NULL;
    size_t url_bytes = 0;
    int error = resolve(&url, &url_bytes, texts[0], bytes[0], texts[1], bytes[1]);
    assert_int_equal(error == FL_OK, url != NULL);
    if (error) {
      if (error > FL_EURLEMPTY || error < FL_EURLLONG) fail_msg("%s", fl_error_name(error));
      continue;
    }
    good++;
    assert_int_equal(url_bytes, strlen(url));
    fl__url whole = parsed(url);
    assert_int_equal(whole.host[-1], '/');
    const char *path = whole.host + whole.host_bytes;
    size_t path_bytes = strcspn(path, "?#");
    for (const char *c = path; c < path + path_bytes; c++)
      if (c[0] == '/' && c[1] == '.')
        assert_true(c[2] != '/' && c + 2 != path + path_bytes &&
                    (c[2] != '.' || (c[3] != '/' && c + 3 != path + path_bytes)));
    assert_int_equal(fl__url_resolve(&again, NULL, "http://x/y?z#f", 14, url, url_bytes), FL_OK);
    if (strchr(url, '#')) {
      assert_string_equal(again, url);
    } else {
      assert_memory_equal(again, url, url_bytes);
      assert_string_equal(again + url_bytes, "#f");
    }
    free(url);
    free(again);
  }
  assert_in_range(good, 5000, 49000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rfc_3986_s_normal_examples),
      cmocka_unit_test(rfc_3986_s_abnormal_examples),
      cmocka_unit_test(whole_urls_stand_for_themselves),
      cmocka_unit_test(what_only_looks_like_a_scheme_is_a_path),
      cmocka_unit_test(a_base_without_a_path_has_the_root),
      cmocka_unit_test(a_path_that_begins_with_two_slashes_stays_a_path),
      cmocka_unit_test(the_fragment_goes_along_unless_there_is_another),
      cmocka_unit_test(no_user_name_or_password_comes_along),
      cmocka_unit_test(a_backslash_decides_no_host),
      cmocka_unit_test(what_browsers_encode_is_encoded),
      cmocka_unit_test(what_is_no_utf_8_is_encoded_byte_by_byte),
      cmocka_unit_test(space_around_it_is_dropped),
      cmocka_unit_test(control_characters_in_it_are_refused),
      cmocka_unit_test(a_bad_base_is_refused_for_its_reason),
      cmocka_unit_test(a_result_of_65536_bytes_is_the_longest),
      cmocka_unit_test(a_url_is_shown_without_its_user_and_password),
      cmocka_unit_test(an_origin_is_scheme_host_and_port),
      cmocka_unit_test(random_references_resolve_to_good_urls_or_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
