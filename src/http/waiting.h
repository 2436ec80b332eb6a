/* The requests of a session that are queued, whatever they wait for: which of them is wanted least. Those of each
 * priority stand in a list of their own, the one that has waited longest first. Nothing is searched, nothing allocates.
 */
#ifndef FL_WAITING_H
#define FL_WAITING_H

#include "../loop/list.h"

enum { FL__PRIORITIES = 256 };

typedef struct fl__waiting {
  fl_link of[FL__PRIORITIES]; /* from the lowest priority, INT8_MIN, to the highest */
} fl__waiting;

void fl__waiting_init(fl__waiting *waiting);
/* As the one that has waited shortest. */
void fl__waiting_add(fl__waiting *waiting, fl_link *link, int priority);

/* Of the lowest priority that there is, and none higher than `most`, the one that has waited longest; NULL when there
 * is none. To leave, it is unlinked. */
fl_link *fl__waiting_least(const fl__waiting *waiting, int most);

#endif
