"""The timer thread of the process."""

from __future__ import annotations

import logging
import threading
import time

from twofold._bridge._watchdog import NEVER, Watchdog


class Thing:
    """Something that is looked at once, and then never again."""

    def __init__(self, act=lambda: None):
        self.looked_at = threading.Event()
        self._act = act

    def check(self, now):
        self.looked_at.set()
        self._act()
        return NEVER


def test_things_are_looked_at_when_they_are_due():
    watchdog, soon, never = Watchdog(), Thing(), Thing()
    watchdog.watch(never, NEVER)
    assert not never.looked_at.is_set()
    watchdog.watch(soon, time.monotonic() + 0.001)
    assert soon.looked_at.wait(30)


def test_an_earlier_time_is_not_missed_while_it_sleeps_until_a_later_one():
    watchdog, late, early = Watchdog(), Thing(), Thing()
    watchdog.watch(late, time.monotonic() + 1000)
    watchdog.watch(early, time.monotonic())
    assert early.looked_at.wait(30)


def test_what_is_not_watched_any_more_is_not_looked_at():
    watchdog, gone, there = Watchdog(), Thing(), Thing()
    watchdog.watch(gone, NEVER)
    watchdog.unwatch(gone)
    watchdog.watch(there, time.monotonic())
    assert there.looked_at.wait(30)
    assert not gone.looked_at.is_set()


def test_a_thing_that_fails_does_not_end_the_watch(caplog):
    watchdog, bad, good = Watchdog(), Thing(lambda: 1 / 0), Thing()
    with caplog.at_level(logging.ERROR, logger="twofold"):
        watchdog.watch(bad, time.monotonic())
        assert bad.looked_at.wait(30)
        watchdog.watch(good, time.monotonic())
        assert good.looked_at.wait(30)
