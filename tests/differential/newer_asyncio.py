"""What fetchloop takes from asyncio newer than the one that runs here.

The reference is Debian's Python, 3.11.2; the headers name later versions where these behave better. Here is that
behaviour, in words of our own: a newer Python runs the same. It also sets right what depends on chance in every
version: the order of a set, and who asks first.
"""
import asyncio
import collections
import sys
from asyncio import tasks

import dialect

CancelledError = asyncio.CancelledError


class Task(tasks._PyTask):
    """In Python, so that it can be changed."""

    def __init__(self, coro, *, loop, name, eager_start=False):
        if not eager_start:
            super().__init__(coro, loop=loop, name=name)
        elif sys.version_info >= (3, 12):
            super().__init__(coro, loop=loop, name=name, eager_start=True)
        else:
            self._start_at_once(coro, loop, name)

    def _start_at_once(self, coro, loop, name):  # 3.12
        steps, loop.call_soon = [], lambda step, **_: steps.append(step)
        try:
            super().__init__(coro, loop=loop, name=name)
        finally:
            del loop.call_soon
        outer = asyncio.current_task(loop)
        if outer is not None:
            tasks._leave_task(loop, outer)
        try:
            steps[0]()
        finally:
            if outer is not None:
                tasks._enter_task(loop, outer)

    def uncancel(self):  # 3.13: taking the last request back calls off one that is not delivered yet
        left = super().uncancel()
        if left == 0:
            self._must_cancel = False
        return left

    def _make_cancelled_error(self):
        """CPython gives the message of the error that ended a task to the first who asks, and to the others what the
        last cancel() said, or nothing. Here it is the same for all."""
        if self._cancelled_exc is not None:
            return CancelledError(*self._cancelled_exc.args)
        if self._cancel_message is None or (self.done() and not self.cancelled()):
            return CancelledError()
        return CancelledError(self._cancel_message)


class GatheringFuture(tasks._GatheringFuture):
    """What is given to gather() twice is cancelled once."""

    def __init__(self, children, *, loop):
        super().__init__(children, loop=loop)
        self._children = list(dict.fromkeys(children))


tasks._GatheringFuture = GatheringFuture

# ---- 3.12


class Timeout(asyncio.Timeout):
    """Whether others have cancelled the task too is told from the requests that it had when it was entered."""

    async def __aenter__(self):
        self._cancelling = asyncio.current_task().cancelling()
        return await super().__aenter__()

    async def __aexit__(self, kind, error, _):
        if self._timeout_handler is not None:
            self._timeout_handler.cancel()
            self._timeout_handler = None
        if not self.expired():
            return await super().__aexit__(kind, error, None)
        self._state = type(self._state).EXPIRED
        if self._task.uncancel() <= self._cancelling and kind is CancelledError:
            raise TimeoutError


if sys.version_info >= (3, 12):
    Timeout = asyncio.Timeout


async def _cancelled_future(future):
    """Cancel it and wait for its end, in a way that can itself be cancelled."""
    ended = future.get_loop().create_future()

    def on_done(_):
        if not ended.done():
            ended.set_result(None)

    future.add_done_callback(on_done)
    try:
        future.cancel()
        await ended
    finally:
        future.remove_done_callback(on_done)


async def wait_for(thing, delay):
    """A timeout around an await. Where fetchloop.h says that it differs: what isn't a future is not begun when there is
    no time for it; in asyncio it is a task that is cancelled before it begins, some turns later."""
    loop = asyncio.get_running_loop()
    if delay is None or delay > 0:
        async with Timeout(None if delay is None else loop.time() + delay):
            return await thing
    if dialect.is_javascript:
        thing = asyncio.ensure_future(thing)
    elif not asyncio.isfuture(thing):
        thing.close()
        raise TimeoutError
    if not thing.done():
        await _cancelled_future(thing)
        if thing.cancelled():
            raise TimeoutError
    return thing.result()


# ---- 3.13


class GroupError(ExceptionGroup):
    """With the names that fetchloop's message has."""

    def __new__(cls, named):
        self = super().__new__(cls, "tasks of the group failed", [error for _, error in named])
        self.named = named
        return self


