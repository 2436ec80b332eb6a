/* The list of errors: each has its name, message and curl's code. */
#include "support.h"

#include <limits.h>

static void success_is_no_error(void **state) {
  (void)state;
  assert_string_equal(fl_error_name(FL_OK), "FL_OK");
  assert_string_equal(fl_error_message(FL_OK), "");
  assert_int_equal(fl_error_curl_code(FL_OK), 0);
}

static void an_unknown_code_is_called_so(void **state) {
  (void)state;
  static const int codes[] = {1, -1 - FL__ERRORS, 42, 1000, INT_MAX, INT_MIN};
  for (unsigned i = 0; i < LENGTH(codes); i++) {
    assert_string_equal(fl_error_name(codes[i]), "FL_E?");
    assert_string_equal(fl_error_message(codes[i]), "unknown error");
    assert_int_equal(fl_error_curl_code(codes[i]), 1);
  }
}

static void each_code_has_a_name_of_its_own(void **state) {
  (void)state;
  for (int error = -1; error >= -FL__ERRORS; error--) {
    assert_int_equal(strncmp(fl_error_name(error), "FL_E", 4), 0);
    for (int other = -1; other > error; other--) assert_string_not_equal(fl_error_name(error), fl_error_name(other));
  }
}

static void an_error_is_found_by_its_name(void **state) {
  (void)state;
  for (int error = -1; error >= -FL__ERRORS; error--) assert_int_equal(fl_error_number(fl_error_name(error)), error);
  static const char *const others[] = {"", "FL_OK", "FL_E?", "fl_enomem", "FL_ENOMEM ", "out of memory"};
  for (unsigned i = 0; i < LENGTH(others); i++) assert_int_equal(fl_error_number(others[i]), 0);
}

static void each_message_can_stand_after_a_colon(void **state) {
  (void)state;
  for (int error = -1; error >= -FL__ERRORS; error--) {
    const char *message = fl_error_message(error);
    assert_in_range(strlen(message), 5, 120);
    assert_int_not_equal(message[strlen(message) - 1], '.');
    assert_null(strchr(message, '\n'));
  }
}

/* What a code means must not move when one is added to the list: scripts know these by name and by curl's code. */
static void the_names_and_curl_codes_are_those_of_the_failures(void **state) {
  (void)state;
  static const struct {
    int error;
    const char *name;
    int curl_code;
  } rows[] = {
      {FL_ENOMEM, "FL_ENOMEM", 27},
      {FL_EINVAL, "FL_EINVAL", 43},
      {FL_ECANCELLED, "FL_ECANCELLED", 42},
      {FL_EURLEMPTY, "FL_EURLEMPTY", 3},
      {FL_EURLSCHEME, "FL_EURLSCHEME", 3},
      {FL_EPROTOCOL, "FL_EPROTOCOL", 1},
      {FL_EURLHOST, "FL_EURLHOST", 3},
      {FL_EURLPORT, "FL_EURLPORT", 3},
      {FL_EURLCHAR, "FL_EURLCHAR", 3},
      {FL_EURLLONG, "FL_EURLLONG", 3},
      {FL_ERESOLVE, "FL_ERESOLVE", 6},
      {FL_ECONNECT, "FL_ECONNECT", 7},
      {FL_ECONNECTTIMEOUT, "FL_ECONNECTTIMEOUT", 28},
      {FL_ETIMEOUT, "FL_ETIMEOUT", 28},
      {FL_ETLS, "FL_ETLS", 35},
      {FL_ECERTIFICATE, "FL_ECERTIFICATE", 60},
      {FL_EEMPTY, "FL_EEMPTY", 52},
      {FL_EPARTIAL, "FL_EPARTIAL", 18},
      {FL_EREDIRECTS, "FL_EREDIRECTS", 47},
      {FL_ETOOBIG, "FL_ETOOBIG", 63},
      {FL_EENCODING, "FL_EENCODING", 61},
      {FL_ENETWORK, "FL_ENETWORK", 56},
  };
  for (unsigned i = 0; i < LENGTH(rows); i++) {
    assert_true(rows[i].error < 0);
    assert_string_equal(fl_error_name(rows[i].error), rows[i].name);
    assert_int_equal(fl_error_curl_code(rows[i].error), rows[i].curl_code);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(success_is_no_error),
      cmocka_unit_test(an_unknown_code_is_called_so),
      cmocka_unit_test(each_code_has_a_name_of_its_own),
      cmocka_unit_test(an_error_is_found_by_its_name),
      cmocka_unit_test(each_message_can_stand_after_a_colon),
      cmocka_unit_test(the_names_and_curl_codes_are_those_of_the_failures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
