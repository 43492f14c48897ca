"""One page from its address to its end: opened, scrolled, pressed, pictured."""
import base64
import os
import struct
import threading
import time

from left import read_left
from viewers import cdp
from viewers.buffers import Snapshot
from viewers.press import Hand, pairs

WIDTH, HEIGHT = 1280, 900
# Nothing was told of a page for so long, and its processes rest: it stands.
QUIET_SECONDS = 0.5
# A page that works on and on, such as one with an animation, is not waited for longer than this.
RESTLESS_SECONDS = 6.0
RESTS_BELOW = 0.15
LOOK_SECONDS = 0.3
MOST_SECONDS = 40.0
MOST_SCROLLS = 8
MOST_DOWNLOADS = 20
LARGEST_DOWNLOAD = 32 * 1024 * 1024

# Less is no reason to go through all that scripts hold.
TELLING_HEAP = 16 << 20
# How far the browser's own viewer of PDF is, and how many pages it has found.
PDF_STATE = """(() => {
  const viewer = document.querySelector('pdf-viewer')
  // Until its script has run it is an element like any other.
  if (!viewer?.shadowRoot) return ['', 0]
  if (viewer.shadowRoot.querySelector('viewer-password-dialog')) return ['password', 0]
  return [String(viewer.loadState_ ?? viewer.loadState ?? 'unknown'), viewer.documentDimensions?.pageDimensions?.length ?? 0]
})()"""
# A document can hide its own properties behind elements of their names: they are taken from the prototypes.
ROOT = "((get) => get(Document.prototype, 'documentElement').call(document))((proto, name) => Object.getOwnPropertyDescriptor(proto, name).get)"
HEIGHTS = "((root) => [innerHeight, root ? Math.min(Object.getOwnPropertyDescriptor(Element.prototype, 'scrollHeight').get.call(root), 40000) : 0])(%s)" % ROOT
DOCUMENT = """((root) => {
  const get = (proto, name, one) => Object.getOwnPropertyDescriptor(proto, name).get.call(one)
  return [root ? get(Element.prototype, 'outerHTML', root).slice(0, 4194304) : '', get(Document.prototype, 'title', document).slice(0, 300)]
})(%s)""" % ROOT
PDF_REFUSED = {"failed": "its viewer of PDF could not read it", "password": "it asks for a password"}


