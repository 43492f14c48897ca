"""Chromium's DevTools protocol over a pair of pipes (--remote-debugging-pipe): no port that a page could reach."""
import json
import os
import select
import subprocess
import time

LONGEST_MESSAGE = 96 * 1024 * 1024
FIRST_FREE = 16


class Gone(Exception):
    """The browser has ended, or does not keep to its protocol."""


class Late(Exception):
    """No answer in time: what was asked hangs."""


class Refused(Exception):
    """The browser refused a command."""


def above(descriptor):
    """The same descriptor with a number that the child's fixed ones cannot collide with."""
    import fcntl

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST_FREE)
    os.close(descriptor)
    return moved


class Browser:
    """A browser that was started, and the conversation with it. `on_event(method, params, session)` is called while it waits for answers."""

    def __init__(self, arguments, environment, become=None):
        to_read, self.writer = map(above, os.pipe())
        self.reader, to_write = map(above, os.pipe())

        def prepare():
            os.dup2(to_read, 3)
            os.dup2(to_write, 4)
            if become:
                os.setgroups([])
                os.setgid(become[1])
                os.setuid(become[0])

        self.process = subprocess.Popen(
            arguments,
            env=environment,
            pass_fds=(3, 4),
            preexec_fn=prepare,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)
        os.set_blocking(self.reader, False)
        self.unread = bytearray()
        self.searched = 0
        self.last = 0
        self.waiting = {}
        self.on_event = lambda method, params, session: None

    def send(self, method, params=None, session=None, then=None):
        """Sends a command; `then(result)` is called with its result, or None where it was refused."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        if then:
            self.waiting[self.last] = then
        content = json.dumps(message).encode() + b"\0"
        try:
            while content:
                content = content[os.write(self.writer, content) :]
        except OSError as error:
            raise Gone(str(error))
        return self.last

    def call(self, method, params=None, session=None, within=10.0):
        """Sends a command and waits for its result; events are told meanwhile."""
        answers = []
        number = self.send(method, params, session, lambda result, error=None: answers.append((result, error)))
        until = time.monotonic() + within
        while not answers:
            left = until - time.monotonic()
            if left <= 0:
                self.waiting.pop(number, None)
                raise Late(method)
            self.pump(left, once=True)
        result, error = answers[0]
        if error is not None:
            raise Refused("%s: %s" % (method, error))
        return result

    def pump(self, seconds, once=False):
        """Takes what the browser says for so many seconds, or until it has said something."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            if left < 0:
                return
            if not select.select([self.reader], [], [], left)[0]:
                return
            try:
                content = os.read(self.reader, 1024 * 1024)
            except BlockingIOError:
                continue
            if not content:
                raise Gone("the browser has ended")
            self.unread += content
            self.take()
            if once:
                return

    def take(self):
        while True:
            end = self.unread.find(b"\0", self.searched)
            if end < 0:
                self.searched = len(self.unread)
                if self.searched > LONGEST_MESSAGE:
                    raise Gone("the browser said more than allowed")
                return
            message = json.loads(self.unread[:end].decode("utf-8", "replace"))
            del self.unread[: end + 1]
            self.searched = 0
            if "id" in message:
                then = self.waiting.pop(message["id"], None)
                if then:
                    self.answer(then, message)
            elif "method" in message:
                self.on_event(message["method"], message.get("params", {}), message.get("sessionId"))

    @staticmethod
    def answer(then, message):
        error = message.get("error")
        if error is None:
            then(message.get("result", {}))
            return
        try:
            then(None, str(error.get("message", "refused")))
        except TypeError:
            then(None)

    def end(self):
        for descriptor in (self.writer, self.reader):
            try:
                os.close(descriptor)
            except OSError:
                pass
        try:
            os.killpg(self.process.pid, 9)
        except OSError:
            pass
        self.process.wait()
