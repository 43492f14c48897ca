"""Chromium as a viewer: pages, HTML and MHTML documents, and PDF in its own viewer."""
import os
import re
import subprocess
import time
import urllib.request

import egress
from viewers import cdp, warm
from viewers.page import PDF_VIEW, Watch, scheme_of
from viewers.visit import HEIGHT, WIDTH, Visit

# The program itself: the script before it loads the extensions and keys of a distribution.
PROGRAM = "/usr/lib/chromium/chromium"
# Chromium's own traffic and guesses are off; names are looked up by the proxy alone, and nothing goes round it, not even to the loopback.
# An emulated processor pays for each process that starts and each part of the window that is drawn: there is no frame around the page, the network and the
# drawing are done by the browser's own process, and all pages are drawn by one renderer, behind the same sandbox as any. What a site could do to another
# one's page is of no use here, where a visit is all that the browser ever does.
FLAGS = """
--headless=new --remote-debugging-pipe --no-first-run --no-default-browser-check --hide-scrollbars --mute-audio --password-store=basic --use-mock-keychain
--kiosk --disable-site-isolation-trials --renderer-process-limit=1 --in-process-gpu --disable-extensions --disable-component-extensions-with-background-pages
--disable-blink-features=AutomationControlled --disable-quic --force-webrtc-ip-handling-policy=disable_non_proxied_udp --webrtc-ip-handling-policy=disable_non_proxied_udp
--proxy-bypass-list=<-loopback> --ignore-certificate-errors --dns-prefetch-disable --no-pings --disable-background-networking
--disable-component-update --disable-default-apps --disable-sync --disable-domain-reliability --disable-breakpad --disable-client-side-phishing-detection
--metrics-recording-only --no-service-autorun --disable-dev-shm-usage --disable-gpu --disable-background-timer-throttling --disable-field-trial-config
--disable-backgrounding-occluded-windows --disable-renderer-backgrounding --disable-search-engine-choice-screen --lang=en-US
--enable-features=NetworkServiceInProcess2
--disable-features=OptimizationHints,MediaRouter,Translate,InterestFeedContentSuggestions,AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,PaintHolding,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,AsyncDns,DnsOverHttps,SafeBrowsingHashPrefixRealTimeLookups,NetworkTimeServiceQuerying,BackForwardCache,Prerender2,PreconnectToSearch,PreconnectToSearchNonGoogle
""".split()

# On a host that is busy with others, a browser starts slowly.
START_SECONDS = 600
RESTED_SECONDS = 2.0
RESTED_WITHIN_SECONDS = 30.0


def user_agent():
    """What the browser calls itself where it has a window: a page does nothing for one that says it has none."""
    said = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=START_SECONDS).stdout.decode("ascii", "replace")
    major = re.search(r"(\d+)\.\d", said).group(1)
    return "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%s.0.0.0 Safari/537.36" % major


