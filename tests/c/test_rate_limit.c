/* What RateLimit, RateLimit-Policy and their older kin tell of a quota. */
#include "support.h"

#include "../../src/http/rate_limit.h"

#include <stdlib.h>

static const int64_t WALL_US = INT64_C(1768478400) * SECOND; /* 2026-01-15 12:00:00 UTC */

/* -1: not told; seconds */
typedef struct told {
  int64_t remaining, limit, reset, window;
} told;

static void check(bool found, const fl__quota *quota, const told *expected, const char *name) {
  int64_t reset_us = expected->reset < 0 ? -1 : expected->reset * SECOND,
          window_us = expected->window < 0 ? -1 : expected->window * SECOND;
  if (found && quota->remaining == expected->remaining && quota->limit == expected->limit &&
      quota->reset_us == reset_us && quota->window_us == window_us)
    return;
  fail_msg("%s: %d, remaining %lld, limit %lld, reset %lld us, window %lld us", name, found,
           (long long)quota->remaining, (long long)quota->limit, (long long)quota->reset_us,
           (long long)quota->window_us);
}

/* ---- RateLimit, and RateLimit-Policy */

static const struct {
  const char *rate_limit, *policy;
  told told;
} drafts[] = {
    /* draft-ietf-httpapi-ratelimit-headers-08 and later: a list of policies */
    {"\"default\";r=50;t=30", NULL, {50, -1, 30, -1}},
    {"\"default\";r=50;t=30", "\"default\";q=100;w=60", {50, 100, 30, 60}},
    {"default;r=50;t=30", "default;q=100;w=60", {50, 100, 30, 60}}, /* tokens */
    {"\"default\" ; r=50 ; t=30", "\"default\" ; q=100 ; w=60", {50, 100, 30, 60}},
    {"\"default\";t=30;r=50", "\"default\";w=60;q=100", {50, 100, 30, 60}},
    {"\"default\";R=50;T=30", "\"default\";Q=100;W=60", {50, 100, 30, 60}},
    {"\"default\";r=50", NULL, {50, -1, -1, -1}},
    {"\"default\";r=0;t=0", NULL, {0, -1, 0, -1}},
    {"\"default\";r=50;t=30;pk=:dXNlcg==:", "\"default\";q=100;w=60;pk=:dXNlcg==:;qu=\"requests\"", {50, 100, 30, 60}},
    {"\"a;r=9;t=9\";r=50;t=30", NULL, {50, -1, 30, -1}}, /* within quotes */
    {"\"a, b\";r=50;t=30", "\"a, b\";q=7;w=8", {50, 7, 30, 8}},
    {"\"default\";r=50;t=30;r=40", NULL, {40, -1, 30, -1}}, /* RFC 9651: the last counts */
    {"\"default\";x;r=50;t=30", NULL, {50, -1, 30, -1}},
    {"\"default\";x=\"r=1\";r=50;t=30", NULL, {50, -1, 30, -1}},
    {"\"default\";r=5.9;t=3.5", "\"default\";q=7.9;w=6.5", {5, 7, 4, 7}},
    {"\"open;r=50;t=30", "\"open\";q=100;w=60", {-2, 0, 0, 0}}, /* quotes that don't end */
    /* Several: the one that leaves least, with its own policy */
    {"\"hour\";r=500;t=3000, \"burst\";r=2;t=1", "\"hour\";q=1000;w=3600, \"burst\";q=10;w=1", {2, 10, 1, 1}},
    {"\"burst\";r=2;t=1, \"hour\";r=500;t=3000", "\"hour\";q=1000;w=3600, \"burst\";q=10;w=1", {2, 10, 1, 1}},
    {"\"hour\";r=1;t=3000, \"burst\";r=2;t=1", "\"hour\";q=1000;w=3600, \"burst\";q=10;w=1", {1, 1000, 3000, 3600}},
    {"\"a\";t=9, \"b\";r=2;t=1", NULL, {2, -1, 1, -1}}, /* the first says nothing of use */
    {",, \"a\";r=3;t=4 ,,", NULL, {3, -1, 4, -1}},
    {"\"hour\";r=1;t=2", "\"other\";q=10;w=20", {1, 10, 2, 20}}, /* whose else */
    {"\"hour\";r=1;t=2", "\"other\";q=10;w=20, \"third\";q=30;w=40", {1, 10, 2, 20}},
    {"\"hour\";r=1;t=2", "", {1, -1, 2, -1}},
    /* Drafts up to 07: a dictionary */
    {"limit=100, remaining=50, reset=30", NULL, {50, 100, 30, -1}},
    {"limit=100, remaining=50, reset=30", "100;w=60", {50, 100, 30, 60}},
    {"limit=100, remaining=50, reset=30", "10;w=1, 100;w=60", {50, 100, 30, 1}},
    {"limit=100,remaining=50,reset=30", "100;w=60;burst=1000;comment=\"a, b\"", {50, 100, 30, 60}},
    {"LIMIT=100, Remaining=50, Reset=30", NULL, {50, 100, 30, -1}},
    {"remaining=50, reset=30", "100;w=60", {50, 100, 30, 60}},
    {"remaining=50;reset=30;limit=100", NULL, {50, 100, 30, -1}},
    {"remaining = 50 , reset = 30", NULL, {50, -1, 30, -1}},
    {"remaining=5.9, reset=3.01, limit=9.9", NULL, {5, 9, 4, -1}},
    {"reset=30, remaining=0", NULL, {0, -1, 30, -1}},
    /* A time of day in the place of seconds */
    {"\"a\";r=0;t=1768478430", NULL, {0, -1, 30, -1}},
    {"remaining=0, reset=1768478430000", NULL, {0, -1, 30, -1}},
    {"remaining=0, reset=1768478399", NULL, {0, -1, 0, -1}},
    {"remaining=0, reset=999999999", NULL, {0, -1, 999999999, -1}},
    /* Large and small */
    {"\"a\";r=999999999999999;t=1", NULL, {INT64_C(999999999999999), -1, 1, -1}},
    {"\"a\";r=99999999999999999999;t=1", NULL, {FL_NEVER, -1, 1, -1}},
    {"\"a\";r=-1;t=1", NULL, {-2, 0, 0, 0}},
    /* Nothing of use */
    {"", NULL, {-2, 0, 0, 0}},
    {"50", NULL, {-2, 0, 0, 0}},
    {"\"default\"", NULL, {-2, 0, 0, 0}},
    {"\"default\";r;t=30", NULL, {-2, 0, 0, 0}},
    {"\"default\";r=;t=30", NULL, {-2, 0, 0, 0}},
    {"\"default\";r=many;t=30", NULL, {-2, 0, 0, 0}},
    {"limit=100, reset=30", NULL, {-2, 0, 0, 0}},
    {"remaining, reset=30", NULL, {-2, 0, 0, 0}},
    {";=,;=,\";", NULL, {-2, 0, 0, 0}},
};

