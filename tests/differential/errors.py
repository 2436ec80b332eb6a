"""Errors, as fetchloop names them."""
import asyncio

import dialect
import newer_asyncio as newer

CancelledError = asyncio.CancelledError


class UserError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


_KINDS = [
    (CancelledError, "FL_ECANCELLED", "cancelled"),
    (TimeoutError, "FL_ETIMEOUT", "timed out"),
    (asyncio.BrokenBarrierError, "FL_EBROKEN", "the barrier is broken"),
    (asyncio.QueueEmpty, "FL_EQUEUEEMPTY", "the queue is empty"),
    (asyncio.QueueFull, "FL_EQUEUEFULL", "the queue is full"),
    (newer.QueueShutDown, "FL_ESHUTDOWN", "the queue has been shut down"),
    (asyncio.InvalidStateError, "FL_EDONE", "the future or task is done already"),
]


def described(error):
    """Its name and message."""
    if isinstance(error, UserError):
        return f"user-{error.code}", error.args[0] or "unknown error"
    if isinstance(error, newer.GroupError) and dialect.is_javascript:
        return "FL_EGROUP", "; ".join(" ".join(described(each)) for _, each in error.named)
    if isinstance(error, newer.GroupError):
        return "FL_EGROUP", "; ".join(f"{name}: {described(each)[1]}" for name, each in error.named)
    for kind, name, message in _KINDS:
        if isinstance(error, kind):
            return name, error.args[0] if kind is CancelledError and error.args else message
    if dialect.is_javascript and isinstance(error, (RuntimeError, ValueError)):
        return "FL_EINVAL" if "empty" in str(error) else "FL_ESTATE", ""
    if isinstance(error, ValueError) and "empty" in str(error):
        return "FL_EINVAL", "nothing to wait for"
    if isinstance(error, (RuntimeError, ValueError)):
        message = str(error)
        return "FL_ESTATE", message if message.startswith("the condition's") else "not possible in this state"
    raise error
