/* A request needs a place at its host, in its batch and in the session. Whoever is given one and can't use it passes it
 * on: no place stands empty that another could have. */
#include "reader_support.h"

static void list(char *out, size_t size, unsigned n) { snprintf(out, size, "http://list%u/", n); }

/* A batch of which `results` have ended and are not taken. */
static void open_with_results(reader *r, world *w, unsigned results) {
  *r = (reader){.url = list};
  reader_open(r, w, 0);
  while (r->next < results) reader_read_one(r);
  run(w);
  assert_int_equal(r->untaken, results);
}

static fl_request *read_from(reader *r, const char *url) {
  fl_request *request = NULL;
  r->w->calls++;
  assert_int_equal(fl_batch_get(&request, r->batch, url, strlen(url), 0), FL_OK);
  r->w->calls--;
  r->w->asked++;
  r->next++;
  return request;
}

/* Two batches wait for one host. Its place falls free, but the session is full; then the first gives up. */
static void a_host_s_place_is_passed_on_by_one_that_is_cancelled(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 3, .limit_per_host = 1});
  reader a = {.url = list}, b = {.url = list};
  reader_open(&a, w, 0), reader_open(&b, w, 0);
  ask(w, "http://x/?answer=10"), ask(w, "http://y/?answer=100");
  fl_request *first = read_from(&a, "http://x/a");
  read_from(&b, "http://x/b");
  ask(w, "http://z/?answer=100");
  ask_for(w, &(fl_request_options){.priority = 1},
          "http://next/?answer=100"); /* takes the place in the session that x/ leaves */
  run_until(w, 50);
  assert_string_equal(starts(w), "x/ y/ z/ next/");
  cancel(w, first);
  run(w);
  assert_int_equal(end_of(w, "http://x/b")->started_us, 100 * MS);
  reader_close(&a), reader_close(&b);
  world_close(w);
}

/* The one at whose turn it is has a batch whose consumer has stopped. */
static void a_host_s_place_is_passed_on_by_one_whose_batch_is_full(void **state) {
  (void)state;
  enum { LIMIT = 2 };
  world *w = world_open(&(fl_session_options){.limit = LIMIT, .limit_per_host = 1});
  reader r;
  open_with_results(&r, w, 2 * LIMIT - 1);
  ask(w, "http://x/1?answer=1000");
  read_from(&r, "http://x/list");
  ask(w, "http://x/2");
  int64_t asked_us = fl_sim_time(w->sim);
  read_from(&r, "http://y/list"); /* and this is its last */
  run(w);
  assert_int_equal(end_of(w, "http://y/list")->started_us, asked_us);
  assert_int_equal(end_of(w, "http://x/2")->started_us, asked_us + SECOND);
  assert_int_equal(started(w, "http://x/list"), 0);
  reader_take(&r, 1);
  assert_int_equal(started(w, "http://x/list"), 1);
  run(w);
  reader_close(&r);
  world_close(w);
}

/* A result is taken; the one at whose turn it is finds its host full. */
static void a_batch_s_place_is_passed_on_by_one_whose_host_is_full(void **state) {
  (void)state;
  enum { LIMIT = 2 };
  world *w = world_open(&(fl_session_options){.limit = LIMIT, .limit_per_host = 1});
  reader r;
  open_with_results(&r, w, 2 * LIMIT);
  read_from(&r, "http://x/list"), read_from(&r, "http://y/list");
  ask(w, "http://x/1?answer=1000");
  assert_int_equal(started(w, "http://y/list"), 0);
  reader_take(&r, 1);
  assert_int_equal(started(w, "http://y/list"), 1);
  assert_int_equal(started(w, "http://x/list"), 0);
  reader_take(&r, 1);
  run(w);
  assert_int_equal(end_of(w, "http://x/list")->started_us, end_of(w, "http://x/1")->ended_us);
  reader_close(&r);
  world_close(w);
}

