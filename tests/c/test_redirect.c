/* What a redirect makes of a request, and what it keeps from other origins. */
#include "support.h"

#include "../../src/http/redirect.h"

#include <ctype.h>
#include <stdlib.h>

static const int statuses[] = {301, 302, 303, 307, 308};

/* Of a request for `from`. The caller releases it. */
static int redirect(fl__next_hop *out, const char *method, const char *from, int status, const char *location,
                    const fl_header *given, size_t count) {
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, given, count), FL_OK);
  const fl__hop hop = {.method = method, .url = from, .headers = headers};
  int error = fl__redirect(out, &hop, status, location, strlen(location), NULL, 0);
  free(headers);
  return error;
}

static void release(fl__next_hop *next) {
  free(next->url);
  free(next->headers);
}

/* The names that are left, in order. Valid until the next call. */
static const char *names(const fl__headers *headers) {
  static char text[1024];
  text[0] = 0;
  for (const fl_header *h = headers->items; h->name; h++) {
    if (text[0]) strcat(text, " ");
    strcat(text, h->name);
  }
  return text;
}

/* What is left of `given` on the way, for each status. */
#define CROSS(from, to, left, ...)                                                                      \
  do {                                                                                                  \
    const fl_header given_[] = {__VA_ARGS__};                                                           \
    for (unsigned i_ = 0; i_ < LENGTH(statuses); i_++) {                                                \
      fl__next_hop next_;                                                                               \
      assert_int_equal(redirect(&next_, "GET", from, statuses[i_], to, given_, LENGTH(given_)), FL_OK); \
      assert_string_equal(names(next_.headers), left);                                                  \
      release(&next_);                                                                                  \
    }                                                                                                   \
  } while (0)

static void five_statuses_redirect(void **state) {
  (void)state;
  for (int status = -1; status < 1000; status++) {
    bool expected = false;
    for (unsigned i = 0; i < LENGTH(statuses); i++) expected |= statuses[i] == status;
    assert_int_equal(fl__status_redirects(status), expected);
  }
}

static const struct {
  const char *method;
  const char *after[LENGTH(statuses)]; /* 301 302 303 307 308 */
} methods[] = {
    {"GET", {"GET", "GET", "GET", "GET", "GET"}},
    {"HEAD", {"HEAD", "HEAD", "HEAD", "HEAD", "HEAD"}},
    {"POST", {"GET", "GET", "GET", "POST", "POST"}},
    {"PUT", {"PUT", "PUT", "GET", "PUT", "PUT"}},
    {"PATCH", {"PATCH", "PATCH", "GET", "PATCH", "PATCH"}},
    {"DELETE", {"DELETE", "DELETE", "GET", "DELETE", "DELETE"}},
    {"OPTIONS", {"OPTIONS", "OPTIONS", "GET", "OPTIONS", "OPTIONS"}},
    {"QUERY", {"QUERY", "QUERY", "GET", "QUERY", "QUERY"}},
    {"post", {"post", "post", "GET", "post", "post"}}, /* another method: RFC 9110, 9.1 */
};

static void the_method_changes_as_in_browsers(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(methods); i++)
    for (unsigned k = 0; k < LENGTH(statuses); k++) {
      fl__next_hop next;
      assert_int_equal(redirect(&next, methods[i].method, "http://a/", statuses[k], "/b", NULL, 0), FL_OK);
      if (strcmp(next.method, methods[i].after[k]) != 0)
        fail_msg("%d of a %s: %s", statuses[k], methods[i].method, next.method);
      assert_int_equal(next.drops_body, strcmp(next.method, methods[i].method) != 0);
      assert_string_equal(next.url, "http://a/b");
      assert_false(next.crosses_origin);
      release(&next);
    }
}

