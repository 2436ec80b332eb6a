#include "heap.h"

/* A node's `child` is its first child, `next` its right sibling; `prev` is its left sibling, or for a first child its
 * parent. */

static bool before(const fl_timer *a, const fl_timer *b) {
  return a->when_us != b->when_us ? a->when_us < b->when_us : a->order < b->order;
}

/* Join two trees (either may be NULL); the later root becomes the first child of the earlier. */
static fl_timer *meld(fl_timer *a, fl_timer *b) {
  if (!a) return b;
  if (!b) return a;
  if (before(b, a)) {
    fl_timer *swap = a;
    a = b;
    b = swap;
  }
  b->next = a->child;
  if (b->next) b->next->prev = b;
  b->prev = a;
  a->child = b;
  a->next = a->prev = NULL;
  return a;
}

/* Join siblings into one tree: in pairs from left to right, then the pairs from right to left. Without recursion, for a
 * root may have a million children. */
static fl_timer *meld_siblings(fl_timer *first) {
  fl_timer *pairs = NULL; /* a stack through `next` */
  while (first) {
    fl_timer *second = first->next, *rest = second ? second->next : NULL;
    first->next = first->prev = NULL;
    if (second) second->next = second->prev = NULL;
    fl_timer *pair = meld(first, second);
    pair->next = pairs;
    pairs = pair;
    first = rest;
  }
  fl_timer *root = NULL;
  while (pairs) {
    fl_timer *pair = pairs;
    pairs = pair->next;
    pair->next = NULL;
    root = meld(root, pair);
  }
  return root;
}

void fl__heap_insert(fl__heap *heap, fl_timer *timer) {
  timer->child = timer->next = timer->prev = NULL;
  heap->root = meld(heap->root, timer);
}

void fl__heap_remove(fl__heap *heap, fl_timer *timer) {
  fl_timer *children = meld_siblings(timer->child);
  if (heap->root == timer) {
    heap->root = children;
  } else {
    if (timer->prev->child == timer)
      timer->prev->child = timer->next;
    else
      timer->prev->next = timer->next;
    if (timer->next) timer->next->prev = timer->prev;
    heap->root = meld(heap->root, children);
  }
  timer->child = timer->next = timer->prev = NULL;
}
