/* Memory that runs out: the nth allocation fails, for every n. What leaks or is used after its end, the sanitizers see.
 */
#include "failing_malloc.h"
#include "world_support.h"

#include <stdlib.h>

/* ---- The scenario: loop, session, a few requests to many hosts, a batch, a run to the end, a close */

enum { HOSTS = 20, IN_BATCH = 10, CLOSED_EARLY = 3 };

typedef struct outcome {
  fl_session *session;
  fl_batch *batch;
  int error; /* of an open */
  unsigned accepted, refused, ended, unexpected, closed;
  unsigned read; /* of the batch's list */
} outcome;

static void on_end(fl_request *request, void *arg) {
  outcome *o = arg;
  o->ended++;
  switch (fl_request_error(request)) {
  case FL_OK: o->unexpected += fl_request_status(request) != 200; break;
  case FL_ENOMEM:          /* send() */
  case FL_ETIMEOUT: break; /* the simulated network had no memory for the answer, and lost it */
  default: o->unexpected++;
  }
}

static void on_end_in_batch(fl_request *request, void *arg) {
  outcome *o = arg;
  on_end(request, arg);
  fl_batch_taken(o->batch);
}

static void count(outcome *o, int error) {
  o->accepted += error == FL_OK;
  o->refused += error == FL_ENOMEM;
  o->unexpected += error != FL_OK && error != FL_ENOMEM;
}

static void read_list(void *arg) {
  outcome *o = arg;
  for (; o->read < IN_BATCH && fl_batch_wants(o->batch); o->read++) {
    char url[64];
    int bytes = snprintf(url, sizeof url, "http://%s%u/", o->read % 2 ? "host" : "in-batch", o->read);
    count(o, fl_batch_get(NULL, o->batch, url, (size_t)bytes, 0));
  }
}

static void on_closed(void *arg) { ((outcome *)arg)->closed++; }

static void use(outcome *o, fl_sim *sim) {
  for (int i = 0; i < HOSTS; i++) {
    char url[64];
    int bytes = snprintf(url, sizeof url, "http://host%d/", i);
    count(o, fl_session_get(NULL, o->session, url, (size_t)bytes, 0, on_end, o));
  }
  fl_batch_options options = {.on_wants = read_list, .on_end = on_end_in_batch, .arg = o};
  o->error = fl_batch_open(&o->batch, o->session, &options);
  if (o->error) return;
  read_list(o);
  fl_sim_run(sim, FL_NEVER);
  o->unexpected += o->read < IN_BATCH; /* memory or not, the list is read to its end */

  fl_batch *early = NULL;
  if (fl_batch_open(&early, o->session, &options)) return;
  for (int i = 0; i < CLOSED_EARLY; i++) fl_batch_get(NULL, early, "http://early/", 13, 0);
  fl_batch_close(early);
}

/* Closing needs no memory: it is done whatever failed before. */
static outcome run_scenario(void) {
  outcome o = {0};
  fl_sim *sim = NULL;
  fl_loop *lp = NULL;
  o.error = fl_sim_open(&sim, &(fl_sim_options){.seed = 1});
  if (o.error) return o;
  o.error = fl_loop_open(&lp, fl_sim_clock(sim), 0);
  if (o.error) goto no_loop;
  o.error = fl_session_open(&o.session, lp, fl_sim_transport(sim), &(fl_session_options){.limit = 5});
  if (o.error) goto no_session;
  use(&o, sim);
  fl_sim_run(sim, FL_NEVER);
  if (o.batch) fl_batch_close(o.batch);
  fl_session_close(o.session, on_closed, &o);
  fl_sim_run(sim, fl_sim_time(sim));
  o.unexpected += o.closed != 1 || o.ended != o.accepted;
no_session:
  fl_loop_close(lp);
no_loop:
  fl_sim_close(sim);
  return o;
}

static void check(const outcome *o, unsigned long nth) {
  if (o->unexpected || (o->error && o->error != FL_ENOMEM))
    fail_msg("allocation %lu failing: error %d, %u unexpected, %u accepted, %u ended", nth, o->error, o->unexpected,
             o->accepted, o->ended);
}

static unsigned long allocations_of_a_run(void) {
  arm(0, false);
  outcome o = run_scenario();
  assert_int_equal(o.error, FL_OK);
  assert_int_equal(o.accepted, HOSTS + IN_BATCH);
  assert_int_equal(o.refused, 0);
  check(&o, 0);
  return allocations;
}

static void a_single_failure_is_an_error_or_harmless(void **state) {
  (void)state;
  unsigned long all = allocations_of_a_run();
  assert_in_range(all, 3 * (HOSTS + IN_BATCH), 10000);
  for (unsigned long nth = 1; nth <= all; nth++) {
    arm(nth, false);
    outcome o = run_scenario();
    arm(0, false);
    check(&o, nth);
    assert_in_range(o.refused, 0, 1);
  }
}

static void nor_does_it_crash_when_nothing_is_given_any_more(void **state) {
  (void)state;
  unsigned long all = allocations_of_a_run(), with_refusals = 0;
  for (unsigned long nth = 1; nth <= all; nth++) {
    arm(nth, true);
    outcome o = run_scenario();
    arm(0, false);
    check(&o, nth);
    with_refusals += o.refused > 1;
  }
  assert_true(with_refusals > HOSTS);
}

/* ---- Growing: what there is stays */

static void requests_go_on_when_there_is_no_memory_for_more_ids(void **state) {
  (void)state;
  enum { FIRST_SIZE = 256 };
  world *w = world_open(&(fl_session_options){.limit = 3});
  for (int i = 0; i < FIRST_SIZE; i++) ask(w, "http://host%d/", i % 10);
  arm(2, false); /* the request, then the ids */
  assert_int_equal(fl_session_get(NULL, w->session, "http://a/", 9, 0, world_on_end, w), FL_ENOMEM);
  assert_int_equal(allocations, 2);
  arm(0, false);
  for (int i = 0; i < FIRST_SIZE; i++) ask(w, "http://host%d/", i % 10);
  run(w);
  for (unsigned i = 0; i < w->ends_count; i++) assert_int_equal(w->ends[i].error, FL_OK);
  world_close(w);
}

static void hosts_stay_known_when_there_is_no_memory_for_more(void **state) {
  (void)state;
  enum { FIRST_BUCKETS = 16 };
  world *w = world_open(&(fl_session_options){.limit_per_host = 1});
  for (int i = 0; i < FIRST_BUCKETS; i++) ask(w, "http://host%d/1", i);
  arm(2, false); /* the request, then the table of hosts */
  assert_int_equal(fl_session_get(NULL, w->session, "http://a/", 9, 0, world_on_end, w), FL_ENOMEM);
  assert_int_equal(allocations, 2);
  arm(0, false);
  for (int i = 0; i < 2 * FIRST_BUCKETS; i++) ask(w, "http://host%d/2", i);
  run(w);
  assert_int_equal(peak(w, "http://host3/"), 1);
  assert_int_equal(end_of(w, "http://host3/2")->started_us, 10 * MS);
  world_close(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_single_failure_is_an_error_or_harmless),
      cmocka_unit_test(nor_does_it_crash_when_nothing_is_given_any_more),
      cmocka_unit_test(requests_go_on_when_there_is_no_memory_for_more_ids),
      cmocka_unit_test(hosts_stay_known_when_there_is_no_memory_for_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
