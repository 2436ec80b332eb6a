#include "sim.h"

#include "../loop/heap.h"
#include "../loop/list.h"

#include <stdlib.h>
#include <string.h>

/* What the next event of an exchange does. */
enum step { STAND, HINT, HEAD, CHUNK, READ_ON, END, REPEAT };

/* An attempt at the server. It lives until close(), and as long as events of it are to come: a report may be on its way
 * when nobody wants it any more. */
typedef struct sim_exchange {
  fl__heap_node event; /* in sim->events while there is a next step */
  fl_sim *sim;
  fl_session *session;
  fl_sim_fate fate;
  enum step next;
  uint32_t id, chunks_left, reports_left;
  bool held, stopped, over, connected, came, told, dropped,
      paused; /* held: not closed; came, told: its head; dropped: its body */
  bool streamed, on_heap, resumes;
  int64_t last_us;
  fl_header *headers, *first_headers; /* first_headers: of what it resumes */
  const uint8_t *coming;
  uint8_t *kept, *body; /* of what it resumes; received */
  size_t kept_bytes, body_bytes, came_bytes;
  char *url;
} sim_exchange;

struct fl_sim {
  fl_clock clock;
  fl_transport transport;
  fl_sim_options options;
  uint64_t random;
  int64_t now_us, wall_ahead_us;
  fl_loop *loop; /* the one that wants to be woken, and when */
  int64_t wake_us;
  fl__heap events;
  uint64_t events_made;
  size_t tokens;
};

/* splitmix64 */
uint64_t fl_sim_random(fl_sim *sim, uint64_t below) {
  uint64_t z = sim->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (z ^ z >> 31) % below;
}

/* ---- Clock */

int64_t fl_sim_time(const fl_sim *sim) { return sim->now_us; }
int64_t fl_sim_wall(const fl_sim *sim) { return sim->now_us + sim->wall_ahead_us; }
void fl_sim_shift_wall(fl_sim *sim, int64_t by_us) { sim->wall_ahead_us += by_us; }
void fl_sim_sleep(fl_sim *sim, int64_t for_us) { sim->now_us += for_us; }

static int64_t now_us(void *self) { return ((fl_sim *)self)->now_us; }
static int64_t wall_us(void *self) { return fl_sim_wall(self); }

static void wake_at(void *self, fl_loop *loop, int64_t when_us) {
  fl_sim *sim = self;
  sim->loop = loop;
  sim->wake_us = when_us;
}

/* ---- Exchanges */

static int64_t later(int64_t from_us, int64_t delay_us) {
  return from_us == FL_NEVER || delay_us > FL_NEVER - from_us ? FL_NEVER : from_us + delay_us;
}

static void free_exchange(sim_exchange *exchange) {
  free(exchange->headers);
  free(exchange->first_headers);
  free(exchange->kept);
  free(exchange->body);
  free(exchange);
}

static bool is_scheduled(const sim_exchange *exchange) { return exchange->event.tie != 0; }

static void unschedule(sim_exchange *exchange) {
  fl__heap_remove(&exchange->sim->events, &exchange->event);
  exchange->event.tie = 0;
}

/* From `from_us` on, which may be a while ago when the clock has jumped. */
static void schedule(sim_exchange *exchange, enum step step, int64_t from_us, int64_t delay_us) {
  fl_sim *sim = exchange->sim;
  int64_t when_us = later(from_us, delay_us);
  if (when_us == FL_NEVER) return;
  exchange->next = step;
  exchange->event.key = when_us;
  /* Among equals the order is the seed's, not that of sending: networks reorder. */
  exchange->event.tie = fl_sim_random(sim, UINT32_MAX) << 32 | ++sim->events_made;
  fl__heap_insert(&sim->events, &exchange->event);
}

static void be_over(sim_exchange *exchange) {
  if (exchange->over) return;
  exchange->over = true;
  const fl_sim_options *options = &exchange->sim->options;
  if (options->on_server) options->on_server(options->arg, exchange->url, exchange->fate.mark, -1);
}

