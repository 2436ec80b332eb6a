#include "timers.h"

/* fl_timer.slot: 0 when it isn't armed, so that a zeroed timer is one; 1 + its slot's index; or in the list of due. */
enum { SLOTS = FL__WHEEL_LEVELS * FL__WHEEL_SLOTS, IN_DUE = -1 };

static fl_timer *timer_of(fl_link *link) { return fl__container_of(link, fl_timer, handle.link); }

/* Deadlines are never negative here: what is before `elapsed_us` lies in the list of due. */
static unsigned slot_of(const fl__timers *timers, int64_t when_us) {
  uint64_t differs = (uint64_t)(when_us ^ timers->elapsed_us);
  unsigned level = (63 - (unsigned)__builtin_clzll(differs | 1)) / FL__WHEEL_BITS;
  return level * FL__WHEEL_SLOTS + ((unsigned)(when_us >> (level * FL__WHEEL_BITS)) & (FL__WHEEL_SLOTS - 1));
}

static void put_in_slot(fl__timers *timers, fl_timer *timer) {
  unsigned slot = slot_of(timers, timer->when_us);
  uint64_t bit = UINT64_C(1) << slot % FL__WHEEL_SLOTS, *filled = &timers->filled[slot / FL__WHEEL_SLOTS];
  if (!(*filled & bit) || timer->when_us < timers->earliest_us[slot]) timers->earliest_us[slot] = timer->when_us;
  *filled |= bit;
  timer->slot = (int16_t)(1 + slot);
  fl__push_back(&timers->slots[slot], &timer->handle.link);
}

static void put_in_due(fl__timers *timers, fl_timer *timer) {
  fl_link *after = timers->due.prev; /* most often the right place: deadlines come in ascending order */
  while (after != &timers->due && timer_of(after)->when_us > timer->when_us) after = after->prev;
  timer->slot = IN_DUE;
  fl__insert_after(after, &timer->handle.link);
}

/* The index of the filled slot that is due first; SLOTS when there is none. A lower level is always due before a higher
 * one: what it holds has more leading bits in common with the time that has elapsed. */
static unsigned first_slot(const fl__timers *timers) {
  if (!timers->pending) return SLOTS;
  for (unsigned level = 0; level < FL__WHEEL_LEVELS; level++)
    if (timers->filled[level]) return level * FL__WHEEL_SLOTS + (unsigned)__builtin_ctzll(timers->filled[level]);
  return SLOTS;
}

/* The first microsecond of a filled slot's span. */
static int64_t start_of(const fl__timers *timers, unsigned slot) {
  unsigned shift = slot / FL__WHEEL_SLOTS * FL__WHEEL_BITS;
  uint64_t span = shift + FL__WHEEL_BITS < 64 ? UINT64_C(1) << (shift + FL__WHEEL_BITS) : 0; /* 0: all of time */
  uint64_t base = (uint64_t)timers->elapsed_us & ~(span - 1);
  return (int64_t)(base | (uint64_t)(slot % FL__WHEEL_SLOTS) << shift);
}

void fl__timers_init(fl__timers *timers, int64_t now_us) {
  *timers = (fl__timers){.elapsed_us = now_us < 0 ? 0 : now_us};
  fl__list_init(&timers->due);
  for (unsigned slot = 0; slot < SLOTS; slot++) fl__list_init(&timers->slots[slot]);
}

void fl__timers_arm(fl__timers *timers, fl_timer *timer) {
  timers->pending++;
  if (timer->when_us <= timers->elapsed_us)
    put_in_due(timers, timer);
  else
    put_in_slot(timers, timer);
}

void fl__timers_disarm(fl__timers *timers, fl_timer *timer) {
  timers->pending--;
  fl__unlink(&timer->handle.link);
  if (timer->slot != IN_DUE) {
    unsigned slot = (unsigned)timer->slot - 1;
    if (fl__list_empty(&timers->slots[slot]))
      timers->filled[slot / FL__WHEEL_SLOTS] &= ~(UINT64_C(1) << slot % FL__WHEEL_SLOTS);
  }
  timer->slot = 0;
}

static void make_ready(fl__timers *timers, fl_link *from, fl_link *ready) {
  for (fl_link *link = from->next; link != from; link = link->next) {
    timer_of(link)->slot = 0;
    timers->pending--;
  }
  fl__splice_back(ready, from);
}

void fl__timers_collect(fl__timers *timers, int64_t now_us, fl_link *ready) {
  if (!fl__list_empty(&timers->due)) make_ready(timers, &timers->due, ready);
  for (unsigned slot; (slot = first_slot(timers)) != SLOTS;) {
    int64_t start_us = start_of(timers, slot);
    if (start_us > now_us) break;
    timers->elapsed_us = start_us;
    timers->filled[slot / FL__WHEEL_SLOTS] &= ~(UINT64_C(1) << slot % FL__WHEEL_SLOTS);
    if (slot < FL__WHEEL_SLOTS) { /* level 0: one microsecond, so all of them are due */
      make_ready(timers, &timers->slots[slot], ready);
      continue;
    }
    fl_link span; /* now its timers differ from the time elapsed in lower bits only: spread them over lower levels */
    fl__list_init(&span);
    fl__splice_back(&span, &timers->slots[slot]);
    for (fl_link *link; (link = fl__pop_front(&span));) put_in_slot(timers, timer_of(link));
  }
  if (now_us > timers->elapsed_us) timers->elapsed_us = now_us;
}

int64_t fl__timers_next(const fl__timers *timers) {
  if (!fl__list_empty(&timers->due)) return timer_of(timers->due.next)->when_us;
  unsigned slot = first_slot(timers);
  return slot == SLOTS ? FL_NEVER : timers->earliest_us[slot];
}
