/* Futures, tasks and coroutines: asyncio's, stackless, in C11.
 *
 *   fl_async(compute, int x, y; int result) {          async def compute(x, y):
 *     fl_begin;
 *     printf("Compute %d + %d ...\n", self->x, ...);       print("Compute %s + %s ..." % (x, y))
 *     fl_await(fl_sleep(FL_SECOND));                       await asyncio.sleep(1.0)
 *     fl_return(self->x + self->y);                        return x + y
 *     fl_end;
 *   }
 *
 *   fl_async(print_sum, int x, y; compute sum) {       async def print_sum(x, y):
 *     fl_begin;
 *     fl_await(fl_call(compute, &self->sum, self->x, self->y));      result = await compute(x, y)
 *     printf("%d + %d = %d\n", ..., self->sum.result);     print("%s + %s = %s" % (x, y, result))
 *     fl_end;
 *   }
 *
 *   fl_run(print_sum, 1, 2);                           asyncio.run(print_sum(1, 2))
 */
#ifndef FETCHLOOP_TASK_H
#define FETCHLOOP_TASK_H

#include "loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Futures and tasks --------------------------------------------------------------------------------------- */

/* A result that isn't there yet. A handle, to be copied at will. Whoever makes a future or a task holds it until
 * fl_release(); then it goes when nothing in the loop needs it any more (a task runs on to its end), at the latest with
 * the loop. A handle of one that is gone is known as such: each function here then gives FL_ERELEASED. One that could
 * not be made has the reason in place of a future, and each function gives that (FL_ENOMEM); fl_future_error() tells.
 * {0} is no future: FL_EINVAL. */
typedef struct fl_future {
  struct fl__future *at;
  uint32_t generation; /* tells its owners apart; with a NULL `at`: why there is none */
} fl_future;

/* A task is a future. What only tasks can do gives FL_EINVAL for another. */
typedef fl_future fl_task;

/* asyncio: loop.create_future(). */
fl_future fl_future_new(fl_loop *loop);

/* Complete it: its done callbacks are scheduled, in the order of their adding. `result` is the program's own, not
 * followed. `message` is copied; NULL for the error's own. `error` is FL_E..., or a number of the program's, not 0.
 * Errors: FL_EDONE (asyncio: InvalidStateError), FL_EINVAL (a task; 0), FL_ERELEASED. */
int fl_future_set_result(fl_future future, void *result);
int fl_future_set_error(fl_future future, int error, const char *message);

/* Ask it to be cancelled. A future is cancelled at once. A task gets FL_ECANCELLED from the fl_await that it stands at,
 * in its next step, or, before its first step, never runs. It may catch it; each call counts, see fl_task_uncancel().
 * What the task awaits is cancelled with it: another task, the children of a gather. Tasks that await each other in a
 * circle are cancelled from where it closes (asyncio: RecursionError). `message` is copied, may be NULL, and is lost
 * when memory is short; whoever asks gets it (asyncio: the first). Errors: FL_EDONE, FL_ERELEASED. */
int fl_cancel(fl_future future, const char *message);

bool fl_done(fl_future future); /* false for one that is gone */
bool fl_cancelled(fl_future future);

/* 0 when its result is there, FL_EPENDING, FL_ECANCELLED, its error; or FL_ERELEASED. That an error has been read here,
 * or got by an await, is noted: see fl_exception. fl_future_message() is never NULL, and lives as the future. */
int fl_future_error(fl_future future);
const char *fl_future_message(fl_future future);

/* What fl_future_set_result() was given; a task's is its frame. NULL when there is none. */
void *fl_future_result(fl_future future);

/* Schedule callback(arg) once it is done, or at once when it is. The caller owns `handle`, as for fl_call_soon();
 * fl_handle_cancel() takes it back. asyncio: add_done_callback(). Errors: FL_ERELEASED. */
int fl_add_done_callback(fl_future future, fl_handle *handle, fl_callback *callback, void *arg);

/* Let it go. A task that is still running runs on, and one that was never started goes in the next turn; if its error
 * is never read, that is reported. The done callbacks of a future that nobody awaits are taken back: it can't be
 * completed any more. Errors: FL_ERELEASED. */
int fl_release(fl_future future);

/* ---- Coroutines ---------------------------------------------------------------------------------------------- */

