#include "waiting.h"

void fl__waiting_init(fl__waiting *waiting) {
  for (int i = 0; i < FL__PRIORITIES; i++) fl__list_init(&waiting->of[i]);
}

void fl__waiting_add(fl__waiting *waiting, fl_link *link, int priority) {
  fl__push_back(&waiting->of[priority - INT8_MIN], link);
}

fl_link *fl__waiting_least(const fl__waiting *waiting, int most) {
  for (int i = 0; i <= most - INT8_MIN; i++)
    if (!fl__list_empty(&waiting->of[i])) return waiting->of[i].next;
  return NULL;
}
