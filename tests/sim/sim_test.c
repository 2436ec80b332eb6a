/* The session in a simulated world: random latencies, errors, lost, duplicate and late answers, cancels, slow
 * consumers, a close in the middle. Everything comes from a seed, and each seed is run twice.
 *
 *   sim_test [--from SEED] [--seeds COUNT] [--file SEEDS.txt] [--trace]
 *
 * Checked: every request ends exactly once, and as its fate says; limits are never exceeded, as the server counts;
 * within a lane requests start in the order in which they were asked for; no place stands empty that a waiting request
 * could use; the same seed gives the same trace. */
#include "../../src/host/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTS_MAX = 12, REQUESTS_MAX = 300, BATCHES_MAX = 3, SINGLES = BATCHES_MAX /* the lane of single requests */ };

typedef struct ask {
  struct world *world;
  int host, lane, number;
  uint32_t id;
  bool bad_url, sent, ended, cancelled, dropped; /* dropped: its batch was closed, no end may come */
  int64_t sent_us;
  fl_sim_fate fate;
} ask;

typedef struct reader {
  struct world *world;
  fl_batch *batch;
  int lane, left, untaken, taken;
  int stops_taking_after; /* results; -1: never */
  int eagerness;          /* per cent of the results it takes at once */
  bool slow;              /* the source had nothing to give when it was asked */
} reader;

typedef struct world {
  uint64_t seed, choices;
  fl_sim *sim;
  fl_loop *loop;
  fl_session *session;
  fl_session_options options;
  int hosts, asked, at_server, at_host[HOSTS_MAX], last_sent[BATCHES_MAX + 1][HOSTS_MAX];
  ask asks[REQUESTS_MAX];
  reader readers[BATCHES_MAX];
  bool closing, closed, inside_call, trace;
  uint64_t hash;
  const char *violation;
} world;

/* ---- The trace and its hash: what happened, and when */

static void note(world *w, const char *what, int64_t number) {
  if (w->trace) printf("%12" PRId64 " %s %" PRId64 "\n", fl_sim_time(w->sim), what, number);
  for (const char *c = what; *c; c++) w->hash = (w->hash ^ (unsigned char)*c) * 1099511628211u;
  w->hash = (w->hash ^ (uint64_t)number ^ (uint64_t)fl_sim_time(w->sim) << 20) * 1099511628211u;
}

static void check(world *w, bool holds, const char *claim) {
  if (!holds && !w->violation) {
    w->violation = claim;
    note(w, claim, -1);
  }
}

/* The test's own choices; the network's come from the simulation's random numbers. */
static int pick(world *w, int below) {
  w->choices = w->choices * 6364136223846793005u + 1442695040888963407u;
  return (int)((w->choices >> 33) % (uint64_t)below);
}

static bool chance(world *w, int percent) { return pick(w, 100) < percent; }

/* ---- What the simulation asks */

static ask *ask_of(world *w, const char *url) { return &w->asks[atoi(strrchr(url, '/') + 1)]; }

static void decide(void *arg, fl_sim *sim, const char *url, fl_sim_fate *fate) {
  world *w = arg;
  ask *a = ask_of(w, url);
  check(w, !a->sent && !a->ended, "a request is sent once, and before its end");
  check(w, w->last_sent[a->lane][a->host] < a->number, "a lane starts its requests in order");
  w->last_sent[a->lane][a->host] = a->number;
  a->sent = true;
  a->sent_us = fl_sim_time(sim);

  fate->connect_us = chance(w, 3) ? FL_NEVER : pick(w, 50000);
  fate->answer_us = chance(w, 3) ? FL_NEVER : chance(w, 10) ? 0 : pick(w, 2000000);
  fate->reports = (uint8_t)(chance(w, 10) ? 2 + pick(w, 2) : 1);
  fate->again_us = chance(w, 50) ? 0 : pick(w, 60000000); /* also long after its id has passed to another */
  fate->inside_send = chance(w, 3);
  if (chance(w, 10)) {
    static const int errors[] = {FL_ECONNECT, FL_EPARTIAL, FL_ENETWORK};
    fate->error = errors[pick(w, 3)];
  } else {
    fate->status = chance(w, 80) ? 200 : 404;
  }
  if (chance(w, 2)) fate->refused = FL_ENOMEM;
  a->fate = *fate;
  note(w, "send", a->number);
}

static void on_server(void *arg, const char *url, int change) {
  world *w = arg;
  ask *a = ask_of(w, url);
  w->at_server += change;
  w->at_host[a->host] += change;
  check(w, w->at_server >= 0 && (uint32_t)w->at_server <= w->options.limit, "the limit holds");
  check(w, (uint32_t)w->at_host[a->host] <= w->options.limit_per_host, "the limit per host holds");
}

