"""A program as text and as a tree: what script.c is for the interpreter in C.

A program is (config, block), a block a list of ops, an op an object with a code, and its arguments in their order.
"""
import re
from pathlib import Path

_FILE = (Path(__file__).parent / "ops.h").read_text()
ARGUMENTS = dict(re.findall(r'X\((\w+), "(\w*)"\)', _FILE))
ASYNC = set(re.findall(r'X\((\w+), "', _FILE.split("define SYNC_OPS")[0]))
CONFIG = 8


class Op:
    __slots__ = ("code", "args", "id")

    def __init__(self, code, *args):
        self.code = code
        self.args = args
        self.id = None


def _words(block, out):
    for op in block:
        out.append(op.code)
        for kind, arg in zip(ARGUMENTS[op.code], op.args):
            if kind == "i":
                out.append(str(arg))
            elif kind == "l":
                out.append("[ " + " ".join(map(str, arg)) + (" ]" if arg else "]"))
            else:
                out.append("{")
                _words(arg, out)
                out.append("}")
    return out


def write(program):
    """One line."""
    config, block = program
    return " ".join([*map(str, config), "{", *_words(block, []), "}"])


def number(block, first=0):
    """Give each op its number in the text; returns the next one."""
    for op in block:
        op.id = first
        first += 1
        for kind, arg in zip(ARGUMENTS[op.code], op.args):
            if kind == "b":
                first = number(arg, first)
    return first


def read(line):
    words = iter(line.split())

    def read_list(out):
        for word in words:
            if word == "]":
                return out
            out.append(int(word))
        raise ValueError("a list without end")

    def read_arg(kind):
        if kind == "i":
            return int(next(words))
        next(words)
        return read_list([]) if kind == "l" else read_block([])

    def read_block(out):
        for word in words:
            if word == "}":
                return out
            out.append(Op(word, *[read_arg(kind) for kind in ARGUMENTS[word]]))
        raise ValueError("a block without end")

    config = [int(next(words)) for _ in range(CONFIG)]
    next(words)
    return config, read_block([])


def pretty(program):
    """For reading: an op a line."""
    lines = [" ".join(map(str, program[0]))]

    def put(block, depth):
        for op in block:
            line, blocks = [str(op.id), op.code], []
            for kind, arg in zip(ARGUMENTS[op.code], op.args):
                blocks.append(arg) if kind == "b" else line.append(str(arg))
            lines.append("  " * depth + " ".join(line))
            for each in blocks:
                lines.append("  " * depth + "{")
                put(each, depth + 1)
                lines.append("  " * depth + "}")

    number(program[1])
    put(program[1], 1)
    return "\n".join(lines)