static void note(const sim_exchange *exchange, fl_sim_event event, bool told) {
  const fl_sim_options *options = &exchange->sim->options;
  if (options->on_event && exchange->held && !exchange->stopped)
    options->on_event(options->arg, exchange->fate.mark, event, told, exchange->body_bytes);
}

static const char *header_of(const sim_exchange *exchange, const char *name);

static bool has_quota(const sim_exchange *exchange) {
  return header_of(exchange, "ratelimit") || header_of(exchange, "ratelimit-remaining") ||
         header_of(exchange, "x-ratelimit-remaining");
}

static void tell_head(const sim_exchange *exchange, bool *wanted) {
  fl_reply head = {.status = exchange->fate.status, .quota = has_quota(exchange)};
  *wanted = fl_session_head(exchange->session, exchange->id, &head);
}

static void tell_end(sim_exchange *exchange) {
  const fl_sim_fate *fate = &exchange->fate;
  fl_reply reply = {.error = fate->error, .status = fate->status, .quota = fate->status && has_quota(exchange)};
  if (exchange->on_heap && exchange->held) {
    reply.body = exchange->body;
    reply.body_bytes = exchange->body_bytes;
  }
  be_over(exchange);
  fl_session_reply(exchange->session, exchange->id, &reply);
}

/* A 206 goes on with what was kept. */
static void begin_body(sim_exchange *exchange) {
  if (exchange->fate.status != 206 || !exchange->kept) return;
  exchange->body = exchange->kept;
  exchange->body_bytes = exchange->kept_bytes;
  exchange->kept = NULL;
}

static void receive(sim_exchange *exchange, size_t bytes) {
  exchange->last_us = exchange->sim->now_us;
  if (!bytes || exchange->dropped || exchange->stopped) return;
  uint8_t *body = realloc(exchange->body, exchange->body_bytes + bytes);
  if (!body) return; /* a simulated network may lose what it likes */
  exchange->body = body;
  if (exchange->coming)
    memcpy(body + exchange->body_bytes, exchange->coming + exchange->came_bytes, bytes);
  else
    memset(body + exchange->body_bytes, 0, bytes);
  exchange->body_bytes += bytes;
  exchange->came_bytes += bytes;
}

static void end_or_go_on(sim_exchange *exchange, int64_t from_us) {
  const fl_sim_fate *fate = &exchange->fate;
  if (exchange->chunks_left)
    schedule(exchange, CHUNK, from_us, fate->chunk_us);
  else
    schedule(exchange, END, from_us, fate->end_us);
}

static void chunk(sim_exchange *exchange) {
  const fl_sim_fate *fate = &exchange->fate;
  size_t left = fate->body_bytes - exchange->came_bytes;
  receive(exchange, exchange->chunks_left > 1 ? left / exchange->chunks_left : left);
  exchange->chunks_left--;
  note(exchange, FL_SIM_ARRIVAL, false);
  exchange->paused = fate->pause_after && fate->chunks - exchange->chunks_left == fate->pause_after;
  if (exchange->paused) note(exchange, FL_SIM_PAUSE, false);
  if (exchange->paused)
    schedule(exchange, READ_ON, exchange->event.key, fate->pause_us);
  else
    end_or_go_on(exchange, exchange->event.key);
}

static void head(sim_exchange *exchange) {
  const fl_sim_fate *fate = &exchange->fate;
  exchange->last_us = exchange->sim->now_us;
  if (!fate->status) {
    schedule(exchange, END, exchange->event.key, 0);
    return;
  }
  exchange->came = true;
  begin_body(exchange);
  bool wanted = true;
  exchange->told = exchange->streamed || fate->tells_head || exchange->resumes;
  note(exchange, FL_SIM_HEAD, exchange->told);
  if (exchange->told) tell_head(exchange, &wanted);
  exchange->dropped = !wanted;
  if (!fate->chunks && fate->body_bytes) {
    receive(exchange, fate->body_bytes);
    note(exchange, FL_SIM_ARRIVAL, false);
  }
  end_or_go_on(exchange, exchange->event.key);
}