static void the_body_goes_with_what_describes_it(void **state) {
  (void)state;
  static const fl_header given[] = {{"Accept", "1"},         {"Content-Type", "2"},     {"content-encoding", "3"},
                                    {"Authorization", "4"},  {"CONTENT-LANGUAGE", "5"}, {"Content-Location", "6"},
                                    {"Content-Type", "7"},   {"Content-Digest", "8"},   {"Digest", "9"},
                                    {"Last-Modified", "10"}, {"Contents", "11"},        {"X-Content-Type", "12"}};
  fl__next_hop next;
  assert_int_equal(redirect(&next, "POST", "http://a/", 302, "b", given, LENGTH(given)), FL_OK);
  assert_true(next.drops_body);
  assert_string_equal(names(next.headers), "Accept Authorization Contents X-Content-Type");
  release(&next);
  assert_int_equal(redirect(&next, "POST", "http://a/", 307, "b", given, LENGTH(given)), FL_OK);
  assert_false(next.drops_body);
  assert_int_equal(next.headers->count, LENGTH(given));
  release(&next);
  assert_int_equal(redirect(&next, "GET", "http://a/", 303, "b", given, LENGTH(given)), FL_OK);
  assert_false(next.drops_body);
  assert_int_equal(next.headers->count, LENGTH(given));
  release(&next);
}

static void a_body_that_cannot_be_sent_again_ends_it(void **state) {
  (void)state;
  static const struct {
    const char *method;
    int status;
    bool ends;
  } cases[] = {{"POST", 307, true},  {"POST", 308, true},  {"PUT", 301, true},  {"PUT", 302, true}, {"PUT", 307, true},
               {"POST", 301, false}, {"POST", 302, false}, {"PUT", 303, false}, {"GET", 303, true}};
  for (unsigned i = 0; i < LENGTH(cases); i++)
    for (unsigned replayable = 0; replayable < 2; replayable++) {
      const fl__hop hop = {
          .method = cases[i].method, .url = "http://a/", .has_body = true, .replayable = replayable == 1};
      fl__next_hop next = {.url = NULL};
      int error = fl__redirect(&next, &hop, cases[i].status, "/b", 2, NULL, 0);
      assert_int_equal(error, cases[i].ends && !replayable ? FL_EREPLAY : FL_OK);
      if (error) {
        assert_null(next.url);
        assert_null(next.headers);
      } else {
        release(&next);
      }
    }
}

static void without_headers_there_is_an_empty_set(void **state) {
  (void)state;
  const fl__hop hop = {.method = "GET", .url = "http://a/"};
  fl__next_hop next;
  assert_int_equal(fl__redirect(&next, &hop, 301, "//b", 3, NULL, 0), FL_OK);
  assert_non_null(next.headers); /* NULL would be the session's own */
  assert_int_equal(next.headers->count, 0);
  release(&next);
}

static void a_bad_location_is_refused_for_its_reason(void **state) {
  (void)state;
  static const struct {
    const char *location;
    int error;
  } cases[] = {{"ftp://b/", FL_EPROTOCOL},    {"javascript:x", FL_EPROTOCOL}, {"file:///etc/passwd", FL_EPROTOCOL},
               {"http://", FL_EURLHOST},      {"//b:0/", FL_EURLPORT},        {"/b\r\nX: y", FL_EURLCHAR},
               {"http://b\\@c/", FL_EURLHOST}};
  for (unsigned i = 0; i < LENGTH(cases); i++) {
    fl__next_hop next = {.url = NULL};
    assert_int_equal(redirect(&next, "GET", "http://a/", 302, cases[i].location, NULL, 0), cases[i].error);
    assert_null(next.url);
    assert_null(next.headers);
  }
}

/* ---- Credentials */

static void at_the_same_origin_all_headers_stay(void **state) {
  (void)state;
  static const char *const urls[][2] = {{"http://a/b", "/c"},
                                        {"http://a/b", "http://A:80/c"},
                                        {"https://a/", "//a:443/"},
                                        {"http://u:p@a/", "http://v:w@a/"},
                                        {"https://[::A]/", "//[::a]/"}};
  for (unsigned i = 0; i < LENGTH(urls); i++)
    CROSS(urls[i][0], urls[i][1], "Authorization Cookie X-Api-Key Host Origin Referer Cookie", {"Authorization", "1"},
          {"Cookie", "2"}, {"X-Api-Key", "3"}, {"Host", "4"}, {"Origin", "5"}, {"Referer", "6"}, {"Cookie", "7"});
}

