#include "heap.h"

/* A node's `child` is its first child, `next` its right sibling; `prev` is its left sibling, or for a first child its
 * parent. */

static bool before(const fl__due *a, const fl__due *b) {
  return a->when_us != b->when_us ? a->when_us < b->when_us : a->order < b->order;
}

/* Join two trees (either may be NULL); the later root becomes the first child of the earlier. */
static fl__due *meld(fl__due *a, fl__due *b) {
  if (!a) return b;
  if (!b) return a;
  if (before(b, a)) {
    fl__due *swap = a;
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
static fl__due *meld_siblings(fl__due *first) {
  fl__due *pairs = NULL; /* a stack through `next` */
  while (first) {
    fl__due *second = first->next, *rest = second ? second->next : NULL;
    first->next = first->prev = NULL;
    if (second) second->next = second->prev = NULL;
    fl__due *pair = meld(first, second);
    pair->next = pairs;
    pairs = pair;
    first = rest;
  }
  fl__due *root = NULL;
  while (pairs) {
    fl__due *pair = pairs;
    pairs = pair->next;
    pair->next = NULL;
    root = meld(root, pair);
  }
  return root;
}

void fl__heap_insert(fl__heap *heap, fl__due *due) {
  due->child = due->next = due->prev = NULL;
  heap->root = meld(heap->root, due);
}

void fl__heap_remove(fl__heap *heap, fl__due *due) {
  fl__due *children = meld_siblings(due->child);
  if (heap->root == due) {
    heap->root = children;
  } else {
    if (due->prev->child == due)
      due->prev->child = due->next;
    else
      due->prev->next = due->next;
    if (due->next) due->next->prev = due->prev;
    heap->root = meld(heap->root, children);
  }
  due->child = due->next = due->prev = NULL;
}
