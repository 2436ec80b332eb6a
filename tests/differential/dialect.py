"""Who is compared with asyncio: the loop in C, or the one from JavaScript, which is asyncio's where C has its own ways: names
of tasks in errors, as_completed() that goes on after its time, wait_for() that begins nothing without time."""

is_javascript = False
