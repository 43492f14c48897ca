"""What a browser does with a page, told in the words of happenings."""
import base64
import hashlib
import json
import os
import time

ORDINARY_SCHEMES = ("http", "https", "ws", "wss", "data", "blob", "about", "chrome", "chrome-extension", "chrome-error", "chrome-untrusted", "devtools", "filesystem", "cid", "")
# Pages of the browser itself, such as that around a PDF.
OF_BROWSER = ("chrome", "chrome-extension", "chrome-error", "chrome-untrusted", "devtools", "about")
CAUSES = {
    "anchorClick": "link",
    "formSubmissionGet": "form",
    "formSubmissionPost": "form",
    "httpHeaderRefresh": "header",
    "metaTagRefresh": "meta",
    "scriptInitiated": "script",
    "reload": "script",
}
LONGEST_URL = 4096
MOST_TOLD = {"request": 2000, "answer": 2000, "script": 300, "console": 200, "redirect": 100, "clipboard": 50, "scheme": 50, "frame": 100, "worker": 50, "websocket": 50, "download": 50}
LARGEST_SOURCE = 2 * 1024 * 1024
MOST_DIALOGS = 20
# A request of which nothing was heard for so long, while nothing else happened either, is one that stays open.
STALE_SECONDS = 5.0
# Timers that set each other are waited for so long.
CHAIN_SECONDS = 4.0
BINDING = "vedetteTell"
# The browser's own viewer of PDF without its buttons, with a whole page in sight: it takes this from the address that we give it.
PDF_VIEW = "#toolbar=0&navpanes=0&view=Fit"
# What a session says of the page that it shows.
OF_PAGES = ("Network.", "Page.", "Runtime.", "Debugger.", "Log.", "HeapProfiler.")
# The extension that is the browser's viewer of PDF.
PDF_VIEWER = "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/"


def scheme_of(url):
    return url.split(":", 1)[0].lower() if ":" in url else ""


