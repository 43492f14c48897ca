"""Reads a calendar file from stdin in another way than strict-calendar.ts, and prints its events as JSON."""
import datetime
import json
import re
import sys

UNESCAPE = {"n": "\n", "N": "\n", "\\": "\\", ";": ";", ",": ","}

raw = sys.stdin.buffer.read()
unfolded = re.sub(rb"\r\n[ \t]", b"", raw).decode("utf-8", "strict")
stack, events = [], []
for line in unfolded.rstrip("\r\n").split("\r\n"):
    head, _, value = line.partition(":")
    name = head.split(";")[0]
    if name == "BEGIN":
        stack.append((value, {}))
    elif name == "END":
        kind, fields = stack.pop()
        assert kind == value, "components that cross"
        if kind == "VEVENT":
            events.append(fields)
    elif name in ("DTSTART", "DTSTAMP", "LAST-MODIFIED"):
        instant = datetime.datetime.strptime(value, "%Y%m%dT%H%M%SZ")
        stack[-1][1][name] = instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    else:
        stack[-1][1][name] = re.sub(r"\\(.)", lambda found: UNESCAPE[found.group(1)], value)
assert not stack, "a component that is not closed"
json.dump(events, sys.stdout)