/* What can be awaited: made by fl_sleep(), fl_call(), fl_gather() and so on, to be given to fl_await() on the spot. */
typedef struct fl_awaitable {
  const struct fl__wait_kind *kind;
  void *on, *out;
  int64_t number;
} fl_awaitable;

typedef enum fl__step { FL__PAUSED, FL__RETURNED } fl__step;
struct fl_coro;

/* What there is to know of a coroutine: made by fl_async(). */
typedef struct fl__code {
  fl__step (*resume)(struct fl_coro *coro);
  size_t frame_bytes;
  const char *name, *file;
} fl__code;

/* Stands first in each frame. All fields are the loop's. */
typedef struct fl_coro {
  const fl__code *code;
  struct fl__task *task;
  struct fl_coro *caller;  /* awaits this one; NULL for a task's own frame */
  struct fl_scope *scopes; /* entered and not yet left, innermost first */
  char *message;           /* of `error`; owned; NULL for the error's own */
  char *pending_message;
  int error;     /* what the last await gave, or what it ends with */
  int pending;   /* what it will end with, while `finally` runs */
  uint32_t line; /* where it stands: 0 at first; see below */
  bool on_heap;  /* the frame goes with its end */
  bool finalizing, closing;
  bool running; /* a generator: between fl_next() and what it yields */
} fl_coro;

/* fl_async(name, fields) { fl_begin; ... fl_end; }
 *
 * Define a coroutine and its frame, `struct name`: the fields are its arguments, in this order, its variables, and with
 * a field `result` what it returns. They are separated by semicolons; those that aren't given when it is called are 0.
 * `self` is the frame. One that is spoken of before its definition is declared, fl_frame(name, fields), and then
 * defined, fl_async_body(name) { ... }; one for other files by fl_async_declare(name, fields) in a header, and
 * fl_async_define(name) { ... }.
 *
 * What lives across an await must be a field: the function returns at each await, and comes back in the middle. A local
 * that is initialised before an await and is still in scope after it doesn't compile (Clang before 21 doesn't see it;
 * Emscripten's is later); give it braces of its own, with no await between them. Two awaits in one line
 * don't compile; an await inside a `switch` of yours doesn't either.
 *
 * A frame is made on the C stack first, of which Emscripten gives 64 KB, and overflows it without a word. So a frame of
 * more than 16 KB doesn't compile: have its large fields allocated, or link with a larger -sSTACK_SIZE and define
 * FL_FRAME_BYTES_MAX. */
#define fl_async(name, ...)    \
  fl_frame(name, __VA_ARGS__); \
  fl_async_body(name)
#define fl_frame(name, ...)          \
  fl__frame_type(name, __VA_ARGS__); \
  static const fl__code name##__code
#define fl_async_body(name) fl__define(static, name)
#define fl_async_declare(name, ...)  \
  fl__frame_type(name, __VA_ARGS__); \
  extern const fl__code name##__code
#define fl_async_define(name) fl__define(, name)

#ifndef FL_FRAME_BYTES_MAX
#define FL_FRAME_BYTES_MAX 16384
#endif
#ifdef __cplusplus
#define fl__assert static_assert
#define fl__alignof alignof
#else
#define fl__assert _Static_assert
#define fl__alignof _Alignof
#endif

/* NOLINTBEGIN(bugprone-macro-parentheses): `name` is a type's name */
#define fl__frame_type(name, ...)                                                                \
  typedef struct name {                                                                          \
    fl_coro coro;                                                                                \
    __VA_ARGS__;                                                                                 \
  } name;                                                                                        \
  fl__assert(fl__alignof(name) <= 8, "a frame's fields need no more than 8 bytes of alignment"); \
  fl__assert(sizeof(name) <= FL_FRAME_BYTES_MAX,                                                 \
             "a frame is made on the stack: allocate large fields, or raise FL_FRAME_BYTES_MAX and -sSTACK_SIZE")
#define fl__define(storage, name)                                                        \
  static fl__step name##__body(name *self);                                              \
  static fl__step name##__resume(fl_coro *coro) { return name##__body((name *)coro); }   \
  storage const fl__code name##__code = {name##__resume, sizeof(name), #name, __FILE__}; \
  static fl__step name##__body(name *self)
/* NOLINTEND(bugprone-macro-parentheses) */

/* An await's `case` has a number past an int's, so that a `switch` of the program's, which has an int, refuses it; and
 * what jumps past an initialisation is refused too. */
