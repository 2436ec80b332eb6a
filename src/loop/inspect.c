/* What each task awaits: asyncio 3.14's ps and pstree. */
#include "task.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static fl__task *task_at(fl_link *link) { return fl__container_of(link, fl__task, all); }

static fl_task_info info_of(fl__task *task) {
  fl__future *awaited = fl__awaited(task);
  const fl_coro *user = task->top; /* the innermost that isn't one of ours: gather's frame is no news */
  fl_task_info info = {.task = fl__handle_of(&task->future),
                       .name = fl__task_name(task),
                       .coroutine = user->code->name,
                       .file = user->code->file,
                       .line = user->line < FL__OVER ? user->line : 0,
                       .awaits = task->kind      ? task->kind->name
                                 : task->started ? ""
                                                 : "its start",
                       .since_us = fl_loop_time(task->future.loop) - task->since_us};
  if (awaited) {
    info.awaited = fl__handle_of(awaited);
    if (!awaited->is_task) info.awaits = "future";
  }
  return info;
}

size_t fl_all_tasks(fl_loop *loop, void (*each)(const fl_task_info *info, void *arg), void *arg) {
  size_t count = 0;
  for (fl_link *link = loop->tasks.next; link != &loop->tasks; link = link->next, count++) {
    if (!each) continue;
    fl_task_info info = info_of(task_at(link));
    each(&info, arg);
  }
  return count;
}

fl_future *fl__tasks_but(fl_loop *loop, fl_task but, size_t *count) {
  *count = 0;
  fl_future *tasks = malloc((fl_all_tasks(loop, NULL, NULL) + 1) * sizeof *tasks);
  if (!tasks) return NULL;
  for (fl_link *link = loop->tasks.next; link != &loop->tasks; link = link->next)
    if (&task_at(link)->future != but.at) tasks[(*count)++] = fl__handle_of(&task_at(link)->future);
  return tasks;
}

/* ---- Text */

typedef struct text {
  char *out;
  size_t size, length;
} text;

__attribute__((format(printf, 2, 3))) static void put(text *to, const char *format, ...) {
  va_list args;
  va_start(args, format);
  bool fits = to->length < to->size;
  int bytes = vsnprintf(fits ? to->out + to->length : NULL, fits ? to->size - to->length : 0, format, args);
  va_end(args);
  if (bytes > 0) to->length += (size_t)bytes;
}

static void put_row(const fl_task_info *info, void *arg) {
  text *to = arg;
  char where[64], awaits[64];
  const char *file = info->file;
  for (const char *at = file; *at; at++)
    if (*at == '/') file = at + 1;
  snprintf(where, sizeof where, "%s:%u", file, info->line);
  const char *awaited = fl_task_name(info->awaited);
  snprintf(awaits, sizeof awaits, "%s%s%s", info->awaits, *awaited ? " " : "", awaited);
  put(to, "%-16s %-16s %-24s %-24s %10.3f s\n", info->name, info->coroutine, where, awaits,
      (double)info->since_us / 1e6);
}

size_t fl_ps(fl_loop *loop, char *out, size_t size) {
  text to = {out, size, 0};
  put(&to, "%-16s %-16s %-24s %-24s %12s\n", "task", "coroutine", "at", "awaits", "since");
  fl_all_tasks(loop, put_row, &to);
  return to.length;
}

size_t fl_pstree(fl_loop *loop, char *out, size_t size) { return fl_ps(loop, out, size); } /* TODO */
