#include "scope.h"

#include <stdlib.h>

static void drop(fl_coro *owner, fl_scope *scope) {
  fl_scope **at = &owner->scopes;
  while (*at && *at != scope) at = &(*at)->outer;
  if (!*at) return;
  *at = scope->outer;
  free(scope->cause_message);
  fl__coro_clear(&scope->coro);
  if (scope->clear) scope->clear(scope);
}

void fl__scope_enter(fl_coro *owner, fl_scope *scope, const fl__code *code, void (*clear)(fl_scope *scope)) {
  drop(owner, scope); /* it was left, and is entered again */
  *scope = (fl_scope){.coro = {.code = code}, .owner = owner, .outer = owner->scopes, .clear = clear};
  owner->scopes = scope;
}

static void leave(fl_scope *scope) {
  fl_coro *owner = scope->owner;
  scope->left = true;
  if (!owner->error) fl__coro_set_error(owner, FL_OK, NULL); /* what is left of an error that was caught */
  scope->cause = owner->error;
  scope->cause_message = owner->message;
  owner->error = FL_OK;
  owner->message = NULL;
  fl__call(owner->task, &scope->coro);
}

static fl_scope *innermost(const fl_coro *coro) {
  fl_scope *scope = coro->scopes;
  while (scope && scope->left) scope = scope->outer;
  return scope;
}

bool fl__scope_leave(fl_coro *coro) {
  fl_scope *scope = innermost(coro);
  if (scope) leave(scope);
  return scope;
}

void fl__scopes_clear(fl_coro *coro) {
  while (coro->scopes) drop(coro, coro->scopes);
}

void fl__scope_reraise(fl_scope *scope) {
  fl__coro_set_error(&scope->coro, scope->cause, scope->cause_message);
  scope->cause_message = NULL;
}

static bool begin_leave(fl__task *task, const fl_awaitable *awaitable) {
  fl_scope *scope = awaitable->on;
  if (scope != innermost(task->top)) {
    fl__await_failed(task, FL_ESTATE, "it is not the innermost scope that this coroutine has entered");
    return false;
  }
  leave(scope);
  return true;
}

fl_awaitable fl__leave_scope(fl_scope *scope) {
  static const fl__wait_kind kind = {.begin = begin_leave};
  return (fl_awaitable){.kind = &kind, .on = scope};
}