class Watch:
    """
    Takes the events of one browser. Between `begin` and `end` lies a visit: `say(happening)` and `artefact(description, bytes)` carry what it tells to the host.
    """

    def __init__(self, browser):
        self.browser = browser
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "injected.js")) as file:
            self.injected = file.read()
        self.sessions = {}
        self.parents = {}
        # Those that have shown nothing yet.
        self.unborn = set()
        # Sessions of pages by their target, whose name its main frame has too.
        self.targets = {}
        self.injections = []
        self.mains = {}
        self.script = self.binding = ""
        self.begin(None, lambda happening: None, lambda what, data, **told: None, "")
        browser.on_event = self.on_event

    def begin(self, session, say, artefact, document):
        """From here on all is of the visit to `document`, which the tab of `session` is about to show."""
        self.say = say
        self.artefact = artefact
        # A document that was opened as a file: loading itself is no launch of a scheme.
        self.document = document.split("#")[0]
        # Of a PDF a whole page is in sight.
        self.fits = document.endswith(PDF_VIEW)
        # Sessions of the pages that belong to the visit: the one that was opened, and those that it opened.
        self.pages = [session] if session else []
        # Sessions of what was shown before, and of the browser itself: they may still say something.
        self.others = set(self.sessions) - {session}
        self.loading = set()
        self.timers_until = self.first_timer = 0.0
        self.last_activity = time.monotonic()
        # Sessions of pages that came to the end of their loading, and of those that have begun and did not.
        self.loaded = set()
        self.unloaded = set()
        self.told = {}
        self.schemes = set()
        self.addresses = {}
        self.causes = {}
        self.frames = {}
        self.heap = self.most_heap = 0
        self.downloads = {}
        self.ended_downloads = []
        self.crashed = False
        # Addresses whose content a worker of the page made up.
        self.made_up = set()
        self.show_pdf_in(None)
        self.snapshot = None
        self.dialogs = 0
        self.hashes = set()
        # Made anew, so that no page knows its name.
        self.binding = "_" + os.urandom(8).hex()
        self.script = self.injected.replace(BINDING, self.binding)
        # That which a tab was opened with, too.
        self.eject()
        if session:
            self.inject(session)

    def show_pdf_in(self, page):
        """From here on the page of that session shows a PDF, or none does."""
        self.pdf_page = page
        # That of the browser's viewer of it, how far that is, and how many pages it has found.
        self.pdf_session = None
        self.pdf_state = ""
        self.pdf_pages = 0

    @property
    def pdf(self):
        """Whether the page that is in front shows a PDF."""
        return bool(self.pages) and self.pages[-1] == self.pdf_page

    def inject(self, session):
        self.browser.send("Runtime.addBinding", {"name": self.binding}, session)
        binding = self.binding
        keep = lambda result, error=None: result and self.injections.append((session, result["identifier"], binding))
        self.browser.send("Page.addScriptToEvaluateOnNewDocument", {"source": self.script, "runImmediately": True}, session, keep)

    def eject(self):
        for session, identifier, binding in self.injections:
            self.browser.send("Page.removeScriptToEvaluateOnNewDocument", {"identifier": identifier}, session)
            self.browser.send("Runtime.removeBinding", {"name": binding}, session)
        self.injections = []

    def end(self):
        """What comes from here on is of nobody's visit, until the next begins."""
        self.say = lambda happening: None
        self.artefact = lambda what, data, **told: None
        self.eject()

    # What is told

    def tell(self, action, detail="", **more):
        """Says one thing about the page, up to a number of each kind; what is over it is counted."""
        count = self.told.get(action, 0) + 1
        self.told[action] = count
        if count > MOST_TOLD.get(action, 200):
            return
        happening = {"kind": "page", "action": action, "detail": str(detail).replace(PDF_VIEW, "")[:4096]}
        for name, value in more.items():
            if value is not None:
                happening["from" if name == "origin" else "as" if name == "type" else name] = value.replace(PDF_VIEW, "")[:LONGEST_URL] if isinstance(value, str) else value
        self.say(happening)

    def tell_dropped(self):
        for action, count in self.told.items():
            if count > MOST_TOLD.get(action, 200):
                self.say({"kind": "dropped", "of": "page " + action, "count": count - MOST_TOLD.get(action, 200)})

    def tell_heap(self, used, total):
        """Where it changed by a tenth: what stays as it is makes no curve."""
        self.most_heap = max(self.most_heap, used)
        if abs(used - self.heap) * 10 > self.heap:
            self.heap = used
            self.tell("heap", "of %d" % total, bytes=used)

    # Waiting

    def pending(self):
        """Whether something of the page is still to come."""
        return bool(self.loading) and self.quiet_for() < STALE_SECONDS or time.monotonic() < self.timers_until or any(not done for done in self.downloads.values())

    def quiet_for(self):
        return time.monotonic() - self.last_activity

    # Events

    def on_event(self, method, params, session):
        if session in self.others and method.startswith(OF_PAGES):
            return
        handle = getattr(self, "on_" + method.replace(".", "_"), None)
        if handle:
            try:
                handle(params, session)
            except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
                self.tell("failure", "%s: %r" % (method, error))

    def on_Target_attachedToTarget(self, params, parent):
        session, kind, url = params["sessionId"], params["targetInfo"]["type"], params["targetInfo"].get("url", "")
        self.sessions[session] = kind
        self.parents[session] = parent
        if kind == "other":
            self.unborn.add(session)
        send = lambda method, more=None: self.browser.send(method, more, session)
        if kind == "browser_ui":
            self.others.add(session)
            return send("Runtime.runIfWaitingForDebugger")
        send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True})
        send("Network.enable", {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0})
        send("Runtime.enable")
        send("Debugger.enable", {"maxScriptsCacheSize": 64 * 1024 * 1024})
        # A page that asks for a debugger would stand still for ever.
        send("Debugger.setSkipAllPauses", {"skip": True})
        send("Log.enable")
        send("Inspector.enable")
        if kind in ("page", "iframe", "webview", "other"):
            send("Page.enable")
            send("Page.setLifecycleEventsEnabled", {"enabled": True})
            self.inject(session)
            if kind == "page":
                self.targets[params["targetInfo"]["targetId"]] = session
                self.mains[session] = params["targetInfo"]["targetId"]
            if kind == "page" and params["targetInfo"].get("openerId"):
                self.pages.append(session)
                self.tell("navigate", "a new window", url=url, cause="window")
        elif kind in ("worker", "service_worker", "shared_worker", "worklet"):
            self.tell("worker", kind, url=url)
        send("Runtime.runIfWaitingForDebugger")
        if kind == "other" and self.pdf_page:
            # Of an older browser, which does not always tell what it shows.
            self.follow_pdf(session)

    def on_Target_detachedFromTarget(self, params, _session):
        session = params["sessionId"]
        self.sessions.pop(session, None)
        self.parents.pop(session, None)
        self.unloaded.discard(session)
        self.unborn.discard(session)
        self.others.discard(session)
        if session in self.pages:
            self.pages.remove(session)
        self.loading = {one for one in self.loading if one[0] != session}

    def on_Target_targetCrashed(self, params, _session):
        self.crash("status %s, code %s" % (params.get("status"), params.get("errorCode")))

    def on_Inspector_targetCrashed(self, _params, session):
        # So is called, too, what has no process yet.
        if session not in self.unborn:
            self.crash("the page's process has crashed")

    def crash(self, detail):
        if not self.crashed:
            self.tell("crash", detail)
        self.crashed = True

    def on_Network_requestWillBeSent(self, params, session):
        self.last_activity = time.monotonic()
        request, number = params["request"], params["requestId"]
        url = request["url"] + request.get("urlFragment", "")
        if "redirectResponse" in params:
            answer = params["redirectResponse"]
            self.tell("redirect", "HTTP", origin=answer.get("url", ""), url=url, cause="http", status=answer.get("status"), type=params.get("type"), id=number)
        if params.get("type") == "Document":
            self.launch(url, "request")
        if scheme_of(url) in ("http", "https", "ws", "wss", "file"):
            # Events of a request may come in the session of another target than it began in.
            self.loading.add((session, number))
            initiator = params.get("initiator", {})
            document = params.get("type") == "Document"
            origin = initiator.get("url") or (self.frames.get(params.get("frameId")) if document else params.get("documentURL"))
            self.addresses[number] = url
            self.tell(
                "request",
                "%s %s" % (request.get("method", "GET")[:20], url),
                url=url,
                origin=origin,
                method=request.get("method", "")[:20],
                type=params.get("type", "Other"),
                id=number[:100],
                frame=params.get("frameId", "")[:100] or None,
            )

    def on_Network_responseReceived(self, params, _session):
        answer = params["response"]
        if answer.get("fromServiceWorker") and len(self.made_up) < 1000:
            self.made_up.add(answer.get("url", ""))
        if scheme_of(answer.get("url", "")) not in ("http", "https"):
            return
        detail = "%s%s" % (answer.get("mimeType", ""), ", from a service worker" if answer.get("fromServiceWorker") else "")
        self.tell("answer", detail, url=answer["url"], status=int(answer.get("status", 0)), id=params["requestId"][:100])

    def on_Network_loadingFinished(self, params, _session):
        self.done(params["requestId"])

    def on_Network_loadingFailed(self, params, _session):
        number = params["requestId"]
        if number in self.addresses:
            self.tell("failure", "%s %s" % (params.get("errorText", ""), params.get("blockedReason", "")), url=self.addresses[number], id=number[:100])
        self.done(number)

    def done(self, number):
        self.last_activity = time.monotonic()
        self.addresses.pop(number, None)
        self.loading = {one for one in self.loading if one[1] != number}

    def on_Network_webSocketCreated(self, params, _session):
        self.tell("websocket", "", url=params["url"], id=params["requestId"][:100])

    def on_Page_frameRequestedNavigation(self, params, session):
        url, cause = params["url"], CAUSES.get(params.get("reason"), "other")
        self.last_activity = time.monotonic()
        if scheme_of(url) in OF_BROWSER:
            return
        self.causes[params["frameId"]] = cause
        if not self.launch(url, cause):
            self.tell("redirect", params.get("reason", ""), url=url, origin=self.frames.get(params["frameId"]), cause=cause, frame=params["frameId"][:100])

    def on_Page_frameScheduledNavigation(self, params, _session):
        delay = float(params.get("delay", 0))
        if delay <= 30:
            self.timers_until = max(self.timers_until, time.monotonic() + delay + 0.5)

    def on_Page_frameNavigated(self, params, session):
        self.unborn.discard(session)
        frame = params["frame"]
        url = frame.get("url", "") + frame.get("urlFragment", "")
        main = "parentId" not in frame
        if main and session in self.pages:
            self.loaded.discard(session)
            if url != "about:blank":
                self.unloaded.add(session)
            # Of the page itself: one that holds a PDF among other things is a page.
            if frame.get("mimeType") == "application/pdf":
                self.show_pdf_in(session)
            elif session == self.pdf_page:
                self.show_pdf_in(None)
        if self.pdf_page and url.startswith(PDF_VIEWER) and (self.parents.get(session) == self.pdf_page or self.sessions.get(session) == "other"):
            self.follow_pdf(session)
        if main:
            # Requests of the page before are over, whether it was told or not.
            self.loading = {one for one in self.loading if one[0] != session or one[1] == frame.get("loaderId")}
        if url in ("", "about:blank") or scheme_of(url) in OF_BROWSER:
            return
        if len(self.frames) < 1000:
            self.frames[frame["id"]] = url
        self.tell("navigate" if main else "frame", frame.get("mimeType", ""), url=url, cause=self.causes.pop(frame["id"], None), frame=frame["id"][:100])

    def follow_pdf(self, session):
        self.pdf_session = session
        # Its two hundred scripts are the browser's own, and run slower where they are followed; what the document asks for is told by the frame inside it.
        for followed in ("Debugger", "Log", "Network"):
            self.browser.send(followed + ".disable", session=session)

    def take_pdf(self, said):
        """What the browser's viewer of PDF says of how far it is: `[state, pages]`."""
        if isinstance(said, list) and len(said) == 2:
            self.unborn.discard(self.pdf_session)
            self.pdf_state, self.pdf_pages = str(said[0]) or self.pdf_state, said[1]

    def on_Page_lifecycleEvent(self, params, session):
        self.last_activity = time.monotonic()
        if params.get("name") == "load" and params.get("frameId") == self.mains.get(session):
            self.loaded.add(session)
            self.unloaded.discard(session)

    def on_Debugger_paused(self, params, session):
        """Of a page whose heap is nearly full: it is stopped all the same, and stands still until it is let go on."""
        self.last_activity = time.monotonic()
        self.tell("failure", "stopped by the browser: %s" % params.get("reason", ""))
        self.browser.send("Debugger.resume", {}, session)

    def on_Page_windowOpen(self, params, _session):
        self.launch(params.get("url", ""), "window")

    def on_Page_javascriptDialogOpening(self, params, session):
        self.dialogs += 1
        if self.dialogs <= MOST_DIALOGS:
            self.say({"kind": "dialog", "text": ("%s: %s" % (params.get("type"), params.get("message")))[:2000]})
        # A page that asks without end is answered no, which ends it sooner.
        self.browser.send("Page.handleJavaScriptDialog", {"accept": self.dialogs <= MOST_DIALOGS, "promptText": ""}, session)

    def launch(self, url, how):
        """Tells of an address that another program would be started for; whether it is one."""
        scheme = scheme_of(url)
        if scheme in ORDINARY_SCHEMES or scheme == "file" and self.document.startswith("file:") or url.split("#")[0] == self.document:
            return False
        if url not in self.schemes and len(self.schemes) < 200:
            self.schemes.add(url)
            self.tell("scheme", url, url=url, cause=how if how in ("http", "meta", "script", "form", "link", "header", "window") else "other")
        return True

    def on_Browser_downloadWillBegin(self, params, _session):
        self.downloads[params["guid"]] = False
        self.tell("download", params.get("suggestedFilename", "")[:255], url=params.get("url", ""), id=params["guid"][:100])

    def on_Browser_downloadProgress(self, params, _session):
        self.last_activity = time.monotonic()
        if params.get("state") != "inProgress" and params.get("guid") in self.downloads:
            self.downloads[params["guid"]] = True
            if params["state"] == "completed":
                self.ended_downloads.append(params["guid"])

    def on_Runtime_executionContextCreated(self, _params, session):
        self.unborn.discard(session)

    def on_Runtime_consoleAPICalled(self, params, _session):
        words = [str(one.get("value", one.get("description", one.get("type", "")))) for one in params.get("args", [])[:10]]
        self.tell("console", "%s: %s" % (params.get("type", "log"), " ".join(words)))

    def on_Runtime_exceptionThrown(self, params, _session):
        details = params.get("exceptionDetails", {})
        self.tell("console", "exception: %s" % details.get("exception", {}).get("description", details.get("text", "")))

    def on_Log_entryAdded(self, params, _session):
        entry = params["entry"]
        self.tell("console", "%s: %s" % (entry.get("level"), entry.get("text")), url=entry.get("url"))

    def on_Runtime_bindingCalled(self, params, _session):
        if params.get("name") != self.binding:
            return
        what, value = json.loads(params["payload"])
        if what == "clipboard":
            self.tell("clipboard", value)
        elif what == "clock":
            self.tell("clock", "read %d times in a row" % int(value))
        elif what == "timer":
            now, delay = time.monotonic(), min(float(value), 30000) / 1000
            self.first_timer = self.first_timer or now
            # Short ones follow each other without end on many pages.
            until = now + delay + 0.5 if delay >= 1 else min(now + delay + 0.5, self.first_timer + CHAIN_SECONDS)
            self.timers_until = max(self.timers_until, until)

    def on_HeapProfiler_addHeapSnapshotChunk(self, params, _session):
        if self.snapshot:
            self.snapshot.take(params["chunk"])

    def on_Debugger_scriptParsed(self, params, session):
        url = params.get("url", "")
        named = params.get("hasSourceURL", False)
        # A frame whose content stands in the page is of no address of its own.
        ours = scheme_of(url) in OF_BROWSER and scheme_of(url) != "about" and not named
        # The viewer of a PDF puts scripts of its own around it and beside it.
        around = url == self.document and self.pdf_session and (session == self.pdf_page or self.parents.get(session) == self.pdf_session)
        if ours or self.is_isolated(params) or session == self.pdf_session or around:
            return
        wasm = params.get("scriptLanguage") == "WebAssembly"
        # A script with an address of its own is in the record of the proxy; what has none was made by another: eval, Function, or stands in the page.
        if wasm:
            how = "WebAssembly"
        elif url == "" or named:
            # A name that a script gives itself is none.
            how = "eval"
        elif scheme_of(url) in ("data", "blob", "about") or url in self.made_up or params.get("startLine", 0) > 0 or params.get("startColumn", 0) > 0:
            how = "inline"
        else:
            return
        if self.told.get("script", 0) >= MOST_TOLD["script"] or params.get("length", 0) > LARGEST_SOURCE:
            self.tell("script", "%s, %d characters, not kept" % (how, params.get("length", 0)), url=url)
            return
        self.last_activity = time.monotonic()
        frames = params.get("stackTrace", {}).get("callFrames", [])
        origin = frames[0].get("url") if frames else None
        then = lambda result, error=None: self.keep_source(how, url, origin, result)
        self.browser.send("Debugger.getScriptSource", {"scriptId": params["scriptId"]}, session, then)

    def is_isolated(self, params):
        """Whether it runs in a world of ours, which no page reaches."""
        return params.get("executionContextAuxData", {}).get("type") == "isolated"

    def keep_source(self, how, url, origin, result):
        if not result:
            return
        source = base64.b64decode(result["bytecode"]) if result.get("bytecode") else result.get("scriptSource", "").encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(source).hexdigest()
        if not source or digest in self.hashes or source == self.script.encode():
            return
        self.hashes.add(digest)
        self.tell("script", "%s, %d bytes" % (how, len(source)), url=url, origin=origin, type=how, sha256=digest)
        self.artefact("body", source, of="script")
