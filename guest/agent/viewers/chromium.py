"""Chromium as a viewer: pages, HTML and MHTML documents, and PDF in its own viewer."""
import base64
import hashlib
import os
import struct
import threading
import time
import urllib.request

import egress
from viewers import cdp
from viewers.page import BINDING, Watch, scheme_of

# The program itself: the script before it loads the extensions and keys of a distribution.
PROGRAM = "/usr/lib/chromium/chromium"
WIDTH, HEIGHT = 1280, 900
# Chromium's own traffic and guesses are off; names are looked up by the proxy alone, and nothing goes round it, not even to the loopback.
FLAGS = """
--headless=new --remote-debugging-pipe --no-first-run --no-default-browser-check --hide-scrollbars --mute-audio --password-store=basic --use-mock-keychain
--disable-quic --force-webrtc-ip-handling-policy=disable_non_proxied_udp --webrtc-ip-handling-policy=disable_non_proxied_udp
--proxy-bypass-list=<-loopback> --ignore-certificate-errors --dns-prefetch-disable --no-pings --disable-background-networking
--disable-component-update --disable-default-apps --disable-sync --disable-domain-reliability --disable-breakpad --disable-client-side-phishing-detection
--metrics-recording-only --no-service-autorun --disable-dev-shm-usage --disable-gpu --disable-background-timer-throttling
--disable-backgrounding-occluded-windows --disable-renderer-backgrounding  --lang=en-US
--disable-features=OptimizationHints,MediaRouter,Translate,InterestFeedContentSuggestions,AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,PaintHolding,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,AsyncDns,DnsOverHttps,SafeBrowsingHashPrefixRealTimeLookups,NetworkTimeServiceQuerying
""".split()

QUIET_SECONDS = 1.0
MOST_SECONDS = 40.0
MOST_CLICKS = 6
MOST_SCROLLS = 8
MOST_DOWNLOADS = 20
LARGEST_DOWNLOAD = 32 * 1024 * 1024
WARM = "data:text/html,<title>warm</title><p style='font-family:serif'>warm<p style='font-family:sans-serif'>warm<script>for(let i=0;i<20000;i++)Math.sqrt(i)</script>"

# What a visitor would press: not links that lead elsewhere, which nobody asked to visit.
TARGETS = """(() => {
  const found = [], seen = new Set()
  const here = location.href.split('#')[0]
  for (const one of document.querySelectorAll('button,input[type=button],input[type=submit],input[type=image],input[type=checkbox],[onclick],[role=button],[role=checkbox],label,a[href],area[href],embed,object,video')) {
    if (one.matches('a,area') && !one.hasAttribute('onclick') && !one.hasAttribute('download')) {
      const scheme = one.protocol
      if (/^https?:$/.test(scheme) && one.href.split('#')[0] !== here) continue
      if (scheme === 'mailto:' || scheme === 'tel:') continue
    }
    const box = one.getBoundingClientRect()
    if (box.width < 4 || box.height < 4) continue
    const x = Math.round(box.left + box.width / 2), y = Math.round(box.top + box.height / 2 + scrollY)
    const key = x + ' ' + y
    if (seen.has(key)) continue
    seen.add(key)
    found.push([x, y])
    if (found.length >= 50) break
  }
  return found
})()"""


