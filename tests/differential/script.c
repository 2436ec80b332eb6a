#define _POSIX_C_SOURCE 200809L /* strtok_r */
#include "script.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *arguments;
} known[] = {
#define X(name, arguments) {#name, arguments},
    OPS(X)
#undef X
};

const char *op_name(op_code code) { return known[code].name; }

typedef struct reader {
  char *rest;
  const char *token; /* NULL at the end */
  int ids;
} reader;

static void next(reader *from) { from->token = strtok_r(NULL, " \n", &from->rest); }

static bool take(reader *from, const char *token) {
  if (!from->token || strcmp(from->token, token) != 0) return false;
  next(from);
  return true;
}

static bool read_number(int *out, reader *from) {
  if (!from->token) return false;
  char *end;
  *out = (int)strtol(from->token, &end, 10);
  if (end == from->token || *end) return false;
  next(from);
  return true;
}

static bool read_list(operation *to, reader *from) {
  if (!take(from, "[")) return false;
  while (!take(from, "]"))
    if (to->listed == SLOTS || !read_number(&to->list[to->listed++], from)) return false;
  return true;
}

static bool read_block(op_list *to, reader *from);

static bool read_op(operation *to, reader *from) {
  *to = (operation){.code = 0, .id = from->ids++};
  while (to->code < OP_CODES && (!from->token || strcmp(known[to->code].name, from->token) != 0)) to->code++;
  if (to->code == OP_CODES) return false;
  next(from);
  int numbers = 0, blocks = 0;
  for (const char *argument = known[to->code].arguments; *argument; argument++) {
    bool good = *argument == 'i'   ? read_number(&to->args[numbers++], from)
                : *argument == 'l' ? read_list(to, from)
                                   : read_block(&to->blocks[blocks++], from);
    if (!good) return false;
  }
  return true;
}

static bool read_block(op_list *to, reader *from) {
  if (!take(from, "{")) return false;
  while (!take(from, "}")) {
    if (to->count == to->capacity) {
      to->capacity = to->capacity ? 2 * to->capacity : 8;
      to->ops = realloc(to->ops, to->capacity * sizeof *to->ops);
      if (!to->ops) abort();
    }
    if (!read_op(&to->ops[to->count++], from)) return false;
  }
  return true;
}

bool script_read(script *out, char *line) {
  *out = (script){0};
  reader from = {0};
  from.token = strtok_r(line, " \n", &from.rest);
  for (int i = 0; i < CONFIG; i++)
    if (!read_number(&out->config[i], &from)) return false;
  return read_block(&out->main, &from) && !from.token;
}

static void block_free(op_list *of) {
  for (size_t i = 0; i < of->count; i++) {
    block_free(&of->ops[i].blocks[0]);
    block_free(&of->ops[i].blocks[1]);
  }
  free(of->ops);
}

void script_free(script *program) { block_free(&program->main); }
