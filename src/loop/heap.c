#include "heap.h"

/* A node's `child` is its first child, `next` its right sibling; `prev` is its left sibling, or for a first child its
 * parent. */

static bool before(const fl__heap_node *a, const fl__heap_node *b) {
  return a->key != b->key ? a->key < b->key : a->tie < b->tie;
}

/* Join two trees (either may be NULL); the later root becomes the first child of the earlier. */
static fl__heap_node *meld(fl__heap_node *a, fl__heap_node *b) {
  if (!a) return b;
  if (!b) return a;
  if (before(b, a)) {
    fl__heap_node *swap = a;
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
static fl__heap_node *meld_siblings(fl__heap_node *first) {
  fl__heap_node *pairs = NULL; /* a stack through `next` */
  while (first) {
    fl__heap_node *second = first->next, *rest = second ? second->next : NULL;
    first->next = first->prev = NULL;
    if (second) second->next = second->prev = NULL;
    fl__heap_node *pair = meld(first, second);
    pair->next = pairs;
    pairs = pair;
    first = rest;
  }
  fl__heap_node *root = NULL;
  while (pairs) {
    fl__heap_node *pair = pairs;
    pairs = pair->next;
    pair->next = NULL;
    root = meld(root, pair);
  }
  return root;
}

void fl__heap_insert(fl__heap *heap, fl__heap_node *node) {
  node->child = node->next = node->prev = NULL;
  heap->root = meld(heap->root, node);
}

void fl__heap_remove(fl__heap *heap, fl__heap_node *node) {
  fl__heap_node *children = meld_siblings(node->child);
  if (heap->root == node) {
    heap->root = children;
  } else {
    if (node->prev->child == node)
      node->prev->child = node->next;
    else
      node->prev->next = node->next;
    if (node->next) node->next->prev = node->prev;
    heap->root = meld(heap->root, children);
  }
  node->child = node->next = node->prev = NULL;
}
