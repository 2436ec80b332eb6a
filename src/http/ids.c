#include "ids.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_SIZE = 256, NONE = UINT32_MAX, GENERATIONS = 1 << (32 - FL__IDS_INDEX_BITS) };

static uint32_t index_of(uint32_t id) { return id & (FL__IDS_MAX - 1); }
static uint32_t generation_of(uint32_t id) { return id >> FL__IDS_INDEX_BITS; }

void fl__ids_init(fl__ids *ids) { *ids = (fl__ids){.first_free = (uint32_t)NONE, .last_free = (uint32_t)NONE}; }
void fl__ids_free(fl__ids *ids) { free(ids->slots); }

static void append_free(fl__ids *ids, uint32_t index) {
  ids->slots[index].next_free = (uint32_t)NONE;
  if (ids->first_free == (uint32_t)NONE)
    ids->first_free = index;
  else
    ids->slots[ids->last_free].next_free = index;
  ids->last_free = index;
}

static int grow(fl__ids *ids) {
  if (ids->size == FL__IDS_MAX) return FL_EFULL;
  uint32_t size = ids->size ? ids->size * 2 : FIRST_SIZE;
  fl__id_slot *slots = realloc(ids->slots, size * sizeof *slots);
  if (!slots) return FL_ENOMEM;
  ids->slots = slots;
  while (ids->size < size) {
    slots[ids->size] = (fl__id_slot){.generation = 1};
    append_free(ids, ids->size++);
  }
  return FL_OK;
}

int fl__ids_add(uint32_t *out, fl__ids *ids, void *thing) {
  if (ids->first_free == (uint32_t)NONE) {
    int error = grow(ids);
    if (error) return error;
  }
  uint32_t index = ids->first_free;
  fl__id_slot *slot = &ids->slots[index];
  ids->first_free = slot->next_free;
  slot->thing = thing;
  ids->live++;
  *out = slot->generation << FL__IDS_INDEX_BITS | index;
  return FL_OK;
}

void *fl__ids_get(const fl__ids *ids, uint32_t id) {
  if (index_of(id) >= ids->size) return NULL;
  const fl__id_slot *slot = &ids->slots[index_of(id)];
  return slot->generation == generation_of(id) ? slot->thing : NULL;
}

void fl__ids_remove(fl__ids *ids, uint32_t id) {
  assert(fl__ids_get(ids, id));
  fl__id_slot *slot = &ids->slots[index_of(id)];
  slot->thing = NULL;
  slot->generation = slot->generation + 1 < GENERATIONS ? slot->generation + 1 : 1; /* 0 would make id 0 */
  append_free(ids, index_of(id));
  ids->live--;
}

void *fl__ids_at(const fl__ids *ids, uint32_t index) { return ids->slots[index].thing; }