static void every_draft_is_read(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(drafts); i++) {
    fl__rate_limit_headers headers = {.rate_limit = drafts[i].rate_limit, .policy = drafts[i].policy};
    fl__quota quota = {-9, -9, -9, -9};
    bool found = fl__quota_read(&quota, &headers, WALL_US);
    if (drafts[i].told.remaining != -2)
      check(found, &quota, &drafts[i].told, drafts[i].rate_limit);
    else if (found)
      fail_msg("%s: remaining %lld", drafts[i].rate_limit, (long long)quota.remaining);
  }
}

/* ---- RateLimit-Remaining and its kin, with X- or without */

static const struct {
  const char *remaining, *reset, *limit, *policy;
  told told;
} numbers[] = {
    {"50", "30", "100", NULL, {50, 100, 30, -1}},
    {"0", "30", NULL, NULL, {0, -1, 30, -1}},
    {"50", NULL, NULL, NULL, {50, -1, -1, -1}},
    {" 50 ", " 30 ", " 100 ", NULL, {50, 100, 30, -1}},
    {"50", "1768478430", "100", NULL, {50, 100, 30, -1}},    /* GitHub: seconds since 1970 */
    {"50", "1768478430000", "100", NULL, {50, 100, 30, -1}}, /* and in milliseconds */
    {"50", "1768478430.75", "100", NULL, {50, 100, 31, -1}}, /* Discord; rounded up: not too early */
    {"50.0", "30.5", "100.9", NULL, {50, 100, 31, -1}},
    {"50", "1", "100", "100;w=60", {50, 100, 1, 60}},
    {"50", "1", "100;w=60", NULL, {50, 100, 1, 60}},
    {"50", "1", "100, 100;w=60", NULL, {50, 100, 1, 60}}, /* draft 03 */
    {"50", "1", "100, 10;w=1, 100;w=60", NULL, {50, 100, 1, 1}},
    {"50", "1", "100;w=60", "100;w=5", {50, 100, 1, 60}},
    {"50", "1", NULL, "\"default\";q=100;w=60", {50, 100, 1, 60}},
    {"50", "99999999999999999999", NULL, NULL, {50, -1, INT64_MIN, -1}}, /* never */
    {"50", "never", "some", NULL, {50, -1, -1, -1}},
    {"0", "2026-01-15T10:20:30Z", "100", NULL, {0, 100, -1, -1}}, /* what is no number of seconds isn't its beginning */
    {"0", "500ms", "100", NULL, {0, 100, -1, -1}},
    {"0", "6m0s", "100", NULL, {0, 100, -1, -1}},
    {"3, 2", "30, 1", "100, 100", NULL, {3, 100, 30, -1}}, /* of two hosts on the way, joined */
};