/* aiohttp dropped Authorization, and kept these two. */
static void cve_2026_34518_cookies_stay_behind(void **state) {
  (void)state;
  CROSS("https://a/", "https://b/", "Accept", {"Cookie", "1"}, {"Accept", "2"}, {"Authorization", "4"},
        {"Cookie2", "5"});
}

/* aiohttp sent the cookies that were given for the one request on, after each hop anew. */
static void cve_2026_47265_a_request_s_own_cookies_stay_behind(void **state) {
  (void)state;
  fl__headers *headers = NULL;
  const fl_header given[] = {{"Cookie", "a=1"}, {"Accept", "*"}, {"cookie", "b=2"}};
  assert_int_equal(fl__headers_make(&headers, NULL, 0, given, LENGTH(given)), FL_OK);
  static const char *const way[] = {"https://b/", "https://b/2", "https://a/", "/home"};
  fl__hop hop = {.method = "GET", .url = "https://a/", .headers = headers};
  fl__next_hop hops[LENGTH(way)];
  for (unsigned i = 0; i < LENGTH(way); i++) {
    assert_int_equal(fl__redirect(&hops[i], &hop, 302, way[i], strlen(way[i]), NULL, 0), FL_OK);
    assert_string_equal(names(hops[i].headers), "Accept"); /* nor when it comes back */
    hop.url = hops[i].url;
    hop.headers = hops[i].headers;
  }
  for (unsigned i = 0; i < LENGTH(way); i++) release(&hops[i]);
  free(headers);
}

/* follow-redirects kept Proxy-Authorization. */
static void cve_2024_28849_proxy_authorization_stays_behind(void **state) {
  (void)state;
  static const fl_header given[] = {{"proxy-authorization", "1"}, {"PROXY-AUTHORIZATION", "2"}};
  fl__headers *none = NULL;
  for (unsigned i = 0; i < LENGTH(given); i++) /* no request has one: it is the connection's */
    assert_int_equal(fl__headers_make(&none, NULL, 0, &given[i], 1), FL_EFORBIDDEN);
}

/* follow-redirects kept headers of one's own making. */
static void cve_2026_40895_custom_credentials_stay_behind(void **state) {
  (void)state;
  static const char *const secrets[] = {"X-API-Key",
                                        "apikey",
                                        "Api-Token",
                                        "X-Auth",
                                        "X-Auth-Token",
                                        "x-authenticated-user",
                                        "X-Amz-Security-Token",
                                        "X-Amz-Signature",
                                        "X-Hub-Signature-256",
                                        "X-Client-Secret",
                                        "X-Session-Id",
                                        "Sessionid",
                                        "X-Credentials",
                                        "X-Password",
                                        "X-JWT-Assertion",
                                        "X-CSRFToken",
                                        "X-XSRF",
                                        "X-Csrf",
                                        "Private-Token",
                                        "WWW-Authenticate",
                                        "Ocp-Apim-Subscription-Key",
                                        "X-Access-Token",
                                        "Set-Cookie",
                                        "X-Bearer",
                                        "X-Passwd",
                                        "Idempotency-Key"};
  for (unsigned i = 0; i < LENGTH(secrets); i++)
    CROSS("http://a/", "http://b/", "Accept Range", {"Accept", "1"}, {secrets[i], "2"}, {"Range", "3"},
          {secrets[i], "4"});
}

/* curl went by the host alone. */
static void cve_2022_27774_another_port_or_scheme_is_another_origin(void **state) {
  (void)state;
  static const char *const urls[][2] = {
      {"http://a/", "http://a:8080/"},      {"http://a:8080/", "http://a/"}, {"https://a/", "http://a/"},
      {"http://a/", "https://a/"},          {"https://a:444/", "//a/"},      {"http://a:443/", "https://a/"},
      {"https://a:80/", "http://a/"},       {"http://a/", "http://b.a/"},    {"http://b.a/", "http://a/"},
      {"http://a/", "http://a./"},          {"http://a/", "http://a@b/"},    {"http://a@b/", "http://a/"},
      {"http://127.0.0.1/", "//localhost/"}};
  for (unsigned i = 0; i < LENGTH(urls); i++) {
    CROSS(urls[i][0], urls[i][1], "Accept", {"Authorization", "1"}, {"Accept", "2"}, {"Cookie", "3"});
    fl__next_hop next;
    assert_int_equal(redirect(&next, "GET", urls[i][0], 302, urls[i][1], NULL, 0), FL_OK);
    assert_true(next.crosses_origin);
    release(&next);
  }
}

