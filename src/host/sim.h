/* A host that isn't there: a virtual clock, and a network whose every answer comes from a seed. The core runs in it as
 * it runs in the world, except that an hour takes no time and that one seed gives one trace. */
#ifndef FL_SIM_H
#define FL_SIM_H

#include "../fetchloop.h"

typedef struct fl_sim fl_sim;

/* What becomes of one request. */
typedef struct fl_sim_fate {
  int64_t connect_us; /* until its connection stands; FL_NEVER: it never does, and no answer comes */
  int64_t answer_us;  /* from then until the end is reported; FL_NEVER: it never is */
  int status, error;  /* as in fl_reply */
  int refused;        /* what send() itself returns; 0: it takes the request */
  uint8_t reports;    /* how often the end is reported; 0 counts as 1 */
  bool inside_send;   /* the first of them comes before send() returns */
  int64_t again_us;   /* between one report and the next: they may come long after the request ended */
} fl_sim_fate;

typedef struct fl_sim_options {
  uint64_t seed;
  void *arg; /* for the two */
  /* Decide one request's fate; `fate` is zero. NULL: a status of 200 after 1 to 100 ms. */
  void (*decide)(void *arg, fl_sim *sim, const char *url, fl_sim_fate *fate);
  /* The server's view: a request has come (+1), or is over, answered or aborted (-1). May be NULL. */
  void (*on_server)(void *arg, const char *url, int change);
} fl_sim_options;

/* `options` is copied. Errors: FL_ENOMEM. */
int fl_sim_open(fl_sim **out, const fl_sim_options *options);
void fl_sim_close(fl_sim *sim);

/* The session has been freed: reports that are still on their way to it are dropped. To be called from its on_closed
 * when some of them may come that late. */
void fl_sim_forget(fl_sim *sim, const fl_session *session);

const fl_clock *fl_sim_clock(fl_sim *sim);
const fl_transport *fl_sim_transport(fl_sim *sim);

/* Uniform in 0 .. below - 1, from the seed. */
uint64_t fl_sim_random(fl_sim *sim, uint64_t below);

int64_t fl_sim_time(const fl_sim *sim);

/* Let time pass, from one thing that happens to the next, until it is `until_us` or nothing is left to happen. What is
 * due at one time comes in an order from the seed. Gives the time that it is then. Not reentrant. */
int64_t fl_sim_run(fl_sim *sim, int64_t until_us);

#endif