static void single_numbers_are_read(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(numbers); i++) {
    fl__rate_limit_headers headers = {.remaining = numbers[i].remaining,
                                      .reset = numbers[i].reset,
                                      .limit = numbers[i].limit,
                                      .policy = numbers[i].policy};
    fl__quota quota = {-9, -9, -9, -9};
    bool found = fl__quota_read(&quota, &headers, WALL_US);
    if (numbers[i].told.reset != INT64_MIN) {
      check(found, &quota, &numbers[i].told, numbers[i].remaining);
    } else {
      assert_true(found);
      assert_true(quota.reset_us > INT64_C(1) << 61); /* and no overflow */
    }
  }
}

static void without_what_remains_nothing_is_told(void **state) {
  (void)state;
  static const fl__rate_limit_headers none[] = {{.reset = "30", .limit = "100"},
                                                {.remaining = "", .reset = "30"},
                                                {.remaining = "none", .reset = "30"},
                                                {.remaining = "-5", .reset = "30"},
                                                {.remaining = "5k", .reset = "30"},
                                                {.policy = "100;w=60"},
                                                {.rate_limit = "\"a\"", .policy = "\"a\";q=1;w=1"}};
  for (unsigned i = 0; i < LENGTH(none); i++) {
    fl__quota quota;
    assert_false(fl__quota_read(&quota, &none[i], WALL_US));
  }
}

static void the_standard_s_goes_before_its_older_kin(void **state) {
  (void)state;
  fl__rate_limit_headers both = {.rate_limit = "\"a\";r=5;t=6", .remaining = "50", .reset = "60"};
  fl__quota quota;
  assert_true(fl__quota_read(&quota, &both, WALL_US));
  check(true, &quota, &(told){5, -1, 6, -1}, "both");
  both.rate_limit = "what is this";
  assert_true(fl__quota_read(&quota, &both, WALL_US));
  check(true, &quota, &(told){50, -1, 60, -1}, "a RateLimit that isn't understood");
}

/* ---- Whatever a server sends */

/* Looking at each once more for each of them would take an hour. */
static void a_list_of_commas_takes_no_longer_than_they_are(void **state) {
  (void)state;
  enum { COMMAS = 4000000 };
  static char text[sizeof "a=1remaining=2" + COMMAS];
  strcpy(text, "a=1");
  memset(text + strlen(text), ',', COMMAS);
  strcpy(text + strlen("a=1") + COMMAS, "remaining=2");
  fl__quota quota;
  assert_true(fl__quota_read(&quota, &(fl__rate_limit_headers){.rate_limit = text, .policy = text}, WALL_US));
  assert_int_equal(quota.remaining, 2);
}

static void every_cut_is_harmless(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(drafts); i++)
    for (size_t bytes = 0; bytes <= strlen(drafts[i].rate_limit); bytes++) {
      char *cut = calloc(1, bytes + 1); /* of just that size: the sanitizers see what looks beyond it */
      memcpy(cut, drafts[i].rate_limit, bytes);
      fl__rate_limit_headers headers[] = {{.rate_limit = cut, .policy = cut},
                                          {.remaining = cut, .limit = cut, .reset = cut}};
      for (unsigned k = 0; k < LENGTH(headers); k++) {
        fl__quota quota;
        if (fl__quota_read(&quota, &headers[k], WALL_US)) assert_true(quota.remaining >= 0);
      }
      free(cut);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_draft_is_read),
      cmocka_unit_test(single_numbers_are_read),
      cmocka_unit_test(without_what_remains_nothing_is_told),
      cmocka_unit_test(the_standard_s_goes_before_its_older_kin),
      cmocka_unit_test(a_list_of_commas_takes_no_longer_than_they_are),
      cmocka_unit_test(every_cut_is_harmless),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