static void every_repetition_stays_behind(void **state) {
  (void)state;
  CROSS("http://a/", "http://b/", "A B C", {"Authorization", "1"}, {"A", "2"}, {"authorization", "3"}, {"B", "4"},
        {"AUTHORIZATION", "5"}, {"Authorization", "6"}, {"C", "7"}, {"authorizatioN", "8"});
}

static void host_and_origin_stay_behind(void **state) {
  (void)state;
  CROSS("http://a/", "http://b/", "X-Host Referer", {"Host", "a"}, {"X-Host", "b"}, {"origin", "http://a"},
        {"Referer", "http://a/"});
}

static void referer_stays_behind_when_tls_ends(void **state) {
  (void)state;
  CROSS("https://a/", "http://a/", "A", {"Referer", "https://a/secret"}, {"A", "1"});
  CROSS("https://a/", "http://b/", "A", {"referer", "https://a/secret"}, {"A", "1"});
  CROSS("http://a/", "https://a/", "Referer A", {"Referer", "http://a/"}, {"A", "1"});
}

static void what_the_program_calls_sensitive_stays_behind(void **state) {
  (void)state;
  static const char *const sensitive[] = {"X-Tenant", "accept"};
  const fl_header given[] = {{"x-tenant", "1"}, {"X-Tenant-Id", "2"}, {"ACCEPT", "3"}, {"X-TENANT", "4"}, {"B", "5"}};
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, given, LENGTH(given)), FL_OK);
  const fl__hop hop = {.method = "GET", .url = "http://a/", .headers = headers};
  fl__next_hop next;
  assert_int_equal(fl__redirect(&next, &hop, 307, "http://b/", 9, sensitive, LENGTH(sensitive)), FL_OK);
  assert_string_equal(names(next.headers), "X-Tenant-Id B");
  release(&next);
  assert_int_equal(fl__redirect(&next, &hop, 307, "http://a/b", 10, sensitive, LENGTH(sensitive)), FL_OK);
  assert_int_equal(next.headers->count, LENGTH(given));
  release(&next);
  free(headers);
}

static void no_redirect_brings_credentials(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(statuses); i++) {
    fl__next_hop next;
    assert_int_equal(redirect(&next, "GET", "http://u:p@a/b", statuses[i], "c", NULL, 0), FL_OK);
    assert_string_equal(next.url, "http://a/c");
    assert_int_equal(next.headers->count, 0);
    release(&next);
    assert_int_equal(redirect(&next, "GET", "http://u:p@a/b", statuses[i], "http://v:w@c/d#e", NULL, 0), FL_OK);
    assert_string_equal(next.url, "http://c/d#e");
    assert_int_equal(next.headers->count, 0);
    release(&next);
  }
}

/* ---- Random ones */

static uint64_t seed;

static unsigned below(unsigned limit) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(seed >> 33) % limit;
}

static const struct {
  const char *name;
  bool secret, describes; /* what the test holds them for */
} pool[] = {
    {"authorization", true, false},
    {"cookie", true, false},
    {"x-api-key", true, false},
    {"x-auth-token", true, false},
    {"x-my-secret-thing", true, false},
    {"sessionid", true, false},
    {"x-credential", true, false},
    {"x-old-password", true, false},
    {"x-signature", true, false},
    {"my-jwt", true, false},
    {"host", true, false},
    {"x-tenant", true, false},
    {"accept", false, false},
    {"accept-language", false, false},
    {"range", false, false},
    {"user-agent", false, false},
    {"if-none-match", false, false},
    {"x-trace", false, false},
    {"content-type", false, true},
    {"content-encoding", false, true},
    {"content-language", false, true},
};

