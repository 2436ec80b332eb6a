"""Random programs: few things that are shared, several tasks, and times that are often equal.

Each program has a few themes, and its ops are mostly of these, so that they meet."""
import random

from script import ASYNC, Op

THEMES = ("locks", "events", "conditions", "semaphores", "barriers", "queues", "futures", "tasks", "several",
          "timeouts", "groups", "cancels", "callbacks", "errors")  # fmt: skip

WAKING = {"release", "event_set", "notify", "notify_all", "semaphore_release", "put_nowait", "get_nowait", "task_done",
          "set_result", "set_error", "shutdown"}  # fmt: skip


class Generator:
    def __init__(self, seed, has_eager):
        self.has_eager = has_eager
        random_ = random.Random(seed)
        self.random = random_
        self.below = lambda n: int(random_.random() * n)
        self.themes = random_.sample(THEMES, 2 + self.below(3))
        if random_.random() < 0.5:
            self.themes.append("cancels")
        self.left = 8 + self.below(40)  # ops
        self.delays = random_.choice([(0, 1), (0, 0, 1, 2), (0, 1, 1, 2, 3, 5), (1, 2, 3)])
        self.slots = 3 + self.below(5)
        self.only = None  # of the locks, the queues and so on

    def pick(self, *choices):
        return choices[self.below(len(choices))]

    def chance(self, p):
        return self.random.random() < p

    def delay(self):
        return self.pick(*self.delays)

    def slot(self):
        return 8 + self.below(2) if "futures" in self.themes and self.chance(0.3) else self.below(self.slots)

    def task_slot(self):
        return self.below(self.slots)

    def slot_list(self):
        choices = list(range(1, self.slots)) + ([8, 9, 10] if "futures" in self.themes else [8])
        return self.random.sample(choices, min(len(choices), 1 + self.below(4)))

    def program(self):
        config = [self.below(2), 1 + self.below(2), 1]  # semaphores, barriers, queues
        config += [1 + self.below(2), 2 + self.below(2)]
        config += [1, self.pick(0, 1, 2), self.pick(0, 1)]
        if self.chance(0.3):
            config[5] = self.pick(0, 2)
        if self.chance(0.3):
            return config, self.contention()
        block = []
        waits = self.pick(*self.themes) if self.chance(0.4) else None  # some begin with the same
        for slot in range(1, 2 + self.below(self.slots)):
            first = [getattr(self, waits)(4)] if waits and self.chance(0.8) else []
            block.append(Op("spawn", slot, self.eager(), first + self.block(0)))
        block += self.block(0)
        if self.chance(0.3):
            block.append(Op("gather", self.below(2), list(range(1, self.slots))))
        return config, block

    def times(self):
        return self.pick(1, 1, 1, 2)

    def which(self, count):
        return self.below(count) if self.only is None else self.only % count

    def contention(self):
        """Some tasks want the same, and the main task gives it to them and cancels them, much of it in one turn."""
        theme = self.pick("locks", "events", "conditions", "semaphores", "barriers", "queues", "futures", "groups")
        self.themes = [theme, theme, self.pick(*THEMES), "cancels"]
        self.left, self.delays, self.only = 60, (0, 0, 1), self.below(6)
        self.slots = 3 + self.below(3)
        block = []
        for slot in range(1, self.slots):
            body = [Op("sleep", self.delay())] if self.chance(0.3) else []
            body.append(getattr(self, theme)(4))
            if self.chance(0.3):
                body = [Op("try", self.pick(0, 2), body, self.block(4))]
            block.append(Op("spawn", slot, self.eager(), body))
        for _ in range(2 + self.below(3)):
            block.append(Op("sleep", self.delay()))
            for _ in range(1 + self.below(5)):
                roll = self.random.random()
                if roll < 0.4:
                    block.append(Op("cancel", 1 + self.below(self.slots - 1), self.below(4) - 1))
                elif roll < 0.9:
                    block.append(getattr(self, "sync_" + theme)(4))
                else:
                    block.append(getattr(self, theme)(4))
        return block

    def eager(self):
        return int(self.chance(0.15) and self.has_eager)

    def block(self, depth, sync=False):
        ops = []
        for _ in range(1 + self.below(2 if sync else 6 - depth if depth < 4 else 2)):
            if self.left <= 0:
                break
            self.left -= 1
            op = self.op(depth + 1, sync)
            if op is not None and not (sync and op.code in ASYNC):
                ops.append(op)
                if op.code in WAKING and self.chance(0.35):  # woken and cancelled in one turn
                    ops.append(Op("cancel", self.task_slot(), self.below(4) - 1))
        return ops

    def op(self, depth, sync):
        roll = self.random.random()
        if sync:
            return getattr(self, "sync_" + self.pick(*self.themes))(depth)
        if roll < 0.1:
            return Op("sleep", self.delay())
        if roll < 0.16 and depth < 5:
            return self.nesting(depth)
        if roll < 0.55 or depth > 5:
            return getattr(self, "sync_" + self.pick(*self.themes))(depth)
        return getattr(self, self.pick(*self.themes))(depth)

    def nesting(self, depth):
        roll = self.random.random()
        if roll < 0.2:
            return Op("call", self.block(depth))
        if roll < 0.6:
            return Op("try", self.pick(0, 0, 0, 1, 2, 2, 3), self.block(depth), self.block(depth))
        if roll < 0.9:
            return Op("finally", self.block(depth), self.block(depth))
        return Op("spawn", self.task_slot(), self.eager(), self.block(depth))

    # -- Of each theme: an op that awaits, and one that doesn't

    def locks(self, depth):
        return Op("lock", self.which(2), self.block(depth)) if self.chance(0.75) else Op("acquire", self.which(2))

    def sync_locks(self, depth):
        return Op("release", self.which(2))

    def events(self, depth):
        return Op("event_wait", self.which(2))

    def sync_events(self, depth):
        return Op(self.pick("event_set", "event_set", "event_clear"), self.which(2))

    def conditions(self, depth):
        which, roll = self.which(2), self.random.random()
        inside = []
        if roll < 0.4:
            inside = [Op("condition_wait", which)]
        elif roll < 0.55:
            inside = [Op("condition_wait_for", which, 1 + self.below(3))]
        elif roll < 0.9:
            inside = [Op("count", which), self.sync_conditions(depth, which)]
            if self.chance(0.5):
                inside.append(Op("cancel", self.task_slot(), self.below(4) - 1))
        elif roll < 0.93:
            return Op("condition_wait", which)
        return Op("condition", which, inside + self.block(depth))

    def sync_conditions(self, depth, which=None):
        which, roll = self.which(2) if which is None else which, self.random.random()
        if roll < 0.5:
            return Op("notify", which, 1 + self.below(2))
        return Op("notify_all" if roll < 0.8 else "count", which)

    def semaphores(self, depth):
        if self.chance(0.6):
            return Op("semaphore", self.which(3), self.block(depth))
        return Op("semaphore_acquire", self.which(3))

    def sync_semaphores(self, depth):
        return Op("semaphore_release", self.which(3))

    def barriers(self, depth):
        return Op(self.pick("barrier", "barrier", "barrier", "barrier_reset", "barrier_abort"), self.which(2))

    def sync_barriers(self, depth):
        return self.sync_cancels(depth)

    def queues(self, depth):
        which, roll = self.which(3), self.random.random()
        if roll < 0.45:
            return Op("get", which)
        return Op("put", which, self.below(5)) if roll < 0.9 else Op("join", which)

    def sync_queues(self, depth):
        which, roll = self.which(3), self.random.random()
        if roll < 0.45:
            return Op("put_nowait", which, self.below(5))
        if roll < 0.6:
            return Op("get_nowait", which)
        return Op("task_done", which) if roll < 0.92 else Op("shutdown", which, self.below(2))

    def futures(self, depth):
        return Op(self.pick("await", "await", "shield"), 8 + self.below(2))

    def sync_futures(self, depth):
        slot, roll = 8 + self.below(2), self.random.random()
        if roll < 0.3:
            return Op("set_result", slot, self.below(9))
        if roll < 0.55:
            return Op("set_error", slot, self.below(6))
        if roll < 0.75:
            return Op("cancel", slot, self.below(4) - 1)
        return Op("future", slot)

    def tasks(self, depth):
        return Op(self.pick("await", "await", "shield"), self.slot())

    def sync_tasks(self, depth):
        roll = self.random.random()
        if roll < 0.6 and depth < 5:
            return Op("spawn", self.pick(-1, self.task_slot(), self.task_slot()), self.eager(), self.block(depth))
        return Op("result", self.below(50)) if roll < 0.8 else self.sync_cancels(depth)

    def several(self, depth):
        roll, slots = self.random.random(), self.slot_list()
        if roll < 0.45:
            return Op("gather", self.below(2), slots + slots[:self.below(2)])
        timeout = self.pick(-1, self.delay())
        return Op("wait", self.below(3), timeout, slots) if roll < 0.8 else Op("as_completed", timeout, slots)

    def sync_several(self, depth):
        return self.sync_tasks(depth)

    def timeouts(self, depth):
        roll = self.random.random()
        if roll < 0.5:
            which = self.below(2)
            inside = [self.sync_timeouts(depth, which)] if self.chance(0.4) else []
            inside += [Op("sleep", self.delay())] if self.chance(0.4) else []
            delay = self.pick(-1, self.delay(), self.delay())
            return Op("timeout", which, delay, self.times(), inside + self.block(depth))
        delay = self.pick(-1, 0, 1, self.delay())
        if roll < 0.65:
            return Op("wait_for", delay, self.block(depth))
        if roll < 0.8:
            return Op("wait_for_slot", delay, self.slot())
        return Op("wait_for_thing", delay, self.below(7), self.below(4))

    def sync_timeouts(self, depth, which=None):
        return Op("reschedule", self.below(2) if which is None else which, self.pick(-1, 0, self.delay()))

    def groups(self, depth):
        which = self.which(2)
        spawned = []
        for _ in range(1 + self.below(3)):
            body = self.block(depth)
            if self.chance(0.4):
                body = [Op("sleep", self.delay()), *body[:1], Op("raise", self.below(6))]
            if self.chance(0.2):
                body = [Op("finally", body, [Op("raise", self.below(6))])]
            spawned.append(Op("group_spawn", which, self.eager(), body))
        return Op("group", which, self.times(), spawned + self.block(depth))

    def sync_groups(self, depth):
        return Op("group_spawn", self.which(2), self.eager(), self.block(depth))

    def cancels(self, depth):
        return Op("try", self.pick(0, 0, 2), [Op("sleep", self.delay()), *self.block(depth)], self.block(depth))

    def sync_cancels(self, depth):
        roll, message = self.random.random(), self.below(4) - 1
        if roll < 0.6:
            return Op("cancel", self.slot(), message)
        if roll < 0.7:
            return Op("cancel_self", message)
        if roll < 0.85:
            return Op("uncancel", self.task_slot()) if roll < 0.78 else Op("uncancel_self")
        return Op("cancelling", self.task_slot())

    def callbacks(self, depth):
        return Op("sleep", self.delay())

    def sync_callbacks(self, depth):
        roll = self.random.random()
        if roll < 0.2:
            return Op("handle_cancel", self.below(2))
        block = self.block(depth, sync=True)
        if roll < 0.4:
            return Op("call_soon", self.below(2), block)
        if roll < 0.6:
            return Op("call_later", self.below(2), self.delay(), block)
        if roll < 0.7:
            return Op("call_at", self.below(2), self.below(6), block)
        return Op("callback", self.slot(), block)

    def errors(self, depth):
        return Op("raise", self.below(6))

    def sync_errors(self, depth):
        if self.chance(0.5):
            return Op("result", self.below(50))
        return Op("try", self.pick(0, 0, 1, 2), self.block(depth), self.block(depth))


def generate(seed, has_eager=True):
    return Generator(seed, has_eager).program()
