/* Tasks that end together: asyncio's TaskGroup of 3.13. */
#include "scope.h"

#include <stdlib.h>
#include <string.h>

typedef struct member {
  fl_link link; /* in members, or in errors */
  fl_handle done;
  fl_task_group *group;
  fl__future *task; /* pinned */
} member;

static member *member_of(fl_link *link) { return fl__container_of(link, member, link); }

static void forget(member *gone) {
  fl__unlink(&gone->link);
  fl_handle_cancel(&gone->done);
  fl__unpin(gone->task);
  free(gone);
}

static void clear(fl_scope *scope) {
  fl_task_group *group = (fl_task_group *)scope;
  while (!fl__list_empty(&group->members)) forget(member_of(group->members.next));
  while (!fl__list_empty(&group->errors)) forget(member_of(group->errors.next));
}

static void abort_all(fl_task_group *group) {
  group->aborting = true;
  for (fl_link *link = group->members.next; link != &group->members; link = link->next)
    fl__future_cancel(member_of(link)->task, NULL);
}

static void on_member_done(void *arg) {
  member *done = arg;
  fl_task_group *group = done->group;
  fl__unlink(&done->link);
  fl__push_back(&group->errors, &done->link);
  if (fl__list_empty(&group->members) && !fl__list_empty(&group->waiters)) fl__wake(fl__waiter_of(group->waiters.next));
  if (done->task->state == FL__CANCELLED || !fl__read_error(done->task)) {
    forget(done);
    return;
  }
  group->failed++;
  if (group->aborting || group->cancelled_parent) return;
  abort_all(group);
  group->cancelled_parent = true;
  fl_cancel(group->parent, NULL);
}

fl_task fl__group_create_task(fl_task_group *group, const fl_task_options *options, const fl_coro *coro) {
  bool over = group->leaving && fl__list_empty(&group->members);
  if (!group->entered || over || group->aborting) return fl__no_future(FL_ESTATE);
  member *made = calloc(1, sizeof *made);
  if (!made) return fl__no_future(FL_ENOMEM);
  fl_task_options later = options ? *options : (fl_task_options){0};
  bool eager = later.eager, begins = eager || !later.later || group->leaving;
  later.later = true; /* not before it is pinned: an eager one may end, and be released, in its first step */
  later.eager = false;
  fl_task task = fl__create_task(fl__this_loop(group->scope.owner), &later, coro);
  if (!task.at) {
    free(made);
    return task;
  }
  *made = (member){.group = group, .task = task.at};
  fl__pin(task.at);
  if (begins) fl__task_begin((fl__task *)task.at, eager);
  fl__push_back(&group->members, &made->link); /* after those that its first step has added, as in asyncio */
  fl__on_done(task.at, &made->done, on_member_done, made);
  return task;
}

fl_task fl_group_failed(const fl_task_group *group, size_t index) {
  if (!group->entered) return (fl_task){0};
  fl_link *link = group->errors.next;
  while (link != &group->errors && index-- > 0) link = link->next;
  if (link == &group->errors) return (fl_task){0};
  return fl__handle_of(member_of(link)->task);
}

/* ---- The message of FL_EGROUP */

static size_t put(char *out, size_t size, size_t at, const char *text) {
  size_t bytes = strlen(text);
  if (out && bytes >= size - at) bytes = size - at - 1; /* a name that memory was too short for when it was measured */
  if (out) {
    memcpy(out + at, text, bytes);
    out[at + bytes] = '\0';
  }
  return at + bytes;
}

static size_t put_error(char *out, size_t size, size_t at, const char *name, const char *message) {
  if (at) at = put(out, size, at, "; ");
  at = put(out, size, at, name);
  at = put(out, size, at, ": ");
  return put(out, size, at, message);
}

/* Gives its length; `out` may be NULL. */
static size_t put_all(char *out, size_t size, const fl_task_group *group) {
  size_t at = 0;
  for (fl_link *link = group->errors.next; link != &group->errors; link = link->next) {
    fl__future *task = member_of(link)->task;
    at = put_error(out, size, at, fl__task_name((fl__task *)task), fl_future_message(fl__handle_of(task)));
  }
  const fl_scope *scope = &group->scope;
  if (scope->cause && scope->cause != FL_ECANCELLED)
    at = put_error(out, size, at, scope->owner->code->name,
                   scope->cause_message ? scope->cause_message : fl_error_message(scope->cause));
  return at;
}

static char *message_of(const fl_task_group *group) {
  size_t size = put_all(NULL, 0, group) + 1;
  char *message = malloc(size);
  if (message) put_all(message, size, group);
  return message;
}

/* ---- Entering and leaving */

static bool begin_waiting(fl__task *task, const fl_awaitable *awaitable) {
  fl_task_group *group = awaitable->on;
  for (fl_link *link = group->members.next; link != &group->members; link = link->next)
    fl__task_start((fl__task *)member_of(link)->task);
  return fl__begin_park(task, awaitable);
}

static void each_member(fl__task *task, void (*each)(fl__future *, void *), void *arg) {
  fl_task_group *group = task->on;
  for (fl_link *link = group->members.next; link != &group->members; link = link->next)
    each(member_of(link)->task, arg);
}

static fl_awaitable all_members_done(fl_task_group *group) {
  static const fl__wait_kind kind = {"task group", begin_waiting, fl__leave_list, NULL, each_member};
  return (fl_awaitable){.kind = &kind, .on = group, .out = &group->waiters};
}

static void now_cancelled(fl_task_group *group) {
  group->scope.cause = FL_ECANCELLED;
  group->scope.cause_message = group->coro.message;
  group->coro.message = NULL;
}

static void not_cancelled(fl_task_group *group) {
  group->scope.cause = FL_OK;
  free(group->scope.cause_message);
  group->scope.cause_message = NULL;
}

fl_async_define(fl_task_group) {
  fl_begin;
  self->leaving = true;
  if (self->scope.cause && !self->aborting) abort_all(self);
  while (!fl__list_empty(&self->members)) {
    fl_try(self->error, all_members_done(self));
    if (!self->error || self->aborting) continue;
    now_cancelled(self); /* while it waited, and so by nobody of the group */
    abort_all(self);
  }
  if (self->cancelled_parent && fl_task_uncancel(self->parent) == 0 && self->scope.cause == FL_ECANCELLED)
    not_cancelled(self);
  if (!self->failed && (!self->scope.cause || self->scope.cause == FL_ECANCELLED)) {
    fl__scope_reraise(&self->scope);
    fl_return_void;
  }
  /* From elsewhere: delivered at the next await, for FL_EGROUP is first. */
  if (fl_task_cancelling(self->parent) > 0) {
    fl_task_uncancel(self->parent);
    fl_cancel(self->parent, NULL);
  }
  fl__coro_set_error(&self->coro, FL_EGROUP, message_of(self));
  fl_end;
}

void fl__group_enter(fl_coro *owner, fl_task_group *group) {
  fl__scope_enter(owner, &group->scope, &fl_task_group__code, clear);
  fl_scope scope = group->scope;
  *group = (fl_task_group){.scope = scope, .parent = fl__this_task(owner), .entered = true};
  fl__list_init(&group->members);
  fl__list_init(&group->errors);
  fl__list_init(&group->waiters);
}