class Viewer:
    """One warm browser. `account` says who it runs as and starts its programs; `proxy` and `arguments` in it replace the guest's own way out, and add to the flags; `cold` starts no page of ours."""

    stays_open = True

    def __init__(self, account):
        self.account = account
        self.processes = account["processes"]
        self.downloads = os.path.join(account["home"], "Downloads")
        self.browser = self.watch = self.visit = None
        # Sessions of tabs that have shown a page of their kind, in whose process the next one is shown.
        self.tabs = {}

    def start(self):
        os.makedirs(self.downloads, exist_ok=True)
        os.chown(self.downloads, self.account["uid"], self.account["gid"])
        proxy = self.account.get("proxy") or egress.start()
        profile = os.path.join(self.account["home"], "profile")
        size = ["--window-size=%d,%d" % (WIDTH, HEIGHT), "--screen-info={%dx%d}" % (WIDTH, HEIGHT)]
        arguments = [PROGRAM, *FLAGS, *size, "--user-agent=" + user_agent(), "--proxy-server=" + proxy, "--user-data-dir=" + profile]
        self.browser = cdp.Browser(self.processes.start, arguments + self.account.get("arguments", []) + ["about:blank"])
        version = self.browser.call("Browser.getVersion", within=START_SECONDS)
        self.ask("Browser.setDownloadBehavior", {"behavior": "allowAndName", "downloadPath": self.downloads, "eventsEnabled": True})
        self.ask("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
        self.watch = Watch(self.browser)
        self.browser.call("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}, within=START_SECONDS)
        if self.account.get("cold"):
            self.tabs = {"file": self.open_tab(), "web": self.open_tab()}
        else:
            self.warm_up()
        return {"chromium": version.get("product", "")}

    def warm_up(self):
        """Shows one page of each kind, so that what starts with the first is started, and waits until the browser has done what it does some time after its start."""
        folder = warm.write_pages(self.account["home"])
        # A tab with a PDF stays: the processes of the PDF viewer end with the last.
        self.show_warm(self.open_tab(), folder + "/warm.pdf", still=True)
        self.tabs["file"] = self.open_tab()
        # Its scripts are kept as code when they run a second time.
        self.show_warm(self.tabs["file"], folder + "/warm.pdf", still=True)
        self.show_warm(self.tabs["file"], folder + "/warm.html")
        self.tabs["web"] = self.open_tab()
        with warm.Site(self.browser, self.watch, self.tabs["web"]):
            self.show_warm(self.tabs["web"], warm.ADDRESS, still=True)
        self.browser.call("Page.bringToFront", {}, self.tabs["file"], within=START_SECONDS)
        self.rest()
        for session in self.tabs.values():
            self.browser.call("Page.resetNavigationHistory", {}, session, within=START_SECONDS)

    def rest(self):
        """Waits until the browser's processes have rested for a while."""
        until = time.monotonic() + RESTED_WITHIN_SECONDS
        rested = 0.0
        while rested < RESTED_SECONDS and time.monotonic() < until:
            before = self.processes.used()
            self.browser.pump(0.5)
            rested = rested + 0.5 if self.processes.used() - before < 0.025 else 0.0

    def show_warm(self, session, subject, still=False):
        self.show(session, subject, {"most_seconds": START_SECONDS, "still": still}, lambda happening: None, lambda what, data, **told: None)

    def open_tab(self):
        target = self.browser.call("Target.createTarget", {"url": "about:blank"}, within=START_SECONDS)["targetId"]
        until = time.monotonic() + START_SECONDS
        while target not in self.watch.targets and time.monotonic() < until:
            self.browser.pump(0.1, once=True)
        session = self.watch.targets[target]
        # What was switched on is so once the page's process has answered; a navigation that begins before takes an older state with it.
        self.browser.call("Page.getFrameTree", session=session, within=START_SECONDS)
        self.browser.call("Emulation.setFocusEmulationEnabled", {"enabled": True}, session, within=START_SECONDS)
        shown = self.browser.call("Runtime.evaluate", {"expression": "innerWidth"}, session, within=START_SECONDS)["result"].get("value")
        if shown != WIDTH:
            # An older browser takes another size for that of its screen.
            metrics = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            self.browser.call("Emulation.setDeviceMetricsOverride", metrics, session, within=START_SECONDS)
        return session

    def ask(self, method, params):
        """What an older browser may not know."""
        try:
            self.browser.call(method, params, within=START_SECONDS)
        except cdp.Refused:
            pass

    def open(self, subject, options, say, artefact):
        """Opens an address, or a file by its path; returns what ended it where it did not end well."""
        kind = "web" if scheme_of(subject) in ("http", "https") else "file"
        try:
            return self.show(self.tabs[kind], subject, options, say, artefact)
        except cdp.Gone:
            self.watch.crash("the browser has ended")
            return "crashed"

    def show(self, session, subject, options, say, artefact):
        url = subject
        if scheme_of(subject) not in ("http", "https"):
            url = "file://" + urllib.request.pathname2url(os.path.abspath(subject))
            if subject.lower().endswith(".pdf"):
                url += PDF_VIEW
        self.watch.begin(session, say, artefact, url)
        self.visit = Visit(self.browser, self.watch, options, say, artefact, self.downloads, self.processes.used)
        try:
            return self.visit.run(session, url)
        finally:
            self.watch.end()

    def close(self):
        """Ends the visit; the browser ends with its processes, which are looked at before."""
        if self.visit:
            self.visit.end()
