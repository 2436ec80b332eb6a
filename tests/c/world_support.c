#include "world_support.h"

#include <stdlib.h>
#include <strings.h>

/* ---- What becomes of a request */

static int64_t time_of(const char *text) { return strcmp(text, "never") == 0 ? FL_NEVER : atoll(text) * MS; }

static int error_of(const char *name) {
  int error = fl_error_number(name);
  if (!error) fail_msg("no such error: %s", name);
  return error;
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

static void decide_by_url(const char *url, fl_sim_fate *fate) {
  fate->answer_us = 10 * MS;
  for (const char *at = strchr(url, '?'); at; at = strchr(at + 1, '&')) {
    char key[16], value[32];
    assert_int_equal(sscanf(at + 1, "%15[^=]=%31[^&#]", key, value), 2);
    set(fate, key, value);
  }
}

static void take_from_list(world *w, fl_sim_fate *fate) {
  unsigned nth = w->fates_given < w->fates_count ? w->fates_given++ : w->fates_count - 1;
  *fate = w->fates[nth];
  if (!fate->answer_us) fate->answer_us = 10 * MS;
}

static void write_down_attempt(world *w, const fl_attempt *attempt);

static void decide(void *arg, fl_sim *sim, const fl_attempt *attempt, fl_sim_fate *fate) {
  world *w = arg;
  (void)sim;
  write_down_attempt(w, attempt);
  if (w->decide)
    w->decide(w, attempt, fate);
  else if (w->fates)
    take_from_list(w, fate);
  else
    decide_by_url(attempt->url, fate);
}

/* ---- What is written down */

static void *one_more(void *array, unsigned count, size_t size) {
  if (count & (count - 1)) return array; /* it has grown to the next power of two */
  void *grown = realloc(array, (count ? 2 * count : 1) * size);
  assert_non_null(grown);
  return grown;
}

static void copy_url(char *out, size_t size, const char *url) { snprintf(out, size, "%s", url); }

static char *text_of(const fl_header *headers) {
  size_t bytes = 1;
  for (const fl_header *h = headers; h && h->name; h++) bytes += strlen(h->name) + strlen(h->value) + 3;
  char *text = calloc(1, bytes);
  assert_non_null(text);
  for (const fl_header *h = headers; h && h->name; h++)
    strcat(strcat(strcat(strcat(text, h->name), ": "), h->value), "\n");
  return text;
}

static void write_down_attempt(world *w, const fl_attempt *attempt) {
  w->sent = one_more(w->sent, w->sent_count, sizeof *w->sent);
  sent *made = &w->sent[w->sent_count++];
  *made = (sent){.at_us = fl_sim_time(w->sim),
                 .headers = text_of(attempt->headers),
                 .url_bytes = strlen(attempt->url),
                 .body_bytes = attempt->body_bytes,
                 .flags = attempt->flags,
                 .resumes = attempt->resumes != NULL};
  copy_url(made->url, sizeof made->url, attempt->url);
  copy_url(made->method, sizeof made->method, attempt->method);
}

static void on_server(void *arg, const char *url, void *mark, int change) {
  (void)mark;
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
                 .retries = fl_request_retries(request),
                 .queued_us = fl_request_queued_us(request),
                 .started_us = fl_request_started_us(request),
                 .attempt_us = fl_request_attempt_us(request),
                 .ended_us = fl_request_ended_us(request)};
  const fl_redirected *history;
  end->redirects = (unsigned)fl_request_history(request, &history);
  copy_url(end->url, sizeof end->url, fl_request_url(request));
  copy_url(end->final_url, sizeof end->final_url, fl_request_final_url(request));
  copy_url(end->method, sizeof end->method, fl_request_method(request));
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

const fl_retry_options no_retries = {.limit = FL_RETRIES_NONE};

world *world_open(const fl_session_options *options) {
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  fl_sim_options sim = {.seed = 1, .arg = w, .decide = decide, .on_server = on_server};
  assert_int_equal(fl_sim_open(&w->sim, &sim), FL_OK);
  assert_int_equal(fl_loop_open(&w->loop, fl_sim_clock(w->sim), 0), FL_OK);
  fl_session_options own = options ? *options : (fl_session_options){0};
  own.arg = w;
  if (!own.seed) own.seed = 1;
  assert_int_equal(fl_session_open(&w->session, w->loop, fl_sim_transport(w->sim), &own), FL_OK);
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
  assert_int_equal(fl_sim_tokens(w->sim), 0);
  fl_loop_close(w->loop);
  fl_sim_close(w->sim);
  free(w->ends);
  free(w->server);
  for (unsigned i = 0; i < w->sent_count; i++) free(w->sent[i].headers);
  free(w->sent);
  free(w);
}

int try_to_ask(world *w, const fl_request_options *options, const char *url) {
  fl_request_options own = *options;
  own.on_end = world_on_end;
  own.arg = w;
  w->calls++;
  int error = fl_session_request(NULL, w->session, url, strlen(url), &own);
  w->calls--;
  if (!error) w->asked++;
  return error;
}

static fl_request *ask_url(world *w, const fl_request_options *options, const char *url, int bytes) {
  assert_in_range(bytes, 1, 127);
  fl_request_options own = *options;
  own.on_end = world_on_end;
  own.arg = w;
  fl_request *request = NULL;
  w->calls++;
  assert_int_equal(fl_session_request(&request, w->session, url, (size_t)bytes, &own), FL_OK);
  w->calls--;
  w->asked++;
  return request;
}

fl_request *ask_for(world *w, const fl_request_options *options, const char *url_format, ...) {
  char url[128];
  va_list args;
  va_start(args, url_format);
  int bytes = vsnprintf(url, sizeof url, url_format, args);
  va_end(args);
  return ask_url(w, options, url, bytes);
}

fl_request *ask(world *w, const char *url_format, ...) {
  char url[128];
  va_list args;
  va_start(args, url_format);
  int bytes = vsnprintf(url, sizeof url, url_format, args);
  va_end(args);
  return ask_url(w, &(fl_request_options){0}, url, bytes);
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

void check_end(const world *w, const char *url, int error, int64_t at_us) {
  const ended *end = end_of(w, url);
  if (end->error != error) fail_msg("%s: %s, not %s", url, fl_error_name(end->error), fl_error_name(error));
  if (end->at_us != at_us) fail_msg("%s: at %lld us, not %lld", url, (long long)end->at_us, (long long)at_us);
  assert_int_equal(end->ended_us, at_us);
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

const char *times_sent(const world *w, const char *url) {
  static text out;
  out = (text){0};
  for (unsigned i = 0; i < w->sent_count; i++)
    if (begins(w->sent[i].url, url)) {
      char ms[32];
      snprintf(ms, sizeof ms, "%lld", (long long)(w->sent[i].at_us / MS));
      append(&out, ms);
    }
  return out.bytes;
}