/* Its next step, after which there may be another. */
static void go_on(sim_exchange *exchange) {
  const fl_sim_fate *fate = &exchange->fate;
  int64_t at_us = exchange->event.key;
  switch (exchange->next) {
  case STAND:
    exchange->connected = true;
    exchange->last_us = exchange->sim->now_us;
    note(exchange, FL_SIM_CONNECTED, false);
    schedule(exchange, fate->hint_us ? HINT : HEAD, at_us, fate->hint_us ? fate->hint_us : fate->answer_us);
    break;
  case HINT:
    exchange->last_us = exchange->sim->now_us;
    note(exchange, FL_SIM_ARRIVAL, false);
    schedule(exchange, HEAD, at_us, fate->answer_us);
    break;
  case HEAD: head(exchange); break;
  case CHUNK: chunk(exchange); break;
  case READ_ON:
    exchange->paused = false;
    exchange->last_us = exchange->sim->now_us;
    note(exchange, FL_SIM_READ_ON, false);
    end_or_go_on(exchange, at_us);
    break;
  case REPEAT:
    if (exchange->told) tell_head(exchange, &(bool){false});
    /* fall through */
  case END:
    if (!exchange->over) note(exchange, FL_SIM_END, true);
    if (--exchange->reports_left) schedule(exchange, REPEAT, at_us, fate->again_us);
    tell_end(exchange);
    break;
  }
}

/* ---- Transport */

static size_t text_bytes(const fl_header *headers, size_t *count) {
  size_t bytes = 0;
  for (*count = 0; headers && headers[*count].name; ++*count)
    bytes += strlen(headers[*count].name) + strlen(headers[*count].value) + 2;
  return bytes;
}

static char *copy(char *to, const char **out, const char *text) {
  *out = strcpy(to, text);
  return to + strlen(text) + 1;
}

/* Allocated, with room for `more` bytes after them, at `*rest`; NULL for want of memory. */
static fl_header *copy_headers(const fl_header *headers, size_t more, char **rest) {
  size_t count, texts = text_bytes(headers, &count);
  fl_header *made = malloc((count + 1) * sizeof *made + texts + more);
  if (!made) return NULL;
  char *at = (char *)(made + count + 1);
  for (size_t i = 0; i < count; i++) {
    at = copy(at, &made[i].name, headers[i].name);
    at = copy(at, &made[i].value, headers[i].value);
  }
  made[count] = (fl_header){NULL, NULL};
  *rest = at;
  return made;
}

/* The headers, and after them all that is to be copied. */
static int copy_in(sim_exchange *exchange, const char *url) {
  fl_sim_fate *fate = &exchange->fate;
  char *at;
  size_t url_bytes = strlen(url) + 1, body_bytes = fate->body ? fate->body_bytes : 0;
  exchange->headers = copy_headers(fate->headers, url_bytes + body_bytes, &at);
  if (!exchange->headers) return FL_ENOMEM;
  exchange->url = strcpy(at, url);
  if (fate->body) exchange->coming = memcpy(at + url_bytes, fate->body, body_bytes);
  fate->headers = NULL;
  fate->body = NULL;
  return FL_OK;
}

/* What broke off there goes on here. */
static int take_over(sim_exchange *exchange, sim_exchange *broken) {
  bool was_body = broken->fate.status == 200 || broken->fate.status == 206;
  exchange->first_headers =
      copy_headers(was_body && broken->came ? broken->headers : broken->first_headers, 0, &(char *){NULL});
  if (!exchange->first_headers) return FL_ENOMEM;
  uint8_t **from = was_body && broken->body ? &broken->body : &broken->kept;
  exchange->kept = *from;
  exchange->kept_bytes = from == &broken->body ? broken->body_bytes : broken->kept_bytes;
  *from = NULL;
  return FL_OK;
}

