"""requests, one at a time, over kept connections. Prints how many URLs failed."""

import sys

import requests

file, _, _, timeout, fail = sys.argv[1:]
failed = 0
with requests.Session() as session, open(file, encoding="utf-8") as lines:
    for line in lines:
        try:
            response = session.get(line.rstrip("\n"), timeout=float(timeout) or None)
            failed += fail == "1" and response.status_code >= 400
        except requests.RequestException:
            failed += 1
print(failed)
