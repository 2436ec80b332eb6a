/* Scopes from inside: what a coroutine enters and leaves, as `async with` does. */
#ifndef FL_SCOPE_H
#define FL_SCOPE_H

#include "task.h"

/* Enter it. `code` is the coroutine that leaving it runs, asyncio's __aexit__(): its frame is the scope, scope->cause
 * the error that the owner's coroutine leaves with, which it raises again (fl__scope_reraise) or replaces. `clear`
 * frees what the scope owns, once it is not needed any more: when the owner ends, and before it is entered again. */
void fl__scope_enter(fl_coro *owner, fl_scope *scope, const fl__code *code, void (*clear)(fl_scope *scope));
void fl__scope_reraise(fl_scope *scope);

/* The coroutine ends: leave its innermost scope. False when there is none left. */
bool fl__scope_leave(fl_coro *coro);
void fl__scopes_clear(fl_coro *coro); /* it will never end: the loop closes */

#endif
