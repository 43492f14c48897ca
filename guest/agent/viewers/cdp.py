"""Chromium's DevTools protocol over a pair of pipes (--remote-debugging-pipe): no port that a page could reach."""
import json
import os
import select
import time

LONGEST_MESSAGE = 96 * 1024 * 1024


class Gone(Exception):
    """The browser has ended, or does not keep to its protocol."""


class Late(Exception):
    """No answer in time: what was asked hangs."""


class Refused(Exception):
    """The browser refused a command."""


class Browser:
    """A browser that was started, and the conversation with it. `on_event(method, params, session)` is called while it waits for answers."""

    # The browser speaks on its descriptors 3 and 4; the shell moves its first two there.
    MOVE = ["/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null', "sh"]

    def __init__(self, start, arguments):
        """`start(command, stdin=, stdout=)` starts a program and returns its process."""
        theirs_in, self.writer = os.pipe()
        self.reader, theirs_out = os.pipe()
        self.process = start(self.MOVE + arguments, stdin=theirs_in, stdout=theirs_out)
        os.close(theirs_in)
        os.close(theirs_out)
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
        self.process.kill()