#define fl__case(line) ((INT64_C(1) << 32) + (line))
#if defined(__clang__) && __clang_major__ < 21
#define fl__strict _Pragma("clang diagnostic push") _Pragma("clang diagnostic error \"-Wswitch\"")
#define fl__unstrict _Pragma("clang diagnostic pop")
#elif defined(__clang__)
#define fl__strict                                                                \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic error \"-Wswitch\"") \
      _Pragma("clang diagnostic error \"-Wjump-misses-init\"")
#define fl__unstrict _Pragma("clang diagnostic pop")
#else
#define fl__strict                                                              \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic error \"-Woverflow\"") \
      _Pragma("GCC diagnostic error \"-Wjump-misses-init\"")
#define fl__unstrict _Pragma("GCC diagnostic pop")
#endif
enum { FL__FINALLY = 0x7fffffff, FL__LEAVING = 0x7ffffffe, FL__OVER = 0x7ffffffd };

#define fl_begin                                                       \
  fl__strict fl__again : switch (fl__case((int64_t)self->coro.line)) { \
  case fl__case(0): (void)0

/* From here on: what runs however the coroutine ends, by its return, an error or a cancellation. It may await. An error
 * that is raised here takes the place of the one that led here; an fl_return doesn't (Python's does: it swallows it).
 * At most one in a coroutine, at its end. Scopes that are still entered are left before. */
#define fl_finally            \
  goto fl__leave;             \
  case fl__case(FL__FINALLY): \
    (void)0

#define fl_end                                      \
  goto fl__leave;                                   \
  default:                                          \
    if (fl__over(&self->coro)) return FL__RETURNED; \
    }                                               \
  fl__leave:                                        \
    if (fl__leave(&self->coro)) goto fl__again;     \
    fl__unstrict return FL__PAUSED

/* Await a future, a task, or what a function gives that returns fl_awaitable. When it fails, or the task is cancelled
 * meanwhile, the coroutine ends with that error, through its `finally`. */
#define fl_await(thing)                   \
  do {                                    \
    fl__await_here(thing);                \
    if (self->coro.error) goto fl__leave; \
  } while (0)

/* The same, but the error, 0 when there was none, is put into `error_` (try: await ... except). The cancellation that
 * is caught so is over, unless it is raised again, with its message: fl_reraise(error). */
#define fl_try(error_, thing)           \
  do {                                  \
    fl__await_here(thing);              \
    (error_) = fl__caught(&self->coro); \
  } while (0)
#define fl_reraise(error_) fl_raise((error_), fl_caught_message(self, (error_)))
#define fl_caught_message(self, error) fl__caught_message(&(self)->coro, (error))

#define fl__await_here(thing)                                                            \
  self->coro.line = __LINE__;                                                            \
  if (fl__await(&self->coro, (fl_awaitable[]){fl__awaitable(thing)})) return FL__PAUSED; \
  __attribute__((fallthrough));                                                          \
  case fl__case(__LINE__):
#define fl__awaitable(thing) _Generic((thing), fl_future : fl__await_future, fl_awaitable : fl__await_awaitable)(thing)

/* End it: with a result, with none, with an error (`message` is copied; NULL for the error's own). */
#define fl_return(value)    \
  do {                      \
    self->result = (value); \
    goto fl__leave;         \
  } while (0)
#define fl_return_void goto fl__leave
#define fl_raise(error_, message_)                \
  do {                                            \
    fl__raise(&self->coro, (error_), (message_)); \
    goto fl__leave;                               \
  } while (0)

/* Await a coroutine: its frame, a field of the caller's or anything that lives as long, is filled with the arguments.
 * Its result is (frame)->result. It runs at once, as part of the same task. */
