#include "support.h"

#include <stdlib.h>
#include <strings.h>

/* ---- A clock moved by hand */

static int64_t now_us(void *self) {
  hand_clock *clock = self;
  clock->read++;
  return clock->now_us;
}

static void wake_at(void *self, fl_loop *woken, int64_t when_us) {
  hand_clock *clock = self;
  (void)woken;
  clock->wake_us = when_us;
  clock->asked++;
}

void hand_clock_init(hand_clock *clock) {
  *clock = (hand_clock){.clock = {.self = clock, .now_us = now_us, .wake_at = wake_at}, .wake_us = FL_NEVER};
}

int64_t hand_clock_turn(hand_clock *clock, fl_loop *turned, int64_t now) {
  clock->now_us = now;
  clock->wake_us = FL_NEVER;
  return fl_loop_turn(turned);
}

/* ---- A loop on that clock */

hand_clock hand;
fl_loop *loop;
static char ran[1024];
static size_t ran_length;

int loop_setup(void **state) {
  (void)state;
  hand_clock_init(&hand);
  ran_length = 0;
  return fl_loop_open(&loop, &hand.clock, 0);
}

void loop_end(void) {
  if (loop) fl_loop_close(loop);
  loop = NULL;
}

int loop_teardown(void **state) {
  (void)state;
  loop_end();
  return 0;
}

void loop_reopen(int64_t turn_budget_us) {
  loop_end();
  hand_clock_init(&hand);
  assert_int_equal(fl_loop_open(&loop, &hand.clock, turn_budget_us), FL_OK);
}

void run_job(void *arg) {
  job *self = arg;
  assert_true(ran_length + 1 < sizeof ran);
  ran[ran_length++] = self->name;
  hand.now_us += self->takes_us;
  if (self->also) self->also(self);
}

void soon(job *j) { fl_call_soon(loop, &j->handle, run_job, j); }
void at(job *j, int64_t when_us) { fl_call_at(loop, &j->timer, when_us, run_job, j); }
void later(job *j, int64_t delay_us) { fl_call_later(loop, &j->timer, delay_us, run_job, j); }
int64_t turn(int64_t now) { return hand_clock_turn(&hand, loop, now); }

const char *what_ran(void) {
  static char out[sizeof ran];
  memcpy(out, ran, ran_length);
  out[ran_length] = '\0';
  ran_length = 0;
  return out;
}

/* ---- What becomes of a request */

static int64_t time_of(const char *text) { return strcmp(text, "never") == 0 ? FL_NEVER : atoll(text) * MS; }

static int error_of(const char *name) {
  for (int error = -1; error >= -FL__ERRORS; error--)
    if (strcmp(fl_error_name(error), name) == 0) return error;
  fail_msg("no such error: %s", name);
  return 0;
}

static void set(fl_sim_fate *fate, const char *key, const char *value) {
  if (strcmp(key, "connect") == 0)
    fate->connect_us = time_of(value);
  else if (strcmp(key, "answer") == 0)
    fate->answer_us = time_of(value);
  else if (strcmp(key, "status") == 0)
    fate->status = atoi(value);
  else if (strcmp(key, "error") == 0)
    fate->error = error_of(value);
  else if (strcmp(key, "refused") == 0)
    fate->refused = error_of(value);
  else if (strcmp(key, "reports") == 0)
    fate->reports = (uint8_t)atoi(value);
  else if (strcmp(key, "again") == 0)
    fate->again_us = time_of(value);
  else if (strcmp(key, "inside") == 0)
    fate->inside_send = true;
  else
    fail_msg("no such key: %s", key);
}

static void decide(void *arg, fl_sim *sim, const char *url, fl_sim_fate *fate) {
  (void)arg, (void)sim;
  fate->status = 200;
  fate->answer_us = 10 * MS;
  for (const char *at = strchr(url, '?'); at; at = strchr(at + 1, '&')) {
    char key[16], value[32];
    assert_int_equal(sscanf(at + 1, "%15[^=]=%31[^&]", key, value), 2);
    set(fate, key, value);
  }
}

