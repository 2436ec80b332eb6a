/* A simulated world: servers that fail in every way, a program that asks and cancels as it likes, and between them the
 * session, watched by a model.
 *
 *   world.c    the world itself, its trace, a life from open to closed
 *   script.c   what the program does: asks, cancels, closes, pauses, takes its time
 *   asking.c   what it asks for
 *   network.c  what the servers do
 *   model.c    what must come of it: each step of the session is compared with it
 *   verdict.c  of that, what may follow an attempt
 *   sending.c  what goes out, and before whom
 *   budget.c   how many retries a host still gets
 *   gates.c    when a host may be asked
 *   idle.c     what must hold whenever nothing is due
 *   main.c     seeds
 *
 * The model sees what a server sees, what the program does and is told, and the documentation; nothing of src/http. */
#ifndef WORLD_H
#define WORLD_H

#include "../../src/host/sim.h"

#include <string.h>

enum { HOSTS_MAX = 4, ASKS_MAX = 60, ATTEMPTS_MAX = 600, BATCHES_MAX = 2, SINGLES = BATCHES_MAX, TIMES_MAX = 64 };

typedef struct world world;
typedef struct ask ask;

/* One attempt, as its server has it. */
typedef struct attempt {
  ask *ask;
  int host, number;
  int64_t sent_us, last_us;     /* when something last came */
  bool connected, paused, over; /* over: answered or aborted */
  int64_t doubt_us;             /* it was over due just when something came: */
  int due[3], dues;
  bool ended;                   /* its end has come */
  bool headed, told, unseen;    /* its head has come, and the session was told; the server never saw it */
  bool reused, transport_error; /* send() itself failed */
  int status, error;
  int64_t after_us, until_wall_us; /* its Retry-After; -1: none; -2: until that time of the client's day */
  bool redirects, sets_cookie, bad_location;
  char location[96];
  int to_host;
  uint64_t range_at; /* it asked for the entity from there on */
  bool fits;         /* and its 206 is that */
  size_t bytes;      /* received, with what it resumes */
  int version;       /* of the entity */
  bool quota;        /* RateLimit, and RateLimit-Policy: */
  int64_t remaining, reset_us, limit, window_us;
  int learn_turn;          /* the turn at whose end the session has learned from it; 0: it has */
  bool learned, sure_then; /* the budget had a retry for it, surely, when it was told of */
  int said;                /* by on_reply */
  bool asked_program, delivering_then;
} attempt;

typedef enum ask_state {
  REFUSED, /* the call failed */
  WAITS,   /* queued, or backing off */
  FLIES,
  REPORTED, /* its attempt is over: what follows is to be seen */
  DYING,    /* only on_end is to come */
  ENDED,
  DROPPED /* its batch was closed: no end comes */
} ask_state;

enum validator { STRONG, WEAK, DATED, DATED_WEAKLY, UNVALIDATED };

struct ask {
  world *world;
  int number, flow, first_host, priority;
  ask_state state;
  uint32_t id;
  unsigned flags;
  bool secret, has_body, bad_url;
  fl_timeouts timeouts; /* in force */
  fl_retry_options retry;
  uint32_t redirects_max;
  const char *method; /* as it is now, and so are: */
  int host;
  char url[96];
  bool crossed; /* it has been redirected to another origin */
  int hops, since_cookie;
  char history[16][104];              /* method and URL */
  unsigned retries, waits, unsure;    /* unsure: as many more may have counted as retries */
  bool resent, resends;               /* resends: now, in the places that it has */
  uint64_t resume_at;                 /* what it has got can be gone on with; 0: it can't */
  int resume_version, version_before; /* before: as the attempt before the last had it */
  bool resume_unsure;
  enum validator validator;
  int version;
  bool refuses_ranges;
  bool delivering, cancelled, must_be_victim;
  int64_t asked_us, started_us;
  int64_t earliest_us, latest_us; /* WAITS: when it is queued */
  bool checked;                   /* that it may go, before on_attempt */
  bool queued, exactly, ready;    /* it is, surely; it lacked only the session's place when last nothing was due */
  int64_t queued_us, parked_then_us;
  uint64_t line;          /* in the order of queueing */
  int64_t traced_wait_us; /* of a retry; -1: none */
  bool traced_redirect;
  attempt *attempt; /* the last */
  int attempts;
  int said_error; /* by on_attempt */
  int64_t ended_us;
};

