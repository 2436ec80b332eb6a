"""Smaller programs that may still show the same."""
from script import ARGUMENTS, Op


def smaller(program):
    """Each program that is one step smaller, the largest steps first."""
    config, block = program
    for candidate in _smaller_blocks(block):
        yield config, candidate


def _smaller_blocks(block):
    half = len(block) // 2
    if half > 1:
        yield block[half:]
        yield block[:half]
    for i in range(len(block)):
        yield block[:i] + block[i + 1:]
    for i, op in enumerate(block):
        for replacement in _smaller_ops(op):
            yield block[:i] + replacement + block[i + 1:]


def _smaller_ops(op):
    """Lists of ops in its place."""
    kinds = ARGUMENTS[op.code]
    if op.code not in ("spawn", "group_spawn", "callback", "call_soon", "call_later", "call_at"):
        for kind, arg in zip(kinds, op.args):
            if kind == "b":
                yield list(arg)
    for i, (kind, arg) in enumerate(zip(kinds, op.args)):
        if kind == "b":
            choices = _smaller_blocks(arg)
        elif kind == "l":
            choices = (arg[:j] + arg[j + 1:] for j in range(len(arg)))
        else:
            choices = (0,) if arg > 0 and op.code in ("sleep", "spawn", "group_spawn", "try") else ()
        for choice in choices:
            yield [Op(op.code, *op.args[:i], choice, *op.args[i + 1:])]