/* ---- What is written down */

static void *one_more(void *array, unsigned count, size_t size) {
  if (count & (count - 1)) return array; /* it has grown to the next power of two */
  void *grown = realloc(array, (count ? 2 * count : 1) * size);
  assert_non_null(grown);
  return grown;
}

static void copy_url(char *out, size_t size, const char *url) { snprintf(out, size, "%s", url); }

static void on_server(void *arg, const char *url, int change) {
  world *w = arg;
  w->server = one_more(w->server, w->server_count, sizeof *w->server);
  at_server *event = &w->server[w->server_count++];
  *event = (at_server){.at_us = fl_sim_time(w->sim), .change = change};
  copy_url(event->url, sizeof event->url, url);
}

void world_on_end(fl_request *request, void *arg) {
  world *w = arg;
  assert_int_equal(w->calls, 0);
  assert_int_equal(w->closed, 0);
  assert_null(fl_session_find(w->session, fl_request_id(request)));
  w->ends = one_more(w->ends, w->ends_count, sizeof *w->ends);
  ended *end = &w->ends[w->ends_count++];
  *end = (ended){.id = fl_request_id(request),
                 .error = fl_request_error(request),
                 .status = fl_request_status(request),
                 .at_us = fl_sim_time(w->sim),
                 .queued_us = fl_request_queued_us(request),
                 .started_us = fl_request_started_us(request),
                 .ended_us = fl_request_ended_us(request)};
  copy_url(end->url, sizeof end->url, fl_request_url(request));
  if (w->then) w->then(w, request);
}

static void on_closed(void *arg) {
  world *w = arg;
  assert_int_equal(w->calls, 0);
  w->closed++;
  fl_sim_forget(w->sim, w->session);
  w->session = NULL;
}

/* ---- The world */

world *world_open(const fl_session_options *options) {
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  fl_sim_options sim = {.seed = 1, .arg = w, .decide = decide, .on_server = on_server};
  assert_int_equal(fl_sim_open(&w->sim, &sim), FL_OK);
  assert_int_equal(fl_loop_open(&w->loop, fl_sim_clock(w->sim), 0), FL_OK);
  assert_int_equal(fl_session_open(&w->session, w->loop, fl_sim_transport(w->sim), options), FL_OK);
  return w;
}

void close_session(world *w) {
  w->calls++;
  fl_session_close(w->session, on_closed, w);
  w->calls--;
  w->closing = true;
}

void world_close(world *w) {
  run(w);
  if (!w->closing) close_session(w);
  run(w);
  assert_int_equal(w->closed, 1);
  assert_int_equal(w->ends_count, w->asked);
  int at_server_still = 0;
  for (unsigned i = 0; i < w->server_count; i++) at_server_still += w->server[i].change;
  assert_int_equal(at_server_still, 0);
  fl_loop_close(w->loop);
  fl_sim_close(w->sim);
  free(w->ends);
  free(w->server);
  free(w);
}

fl_request *ask(world *w, const char *url_format, ...) {
  char url[128];
  va_list args;
  va_start(args, url_format);
  int bytes = vsnprintf(url, sizeof url, url_format, args);
  va_end(args);
  assert_in_range(bytes, 1, sizeof url - 1);
  fl_request *request = NULL;
  w->calls++;
  assert_int_equal(fl_session_get(&request, w->session, url, (size_t)bytes, 0, world_on_end, w), FL_OK);
  w->calls--;
  w->asked++;
  return request;
}

void cancel(world *w, fl_request *request) {
  w->calls++;
  fl_request_cancel(request);
  w->calls--;
}

void run(world *w) { fl_sim_run(w->sim, FL_NEVER); }
void run_until(world *w, int64_t ms) { assert_int_equal(fl_sim_run(w->sim, ms * MS), ms * MS); }

fl_session_stats stats_of(world *w) {
  fl_session_stats stats;
  fl_session_stats_get(w->session, &stats);
  return stats;
}