class TaskGroup:
    """3.13: the requests to cancel the parent are settled when all have ended, and keep their count. Its tasks are
    cancelled in the order of their making: in CPython they are a set."""

    def __init__(self, name):
        self.name = name
        self.running = {}
        self.failed = []
        self.entered = self.leaving = self.aborting = self.cancelled_parent = False
        self.all_ended = None

    async def __aenter__(self):
        self.entered = True
        self.parent = asyncio.current_task()
        return self

    def create_task(self, make_task):
        if not self.entered or self.aborting or (self.leaving and not self.running):
            raise RuntimeError("the group takes no tasks")
        task = make_task()
        self.running[task] = True
        task.add_done_callback(self._on_done)
        return task

    def _abort(self):
        self.aborting = True
        for task in self.running:
            if not task.done():
                task.cancel()

    def _on_done(self, task):
        del self.running[task]
        if not self.running and self.all_ended is not None and not self.all_ended.done():
            self.all_ended.set_result(None)
        if task.cancelled() or task.exception() is None:
            return
        self.failed.append((task.get_name(), task.exception()))
        if not self.parent.done() and not self.aborting and not self.cancelled_parent:
            self._abort()
            self.cancelled_parent = True
            self.parent.cancel()

    async def __aexit__(self, kind, error, _):
        self.leaving = True
        cancellation = error if kind is CancelledError else None
        if error is not None and not self.aborting:
            self._abort()
        while self.running:
            self.all_ended = asyncio.get_running_loop().create_future()
            try:
                await self.all_ended
            except CancelledError as from_elsewhere:
                if not self.aborting:
                    cancellation = from_elsewhere
                    self._abort()
            self.all_ended = None
        if self.cancelled_parent and self.parent.uncancel() == 0:
            cancellation = None
        if cancellation is not None and not self.failed:
            raise cancellation
        failed = list(self.failed)
        if error is not None and kind is not CancelledError:
            failed.append((self.name, error))
        if not failed:
            return
        if self.parent.cancelling():
            self.parent.uncancel()
            self.parent.cancel()
        raise GroupError(failed) from None


class Condition(asyncio.Condition):
    """3.13: one that is cancelled passes the notification on that it may have had, and raises the last cancellation."""

    async def wait(self):
        if not self.locked():
            raise RuntimeError("the condition's lock is not held")
        notified = self._get_loop().create_future()
        self.release()
        error = None
        self._waiters.append(notified)
        try:
            await notified
        except CancelledError as cancelled:
            error = cancelled
        finally:
            self._waiters.remove(notified)
        while True:
            try:
                await self.acquire()
                break
            except CancelledError as cancelled:
                error = cancelled
        if error is not None:
            pass_on(self)
            raise error
        return True


def pass_on(condition):
    for waiter in condition._waiters:
        if not waiter.done():
            waiter.set_result(False)
            return


class Semaphore(asyncio.Semaphore):
    """3.13: whoever has waited, and was cancelled or not, lets on as many as there is room for."""

    async def acquire(self):
        if not self.locked():
            self._value -= 1
            return True
        if self._waiters is None:
            self._waiters = collections.deque()
        turn = self._get_loop().create_future()
        self._waiters.append(turn)
        try:
            try:
                await turn
            finally:
                self._waiters.remove(turn)
        except CancelledError:
            if not turn.cancelled():
                self._value += 1
            raise
        finally:
            while self._value > 0 and any(not waiter.done() for waiter in self._waiters):
                self._wake_up_next()
        return True


class BoundedSemaphore(asyncio.BoundedSemaphore, Semaphore):
    pass


class QueueShutDown(Exception):
    pass


class _Shutdown:
    """Queue.shutdown()"""

    is_shut_down = False

    def put_nowait(self, item):
        if self.is_shut_down:
            raise QueueShutDown
        super().put_nowait(item)

    def get_nowait(self):
        if self.is_shut_down and self.empty():
            raise QueueShutDown
        return super().get_nowait()

    async def _wait_while(self, blocked, waiters):
        while blocked() and not self.is_shut_down:
            turn = self._get_loop().create_future()
            waiters.append(turn)
            try:
                await turn
            except CancelledError:
                if turn in waiters:
                    waiters.remove(turn)
                if not blocked() and not turn.cancelled():
                    self._wakeup_next(waiters)
                raise

    async def put(self, item):
        await self._wait_while(self.full, self._putters)
        self.put_nowait(item)

    async def get(self):
        await self._wait_while(self.empty, self._getters)
        return self.get_nowait()

    def shutdown(self, immediate):
        self.is_shut_down = True
        while immediate and not self.empty():
            self._get()
            if self._unfinished_tasks > 0:
                self.task_done()
        for waiters in (self._getters, self._putters):
            while waiters:
                self._wakeup_next(waiters)


class Queue(_Shutdown, asyncio.Queue):
    pass


class LifoQueue(_Shutdown, asyncio.LifoQueue):
    pass


class PriorityQueue(_Shutdown, asyncio.PriorityQueue):
    pass


class AsCompleted:
    """The futures themselves, as the iterator of 3.13 gives them; those that are done already in the given order, where
    CPython has a set. None after the last."""

    def __init__(self, of, timeout):
        loop = asyncio.get_running_loop()
        self.came = Queue()
        self.missing = dict.fromkeys(of)
        self.left = len(self.missing)
        for future in self.missing:
            future.add_done_callback(self._on_done)
        self.timer = loop.call_later(timeout, self._on_timeout) if self.missing and timeout is not None else None

    def _on_done(self, future):
        if not self.missing:  # it was too late
            return
        del self.missing[future]
        self.came.put_nowait(future)
        if not self.missing and self.timer is not None:
            self.timer.cancel()

    def _on_timeout(self):
        for future in self.missing:
            future.remove_done_callback(self._on_done)
            self.came.put_nowait(None)
        self.missing.clear()

    async def next(self):
        if self.left == 0:
            return None
        future = await self.came.get()
        self.left -= 1
        if future is None:
            raise TimeoutError
        return future

    def close(self):
        for future in self.missing:
            future.remove_done_callback(self._on_done)
        if self.timer is not None:
            self.timer.cancel()
