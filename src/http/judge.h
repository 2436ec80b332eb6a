/* What comes of a response, or of a failure: whether it is the end, or what follows. */
#ifndef FL_JUDGE_H
#define FL_JUDGE_H

#include "../fetchloop.h"

typedef enum fl__verdict {
  FL__END,
  FL__REDIRECT,
  FL__RETRY,
  FL__RESEND /* at once and uncounted: the server had closed the kept connection, and has seen nothing of it */
} fl__verdict;

typedef struct fl__judgement {
  fl__verdict verdict;
  int64_t wait_us; /* before what follows, */
  bool at_gate;    /* where the host's gate makes it wait: in its old place in the line */
  int error;       /* an end that the response doesn't tell of */
  bool resumes;    /* the retry goes on where this one broke */
} fl__judgement;

struct fl__flight;

/* What the origin learns from a response, once for each: to wait, how many more, that all is well. */
void fl__judge_learn(fl_request *request, struct fl__flight *flight);

/* Of a response with flight->status. Once for each flight, or for fl__judge_failure: what follows is counted. */
fl__judgement fl__judge_response(fl_request *request, struct fl__flight *flight);
fl__judgement fl__judge_failure(fl_request *request, struct fl__flight *flight, int error);

/* On the program's own wish, of what would be the `end`, and is when it may not be made again. */
fl__judgement fl__judge_again(fl_request *request, const fl__judgement *end);

#endif