/* ---- What came of it */

static bool begins(const char *text, const char *with) { return strncasecmp(text, with, strlen(with)) == 0; }

unsigned ends_of(const world *w, const char *url) {
  unsigned count = 0;
  for (unsigned i = 0; i < w->ends_count; i++) count += begins(w->ends[i].url, url);
  return count;
}

const ended *end_of(const world *w, const char *url) {
  assert_int_equal(ends_of(w, url), 1);
  const ended *end = w->ends;
  while (!begins(end->url, url)) end++;
  return end;
}

typedef struct text {
  char bytes[4096];
  size_t length;
} text;

static void append(text *out, const char *url) {
  const char *name = strstr(url, "://") ? strstr(url, "://") + 3 : url;
  int length = (int)strcspn(name, "?");
  out->length += (size_t)snprintf(out->bytes + out->length, sizeof out->bytes - out->length, "%s%.*s",
                                  out->length ? " " : "", length, name);
  assert_true(out->length < sizeof out->bytes);
}

const char *starts(const world *w) {
  static text out;
  out = (text){0};
  for (unsigned i = 0; i < w->server_count; i++)
    if (w->server[i].change > 0) append(&out, w->server[i].url);
  return out.bytes;
}

const char *ends(const world *w) {
  static text out;
  out = (text){0};
  for (unsigned i = 0; i < w->ends_count; i++) append(&out, w->ends[i].url);
  return out.bytes;
}

int peak(const world *w, const char *url) {
  int now = 0, most = 0;
  for (unsigned i = 0; i < w->server_count; i++) {
    if (!begins(w->server[i].url, url)) continue;
    now += w->server[i].change;
    if (now > most) most = now;
  }
  return most;
}

unsigned started(const world *w, const char *url) {
  unsigned count = 0;
  for (unsigned i = 0; i < w->server_count; i++) count += w->server[i].change > 0 && begins(w->server[i].url, url);
  return count;
}

/* ---- A reader */

static void reader_on_end(fl_request *request, void *arg) {
  reader *r = arg;
  assert_non_null(r->batch);
  world_on_end(request, r->w);
  r->ends++;
  r->untaken++;
  if (r->takes) reader_take(r, 1);
  if (r->closes_on_end) reader_close(r);
}

static void on_wants(void *arg) {
  reader *r = arg;
  assert_non_null(r->batch);
  assert_int_equal(r->w->calls, 0);
  r->woken++;
  assert_in_range(r->woken, 1, r->falses);
  if (r->closes_on_wants)
    reader_close(r);
  else if (!r->deaf)
    reader_read(r);
}

void reader_open(reader *r, world *w, uint32_t read_ahead) {
  r->w = w;
  fl_batch_options options = {.read_ahead = read_ahead, .on_wants = on_wants, .on_end = reader_on_end, .arg = r};
  assert_int_equal(fl_batch_open(&r->batch, w->session, &options), FL_OK);
  reader_read(r);
}

void reader_close(reader *r) {
  r->w->calls++;
  fl_batch_close(r->batch);
  r->w->calls--;
  r->batch = NULL;
  r->w->asked -= r->next - r->ends; /* these have no on_end */
}

fl_request *reader_read_one(reader *r) {
  char url[128];
  fl_request *request = NULL;
  r->url(url, sizeof url, r->next++);
  r->w->calls++;
  assert_int_equal(fl_batch_get(&request, r->batch, url, strlen(url), 0), FL_OK);
  r->w->calls--;
  r->w->asked++;
  return request;
}

void reader_read(reader *r) {
  for (; r->next < r->count; reader_read_one(r)) {
    if (fl_batch_wants(r->batch)) continue;
    r->falses++;
    return;
  }
}

void reader_take(reader *r, unsigned count) {
  for (; count; count--) {
    assert_true(r->untaken > 0);
    r->untaken--;
    r->w->calls++;
    fl_batch_taken(r->batch);
    r->w->calls--;
  }
}