class Visit:
    """One page from its address to its end."""

    def __init__(self, browser, watch, options, say, artefact, downloads, used):
        """`used()`: seconds that processors worked for the browser."""
        self.browser, self.watch, self.say, self.artefact, self.folder, self.used = browser, watch, say, artefact, downloads, used
        self.quiet = float(options.get("quiet_seconds", QUIET_SECONDS))
        self.until = time.monotonic() + float(options.get("most_seconds", MOST_SECONDS))
        self.pictures = 0
        self.last_picture = b""
        self.next_heap = 0.0
        # Whether the browser counts the bytes of buffers among those of a heap; an older one (such as 120) does not.
        self.weighs_buffers = True
        self.next_look = 0.0
        self.used_before = 0.0
        self.restless = True
        self.unturned = 0
        self.hand = Hand(self, HEIGHT)
        self.hung = False
        self.failed = None
        # Only looks, and touches nothing.
        self.still = bool(options.get("still"))
        self.ended = threading.Event()

    def end(self):
        """Ends the visit from another thread, and waits for it."""
        self.until = 0.0
        self.ended.wait(5)

    def run(self, page, url):
        try:
            return self.go(page, url)
        finally:
            self.ended.set()

    def go(self, page, url):
        browser, watch = self.browser, self.watch
        # A tab that is not in front gets no clicks.
        browser.send("Page.bringToFront", {}, page)
        browser.send("Page.navigate", {"url": url}, page, self.navigated)
        self.wait(lambda: watch.loaded or self.failed or watch.ended_downloads, most=0.6 * (self.until - time.monotonic()))
        self.say({"kind": "viewer", "state": "opened" if watch.loaded else "pending"})
        settled = self.stand()
        self.picture()
        # What is in sight of a document that was refused is the browser's own page about it.
        touches = not self.still and not self.failed
        if touches and self.acts():
            settled = self.stand()
            self.picture()
        self.look_at_buffers()
        if not self.failed:
            self.keep_document()
        self.keep_downloads()
        watch.tell_dropped()
        if watch.crashed:
            return "crashed"
        if self.hung:
            return "hung"
        if self.failed:
            self.say({"kind": "viewer", "state": "refused", "detail": "it became a download" if watch.downloads else self.failed})
        elif self.pictures:
            if not settled:
                self.say({"kind": "dropped", "of": "what was pending when the time was up", "count": 1})
            said = ["settled" if settled else "the time was up while something was pending"]
            if self.hand.unpressed:
                said.append("pressed %d of %d things that could be" % (self.hand.pressed, self.hand.pressed + self.hand.unpressed))
            if self.hand.unseen:
                said.append("nothing was pressed in %d frames" % self.hand.unseen)
            if self.unturned:
                said.append("%d pages were not turned to" % self.unturned)
            self.say({"kind": "viewer", "state": "rendered", "detail": "; ".join(said)})
        return None

    def navigated(self, result, error=None):
        self.failed = (result or {}).get("errorText") or error
        if self.failed:
            self.watch.tell("failure", self.failed)

    def wait(self, ready, most=None):
        until = min(self.until, time.monotonic() + (most or MOST_SECONDS))
        while not ready() and not self.watch.crashed and time.monotonic() < until:
            self.browser.pump(0.1)
            self.heap()

    def stand(self):
        """Waits until the page stands, or the PDF that it is or has led to."""
        settled = not self.watch.pdf_page and self.settle()
        return self.read_pdf() if self.watch.pdf_page else settled

    def settle(self):
        """Waits until nothing has happened for a while, nothing is pending and the browser rests; False where the time was up, or the page never came to its end."""
        watch = self.watch
        restless_until = time.monotonic() + RESTLESS_SECONDS
        self.restless, self.next_look = True, 0.0
        self.wait(lambda: not watch.pending() and watch.quiet_for() >= self.quiet and (self.rests() or time.monotonic() >= restless_until))
        return bool(watch.loaded) and not watch.unloaded and not watch.pending()

    def rests(self):
        now = time.monotonic()
        if now >= self.next_look:
            used = self.used()
            # The first look has nothing to compare with.
            self.restless = self.next_look == 0.0 or used - self.used_before > RESTS_BELOW * LOOK_SECONDS
            self.used_before, self.next_look = used, now + LOOK_SECONDS
        return not self.restless

    def call(self, method, params=None, within=15.0):
        """Asks the page that is in front; None where it does not answer."""
        if not self.watch.pages or self.watch.crashed or self.hung:
            return None
        try:
            return self.browser.call(method, params, self.watch.pages[-1], within=min(within, max(3.0, self.until - time.monotonic() + 5)))
        except cdp.Refused:
            return None
        except cdp.Late:
            self.hung = True
            return None

    def heap(self):
        """Sizes of the heap of scripts, once a second: a spray is a steep curve."""
        if time.monotonic() < self.next_heap or not self.watch.pages:
            return
        self.next_heap = time.monotonic() + 1.0
        self.browser.send("Runtime.getHeapUsage", {}, self.watch.pages[-1], self.heap_told)

    def heap_told(self, result, _error=None):
        try:
            used, total = int(result["usedSize"]) + int(result.get("backingStorageSize", 0)), int(result["totalSize"])
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
            return
        self.weighs_buffers = "backingStorageSize" in result
        self.watch.tell_heap(used, total)

    def page(self):
        """The session of the page that is in front."""
        return self.watch.pages[-1] if self.watch.pages else None

    def evaluate(self, expression, frame=None, within=3000):
        """In a world of its own, whose built-ins the page cannot have changed; of the page itself, or of one of its frames. None where there is no answer within so many milliseconds."""
        until = time.monotonic() + within / 1000
        for _ in range(2):
            # Each time that of the document which is there now: the number of another one's may be that of a page's own by now.
            made = self.call("Page.createIsolatedWorld", {"frameId": frame or self.watch.mains.get(self.page()), "worldName": "look"})
            asked = made and {"expression": expression, "contextId": made["executionContextId"], "returnByValue": True, "userGesture": True, "timeout": within}
            result = asked and self.call("Runtime.evaluate", asked)
            if result:
                return result.get("result", {}).get("value")
            # It was replaced meanwhile, or takes too long.
            if time.monotonic() >= until:
                break
        return None

    def acts(self):
        """Acts; what a page can break by its answers ends that, and not the visit."""
        try:
            return self.act()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self.say({"kind": "dropped", "of": ("what could be pressed: %r" % error)[:300], "count": 1})
            return True

    def act(self):
        """Scrolls down to the end, and presses what a visitor would press; False where there was nothing of either."""
        if self.watch.pdf:
            return self.turn_pages()
        scrolled = self.scroll()
        self.hand.work()
        return scrolled or self.hand.pressed > 0

    def scroll(self):
        shown, height = (pairs([self.evaluate(HEIGHTS)]) or [(0, 0)])[0]
        steps = min(MOST_SCROLLS, -(-int(height) // HEIGHT) - 1) if height > shown else 0
        if steps:
            self.mouse("mouseMoved", 200, 300)
        for _ in range(steps):
            if self.over():
                return True
            if self.watch.schemes:
                self.evaluate("scrollBy(0, %d)" % HEIGHT)
            else:
                self.wheel(HEIGHT)
            self.browser.pump(0.15)
        if steps:
            self.picture()
        return steps > 0

    def read_pdf(self):
        """Waits until the viewer of PDF has read the document: nothing else of the browser's tells when it is drawn."""
        self.next_asked = 0.0
        self.wait(self.pdf_read, most=0.8 * (self.until - time.monotonic()))
        if not self.watch.pdf_page:
            # It led somewhere else meanwhile.
            return self.settle()
        state = self.watch.pdf_state
        # Nothing of it was seen: that is no page that stands.
        self.hung = self.hung or state in ("", "loading")
        if state in PDF_REFUSED:
            self.failed = PDF_REFUSED[state]
        return self.settle() and state in ("success", "unknown")

    def pdf_read(self):
        watch = self.watch
        if watch.pdf_session and time.monotonic() >= self.next_asked:
            self.next_asked = time.monotonic() + 0.3
            take = lambda result, error=None: watch.take_pdf((result or {}).get("result", {}).get("value"))
            self.browser.send("Runtime.evaluate", {"expression": PDF_STATE, "returnByValue": True}, watch.pdf_session, take)
        return not watch.pdf_page or watch.pdf_state not in ("", "loading")

    def turn_pages(self):
        """Scrolls through a PDF: page by page where one is in sight and their number is known, otherwise until it shows the same as before. False where nothing was turned."""
        self.mouse("mouseMoved", WIDTH // 2, HEIGHT // 2)
        known = self.watch.fits and self.watch.pdf_pages
        turns = min(known - 1, MOST_SCROLLS) if known else MOST_SCROLLS
        turned = 0
        while turned < turns and not self.over():
            before = self.last_picture
            self.wheel(HEIGHT)
            self.settle()
            self.picture()
            turned += 1
            if not known and self.last_picture == before:
                break
        self.unturned = max(0, self.watch.pdf_pages - 1 - turned) if known else 0
        return turned > 0

    def wheel(self, by):
        self.call("Input.dispatchMouseEvent", {"type": "mouseWheel", "x": WIDTH // 2, "y": HEIGHT // 2, "deltaX": 0, "deltaY": by})

    def mouse(self, kind, x, y):
        # Sent, not awaited: a dialog that opens on a press holds the answer back.
        if self.watch.pages and not self.watch.crashed:
            button = "none" if kind == "mouseMoved" else "left"
            self.browser.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": button, "clickCount": 0 if button == "none" else 1}, self.watch.pages[-1])

    def over(self):
        return self.watch.crashed or self.hung or time.monotonic() >= self.until

    def look_at_buffers(self):
        """Counts the buffers of scripts by their size, where scripts hold much, or nobody says how much; what a page can break by its answers ends that, and not the visit."""
        weighed = self.weighs_buffers or self.watch.pdf_page
        if self.over() or weighed and self.watch.most_heap < TELLING_HEAP:
            return
        self.watch.snapshot = Snapshot()
        self.call("HeapProfiler.takeHeapSnapshot", {"reportProgress": False}, within=30)
        try:
            for size, count in self.watch.snapshot.buffers():
                self.watch.tell("buffers", "%d of %d bytes" % (count, size), bytes=int(size), count=count)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self.say({"kind": "dropped", "of": ("what scripts hold: %r" % error)[:300], "count": 1})
        self.watch.snapshot = None

    # What is kept

    def picture(self):
        shown = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": False, "optimizeForSpeed": True}, within=15)
        content = base64.b64decode(shown["data"]) if shown else b""
        if not content or content == self.last_picture:
            return
        self.last_picture = content
        width, height = struct.unpack(">II", content[16:24])
        self.artefact("picture", content, of="screen", number=self.pictures, width=width, height=height)
        self.pictures += 1

    def keep_document(self):
        kept = self.evaluate(DOCUMENT)
        text, title = kept if isinstance(kept, list) and len(kept) == 2 and all(isinstance(one, str) for one in kept) else ("", "")
        if text:
            self.artefact("body", text.encode("utf-8", "surrogatepass"), of="document")
        if title:
            self.watch.tell("title", title)

    def keep_downloads(self):
        for name in self.watch.ended_downloads[:MOST_DOWNLOADS]:
            path = os.path.join(self.folder, os.path.basename(name))
            content = read_left(path, LARGEST_DOWNLOAD + 1)
            if content is None:
                self.say({"kind": "dropped", "of": "a download that is no file", "count": 1})
                continue
            if len(content) > LARGEST_DOWNLOAD:
                self.say({"kind": "dropped", "of": "bytes of a download", "count": os.path.getsize(path)})
                continue
            self.artefact("file", content, path=path)
