"""A second opinion on the calendar of 2026 to 2040: standard library only, holidays by the rules of 5 U.S.C. 6103.

Prints [[release, validate, advance, entry], ...] in UTC, second Tuesdays at 10:00 in America/Los_Angeles.
"""
import json
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")


def nth(year, month, weekday, count):
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (count - 1))


def last(year, month, weekday):
    day = date(year, month + 1, 1) - timedelta(1)
    return day - timedelta((day.weekday() - weekday) % 7)


def observed(day):
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def holidays(year):
    fixed = [observed(date(year, month, day)) for month, day in [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)]]
    return fixed + [nth(year, 1, 0, 3), nth(year, 2, 0, 3), last(year, 5, 0), nth(year, 9, 0, 1), nth(year, 10, 0, 2), nth(year, 11, 3, 4)]


OFF = {day for year in range(2025, 2042) for day in holidays(year)}


def business_days_before(day, count):
    while count:
        day -= timedelta(1)
        count -= day.weekday() < 5 and day not in OFF
    return day


def instant(day):
    return datetime(day.year, day.month, day.day, 10, tzinfo=ZONE).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


cycles = []
for year in range(2026, 2041):
    for month in range(1, 13):
        release = nth(year, month, 1, 2)
        opens = [release, release - timedelta(14), business_days_before(release, 3), business_days_before(release, 1)]
        cycles.append([instant(day) for day in opens])
print(json.dumps(cycles))