static int make(sim_exchange **out, fl_sim *sim, const fl_attempt *attempt, const fl_sim_fate *fate) {
  sim_exchange *made = calloc(1, sizeof *made);
  if (!made) return FL_ENOMEM;
  made->sim = sim;
  made->session = attempt->session;
  made->id = attempt->id;
  made->fate = *fate;
  if (!fate->status && !fate->error) made->fate.status = 200;
  made->reports_left = fate->reports ? fate->reports : 1;
  made->chunks_left = fate->chunks;
  made->streamed = attempt->flags & (FL_STREAM | FL_TRACED);
  made->on_heap = attempt->flags & FL_BODY_ON_HEAP;
  made->held = true;
  made->resumes = attempt->resumes != NULL;
  int error = copy_in(made, attempt->url);
  if (!error && attempt->resumes) error = take_over(made, attempt->resumes);
  if (error) {
    free_exchange(made);
    return error;
  }
  *out = made;
  return FL_OK;
}

static void decide_by_default(fl_sim *sim, fl_sim_fate *fate) {
  fate->answer_us = 1000 + (int64_t)fl_sim_random(sim, 99001);
}

static int send(void *self, void **token, const fl_attempt *attempt) {
  fl_sim *sim = self;
  const fl_sim_options *options = &sim->options;
  fl_sim_fate fate = {0};
  if (options->decide)
    options->decide(options->arg, sim, attempt, &fate);
  else
    decide_by_default(sim, &fate);
  if (fate.refused) return fate.refused;

  sim_exchange *made;
  int error = make(&made, sim, attempt, &fate);
  if (error) return error;
  *token = made;
  sim->tokens++;
  if (options->on_server) options->on_server(options->arg, made->url, fate.mark, 1);
  schedule(made, STAND, sim->now_us, fate.connect_us);
  while (fate.inside_send && is_scheduled(made) && made->next != REPEAT) {
    made->event.key = sim->now_us;
    unschedule(made);
    go_on(made);
  }
  return FL_OK;
}

static void close(void *self, void *token) {
  fl_sim *sim = self;
  sim_exchange *exchange = token;
  sim->tokens--;
  exchange->held = false;
  be_over(exchange);
  if (!is_scheduled(exchange)) free_exchange(exchange);
}

static void stop(void *self, void *token) {
  (void)self;
  sim_exchange *exchange = token;
  exchange->stopped = true;
  be_over(exchange);
}

static void join(void *self, void *token) {
  (void)self;
  sim_exchange *exchange = token;
  fl_header *own = exchange->headers;
  exchange->headers = exchange->first_headers;
  exchange->first_headers = own; /* which hold more than they are, see copy_in() */
}

static void progress(void *self, void *token, fl_progress *out) {
  (void)self;
  const sim_exchange *exchange = token;
  out->connected = exchange->connected;
  out->reused = exchange->fate.reused;
  out->paused = exchange->paused;
  out->delivered = exchange->streamed && exchange->body_bytes > 0;
  out->last_us = exchange->last_us;
  out->body_bytes = exchange->body_bytes;
  out->status = exchange->came ? exchange->fate.status : 0;
}

static bool same_name(const char *a, const char *b) {
  for (; *a && *b; a++, b++)
    if ((*a >= 'A' && *a <= 'Z' ? *a | 0x20 : *a) != (*b >= 'A' && *b <= 'Z' ? *b | 0x20 : *b)) return false;
  return *a == *b;
}

static const char *header_of(const sim_exchange *exchange, const char *name) {
  for (const fl_header *header = exchange->headers; header->name; header++)
    if (same_name(header->name, name)) return header->value;
  return NULL;
}

static void append(char *buffer, size_t size, int *length, const char *text) {
  for (; *text; text++, ++*length)
    if ((size_t)*length + 1 < size) buffer[*length] = *text;
}

