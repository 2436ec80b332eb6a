"""The interpreter in Python: what a program does on asyncio. tasks.c and sync_ops.c are the same in C."""
import asyncio
import heapq
from asyncio import events

import newer_asyncio as newer
from errors import described
from reference_ops import ASYNC_OPS, SYNC_OPS
from script import number

CancelledError = asyncio.CancelledError
ROUNDS = 3
TASK_SLOTS, SLOTS = 8, 12


# ---- The loop: time passes only while it waits


class _Timer(events.TimerHandle):
    """Those of one deadline run in the order of their making, as in C."""

    __slots__ = ("made",)

    def __lt__(self, other):
        return (self._when, self.made) < (other._when, other.made)


class Loop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self.now = self.timers_made = 0
        self._clock_resolution = 0.5  # times are whole milliseconds
        self._selector = self

    def time(self):
        return self.now

    def select(self, timeout):
        if timeout is None:  # nothing can happen any more
            self.stop()
        else:
            self.now += timeout
        return ()

    def _process_events(self, _):
        pass

    def call_exception_handler(self, context):
        if isinstance(context.get("exception"), BaseException) and "callback" in context.get("message", ""):
            raise context["exception"]

    def call_at(self, when, callback, *args, context=None):
        timer = _Timer(when, callback, args, self, context)
        timer.made = self.timers_made
        self.timers_made += 1
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer


# ---- The world


class Record:
    """A task."""

    __slots__ = ("number", "task", "awaits", "result", "released")

    def __init__(self, number_):
        self.number = number_
        self.task = None
        self.awaits = ()
        self.result = 0
        self.released = False

    def reaches(self, other):
        return self is other or any(each.reaches(other) for each in self.awaits)


class World:
    def __init__(self, config, loop):
        self.loop = loop
        self.lines = []
        self.over = False
        self.records = []
        self.items_made = 0
        self.slots = [None] * TASK_SLOTS + [loop.create_future() for _ in range(SLOTS - TASK_SLOTS)]
        self.slot_records = [None] * SLOTS
        self.locks = [asyncio.Lock() for _ in range(4)]
        self.events = [asyncio.Event() for _ in range(4)]
        self.conditions = [newer.Condition() for _ in range(4)]
        self.counts = [0] * 4
        self.semaphores = [newer.Semaphore(config[0]), newer.Semaphore(config[1]), newer.BoundedSemaphore(config[2])]
        self.barriers = [asyncio.Barrier(config[3]), asyncio.Barrier(config[4])]
        for barrier in self.barriers:
            barrier._cond = newer.Condition()
        self.queues = [newer.Queue(config[5]), newer.LifoQueue(config[6]), newer.PriorityQueue(config[7])]
        self.timeouts = [None] * 4
        self.groups = [None] * 4
        self.handles = [None] * 4

    def trace(self, op, me, what):
        if not self.over:
            who = f"T{me.number}" if me else "-"
            what = f"{op.id} {op.code} {what}" if op else what
            self.lines.append(f"{self.loop.now} {who} {what}")

    # -- Tasks

    def spawn(self, block, eager, group=None):
        me = Record(len(self.records))
        self.records.append(me)

        def make():
            return newer.Task(self.run_task(block, me), loop=self.loop, name=f"T{me.number}", eager_start=bool(eager))

        task = group.create_task(make) if group else make()
        me.task = task
        task.add_done_callback(lambda task: self.trace_end(me, task))
        return me

    def trace_end(self, me, task):
        if me.released:
            self.trace(None, me, "done")
            return
        cancelled = task.cancelled()
        error = task._make_cancelled_error() if cancelled else task.exception()
        name, message = described(error) if error else ("FL_OK", "")
        result = 0 if error else me.result
        self.trace(None, me, f"done {name} {message} {result} cancelled {cancelled:d}")

    async def run_task(self, block, me):
        me.task = asyncio.current_task()
        self.trace(None, me, "began")
        await self.run_block(block, me)
        return me.result

    async def run_block(self, block, me):
        for op in block:
            if self.over:
                return
            if op.code in SYNC_OPS:
                self.run_sync(op, me)
                continue
            try:
                what = await ASYNC_OPS[op.code](self, op, me, *op.args)
            except (Exception, CancelledError) as error:
                me.awaits = ()
                self.trace(op, me, "%s %s" % described(error))
                raise
            me.awaits = ()
            if what is not None:
                for each in what.split("\n"):
                    self.trace(op, me, each)

    def run_sync(self, op, me):
        try:
            what = SYNC_OPS[op.code](self, op, me, *op.args)
        except (Exception, CancelledError) as error:
            what = described(error)[0]
        self.trace(op, me, "FL_OK" if what is None else what)

    def run_callback(self, op, block):
        self.trace(op, None, "called")
        for each in block:
            self.run_sync(each, None)

    def futures(self, me, slots, passes_on):
        """Those that are there, and may be awaited: nobody awaits himself."""
        found = []
        for slot in slots:
            if self.slots[slot] is None or (self.slot_records[slot] and self.slot_records[slot].reaches(me)):
                continue
            found.append(slot)
        if passes_on:
            me.awaits = [self.slot_records[slot] for slot in found if self.slot_records[slot]]
        return found, [self.slots[slot] for slot in found]


def run(program):
    """The lines of its trace."""
    config, block = program
    number(block)
    loop = Loop()
    world = World(config, loop)
    main = world.spawn(block, False)
    world.slots[0], world.slot_records[0] = main.task, main
    loop.run_forever()
    for _ in range(ROUNDS):
        pending = [each for each in world.records if each.task and not each.task.done()]
        if not pending:
            break
        world.trace(None, None, f"stuck: {len(pending)}")
        for each in pending:
            each.task.cancel("the end")
        loop.run_forever()
    pending = [each for each in world.records if each.task and not each.task.done()]
    world.trace(None, None, f"end: {len(pending)}")
    world.over = True
    for each in pending:
        each.task._log_destroy_pending = False
    loop.close()
    return world.lines
