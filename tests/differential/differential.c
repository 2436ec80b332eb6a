/* The interpreter in C: reads programs from stdin, one a line, and writes what each does, ended by a line "=".
 * run.py compares it with what the same programs do on asyncio. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3 }; /* so often those that are left are cancelled, when nothing goes on */

world the;

/* ---- The trace */

const char *error_text(int error) {
  static char name[24];
  if (error > USER_ERROR) return fl_error_name(error);
  snprintf(name, sizeof name, "user-%d", USER_ERROR - error);
  return name;
}

const char *task_text(int number) {
  static char name[16];
  snprintf(name, sizeof name, "T%d", number);
  return name;
}

typedef struct text {
  struct text *next;
  char text[];
} text;

const char *text_kept(const char *of) {
  text *kept = malloc(sizeof *kept + strlen(of) + 1);
  if (!kept) abort();
  kept->next = the.texts;
  the.texts = kept;
  return strcpy(kept->text, of);
}

static void texts_free(void) {
  while (the.texts) {
    text *next = the.texts->next;
    free(the.texts);
    the.texts = next;
  }
}

void trace(const operation *op, const record *me, const char *format, ...) {
  printf("%d %s ", (int)(fl_loop_time(the.loop) / FL_MS), me ? task_text(me->number) : "-");
  if (op) printf("%d %s ", op->id, op_name(op->code));
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}

/* ---- The world */

static void ignore(fl_loop *loop, const fl_exception *exception, void *arg) { (void)loop, (void)exception, (void)arg; }

static int compare_items(const void *a, const void *b) { return (intptr_t)a < (intptr_t)b ? -1 : a != b; }

static void world_begin(const int config[CONFIG]) {
  the = (world){0};
  fl_virtual_clock_init(&the.clock);
  fl_loop_open(&the.loop, &the.clock.clock, FL_NEVER);
  fl_loop_set_exception_handler(the.loop, ignore, NULL);
  the.semaphores[0] = (fl_semaphore)FL_SEMAPHORE((size_t)config[0]);
  the.semaphores[1] = (fl_semaphore)FL_SEMAPHORE((size_t)config[1]);
  the.semaphores[2] = (fl_semaphore)FL_BOUNDED_SEMAPHORE((size_t)config[2]);
  for (int i = 0; i < BARRIERS; i++) the.barriers[i] = (fl_barrier)FL_BARRIER((size_t)config[3 + i]);
  for (int i = 0; i < QUEUES; i++)
    fl_queue_init(&the.queues[i], (fl_queue_order)i, (size_t)config[5 + i], i == FL_PRIORITY ? compare_items : NULL);
  for (int i = TASK_SLOTS; i < SLOTS; i++) the.slots[i] = fl_future_new(the.loop);
}

static void world_end(void) {
  fl_loop_close(the.loop);
  calls_free();
  texts_free();
  for (int i = 0; i < QUEUES; i++) fl_queue_free(&the.queues[i]);
  while (the.records) {
    record *next = the.records->next;
    free(the.records);
    the.records = next;
  }
}

/* ---- Running */

static size_t pending(void) {
  size_t count = 0;
  for (const record *each = the.records; each; each = each->next) count += each->task.at && !each->ended;
  return count;
}

static void run(const script *program) {
  int error;
  world_begin(program->config);
  the.slot_records[0] = task_spawn(&program->main, false, NULL, &error);
  the.slots[0] = the.slot_records[0]->task;
  fl_loop_run_forever(the.loop);
  for (int round = 0; round < ROUNDS && pending() > 0; round++) {
    trace(NULL, NULL, "stuck: %zu", pending());
    for (const record *each = the.records; each; each = each->next)
      if (each->task.at && !each->ended) fl_cancel(each->task, "the end");
    fl_loop_run_forever(the.loop);
  }
  trace(NULL, NULL, "end: %zu", pending());
  world_end();
}

int main(void) {
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    script program;
    if (!script_read(&program, line)) {
      fprintf(stderr, "not a program: %s\n", line);
      return 2;
    }
    run(&program);
    script_free(&program);
    puts("=");
    fflush(stdout);
  }
  free(line);
}
