#!/usr/bin/python3
"""Runs the same random programs on asyncio and on fetchloop, and compares what they do.

run.py [--programs N] [--seed S] [--file KEPT]... [--javascript [--given]] [--show]"""
import argparse
import gc
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True  # the folder is kept clean
import dialect  # noqa: E402
import reference  # noqa: E402
import script  # noqa: E402
import shrink  # noqa: E402
from generate import generate  # noqa: E402

HERE = Path(__file__).parent
BATCH = 500
SECONDS = 30  # for a batch; one that takes longer hangs


class Interpreter:
    """In C, or JavaScript."""

    def __init__(self, command):
        self.command = command
        self.pool = ThreadPoolExecutor(1)

    def start(self, lines):
        """A future of their traces, one for each line, as lists of lines."""
        return self.pool.submit(self._run, lines)

    def _run(self, lines):
        traces = []
        while len(traces) < len(lines):
            traces += self._run_until_it_breaks(lines[len(traces):])
        return traces

    def _run_until_it_breaks(self, lines):
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=out, stderr=err, text=True)
            why = ""
            try:
                process.communicate("\n".join(lines) + "\n", timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                why = "it hangs"
            out.seek(0)
            err.seek(0)
            *whole, rest = out.read().split("=\n")
            why += err.read()
        traces = [each.splitlines() for each in whole]
        if len(traces) < len(lines):
            traces.append([*rest.splitlines(), f"exit {process.returncode}", *why.splitlines()[:20]])
        elif why and len(lines) > 1:  # one of them leaks
            half = len(lines) // 2
            return self._run(lines[:half]) + self._run(lines[half:])
        elif why:
            traces[-1] += why.splitlines()[:20]
        return traces


def expected(program):
    try:
        return reference.run(program)
    except Exception:
        return ["the reference failed", *traceback.format_exc().splitlines()]


def shrunk(interpreter, program):
    """As small as it gets while the traces still differ."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        candidates = list(shrink.smaller(program))
        for start in range(0, len(candidates), 100):
            some = candidates[start:start + 100]
            got = interpreter.start([script.write(each) for each in some]).result()
            different = next((each for each, trace in zip(some, got) if expected(each) != trace), None)
            if different:
                program = different
                break
        else:
            break
    return program


def show(interpreter, program):
    ours, theirs = interpreter.start([script.write(program)]).result()[0], expected(program)
    print(script.pretty(program))
    print(script.write(program))
    for i in range(max(len(ours), len(theirs))):
        a, b = (lines[i] if i < len(lines) else "" for lines in (theirs, ours))
        print(f"  {a:60} {b}" if a == b else f"! {a:60} {b}")
        if a != b and i > 80:
            break


def batches(args):
    for name in args.file:
        lines = [line for line in Path(name).read_text().splitlines() if line and not line.startswith("#")]
        yield [(f"{name}:{i + 1}", script.read(line)) for i, line in enumerate(lines)]
    for first in range(args.seed, args.seed + args.programs, BATCH):
        last = min(first + BATCH, args.seed + args.programs)
        yield [(f"seed {seed}", generate(seed, not args.javascript)) for seed in range(first, last)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()) * 1000)
    parser.add_argument("--file", action="append", default=[])
    parser.add_argument("--javascript", action="store_true", help="the loop from JavaScript, without eager tasks: there each await pauses")
    parser.add_argument("--given", action="store_true", help="with each await the task or scope that it belongs to, as in browsers")
    parser.add_argument("--show", action="store_true", help="the trace of each, too")
    parser.add_argument("--failures", type=int, default=3, help="show so many of those that differ")
    args = parser.parse_args()
    sys.unraisablehook = lambda _: None  # coroutines that are left behind
    gc.set_threshold(100_000, 5, 5)
    dialect.is_javascript = args.javascript
    in_c, in_javascript = [HERE / "../../build/native-gcc/differential"], ["node", HERE / "javascript.mjs"]
    interpreter = Interpreter([*in_javascript, *["--given"] * args.given] if args.javascript else in_c)
    if args.programs:
        print(f"{args.programs} programs from seed {args.seed}")
    passed = failed = 0
    for batch in batches(args):
        answer = interpreter.start([script.write(program) for _, program in batch])
        wanted = [expected(program) for _, program in batch]
        for (name, program), want, got in zip(batch, wanted, answer.result()):
            if args.show:
                print(name)
                show(interpreter, program)
            if want == got:
                passed += 1
                continue
            failed += 1
            print(f"{name} differs")
            if failed <= args.failures:
                print("asyncio on the left, fetchloop on the right:")
                show(interpreter, shrunk(interpreter, program))
        if failed > args.failures:
            break
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
