/* What each task awaits: asyncio 3.14's ps and pstree. */
#include "task.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fl__task *task_at(fl_link *link) { return fl__container_of(link, fl__task, all); }

/* ---- One task */

/* The frames of our own coroutines are no news to the program: gather's, wait_for's. */
static bool is_ours(const fl__code *code) {
  size_t folder = sizeof __FILE__ - sizeof "inspect.c";
  return folder > 0 && strncmp(code->file, __FILE__, folder) == 0;
}

static const fl_coro *innermost(const fl__task *task) {
  const fl_coro *coro = task->top;
  while (is_ours(coro->code) && coro->caller) coro = coro->caller;
  return coro;
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static const char *awaits(const fl__task *task) {
  if (task->kind) return task->kind->name;
  if (task == task->future.loop->current) return "running";
  return task->started ? "its turn" : "its start";
}

static fl_task_info info_of(fl__task *task) {
  fl__future *awaited = fl__awaited(task);
  const fl_coro *coro = innermost(task);
  fl_task_info info = {.task = fl__handle_of(&task->future),
                       .name = fl__task_name(task),
                       .coroutine = coro->code->name,
                       .file = base_name(coro->code->file),
                       .line = coro->line < FL__OVER ? coro->line : 0,
                       .awaits = awaits(task),
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
  char *at = fits ? to->out + to->length : NULL;
  int bytes = vsnprintf(at, fits ? to->size - to->length : 0, format, args); /* NOLINT: args are initialized */
  va_end(args);
  if (bytes > 0) to->length += (size_t)bytes;
}

/* Where it stands, what it awaits and for how long: as cells of a table, or as they come. */
static void put_waiting(text *to, const fl_task_info *info, bool table) {
  char where[64], what[64];
  snprintf(where, sizeof where, info->line ? "%s:%u" : "%s", info->file, info->line);
  const char *awaited = fl_task_name(info->awaited);
  snprintf(what, sizeof what, "%s%s%s", info->awaits, *awaited ? " " : "", awaited);
  put(to, table ? "%-24s  %-20s  %9.3f s\n" : "%s  %s  %.3f s\n", where, what,
      (double)info->since_us / (double)FL_SECOND);
}

static void put_row(const fl_task_info *info, void *arg) {
  text *to = arg;
  put(to, "%-16s  %-16s  ", info->name, info->coroutine);
  put_waiting(to, info, true);
}

size_t fl_ps(fl_loop *loop, char *out, size_t size) {
  text to = {out, size, 0};
  put(&to, "%-16s  %-16s  %-24s  %-20s  %11s\n", "TASK", "COROUTINE", "AT", "AWAITS", "SINCE");
  fl_all_tasks(loop, put_row, &to);
  return to.length;
}

/* ---- Tree */

enum { LEVELS = 32 }; /* deeper ones are cut off: who awaits whom may be a long chain, or, in a deadlock, a circle */

typedef struct tree {
  text *to;
  bool more_to_come[LEVELS]; /* at each level: has the branch siblings below it? */
  int level;
  fl__task *last; /* of the tasks that are awaited at this level */
} tree;

static void each_awaited(fl__task *task, void (*each)(fl__future *, void *), void *arg) {
  if (task->kind && task->kind->awaited) task->kind->awaited(task, each, arg);
}

static fl__task *pending_task(fl__future *future) {
  return future->is_task && future->state == FL__PENDING ? (fl__task *)future : NULL;
}

static void find_last(fl__future *future, void *arg) {
  if (pending_task(future)) ((tree *)arg)->last = pending_task(future);
}

static void put_branch(fl__future *future, void *arg);

static void put_task(tree *at, fl__task *task, bool has_next) {
  for (int level = 1; level < at->level; level++) put(at->to, "%s", at->more_to_come[level] ? "│   " : "    ");
  if (at->level > 0) put(at->to, "%s", has_next ? "├── " : "└── ");
  fl_task_info info = info_of(task);
  put(at->to, "%s (%s)  ", info.coroutine, info.name);
  bool cut_off = task->shown || at->level + 1 == LEVELS;
  task->shown = true;
  put_waiting(at->to, &info, false);
  if (cut_off) return;
  at->more_to_come[at->level] = has_next;
  fl__task *last = at->last;
  at->level++;
  at->last = NULL;
  each_awaited(task, find_last, at);
  each_awaited(task, put_branch, at);
  at->level--;
  at->last = last;
}

static void put_branch(fl__future *future, void *arg) {
  tree *at = arg;
  if (pending_task(future)) put_task(at, pending_task(future), pending_task(future) != at->last);
}

static void mark_child(fl__future *future, void *arg) {
  (void)arg;
  if (pending_task(future)) pending_task(future)->has_parent = true;
}

size_t fl_pstree(fl_loop *loop, char *out, size_t size) {
  text to = {out, size, 0};
  tree at = {.to = &to};
  fl_link *all = &loop->tasks;
  for (fl_link *link = all->next; link != all; link = link->next)
    task_at(link)->has_parent = task_at(link)->shown = false;
  for (fl_link *link = all->next; link != all; link = link->next) each_awaited(task_at(link), mark_child, NULL);
  for (fl_link *link = all->next; link != all; link = link->next)
    if (!task_at(link)->has_parent) put_task(&at, task_at(link), false);
  for (fl_link *link = all->next; link != all; link = link->next)
    if (!task_at(link)->shown) put_task(&at, task_at(link), false); /* they await each other in a circle */
  return to.length;
}
