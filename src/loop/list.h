/* Intrusive circular lists: the link stands in the thing itself, the list is a link of its own. Nothing allocates,
 * and removal needs no list. A link that is in no list has a NULL next. */
#ifndef FL_LIST_H
#define FL_LIST_H

#include "../fetchloop.h"

#define fl__container_of(link_, type, member) ((type *)((char *)(link_)-offsetof(type, member)))

static inline void fl__list_init(fl_link *list) { list->next = list->prev = list; }
static inline bool fl__list_empty(const fl_link *list) { return list->next == list; }
static inline bool fl__linked(const fl_link *link) { return link->next != NULL; }

static inline void fl__insert_after(fl_link *where, fl_link *link) {
  link->next = where->next;
  link->prev = where;
  where->next->prev = link;
  where->next = link;
}
static inline void fl__push_back(fl_link *list, fl_link *link) { fl__insert_after(list->prev, link); }

static inline void fl__unlink(fl_link *link) {
  link->prev->next = link->next;
  link->next->prev = link->prev;
  link->next = link->prev = NULL;
}

/* Unlinks and gives the first; NULL when the list is empty. */
static inline fl_link *fl__pop_front(fl_link *list) {
  if (fl__list_empty(list)) return NULL;
  fl_link *link = list->next;
  fl__unlink(link);
  return link;
}

/* Move all of `from` to the back of `to`, or to its front, in its order. */
static inline void fl__splice_back(fl_link *to, fl_link *from) {
  if (fl__list_empty(from)) return;
  from->next->prev = to->prev;
  to->prev->next = from->next;
  from->prev->next = to;
  to->prev = from->prev;
  fl__list_init(from);
}
static inline void fl__splice_front(fl_link *to, fl_link *from) {
  if (fl__list_empty(from)) return;
  from->prev->next = to->next;
  to->next->prev = from->prev;
  to->next = from->next;
  from->next->prev = to;
  fl__list_init(from);
}

#endif