/* ---- Ends */

/* What must come of a request that was neither cancelled nor closed: the first of its answer and its deadlines. */
static void check_outcome(world *w, const ask *a, const fl_request *request) {
  const fl_sim_fate *fate = &a->fate;
  int error = fl_request_error(request);
  int64_t took_us = fl_request_ended_us(request) - a->sent_us;
  bool never = fate->connect_us == FL_NEVER || fate->answer_us == FL_NEVER;
  int64_t answer_us = fate->inside_send && !never ? 0 : never ? FL_NEVER : fate->connect_us + fate->answer_us;
  int64_t connect_limit_us = w->options.connect_timeout_us;
  int64_t deadline_us = connect_limit_us < w->options.timeout_us && fate->connect_us > connect_limit_us
                            ? connect_limit_us
                            : w->options.timeout_us;
  if (fate->refused) {
    check(w, error == fate->refused && took_us == 0, "a refused request ends with what refused it");
  } else if (answer_us < deadline_us) {
    check(w, error == fate->error && took_us == answer_us, "an answer in time is what comes of it");
    check(w, fl_request_status(request) == (fate->error ? 0 : fate->status), "the status is the answer's");
  } else if (answer_us > deadline_us) {
    bool connecting = deadline_us == connect_limit_us && connect_limit_us < w->options.timeout_us;
    check(w, error == (connecting ? FL_ECONNECTTIMEOUT : FL_ETIMEOUT), "no answer in time is a timeout");
    check(w, took_us == deadline_us, "a timeout comes at its time");
  } /* at the same instant either may win */
}

static void take(reader *r) {
  if (r->stops_taking_after == 0) return;
  if (r->stops_taking_after > 0) r->stops_taking_after--;
  r->untaken--;
  r->taken++;
  fl_batch_taken(r->batch);
}

static void close_reader(reader *r);

static void end_of(world *w, ask *a, fl_request *request) {
  check(w, !w->inside_call, "no end comes inside the call that caused it");
  check(w, !a->ended, "a request ends once");
  check(w, !a->dropped, "a closed batch has no more ends");
  a->ended = true;
  note(w, fl_error_name(fl_request_error(request)), a->number);
  if (a->bad_url)
    check(w, fl_request_error(request) == FL_EPROTOCOL, "a bad URL ends with its error");
  else if (a->cancelled || w->closing)
    check(w, fl_request_error(request) == FL_ECANCELLED || a->sent, "what is cancelled before its start says so");
  else
    check_outcome(w, a, request);
}

static void on_single_end(fl_request *request, void *arg) {
  ask *a = arg;
  end_of(a->world, a, request);
}

static void on_batch_end(fl_request *request, void *arg) {
  reader *r = arg;
  world *w = r->world;
  ask *a = NULL;
  for (int i = 0; i < w->asked; i++)
    if (w->asks[i].lane == r->lane && !w->asks[i].ended && w->asks[i].id == fl_request_id(request)) a = &w->asks[i];
  check(w, a != NULL, "an end is a known request's");
  if (!a) return;
  end_of(w, a, request);
  if (chance(w, r->eagerness)) take(r);
  if (chance(w, 1)) close_reader(r);
}

/* ---- Asking */

static ask *next_ask(world *w, int lane, char *url, size_t size) {
  if (w->asked == REQUESTS_MAX) return NULL;
  int number = w->asked++;
  ask *a = &w->asks[number];
  *a = (ask){.world = w, .host = pick(w, w->hosts), .lane = lane, .number = number, .bad_url = chance(w, 3)};
  snprintf(url, size, "%s://%s%d.example:80/%d", a->bad_url ? "ftp" : "http", chance(w, 50) ? "host" : "HOST", a->host,
           number);
  return a;
}

static void ask_single(world *w) {
  char url[64];
  ask *a = next_ask(w, SINGLES, url, sizeof url);
  if (!a) return;
  fl_request *request = NULL;
  w->inside_call = true;
  int error = fl_session_get(&request, w->session, url, strlen(url), 0, on_single_end, a);
  w->inside_call = false;
  if (a->bad_url || w->closing) {
    check(w, error == (w->closing ? FL_ECLOSED : FL_EPROTOCOL), "what can't be asked for is refused at once");
    a->ended = true;
  } else {
    check(w, error == FL_OK, "a good URL is accepted");
    a->id = fl_request_id(request);
  }
}