/* Up to 20 headers, each with its number as its value, in any case; one in four has a name around a secret's word. */
static void nothing_secret_crosses_and_the_rest_keeps_its_order(void **state) {
  (void)state;
  static const char *const words[] = {"auth",   "token",      "key",      "secret",    "session",
                                      "cookie", "credential", "password", "signature", "jwt"};
  static const char *const urls[] = {"http://a/", "https://a/", "http://a:81/", "http://b/", "https://c.a:444/"};
  static const char *const sensitive[] = {"X-TENANT"};
  seed = 11;
  unsigned crossed = 0, kept = 0;
  for (unsigned round = 0; round < 20000; round++) {
    char texts[20][40], values[20][12];
    bool secret[20], describes[20];
    fl_header given[20];
    unsigned count = below(21);
    for (unsigned i = 0; i < count; i++) {
      unsigned pick = below(LENGTH(pool));
      secret[i] = pool[pick].secret;
      describes[i] = pool[pick].describes;
      snprintf(texts[i], sizeof texts[i], "%s", pool[pick].name);
      if (below(4) == 0) {
        static const char *const before[] = {"", "x-", "my", "9"}, *const after[] = {"", "-id", "s", "_1"};
        snprintf(texts[i], sizeof texts[i], "%s%s%s", before[below(4)], words[below(LENGTH(words))], after[below(4)]);
        secret[i] = true;
        describes[i] = false;
      }
      for (char *c = texts[i]; *c; c++)
        if (below(2)) *c = (char)toupper((unsigned char)*c);
      snprintf(values[i], sizeof values[i], "%u", i);
      given[i] = (fl_header){texts[i], values[i]};
    }
    fl__headers *headers = NULL;
    assert_int_equal(fl__headers_make(&headers, NULL, 0, given, count), FL_OK);
    const char *from = urls[below(LENGTH(urls))], *to = urls[below(LENGTH(urls))];
    const fl__hop hop = {.method = below(2) ? "POST" : "GET", .url = from, .headers = headers};
    fl__next_hop next;
    assert_int_equal(fl__redirect(&next, &hop, statuses[below(5)], to, strlen(to), sensitive, 1), FL_OK);
    assert_int_equal(next.crosses_origin, strcmp(from, to) != 0);
    const fl_header *left = next.headers->items;
    for (unsigned i = 0; i < count; i++) {
      if ((next.crosses_origin && secret[i]) || (next.drops_body && describes[i])) continue;
      assert_non_null(left->name);
      assert_string_equal(left->name, texts[i]);
      assert_string_equal(left->value, values[i]);
      left++;
      kept++;
    }
    assert_null(left->name);
    crossed += next.crosses_origin;
    release(&next);
    free(headers);
  }
  assert_in_range(crossed, 10000, 19000);
  assert_true(kept > 10000);
}

static void random_bytes_as_a_location_do_no_harm(void **state) {
  (void)state;
  static const char *const pieces[] = {"http://", "//", "a", "/", "..", "@", ":81", "\\", "#", "?", " ", "[::1]", "%"};
  const fl_header given[] = {{"Cookie", "1"}, {"A", "2"}};
  fl__headers *headers = NULL;
  assert_int_equal(fl__headers_make(&headers, NULL, 0, given, LENGTH(given)), FL_OK);
  seed = 13;
  unsigned followed = 0;
  for (unsigned round = 0; round < 50000; round++) {
    char text[64];
    size_t bytes = 0;
    for (unsigned left = below(10); left; left--) {
      const char *piece = pieces[below(LENGTH(pieces))];
      char any = (char)below(256);
      bool wild = below(16) == 0;
      size_t length = wild ? 1 : strlen(piece);
      if (bytes + length > sizeof text) break;
      memcpy(text + bytes, wild ? &any : piece, length);
      bytes += length;
    }
    char *exact = malloc(bytes ? bytes : 1); /* the sanitizer watches its end */
    assert_non_null(exact);
    memcpy(exact, text, bytes);
    const fl__hop hop = {.method = "GET", .url = "http://u@a/b?c#d", .headers = headers};
    fl__next_hop next = {.url = NULL};
    if (fl__redirect(&next, &hop, 302, exact, bytes, NULL, 0) == FL_OK) {
      followed++;
      bool stays = strncmp(next.url, "http://a", 8) == 0 && (!next.url[8] || strchr("/?#", next.url[8]));
      assert_int_equal(next.headers->count, stays ? 2 : 1);
      release(&next);
    } else {
      assert_null(next.url);
      assert_null(next.headers);
    }
    free(exact);
  }
  assert_in_range(followed, 10000, 49000);
  free(headers);
}

