/* A program as text, read into a tree. */
#ifndef DIFFERENTIAL_SCRIPT_H
#define DIFFERENTIAL_SCRIPT_H

#include "ops.h"

#include <stdbool.h>
#include <stddef.h>

enum { TASK_SLOTS = 8, FUTURE_SLOTS = 4, SLOTS = TASK_SLOTS + FUTURE_SLOTS, CONFIG = 8 };

typedef enum op_code {
#define X(name, arguments) OP_##name,
  OPS(X)
#undef X
      OP_CODES
} op_code;

typedef struct op_list {
  struct operation *ops;
  size_t count, capacity;
} op_list;

typedef struct operation {
  op_code code;
  int id; /* its number in the text */
  int args[3];
  int list[SLOTS];
  size_t listed;
  op_list blocks[2];
} operation;

typedef struct script {
  int config[CONFIG]; /* semaphores 3, barriers 2, queues 3 */
  op_list main;
} script;

const char *op_name(op_code code);

/* A line: 8 numbers and a block. False when it is none. */
bool script_read(script *out, char *line);
void script_free(script *program);

#endif