/* A rate as a virtual schedule, in `requests`-ths of a microsecond: with the slack that is documented, and without. */
typedef struct schedule {
  fl_rate rate;
  int64_t slack_us, tolerance, least, most;
} schedule;

typedef struct host {
  int at_server, flying;
  schedule schedule;
  bool delayed;
  int64_t last_sent_us, last_taken_us;
  int64_t parked_us, maybe_parked_us; /* until then, surely and perhaps */
  int64_t parked_sum_us;              /* all time for which it was parked */
  int64_t shut_us, maybe_shut_us;     /* and for too long to wait */
  bool had_too_many;
  bool vaguely_parked, vaguely_limited; /* or perhaps not: nobody can tell what came first */
  /* The quota: how many were there or have come since it was told. */
  bool quota, policy;
  int quotas_coming; /* that the session learns of in the next turn */
  int64_t quota_until_us, quota_used, remaining, limit, window_us, renewed_used;
  int64_t maybe_quota_until_us, maybe_left;
  bool maybe_policy;
  int64_t maybe_limit, maybe_window_us;
  int64_t times_us[TIMES_MAX]; /* the last sends */
  unsigned sends;
  int64_t budget_least, budget_most; /* tenths */
  int64_t deposited_us;
  int deposits; /* at that time */
} host;

typedef struct reader {
  world *world;
  fl_batch *batch;
  int flow, left, untaken;
  int stops_taking_after; /* results; -1: never */
  int eagerness;          /* per cent of the results it takes at once */
  bool slow;              /* the source had nothing to give when it was asked */
} reader;

/* Per mille of the attempts, unless said otherwise. */
typedef struct troubles {
  int lost, unconnected, refused, reset, empty, stale, partial, stalled, slow, failing, too_many, quota, redirect,
      send_fails;
  int inside, repeats, changes, bad_ranges, ignored_ranges, paused, heads;
  int skew_s; /* of the servers' clocks */
} troubles;

struct world {
  uint64_t seed, choices;
  fl_sim *sim;
  fl_loop *loop;
  fl_session *session;
  fl_session_options options;
  fl_retry_options retry; /* in force */
  uint32_t redirects;
  troubles troubles;
  bool healthy;           /* the faults have stopped */
  int middleware, nested; /* per mille of its calls that do something */
  bool traced;            /* all requests are */
  int hosts, asked, attempts, turns;
  int at_server, flying;
  schedule schedule;
  host host[HOSTS_MAX];
  ask asks[ASKS_MAX];
  attempt attempt[ATTEMPTS_MAX];
  attempt *learning[ATTEMPTS_MAX];
  int learnings;
  reader readers[BATCHES_MAX];
  uint64_t lines;
  bool closing, closed, paused, trace;
  int inside_call, in_callback;
  ask *starting; /* in on_attempt */
  int about;     /* the request that is looked at */
  uint64_t hash;
  const char *violation;
};

/* ---- world.c */

uint64_t world_run(uint64_t seed, bool trace, const char **violation, int *attempts);
void note(world *w, const char *what, int64_t number);
void check(world *w, bool holds, const char *claim);
int pick(world *w, int below); /* the test's own choices; the order of the network's events is the simulation's */
bool chance(world *w, int per_cent);
bool per_mille(world *w, int of_a_thousand);
static inline int64_t now_of(const world *w) { return fl_sim_time(w->sim); }
static inline int64_t later_than(int64_t us, int64_t by_us) {
  return us == FL_NEVER || by_us > FL_NEVER - us ? FL_NEVER : us + by_us;
}

