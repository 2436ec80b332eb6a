"""Runs all programs, and prints what they said, by their names, as JSON. See programs.mjs."""
import asyncio
import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parent.parent / "differential"))
import cancelling
import counting
import scopes
import steps
import sync
import waiting


def run(program):
    lines = []
    async def main():
        await program(asyncio.get_running_loop(), lines.append)
    asyncio.run(main())
    return lines


said = {}
for module in (steps, cancelling, counting, waiting, sync, scopes):
    for name, thing in vars(module).items():
        if asyncio.iscoroutinefunction(thing) and not name.startswith("_"):
            said[name] = run(thing)
print(json.dumps(said))