/* ---- Circles */

static void a_circle_is_the_same_method_and_url_again(void **state) {
  (void)state;
  static const fl_redirected history[] = {
      {302, "POST", "http://a"}, {302, "GET", "http://a/b?c#d"}, {301, "GET", "https://a/b?c"}};
  static const struct {
    const char *method, *url;
    bool loops;
  } cases[] = {
      {"GET", "http://a/b?c", true},     {"GET", "http://a/b?c#e", true},
      {"GET", "HTTP://A:80/b?c", true},  {"GET", "https://a:443/b?c", true},
      {"POST", "http://a/", true},       {"POST", "http://a#b", true},
      {"HEAD", "http://a/b?c", false},   {"GET", "http://a/", false},
      {"GET", "http://a:81/b?c", false}, {"GET", "http://a/b", false},
      {"GET", "http://a/b?", false},     {"GET", "http://a/b?c%20", false},
      {"GET", "http://a/B?c", false},    {"POST", "http://a/b?c", false},
      {"GET", "http://b/b?c", false},    {"GET", "", false},
  };
  for (unsigned i = 0; i < LENGTH(cases); i++)
    if (fl__redirect_loops(history, LENGTH(history), cases[i].method, cases[i].url) != cases[i].loops)
      fail_msg("%s %s", cases[i].method, cases[i].url);
  assert_false(fl__redirect_loops(history, 0, "POST", "http://a"));
  assert_false(fl__redirect_loops(NULL, 0, "GET", "http://a"));
}

static void hops_before_a_cookie_do_not_count(void **state) {
  (void)state;
  static const fl_redirected history[] = {{302, "GET", "http://a/"}, {302, "GET", "http://a/login"}};
  assert_true(fl__redirect_loops(history, 2, "GET", "http://a/"));
  assert_false(fl__redirect_loops(history + 1, 1, "GET", "http://a/")); /* the first set one */
  assert_true(fl__redirect_loops(history + 1, 1, "GET", "http://a/login"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(five_statuses_redirect),
      cmocka_unit_test(the_method_changes_as_in_browsers),
      cmocka_unit_test(the_body_goes_with_what_describes_it),
      cmocka_unit_test(a_body_that_cannot_be_sent_again_ends_it),
      cmocka_unit_test(without_headers_there_is_an_empty_set),
      cmocka_unit_test(a_bad_location_is_refused_for_its_reason),
      cmocka_unit_test(at_the_same_origin_all_headers_stay),
      cmocka_unit_test(cve_2026_34518_cookies_stay_behind),
      cmocka_unit_test(cve_2026_47265_a_request_s_own_cookies_stay_behind),
      cmocka_unit_test(cve_2024_28849_proxy_authorization_stays_behind),
      cmocka_unit_test(cve_2026_40895_custom_credentials_stay_behind),
      cmocka_unit_test(cve_2022_27774_another_port_or_scheme_is_another_origin),
      cmocka_unit_test(every_repetition_stays_behind),
      cmocka_unit_test(host_and_origin_stay_behind),
      cmocka_unit_test(referer_stays_behind_when_tls_ends),
      cmocka_unit_test(what_the_program_calls_sensitive_stays_behind),
      cmocka_unit_test(no_redirect_brings_credentials),
      cmocka_unit_test(nothing_secret_crosses_and_the_rest_keeps_its_order),
      cmocka_unit_test(random_bytes_as_a_location_do_no_harm),
      cmocka_unit_test(a_circle_is_the_same_method_and_url_again),
      cmocka_unit_test(hops_before_a_cookie_do_not_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