static void read_on(void *arg) {
  reader *r = arg;
  world *w = r->world;
  if (!r->batch || w->closing) return;
  note(w, "wants", r->lane);
  while (r->left > 0 && fl_batch_wants(r->batch)) {
    char url[64];
    ask *a = next_ask(w, r->lane, url, sizeof url);
    if (!a) {
      r->left = 0;
      return;
    }
    r->left--;
    r->untaken++;
    fl_request *request;
    w->inside_call = true;
    int error = fl_batch_get(&request, r->batch, url, strlen(url), 0);
    w->inside_call = false;
    check(w, error == FL_OK, "a batch takes every URL");
    a->id = fl_request_id(request);
    check(w, (uint32_t)r->untaken <= 2 * w->options.limit + 1000, "a batch reads no further than it says");
    if (chance(w, 2)) {
      r->slow = true;
      return;
    }
  }
}

static void close_reader(reader *r) {
  if (!r->batch) return;
  world *w = r->world;
  note(w, "close batch", r->lane);
  for (int i = 0; i < w->asked; i++)
    if (w->asks[i].lane == r->lane && !w->asks[i].ended) w->asks[i].dropped = true;
  fl_batch_close(r->batch);
  r->batch = NULL;
}

static void on_closed(void *arg) {
  world *w = arg;
  check(w, !w->closed, "a session closes once");
  w->closed = true;
  fl_sim_forget(w->sim, w->session);
  note(w, "closed", 0);
}

/* ---- A life */

static void open_world(world *w, uint64_t seed, bool trace) {
  *w = (world){.seed = seed, .choices = seed * 2 + 1, .hash = 14695981039346656037u, .trace = trace};
  for (int i = 0; i < 8; i++) pick(w, 2);
  memset(w->last_sent, 0xff, sizeof w->last_sent); /* -1 */
  w->hosts = 1 + pick(w, HOSTS_MAX);
  w->options = (fl_session_options){.limit = 1 + (uint32_t)pick(w, 20),
                                    .limit_per_host = 1 + (uint32_t)pick(w, 6),
                                    .timeout_us = 100000 + pick(w, 3000000),
                                    .connect_timeout_us = 1000 + pick(w, 100000)};
  fl_sim_options sim = {.seed = seed, .arg = w, .decide = decide, .on_server = on_server};
  int error = fl_sim_open(&w->sim, &sim);
  if (!error) error = fl_loop_open(&w->loop, fl_sim_clock(w->sim), 0);
  if (!error) error = fl_session_open(&w->session, w->loop, fl_sim_transport(w->sim), &w->options);
  if (error) abort();
  int readers = pick(w, BATCHES_MAX + 1);
  for (int i = 0; i < readers; i++) {
    reader *r = &w->readers[i];
    *r = (reader){.world = w,
                  .lane = i,
                  .left = pick(w, 150),
                  .eagerness = pick(w, 101),
                  .stops_taking_after = chance(w, 20) ? pick(w, 30) : -1};
    fl_batch_options options = {
        .on_wants = read_on, .on_end = on_batch_end, .arg = r, .read_ahead = (uint32_t)pick(w, 40)};
    if (fl_batch_open(&r->batch, w->session, &options)) abort();
    read_on(r);
  }
}

static void cancel_one(world *w) {
  if (w->asked == 0) return;
  ask *a = &w->asks[pick(w, w->asked)];
  fl_request *request = a->ended || a->dropped || a->bad_url ? NULL : fl_session_find(w->session, a->id);
  if (!request) return;
  a->cancelled = true;
  note(w, "cancel", a->number);
  w->inside_call = true;
  fl_request_cancel(request);
  w->inside_call = false;
}

static bool batch_is_full(const world *w, int lane) {
  if (lane == SINGLES) return false;
  int begun = 0;
  for (int i = 0; i < w->asked; i++) begun += w->asks[i].lane == lane && (w->asks[i].sent || w->asks[i].ended);
  return begun - w->readers[lane].taken >= (int)(2 * w->options.limit);
}

/* Whenever time passes, every request that waits has a reason to: the session, its host or its batch is full. */
static void check_no_idle_place(world *w) {
  fl_session_stats stats;
  fl_session_stats_get(w->session, &stats);
  if (stats.in_flight >= w->options.limit) return;
  for (int i = 0; i < w->asked; i++) {
    const ask *a = &w->asks[i];
    if (a->bad_url || a->sent || a->ended || a->cancelled || a->dropped) continue;
    check(w, (uint32_t)w->at_host[a->host] >= w->options.limit_per_host || batch_is_full(w, a->lane),
          "no place stands empty that could be used");
  }
}

static bool waits_for_taking(const world *w) {
  for (int i = 0; i < BATCHES_MAX; i++)
    if (w->readers[i].batch) return true;
  return false;
}

static void read_slow_sources(world *w) {
  for (int i = 0; i < BATCHES_MAX; i++) {
    reader *r = &w->readers[i];
    if (!r->batch || !r->slow) continue;
    r->slow = false;
    read_on(r);
  }
}