/* The session's place: one at a full host stands first in line. */
static void the_session_s_place_is_passed_on_by_one_whose_host_is_full(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .limit_per_host = 1});
  ask(w, "http://x/1?answer=1000"), ask(w, "http://y/?answer=10");
  ask(w, "http://x/2"), ask(w, "http://z/");
  run(w);
  assert_int_equal(end_of(w, "http://z/")->started_us, 10 * MS);
  assert_int_equal(end_of(w, "http://x/2")->started_us, SECOND);
  world_close(w);
}

/* Several fall free at once. */
static void as_many_start_as_places_fall_free(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 6, .limit_per_host = 3});
  reader r = {.url = list};
  reader_open(&r, w, 0);
  for (int i = 1; i <= 3; i++) ask(w, "http://x/%d?answer=100", i);
  for (int i = 4; i <= 6; i++) ask(w, "http://x/%d", i);
  read_from(&r, "http://x/7"), read_from(&r, "http://x/8"), read_from(&r, "http://x/9");
  run(w);
  int64_t rounds = 0;
  for (int i = 4; i <= 9; i++) {
    char url[32];
    snprintf(url, sizeof url, "http://x/%d", i);
    rounds += end_of(w, url)->started_us - 100 * MS;
  }
  assert_int_equal(peak(w, "http://x/"), 3);
  assert_int_equal(rounds, 3 * 10 * MS); /* three at once, then the other three */
  reader_close(&r);
  world_close(w);
}

/* A batch is closed whose requests wait, each in another line. */
static void closing_a_batch_passes_on_all_its_places(void **state) {
  (void)state;
  world *w = world_open(&(fl_session_options){.limit = 2, .limit_per_host = 1});
  reader a = {.url = list}, b = {.url = list};
  reader_open(&a, w, 0), reader_open(&b, w, 0);
  read_from(&a, "http://x/a?answer=never"), read_from(&a, "http://y/a?answer=never");
  read_from(&a, "http://x/a2"), read_from(&a, "http://z/a");
  read_from(&b, "http://x/b"), read_from(&b, "http://y/b");
  ask_for(w, &(fl_request_options){.priority = -1}, "http://x/single");
  reader_close(&a);
  run(w);
  assert_int_equal(end_of(w, "http://x/b")->started_us, 0);
  assert_int_equal(end_of(w, "http://y/b")->started_us, 0);
  assert_int_equal(end_of(w, "http://x/single")->started_us, 10 * MS);
  reader_close(&b);
  world_close(w);
}

/* Having asked for nothing until now is no claim on all places from now on. */
static void a_batch_that_comes_late_takes_turns(void **state) {
  (void)state;
  enum { SINGLES = 40, BEFORE = 20, IN_BATCH = 10 };
  world *w = world_open(&(fl_session_options){.limit = 1});
  for (int i = 0; i < SINGLES; i++) ask(w, "http://single%d/", i);
  run_until(w, 10 * (BEFORE - 1) + 5);
  reader r = {.url = list, .takes = true};
  reader_open(&r, w, 0);
  for (int i = 0; i < IN_BATCH; i++) reader_read_one(&r);
  run(w);
  for (unsigned i = BEFORE, of_batch = 0; i < BEFORE + 2 * IN_BATCH; i++) {
    of_batch += strncmp(w->sent[i].url, "http://list", 11) == 0;
    assert_in_range(2 * of_batch + 2, i - BEFORE, i - BEFORE + 4);
  }
  reader_close(&r);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_host_s_place_is_passed_on_by_one_that_is_cancelled),
      cmocka_unit_test(a_host_s_place_is_passed_on_by_one_whose_batch_is_full),
      cmocka_unit_test(a_batch_s_place_is_passed_on_by_one_whose_host_is_full),
      cmocka_unit_test(the_session_s_place_is_passed_on_by_one_whose_host_is_full),
      cmocka_unit_test(as_many_start_as_places_fall_free),
      cmocka_unit_test(closing_a_batch_passes_on_all_its_places),
      cmocka_unit_test(a_batch_that_comes_late_takes_turns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
