#include "sim.h"

#include "../loop/list.h"
#include "heap.h"

#include <stdlib.h>
#include <string.h>

/* A request at the server. Held by its token, until close(), and by the reports that are on their way. */
typedef struct sim_exchange {
  fl_sim *sim;
  unsigned holders;
  bool over; /* answered or aborted */
  int64_t connected_us;
  char url[];
} sim_exchange;

typedef struct sim_report {
  fl__due due;
  sim_exchange *exchange;
  fl_session *session;
  uint32_t id;
  fl_reply reply;
} sim_report;

struct fl_sim {
  fl_clock clock;
  fl_transport transport;
  fl_sim_options options;
  uint64_t random;
  int64_t now_us;
  fl_loop *loop; /* the one that wants to be woken, and when */
  int64_t wake_us;
  fl__heap reports;
  uint64_t reports_made;
};

/* splitmix64 */
uint64_t fl_sim_random(fl_sim *sim, uint64_t below) {
  uint64_t z = sim->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (z ^ z >> 31) % below;
}

int64_t fl_sim_time(const fl_sim *sim) { return sim->now_us; }

/* ---- Clock */

static int64_t now_us(void *self) { return ((fl_sim *)self)->now_us; }

static void wake_at(void *self, fl_loop *loop, int64_t when_us) {
  fl_sim *sim = self;
  sim->loop = loop;
  sim->wake_us = when_us;
}

/* ---- Transport */

static void decide_by_default(fl_sim *sim, fl_sim_fate *fate) {
  fate->status = 200;
  fate->answer_us = 1000 + (int64_t)fl_sim_random(sim, 99001);
}

static int64_t later(int64_t from_us, int64_t delay_us) {
  return from_us == FL_NEVER || delay_us > FL_NEVER - from_us ? FL_NEVER : from_us + delay_us;
}

static fl_reply reply_of(const fl_sim_fate *fate) {
  return (fl_reply){.error = fate->error, .status = fate->error ? 0 : fate->status};
}

static void let_go(sim_exchange *exchange) {
  if (--exchange->holders == 0) free(exchange);
}

static void be_over(sim_exchange *exchange) {
  if (exchange->over) return;
  exchange->over = true;
  const fl_sim_options *options = &exchange->sim->options;
  if (options->on_server) options->on_server(options->arg, exchange->url, -1);
}

static int schedule_report(sim_exchange *exchange, fl_session *session, uint32_t id, fl_reply reply, int64_t when_us) {
  sim_report *made = calloc(1, sizeof *made);
  if (!made) return FL_ENOMEM;
  fl_sim *sim = exchange->sim;
  made->exchange = exchange;
  exchange->holders++;
  made->session = session;
  made->id = id;
  made->reply = reply;
  made->due.when_us = when_us;
  /* Among equals the order is the seed's, not that of sending: networks reorder. */
  made->due.order = fl_sim_random(sim, UINT32_MAX) << 32 | sim->reports_made++;
  fl__heap_insert(&sim->reports, &made->due);
  return FL_OK;
}

static int send(void *self, void **token, fl_session *session, uint32_t id, const char *url, unsigned flags) {
  fl_sim *sim = self;
  (void)flags;
  fl_sim_fate fate = {0};
  if (sim->options.decide)
    sim->options.decide(sim->options.arg, sim, url, &fate);
  else
    decide_by_default(sim, &fate);
  if (fate.refused) return fate.refused;

  sim_exchange *made = malloc(sizeof *made + strlen(url) + 1);
  if (!made) return FL_ENOMEM;
  *made = (sim_exchange){.sim = sim, .holders = 1, .connected_us = later(sim->now_us, fate.connect_us)};
  strcpy(made->url, url);
  *token = made;
  if (sim->options.on_server) sim->options.on_server(sim->options.arg, url, 1);

  int64_t when_us = later(made->connected_us, fate.answer_us);
  int reports = when_us == FL_NEVER ? 0 : fate.reports ? fate.reports : 1;
  for (int i = 0; i < reports; i++, when_us = later(when_us, fate.again_us)) {
    if (i == 0 && fate.inside_send) {
      be_over(made);
      fl_reply reply = reply_of(&fate);
      fl_session_reply(session, id, &reply);
    } else if (schedule_report(made, session, id, reply_of(&fate), when_us)) {
      break; /* an answer that was lost: a simulated network may */
    }
  }
  return FL_OK;
}

static void close(void *self, void *token) {
  (void)self;
  be_over(token);
  let_go(token);
}

static int connected(void *self, void *token) {
  fl_sim *sim = self;
  return ((sim_exchange *)token)->connected_us <= sim->now_us;
}

/* ---- Time */

int fl_sim_open(fl_sim **out, const fl_sim_options *options) {
  fl_sim *sim = calloc(1, sizeof *sim);
  if (!sim) return FL_ENOMEM;
  sim->clock = (fl_clock){.self = sim, .now_us = now_us, .wake_at = wake_at};
  sim->transport = (fl_transport){.self = sim, .send = send, .close = close, .connected = connected};
  sim->options = *options;
  sim->random = options->seed;
  sim->wake_us = FL_NEVER;
  *out = sim;
  return FL_OK;
}

static sim_report take_first(fl_sim *sim) {
  sim_report *first = (sim_report *)sim->reports.root; /* due stands first in it */
  sim_report taken = *first;
  fl__heap_remove(&sim->reports, &first->due);
  free(first);
  return taken;
}

void fl_sim_close(fl_sim *sim) {
  while (sim->reports.root) let_go(take_first(sim).exchange);
  free(sim);
}

void fl_sim_forget(fl_sim *sim, const fl_session *session) {
  fl__heap kept = {0};
  for (fl__due *first; (first = sim->reports.root);) {
    sim_report *report = (sim_report *)first; /* due stands first in it */
    if (report->session == session) {
      let_go(take_first(sim).exchange);
    } else {
      fl__heap_remove(&sim->reports, first);
      fl__heap_insert(&kept, first);
    }
  }
  sim->reports = kept;
}

const fl_clock *fl_sim_clock(fl_sim *sim) { return &sim->clock; }
const fl_transport *fl_sim_transport(fl_sim *sim) { return &sim->transport; }

static void deliver_first(fl_sim *sim) {
  sim_report first = take_first(sim);
  be_over(first.exchange);
  fl_session_reply(first.session, first.id, &first.reply);
  let_go(first.exchange);
}

int64_t fl_sim_run(fl_sim *sim, int64_t until_us) {
  for (;;) {
    int64_t report_us = sim->reports.root ? sim->reports.root->when_us : FL_NEVER;
    int64_t next_us = sim->wake_us < report_us ? sim->wake_us : report_us;
    if (next_us == FL_NEVER || next_us > until_us) break;
    if (next_us > sim->now_us) sim->now_us = next_us;
    bool both = sim->wake_us <= sim->now_us && report_us <= sim->now_us;
    if (both ? fl_sim_random(sim, 2) : report_us <= sim->now_us) {
      deliver_first(sim);
    } else {
      sim->wake_us = FL_NEVER;
      fl_loop_turn(sim->loop);
    }
  }
  if (until_us != FL_NEVER && until_us > sim->now_us) sim->now_us = until_us;
  return sim->now_us;
}