static int not_ended(const world *w, const reader *r) {
  int count = 0;
  for (int i = 0; i < w->asked; i++) count += w->asks[i].lane == r->lane && !w->asks[i].ended;
  return count;
}

static void take_a_late_one(world *w) {
  reader *r = &w->readers[pick(w, BATCHES_MAX)];
  if (r->batch && r->untaken > not_ended(w, r)) take(r);
}

static void live(world *w) {
  bool closes_early = chance(w, 25);
  int steps = 20 + pick(w, 200);
  for (int i = 0; i < steps; i++) {
    if (chance(w, 60)) ask_single(w);
    if (chance(w, 10)) cancel_one(w);
    if (chance(w, 30)) read_slow_sources(w);
    if (chance(w, 30)) take_a_late_one(w);
    fl_sim_run(w->sim, fl_sim_time(w->sim) + pick(w, 40000));
    check_no_idle_place(w);
  }
  if (closes_early) {
    w->closing = true;
    fl_session_close(w->session, on_closed, w);
  }
  fl_sim_run(w->sim, FL_NEVER);
  /* Consumers that had stopped, and sources that were slow, go on until all are through. */
  for (int rounds = 0; rounds < 2 * REQUESTS_MAX && waits_for_taking(w); rounds++) {
    for (int i = 0; i < BATCHES_MAX; i++) {
      reader *r = &w->readers[i];
      if (!r->batch) continue;
      r->stops_taking_after = -1;
      while (r->untaken > not_ended(w, r)) take(r);
      if (r->batch && not_ended(w, r) == 0 && (r->left == 0 || w->closing)) close_reader(r);
    }
    read_slow_sources(w);
    fl_sim_run(w->sim, FL_NEVER);
  }
  check(w, !waits_for_taking(w), "every batch comes to its end");
  for (int i = 0; i < w->asked; i++) check(w, w->asks[i].ended || w->asks[i].dropped, "every request ends");
  if (!w->closing) {
    fl_session_stats stats;
    fl_session_stats_get(w->session, &stats);
    check(w, stats.queued == 0 && stats.in_flight == 0, "nothing is left in the session");
    w->closing = true;
    fl_session_close(w->session, on_closed, w);
  }
  fl_sim_run(w->sim, FL_NEVER);
  check(w, w->closed, "a session closes");
  check(w, w->at_server == 0, "nothing is left at the server");
}

static void close_world(world *w) {
  if (w->closed) fl_loop_close(w->loop);
  fl_sim_close(w->sim);
}

static uint64_t run_once(uint64_t seed, bool trace, const char **violation, int *requests) {
  world *w = malloc(sizeof *w);
  if (!w) abort();
  open_world(w, seed, trace);
  live(w);
  *violation = w->violation;
  *requests += w->asked;
  uint64_t hash = w->hash;
  close_world(w);
  free(w);
  return hash;
}

static uint64_t all_traces = 14695981039346656037u;

static bool run_seed(uint64_t seed, bool trace, int *requests) {
  const char *violation, *again;
  int ignored = 0;
  uint64_t first = run_once(seed, trace, &violation, requests);
  uint64_t second = run_once(seed, false, &again, &ignored);
  if (!violation && first != second) violation = "the same seed gives the same trace";
  all_traces = (all_traces ^ first) * 1099511628211u;
  if (violation) printf("seed %" PRIu64 ": violated: %s\n", seed, violation);
  return !violation;
}

int main(int argc, char **argv) {
  uint64_t from = 1;
  int seeds = 1000, passed = 0, failed = 0, requests = 0;
  bool trace = false;
  const char *path = NULL;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--trace"))
      trace = true;
    else if (!strcmp(argv[i], "--from") && i + 1 < argc)
      from = strtoull(argv[++i], NULL, 10);
    else if (!strcmp(argv[i], "--seeds") && i + 1 < argc)
      seeds = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--file") && i + 1 < argc)
      path = argv[++i];
    else
      return fprintf(stderr, "sim_test: unknown argument %s\n", argv[i]), 2;
  }
  FILE *file = path ? fopen(path, "r") : NULL;
  if (path && !file) return perror(path), 2;
  for (uint64_t seed; file && fscanf(file, "%" SCNu64 "%*[^\n]", &seed) == 1;)
    run_seed(seed, trace, &requests) ? passed++ : failed++;
  if (file) fclose(file);
  for (int i = 0; i < seeds; i++) run_seed(from + (uint64_t)i, trace, &requests) ? passed++ : failed++;
  printf("simulation: %d requests, trace %016" PRIx64 "\n%d passed, %d failed\n", requests, all_traces, passed, failed);
  return failed > 0;
}