static int header(void *self, void *token, const char *name, char *buffer, size_t size) {
  (void)self;
  const sim_exchange *exchange = token;
  int length = -1;
  if (!exchange->came) return -1;
  for (const fl_header *header = exchange->headers; header->name; header++) {
    if (!same_name(header->name, name)) continue;
    if (length >= 0)
      append(buffer, size, &length, ", ");
    else
      length = 0;
    append(buffer, size, &length, header->value);
  }
  if (length >= 0 && size) buffer[(size_t)length < size ? (size_t)length : size - 1] = '\0';
  return length;
}

const uint8_t *fl_sim_received(const void *token, size_t *bytes) {
  const sim_exchange *exchange = token;
  *bytes = exchange->body_bytes;
  return exchange->body;
}

size_t fl_sim_tokens(const fl_sim *sim) { return sim->tokens; }

/* ---- Time */

int fl_sim_open(fl_sim **out, const fl_sim_options *options) {
  static const int64_t WALL_US = 1000000000 * FL_SECOND;
  fl_sim *sim = calloc(1, sizeof *sim);
  if (!sim) return FL_ENOMEM;
  sim->clock = (fl_clock){.self = sim, .now_us = now_us, .wake_at = wake_at};
  sim->transport = (fl_transport){.self = sim,
                                  .send = send,
                                  .close = close,
                                  .stop = stop,
                                  .join = join,
                                  .progress = progress,
                                  .header = header,
                                  .wall_us = wall_us};
  sim->options = *options;
  sim->random = options->seed;
  sim->wake_us = FL_NEVER;
  sim->wall_ahead_us = WALL_US;
  *out = sim;
  return FL_OK;
}

static sim_exchange *first_of(const fl_sim *sim) { return (sim_exchange *)sim->events.root; /* event stands first */ }

static void drop(sim_exchange *exchange) {
  unschedule(exchange);
  if (!exchange->held) free_exchange(exchange);
}

void fl_sim_close(fl_sim *sim) {
  while (sim->events.root) drop(first_of(sim));
  free(sim);
}

void fl_sim_forget(fl_sim *sim, const fl_session *session) {
  fl__heap kept = {0};
  for (sim_exchange *exchange; (exchange = first_of(sim));) {
    if (exchange->session == session) {
      drop(exchange);
    } else {
      fl__heap_remove(&sim->events, &exchange->event);
      fl__heap_insert(&kept, &exchange->event);
    }
  }
  sim->events = kept;
}

const fl_clock *fl_sim_clock(fl_sim *sim) { return &sim->clock; }
const fl_transport *fl_sim_transport(fl_sim *sim) { return &sim->transport; }

static void happen(fl_sim *sim) {
  sim_exchange *exchange = first_of(sim);
  unschedule(exchange);
  go_on(exchange);
  if (!exchange->held && !is_scheduled(exchange)) free_exchange(exchange);
}

static int64_t next_event_us(const fl_sim *sim) { return sim->events.root ? sim->events.root->key : FL_NEVER; }

bool fl_sim_is_idle(const fl_sim *sim) { return sim->wake_us > sim->now_us && next_event_us(sim) > sim->now_us; }

int64_t fl_sim_run(fl_sim *sim, int64_t until_us) {
  for (;;) {
    int64_t event_us = next_event_us(sim);
    int64_t next_us = sim->wake_us < event_us ? sim->wake_us : event_us;
    if (next_us == FL_NEVER || next_us > until_us) break;
    if (next_us > sim->now_us) sim->now_us = next_us;
    bool both = sim->wake_us <= sim->now_us && event_us <= sim->now_us;
    bool turn = both ? fl_sim_random(sim, 2) : event_us > sim->now_us;
    if (!turn) {
      happen(sim);
    } else {
      sim->wake_us = FL_NEVER;
      fl_loop_turn(sim->loop);
    }
    if (sim->options.on_step) sim->options.on_step(sim->options.arg, turn);
  }
  if (until_us != FL_NEVER && until_us > sim->now_us) sim->now_us = until_us;
  return sim->now_us;
}