#define fl_call(name, frame, ...) \
  fl__await_coro((*(frame) = (name){.coro = {.code = &name##__code}, __VA_ARGS__}, &(frame)->coro))

/* The same, in a frame that is allocated, and freed when it ends: for coroutines that call themselves, and results that
 * leave through pointers. The await may give FL_ENOMEM. */
#define fl_call_new(name, ...) fl__await_new(&((name){.coro = {.code = &name##__code}, __VA_ARGS__}).coro)

/* An async generator is a coroutine that yields: fl_yield(value) puts value into its field `result` and returns to
 * whoever awaits fl_next(). The frame is begun once with fl_generator(). After the last value fl_exhausted() is true.
 *
 *   self->ticks = fl_generator(ticker, .every_us = FL_SECOND);
 *   for (;;) {                                                           async for tick in ticker(1):
 *     fl_await(fl_next(&self->ticks));
 *     if (fl_exhausted(&self->ticks)) break;
 *     printf("%d\n", self->ticks.result);                                    print(tick)
 *   }
 *
 * One that is not exhausted is closed before its frame goes: fl_await(fl_close(&self->ticks)) raises
 * FL_EGENERATOREXIT where it stands, so that its `finally` runs and its scopes are left (asyncio: aclose(),
 * GeneratorExit, which it sees to itself when the generator is collected). The await gives FL_ESTATE when it yields
 * once more instead (asyncio: RuntimeError); it isn't closed then. */
#define fl_generator(name, ...) ((name){.coro = {.code = &name##__code}, __VA_ARGS__})
#define fl_yield(value)                            \
  do {                                             \
    self->result = (value);                        \
    self->coro.line = __LINE__;                    \
    if (fl__yield(&self->coro)) return FL__PAUSED; \
    __attribute__((fallthrough));                  \
  case fl__case(__LINE__):                         \
    if (self->coro.error) goto fl__leave;          \
  } while (0)
#define fl_next(frame) fl__await_next(&(frame)->coro)
#define fl_close(frame) fl__await_close(&(frame)->coro)
#define fl_exhausted(frame) ((frame)->coro.line == FL__OVER)

/* Wait. A negative delay counts as 0, which only lets others run (asyncio: sleep(0)). The await gives FL_EINVAL for
 * FL_NAN. */
#define fl_sleep(delay_us) fl__sleep(fl__whole(delay_us))

/* ---- Tasks --------------------------------------------------------------------------------------------------- */

/* Run a coroutine as a task, beside the others: fl_create_task(loop, fetch, .url = url). It starts in the loop's next
 * turn. The frame lies in the task: fl_task_frame(task, fetch)->result is its result, fl_future_result() the frame.
 * Release it, or let fl_loop_close() do so. */
#define fl_create_task(loop, name, ...) \
  fl__create_task((loop), NULL, &((name){.coro = {.code = &name##__code}, __VA_ARGS__}).coro)

/* With options: fl_create_task_with(loop, (&(fl_task_options){.name = "first"}), fetch, .url = url). */
typedef struct fl_task_options {
  const char *name; /* copied; NULL: Task-1, Task-2, ... */
  bool eager;       /* take the first step at once, as part of the caller's turn (asyncio: eager_task_factory). Not from
                     * outside a callback: there it starts in the next turn */
  bool later;       /* don't start it: whoever awaits it, or fl_gather() with a limit, does; or fl_task_start() */
} fl_task_options;
#define fl_create_task_with(loop, options, name, ...) \
  fl__create_task((loop), (options), &((name){.coro = {.code = &name##__code}, __VA_ARGS__}).coro)

/* Errors: FL_ESTATE (it has been started), FL_EDONE, FL_EINVAL, FL_ERELEASED. */
int fl_task_start(fl_task task);

/* Its frame; NULL when the task is of another coroutine, or gone. */
#define fl_task_frame(task, name) ((name *)fl__task_frame((task), &name##__code))

/* Valid as long as the task; "" for one that is gone. set_name() copies. Errors: FL_ENOMEM, FL_EINVAL, FL_ERELEASED. */
const char *fl_task_name(fl_task task);
int fl_task_set_name(fl_task task, const char *name);

/* How many requests to cancel it have not been taken back; and take one back, which whoever catches a cancellation of
 * its own making does. With the last, a cancellation that has not been delivered yet is called off. Both give what is
 * left. asyncio: cancelling(), uncancel() of 3.13. Errors: FL_EINVAL, FL_ERELEASED. */
int fl_task_cancelling(fl_task task);
int fl_task_uncancel(fl_task task);

/* The task whose step is running; {0} outside. And the loop of a coroutine. */
fl_task fl_current_task(const fl_loop *loop);
#define fl_this_task(self) fl__this_task(&(self)->coro)
#define fl_this_loop(self) fl__this_loop(&(self)->coro)

/* ---- Running ------------------------------------------------------------------------------------------------- */

/* Turn the loop until `future` is done, and call on_done(arg), from a turn. On a clock that can be waited for, which is
 * natively and on the virtual one, this returns then, with fl_future_error(); on the host's clock in WebAssembly it
 * returns 0 at once. on_done may be NULL. asyncio: loop.run_until_complete().
 * Errors: FL_ERUNNING, FL_EPENDING (stopped before it was done), FL_EDEADLOCK (nothing is left that could complete it),
 * FL_ENOMEM, FL_EINVAL ({0}), FL_ERELEASED. */
int fl_loop_run_until_complete(fl_loop *loop, fl_future future, fl_callback *on_done, void *arg);

/* A whole program: fl_run(main_coroutine, arguments). Opens a loop on the host's clock, runs the coroutine as a task,
 * cancels what is left when it has ended, and closes the loop. An error of the coroutine is reported as unhandled, and
 * so is FL_EDEADLOCK, when it hasn't ended but nothing is left that it could wait for. Returns, as an exit code, 0 or
 * 1; in WebAssembly 0 at once, and the process, where there is one, ends with that code. One program at a time.
 * Ctrl-C cancels the coroutine, and the code is 130 then; a second one kills the process. Natively only where SIGINT
 * has no other handler by then. asyncio: asyncio.run(). */
#define fl_run(name, ...) fl__run(&((name){.coro = {.code = &name##__code}, __VA_ARGS__}).coro)
int fl__run(fl_coro *main);

/* ---- What each task awaits: asyncio 3.14's ps and pstree ------------------------------------------------------- */

typedef struct fl_task_info {
  fl_task task;
  const char *name;      /* of the task, */
  const char *coroutine; /* of the innermost coroutine, */
  const char *file;      /* and where that stands */
  unsigned line;         /* 0: not begun */
  const char *awaits;    /* "sleep", "task", "lock", ...; "its turn" when it is about to run */
  fl_task awaited;       /* the task or future that it awaits; {0} for anything else */
  int64_t since_us;      /* for how long it has stood there */
} fl_task_info;

/* All tasks that are not done, oldest first: calls each(info, arg), which may not make or end tasks. Returns how many
 * there are; `each` may be NULL. asyncio: all_tasks(). */
size_t fl_all_tasks(fl_loop *loop, void (*each)(const fl_task_info *info, void *arg), void *arg);

/* Write a table of all tasks, or a tree of who awaits whom, as text: up to `size` bytes with the NUL. Gives the bytes
 * that the whole takes without the NUL, as snprintf() does. */
size_t fl_ps(fl_loop *loop, char *out, size_t size);
size_t fl_pstree(fl_loop *loop, char *out, size_t size);

/* ---- For the macros ------------------------------------------------------------------------------------------ */

bool fl__await(fl_coro *coro, const fl_awaitable *awaitable);
int fl__caught(fl_coro *coro);
const char *fl__caught_message(const fl_coro *coro, int error); /* valid until the next await */
void fl__raise(fl_coro *coro, int error, const char *message);
bool fl__leave(fl_coro *coro);
bool fl__over(fl_coro *coro);
bool fl__yield(fl_coro *coro);
extern const struct fl__wait_kind fl__sleep_kind, fl__future_kind, fl__call_kind;
static inline fl_awaitable fl__await_future(fl_future future) {
  return (fl_awaitable){&fl__future_kind, future.at, NULL, future.generation};
}
static inline fl_awaitable fl__await_awaitable(fl_awaitable awaitable) { return awaitable; }
static inline fl_awaitable fl__await_coro(fl_coro *coro) { return (fl_awaitable){&fl__call_kind, coro, NULL, 0}; }
fl_awaitable fl__await_new(const fl_coro *coro);
fl_awaitable fl__await_next(fl_coro *coro);
fl_awaitable fl__await_close(fl_coro *coro);
static inline fl_awaitable fl__sleep(int64_t delay_us) { return (fl_awaitable){&fl__sleep_kind, NULL, NULL, delay_us}; }
fl_task fl__create_task(fl_loop *loop, const fl_task_options *options, const fl_coro *coro);
void *fl__task_frame(fl_task task, const fl__code *code);
fl_task fl__this_task(const fl_coro *coro);
fl_loop *fl__this_loop(const fl_coro *coro);

#ifdef __cplusplus
}
#endif
#endif
