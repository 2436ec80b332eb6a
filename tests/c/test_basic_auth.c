/* The Authorization header that a user name and a password become. */
#include "support.h"

#include "../../src/http/basic_auth.h"

#include <stdlib.h>

static void check(const char *user, const char *password, const char *expected) {
  char *value = NULL;
  assert_int_equal(fl__basic_auth(&value, user, strlen(user), password, strlen(password)), FL_OK);
  assert_string_equal(value, expected);
  free(value);
}

static void rfc_7617_s_examples(void **state) {
  (void)state;
  check("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  check("test", "123\xc2\xa3", "Basic dGVzdDoxMjPCow==");
}

static void each_length_is_padded(void **state) {
  (void)state;
  check("", "", "Basic Og==");
  check("a", "", "Basic YTo=");
  check("", "a", "Basic OmE=");
  check("a", "b", "Basic YTpi");
  check("a", "bc", "Basic YTpiYw==");
  check("a", "bc:d", "Basic YTpiYzpk"); /* a password may have colons */
  check("\xff\xfe\xfd", "\xfb\xff\xbf", "Basic //79Ovv/vw==");
}

static uint32_t digit_value(char c) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *digit = c ? strchr(digits, c) : NULL;
  assert_true(digit || c == '=');
  return digit ? (uint32_t)(digit - digits) : 0;
}

static void any_bytes_come_back(void **state) {
  (void)state;
  for (unsigned length = 0; length < 300; length++) {
    char password[300];
    for (unsigned i = 0; i < length; i++) password[i] = (char)(' ' + (i * 167 + length * 31) % (256 - ' '));
    for (unsigned i = 0; i < length; i++)
      if (password[i] == 0x7f) password[i] = 'x';
    char *value = NULL;
    assert_int_equal(fl__basic_auth(&value, "u", 1, password, length), FL_OK);
    assert_int_equal(strlen(value), 6 + (length + 2 + 2) / 3 * 4);
    char decoded[312];
    for (unsigned i = 0; value[6 + 4 * i]; i++) {
      uint32_t three = 0;
      for (unsigned k = 0; k < 4; k++) three = three << 6 | digit_value(value[6 + 4 * i + k]);
      for (unsigned k = 0; k < 3; k++) decoded[3 * i + k] = (char)(three >> (16 - 8 * k));
    }
    assert_memory_equal(decoded, "u:", 2);
    assert_memory_equal(decoded + 2, password, length);
    free(value);
  }
}

static void a_user_name_with_a_colon_is_refused(void **state) {
  (void)state;
  char *value = NULL;
  assert_int_equal(fl__basic_auth(&value, "a:b", 3, "c", 1), FL_EINVAL);
  assert_int_equal(fl__basic_auth(&value, ":", 1, "", 0), FL_EINVAL);
  assert_null(value);
}

static void control_characters_are_refused(void **state) {
  (void)state;
  char *value = NULL;
  assert_int_equal(fl__basic_auth(&value, "a\n", 2, "c", 1), FL_EINVAL);
  assert_int_equal(fl__basic_auth(&value, "a\0b", 3, "c", 1), FL_EINVAL);
  assert_int_equal(fl__basic_auth(&value, "a", 1, "\x7f", 1), FL_EINVAL);
  assert_null(value);
}

static void what_no_header_can_hold_is_refused(void **state) {
  (void)state;
  static char text[65537];
  char *value = NULL;
  memset(text, 'a', sizeof text);
  assert_int_equal(fl__basic_auth(&value, text, sizeof text, "c", 1), FL_EHEADERSLONG);
  assert_int_equal(fl__basic_auth(&value, "a", 1, text, sizeof text), FL_EHEADERSLONG);
  assert_int_equal(fl__basic_auth(&value, "a", 1, text, SIZE_MAX), FL_EHEADERSLONG);
  assert_null(value);
}

static const struct {
  const char *url, *value;
} urls[] = {
    {"http://a/", NULL},
    {"http://@a/", NULL},
    {"http://:@a/", NULL},
    {"http://a/b:c@d", NULL},
    {"http://a?b:c@d", NULL},
    {"http://Aladdin:open%20sesame@a/", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
    {"HTTPS://a:b@[::1]:81/", "Basic YTpi"},
    {"http://a@b/", "Basic YTo="},
    {"http://a:@b/", "Basic YTo="},
    {"http://:a@b/", "Basic OmE="},
    {"http://a:bc:d@e/", "Basic YTpiYzpk"},
    {"http://a:bc%3Ad@e/", "Basic YTpiYzpk"},
    {"http://test:123%c2%A3@a/", "Basic dGVzdDoxMjPCow=="},
    {"http://a@b:c@d/", "Basic YUBiOmM="}, /* the last @ ends it */
    {"http://a%40b:c@d/", "Basic YUBiOmM="},
    /* a % that encodes nothing: a:% a:%4 a:%zz a:%4z a:%% a:%z1 */
    {"http://a:%@b/", "Basic YTol"},
    {"http://a:%4@b/", "Basic YTolNA=="},
    {"http://a:%zz@b/", "Basic YToleno="},
    {"http://a:%4z@b/", "Basic YTolNHo="},
    {"http://a:%%@b/", "Basic YTolJQ=="},
    {"http://a:%%41@b/", "Basic YTolQQ=="},
    {"http://a%:41@b/", "Basic YSU6NDE="}, /* nor does one that the colon cuts off */
};

static void a_url_s_user_and_password_are_decoded(void **state) {
  (void)state;
  for (unsigned i = 0; i < LENGTH(urls); i++) {
    fl__url url;
    char *value = NULL;
    assert_int_equal(fl__url_parse(&url, urls[i].url, strlen(urls[i].url)), FL_OK);
    assert_int_equal(fl__basic_auth_of_url(&value, &url), FL_OK);
    if (!value != !urls[i].value || (value && strcmp(value, urls[i].value) != 0))
      fail_msg("%s: %s", urls[i].url, value ? value : "nothing");
    free(value);
  }
}

static void what_a_url_hides_is_refused_as_well(void **state) {
  (void)state;
  static const char *const bad[] = {"http://a%3ab:c@d/", "http://a%0d%0a:c@d/", "http://a:%00@d/", "http://a:%7F@d/"};
  for (unsigned i = 0; i < LENGTH(bad); i++) {
    fl__url url;
    char *value = NULL;
    assert_int_equal(fl__url_parse(&url, bad[i], strlen(bad[i])), FL_OK);
    assert_int_equal(fl__basic_auth_of_url(&value, &url), FL_EINVAL);
    assert_null(value);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rfc_7617_s_examples),
      cmocka_unit_test(each_length_is_padded),
      cmocka_unit_test(any_bytes_come_back),
      cmocka_unit_test(a_user_name_with_a_colon_is_refused),
      cmocka_unit_test(control_characters_are_refused),
      cmocka_unit_test(what_no_header_can_hold_is_refused),
      cmocka_unit_test(a_url_s_user_and_password_are_decoded),
      cmocka_unit_test(what_a_url_hides_is_refused_as_well),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