/* ---- heap.c: blocks that have been allocated and not freed */

extern long heap_blocks;

/* ---- asking.c */

typedef struct asking {
  char url[128];
  fl_header headers[8];
  fl_request_options options;
} asking;

ask *asking_choose(world *w, int flow, asking *s); /* NULL: it has asked enough */

/* ---- script.c */

void script_open(world *w);
void script_step(world *w);
bool script_drain(world *w); /* consumers go on until all is through; false: there are none left */
void script_resume(world *w);
void script_close_session(world *w);
int script_on_attempt(fl_request *request, void *arg);
int script_on_reply(fl_request *request, void *arg);
ask *ask_of(world *w, const char *url);

/* ---- network.c */

void network_decide(void *arg, fl_sim *sim, const fl_attempt *sent, fl_sim_fate *fate);
uint8_t network_byte(int number, int version, uint64_t at);
int network_entity_bytes(int number, int version);

/* ---- verdict.c: what may come of an attempt that is over */

typedef struct verdict {
  bool end_ok;
  int end_error[4]; /* any of them; 0: no more */
  bool retry, counted, resumes, resumes_unsure, resend, redirect, hop;
  bool must_go_on;           /* it may not be the end */
  bool vague;                /* which of these follows can only be seen */
  int64_t least_us, most_us; /* until it is queued again */
} verdict;
verdict verdict_of(const ask *a, const attempt *t);
bool may_be_sent_again(const ask *a);
/* As the program sees it: the rest of a download is one response with the 200 that it goes on with. */
static inline int shown_status(const attempt *t) {
  return t->range_at && t->status == 206 && t->fits ? 200 : t->status;
}
int timeouts_due(const world *w, const attempt *t, int due[3]);
static inline bool is_doubtful(const world *w, const attempt *t) { return t->doubt_us == now_of(w); }

/* ---- gates.c */

void schedule_set(schedule *s, const fl_rate *rate, int64_t slack_max_us, const host *since);
bool schedule_may(const schedule *s, int64_t now_us);  /* one may start, at most */
bool schedule_must(const schedule *s, int64_t now_us); /* and must be let */
void schedule_take(schedule *s, int64_t now_us);
void gate_wasted(world *w, host *h); /* a place in the rate and the quota was taken, and nothing sent */
void gate_sent(world *w, host *h);
void gate_check_send(world *w, const host *h);
bool gate_surely_open(const world *w, const host *h);
void gate_learn(world *w, attempt *t);
bool gate_is_used_up(const world *w, const attempt *t);
void gate_learned(world *w, const attempt *seen);
void gate_forget(world *w, const ask *a);

/* ---- budget.c */

bool budget_surely(const attempt *t);
void budget_lose(host *h);
void budget_deposit(world *w, host *h, bool perhaps);

/* ---- sending.c */

void model_starts(ask *a);
void model_start_failed(ask *a, int error);
attempt *model_sent(world *w, const fl_attempt *sent);
bool model_startable(const world *w, const ask *a);

/* ---- idle.c */

void model_idle(world *w);
int64_t model_bound_us(const world *w);

/* ---- model.c */

void model_asked(ask *a);
void model_is_queued(ask *a, bool exactly);
void model_goes_on(ask *a);
bool model_is_overdue(const ask *a);
int64_t model_total_deadline_us(const ask *a);
int64_t model_waited_us(const ask *a);
void model_send_failed(attempt *t);
void model_on_server(void *arg, const char *url, void *mark, int change);
void model_on_event(void *arg, void *mark, fl_sim_event event, bool told, size_t bytes);
void model_on_trace(fl_request *request, const fl_trace *trace, void *arg);
void model_on_step(void *arg, bool turn);
void model_cancels(ask *a);
void model_dies(ask *a);
void model_ended(ask *a, fl_request *request);
bool model_queue_is_full(const world *w, bool surely);
ask *model_victim(world *w, int priority);
bool model_is_vague(const world *w); /* somebody's time is over, and that has not been seen yet */

#endif