class Viewer:
    """One warm browser. `account` says who it runs as and starts its programs; `proxy` and `arguments` in it replace the guest's own way out, and add to the flags."""

    stays_open = True

    def __init__(self, account):
        self.account = account
        self.processes = account["processes"]
        self.downloads = os.path.join(account["home"], "Downloads")
        self.browser = None
        self.visit = None

    def start(self):
        os.makedirs(self.downloads, exist_ok=True)
        os.chown(self.downloads, self.account["uid"], self.account["gid"])
        proxy = self.account.get("proxy") or egress.start()
        profile = os.path.join(self.account["home"], "profile")
        arguments = [PROGRAM, *FLAGS, "--proxy-server=" + proxy, "--window-size=%d,%d" % (WIDTH, HEIGHT), "--user-data-dir=" + profile]
        self.browser = cdp.Browser(self.processes.start, arguments + self.account.get("arguments", []) + ["about:blank"])
        version = self.browser.call("Browser.getVersion", within=180)
        self.ask("Browser.setDownloadBehavior", {"behavior": "allowAndName", "downloadPath": self.downloads, "eventsEnabled": True})
        # One page, drawn and pictured once: what starts with the first page is started, and its code is translated.
        target = self.browser.call("Target.createTarget", {"url": "about:blank"}, within=60)["targetId"]
        session = self.browser.call("Target.attachToTarget", {"targetId": target, "flatten": True}, within=60)["sessionId"]
        self.browser.call("Page.enable", session=session, within=60)
        self.browser.call("Page.navigate", {"url": WARM}, session, within=120)
        self.draw(session)
        self.browser.call("Target.closeTarget", {"targetId": target}, within=60)
        return {"chromium": version.get("product", "")}

    def draw(self, session):
        """Pictures a page that is still being loaded."""
        for _ in range(100):
            try:
                self.browser.call("Page.captureScreenshot", {"format": "png"}, session, within=120)
                return
            except cdp.Refused:
                self.browser.pump(0.2)

    def ask(self, method, params):
        """What an older browser may not know."""
        try:
            self.browser.call(method, params, within=60)
        except cdp.Refused:
            pass

    def open(self, subject, options, say, artefact):
        """Opens an address, or a file by its path; returns what ended it where it did not end well."""
        url = subject if scheme_of(subject) in ("http", "https") else "file://" + urllib.request.pathname2url(os.path.abspath(subject))
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "injected.js")) as file:
            binding = "_" + hashlib.sha256(os.urandom(16)).hexdigest()[:16]
            script = file.read().replace(BINDING, binding)
        self.ask("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
        watch = Watch(self.browser, script, say, artefact, url, binding)
        self.visit = Visit(self.browser, watch, options, say, artefact, self.downloads)
        try:
            return self.visit.run(url)
        except cdp.Gone:
            watch.crash("the browser has ended")
            return "crashed"

    def running(self):
        return self.browser is not None and self.browser.process.poll() is None

    def pending(self):
        """Nothing once the visit is over: a page that is left alone goes on for ever."""
        return None

    def close(self):
        if self.visit:
            self.visit.end()
        self.browser.end()


class Visit:
    """One page from its address to its end."""

    def __init__(self, browser, watch, options, say, artefact, downloads):
        self.browser, self.watch, self.say, self.artefact, self.folder = browser, watch, say, artefact, downloads
        self.quiet = float(options.get("quiet_seconds", QUIET_SECONDS))
        self.until = time.monotonic() + float(options.get("most_seconds", MOST_SECONDS))
        self.pictures = 0
        self.kept = 0
        self.next_heap = 0.0
        self.hung = False
        self.ended = threading.Event()

    def end(self):
        """Ends the visit from another thread, and waits for it."""
        self.until = 0.0
        self.ended.wait(5)

    def run(self, url):
        try:
            return self.go(url)
        finally:
            self.ended.set()

    def go(self, url):
        browser, watch = self.browser, self.watch
        browser.call("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}, within=30)
        target = browser.call("Target.createTarget", {"url": "about:blank"}, within=30)["targetId"]
        self.wait(lambda: target in watch.targets)
        if target not in watch.targets:
            return "hung"
        page = watch.targets[target]
        watch.pages.insert(0, page)
        watch.loaded.clear()
        # What was switched on is so once the page's process has answered; a navigation that begins before takes an older state with it.
        browser.call("Page.getFrameTree", session=page, within=30)
        # A tab that is not in front gets no clicks.
        browser.send("Page.bringToFront", {}, page)
        browser.send("Emulation.setFocusEmulationEnabled", {"enabled": True}, page)
        watch.last_activity = time.monotonic()
        browser.send("Page.navigate", {"url": url}, page, self.navigated)
        self.wait(lambda: watch.loaded, most=30)
        self.settle()
        self.say({"kind": "viewer", "state": "opened" if watch.loaded else "pending"})
        self.picture()
        self.act()
        settled = self.settle()
        self.picture()
        self.keep_document()
        self.keep_downloads()
        watch.tell_dropped()
        if watch.crashed:
            return "crashed"
        if self.hung:
            return "hung"
        if self.pictures:
            self.say({"kind": "viewer", "state": "rendered", "detail": "settled" if settled else "the time was up while something was pending"})
        return None

    def navigated(self, result, error=None):
        text = (result or {}).get("errorText") or error
        if text:
            self.watch.tell("failure", text)

    def wait(self, ready, most=None):
        until = min(self.until, time.monotonic() + (most or MOST_SECONDS))
        while not ready() and not self.watch.crashed and time.monotonic() < until:
            self.browser.pump(0.1)
            self.heap()

    def settle(self):
        """Waits until nothing has happened for a while and nothing is pending; False where the time was up."""
        watch = self.watch
        self.wait(lambda: not watch.pending() and watch.quiet_for() >= self.quiet)
        return not watch.pending()

    def call(self, method, params=None, within=8.0):
        """Asks the page that is in front; None where it does not answer."""
        if not self.watch.pages or self.watch.crashed:
            return None
        try:
            return self.browser.call(method, params, self.watch.pages[-1], within=min(within, max(1.0, self.until - time.monotonic() + 5)))
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
        told = lambda result, error=None: result and self.watch.tell_heap(int(result.get("usedSize", 0)), int(result.get("totalSize", 0)))
        self.browser.send("Runtime.getHeapUsage", {}, self.watch.pages[-1], told)

    def evaluate(self, expression):
        """In a world of its own, whose built-ins the page cannot have changed."""
        tree = self.call("Page.getFrameTree")
        if not tree:
            return None
        world = self.call("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "look"})
        if not world:
            return None
        result = self.call("Runtime.evaluate", {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True, "userGesture": True, "timeout": 3000})
        return (result or {}).get("result", {}).get("value")

    def act(self):
        """Scrolls down to the end and back, and presses what a visitor would press."""
        height = self.evaluate("Math.min(document.documentElement.scrollHeight, 40000)") or 0
        self.mouse("mouseMoved", 200, 300)
        for _ in range(min(MOST_SCROLLS, int(height) // HEIGHT)):
            if self.over():
                return
            if self.watch.schemes:
                self.evaluate("scrollBy(0, %d)" % HEIGHT)
            else:
                self.call("Input.dispatchMouseEvent", {"type": "mouseWheel", "x": WIDTH // 2, "y": HEIGHT // 2, "deltaX": 0, "deltaY": HEIGHT})
            self.browser.pump(0.15)
        self.picture()
        pressed = set()
        for _ in range(MOST_CLICKS):
            targets = [tuple(one) for one in self.evaluate(TARGETS) or [] if tuple(one) not in pressed]
            if not targets or self.over():
                return
            pressed.add(targets[0])
            self.press(*targets[0])
            self.settle()

    def press(self, x, y):
        self.evaluate("scrollTo(0, %d)" % max(0, y - HEIGHT // 2))
        y -= int(self.evaluate("Math.round(scrollY)") or 0)
        if self.watch.schemes:
            # The browser's question about the other program lies over the page and takes the mouse.
            self.evaluate("document.elementFromPoint(%d, %d)?.click()" % (x, y))
        else:
            self.mouse("mouseMoved", x, y)
            self.mouse("mousePressed", x, y)
            self.mouse("mouseReleased", x, y)
        self.watch.last_activity = time.monotonic()
        self.browser.pump(0.3)

    def mouse(self, kind, x, y):
        # Sent, not awaited: a dialog that opens on a press holds the answer back.
        if self.watch.pages and not self.watch.crashed:
            button = "none" if kind == "mouseMoved" else "left"
            self.browser.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": button, "clickCount": 0 if button == "none" else 1}, self.watch.pages[-1])

    def over(self):
        return self.watch.crashed or self.hung or time.monotonic() >= self.until

    # What is kept

    def picture(self):
        shown = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": False}, within=15)
        if not shown:
            return
        content = base64.b64decode(shown["data"])
        width, height = struct.unpack(">II", content[16:24])
        self.artefact("picture", content, of="screen", number=self.pictures, width=width, height=height)
        self.pictures += 1

    def keep_document(self):
        text = self.evaluate("document.documentElement ? document.documentElement.outerHTML.slice(0, 4194304) : ''")
        if text:
            self.artefact("body", text.encode("utf-8", "surrogatepass"), of="document")
        title = self.evaluate("document.title.slice(0, 300)")
        if title:
            self.watch.tell("title", title)

    def keep_downloads(self):
        for name in self.watch.ended_downloads[:MOST_DOWNLOADS]:
            path = os.path.join(self.folder, os.path.basename(name))
            try:
                with open(path, "rb") as file:
                    content = file.read(LARGEST_DOWNLOAD + 1)
            except OSError:
                continue
            if len(content) > LARGEST_DOWNLOAD:
                self.say({"kind": "dropped", "of": "bytes of a download", "count": os.path.getsize(path)})
                continue
            self.artefact("file", content, path=path)
