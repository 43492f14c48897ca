"""LibreOffice, started once and kept warm: documents are opened in the running process through UNO (design, sections 12.3 and 15.2).

A second office process costs half a minute under emulation, so there is never one: `start` runs before the template is saved and does all start-up work,
`open` loads one document, `close` closes it as a reader would. Everything that the office says comes from a process that the document may have taken
over: it is passed on as what the guest claims.
"""

import os
import subprocess
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.lang import DisposedException

from viewers import libreoffice_clicks as clicks
from viewers import libreoffice_pictures as pictures
from viewers import libreoffice_profile as profile
from viewers import libreoffice_warm as warm
from viewers.libreoffice_listeners import Answers, Events

PROGRAM = "/usr/lib/libreoffice/program/soffice.bin"
PIPE = "vedette"
START_WITHIN_S = 180
ARGUMENTS = ["--headless", "--invisible", "--norestore", "--nologo", "--nodefault", "--nolockcheck", "--nofirststartwizard"]
# No graphics processor is asked for: there is none, and looking for one runs helper programs.
ENVIRONMENT = {
    "SAL_USE_VCLPLUGIN": "svp",
    "SAL_DISABLE_OPENCL": "1",
    "SAL_DISABLEGL": "1",
    "SAL_DISABLESKIA": "1",
    "SAL_NO_MOUSEGRABS": "1",
}
# Macros run without a question, or not at all (com.sun.star.document.MacroExecMode).
ALWAYS_EXECUTE, NEVER_EXECUTE = 4, 0
# Links are followed without a question (com.sun.star.document.UpdateDocMode).
FULL_UPDATE = 3
# The names of modules by the service that a document of theirs offers.
MODULES = (
    ("com.sun.star.sheet.SpreadsheetDocument", "Calc"),
    ("com.sun.star.presentation.PresentationDocument", "Impress"),
    ("com.sun.star.drawing.DrawingDocument", "Draw"),
    ("com.sun.star.text.GenericTextDocument", "Writer"),
    ("com.sun.star.formula.FormulaProperties", "Math"),
)


def value(name, content):
    """A named value as UNO takes them."""
    return PropertyValue(Name=name, Value=content)


class Viewer:
    """One running office. `account` says as whom it runs: `uid`, `gid` and `home`; without one, as whoever runs this."""

    name = "libreoffice"

    def __init__(self, account=None):
        self.account = account
        self.process = None
        self.desktop = None
        self.context = None
        self.document = None
        self.listener = None

    def start(self, check_heap=False):
        """Starts the office, opens and closes harmless documents of each kind, and says what runs. Raises where it does not start in time."""
        home = self.account["home"] if self.account else os.environ.get("HOME", "/root")
        folder = os.path.join(home, ".config/libreoffice/4")
        profile.write(folder, self.account)
        self.process = subprocess.Popen(
            [PROGRAM, *ARGUMENTS, "-env:UserInstallation=file://" + folder, "--accept=pipe,name=%s;urp;" % PIPE],
            env=self._environment(home, check_heap),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as_account(),
        )
        self._connect()
        if not check_heap:
            warm.up(self, self._as_account())
        return {"libreoffice": self._version()}

    def open(self, path, options, say, artefact):
        """Opens a document, shows its pages, clicks what it embeds, and leaves it open. Says `refused` where the office does not read it."""
        if options.get("checkHeap"):
            self._start_again()
        say({"kind": "viewer", "state": "opening"})
        answers = Answers(say)
        self.listener = Events(say)
        broadcaster = self._singleton("com.sun.star.frame.theGlobalEventBroadcaster")
        broadcaster.addDocumentEventListener(self.listener)
        self.document = self._load(path, bool(options.get("macros")), answers, say)
        if self.document is None:
            return
        say({"kind": "viewer", "state": "opened", "detail": self._told()})
        if pictures.show(self.document, artefact, self._as_account()) > 0:
            say({"kind": "viewer", "state": "rendered"})
        clicks.click(self.document, say)

    def close(self):
        """Closes the document with all that it does when it is closed. The office stays."""
        document, self.document = self.document, None
        if document is None:
            return
        try:
            # An office that asks whether to keep changes waits for nobody.
            document.setModified(False)
        except Exception:  # a document that is read-only, or that vetoes
            pass
        try:
            controller = document.getCurrentController()
            if controller is not None:
                controller.suspend(True)
            document.close(True)
        except DisposedException:
            pass

    def running(self):
        """Whether the office still runs; where not, `self.process.returncode` says how it ended."""
        return self.process is not None and self.process.poll() is None

    def _load(self, path, macros, answers, say):
        properties = (
            value("Hidden", True),
            value("MacroExecutionMode", ALWAYS_EXECUTE if macros else NEVER_EXECUTE),
            value("UpdateDocMode", FULL_UPDATE),
            value("InteractionHandler", answers),
            value("Referer", "private:user"),
        )
        reason = "the office does not read it"
        try:
            document = self.desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, properties)
        except DisposedException:
            # The office ended while it loaded: how it ended is told by who watches its process.
            return None
        except Exception as error:
            document, reason = None, str(error)[:900] or type(error).__name__
        if document is None:
            say({"kind": "viewer", "state": "refused", "detail": answers.refused or reason})
        return document

    def _told(self):
        module = next((name for service, name in MODULES if self.document.supportsService(service)), "another module")
        filters = [entry.Value for entry in self.document.getArgs() if entry.Name == "FilterName"]
        return "%s, by its filter %s" % (module, filters[0] if filters else "unknown")

    def _start_again(self):
        """The heap is checked only from a process's start, so a repeated run for a crash pays for a start."""
        self.process.kill()
        self.process.wait()
        self.start(check_heap=True)

    def _environment(self, home, check_heap):
        own = {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": "/tmp", **ENVIRONMENT}
        if check_heap:
            own.update({"LD_PRELOAD": "libc_malloc_debug.so.0", "GLIBC_TUNABLES": "glibc.malloc.check=3", "MALLOC_CHECK_": "3"})
        return own

    def _as_account(self):
        if not self.account:
            return {}
        return {"user": self.account["uid"], "group": self.account["gid"], "extra_groups": []}

    def _connect(self):
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        until = time.monotonic() + START_WITHIN_S
        while True:
            if self.process.poll() is not None:
                raise RuntimeError("the office ended while it started: %d" % self.process.returncode)
            try:
                self.context = resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % PIPE)
                break
            except Exception:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        self.desktop = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)

    def _singleton(self, name):
        return self.context.getValueByName("/singletons/" + name)

    def _version(self):
        provider = self.context.ServiceManager.createInstanceWithContext("com.sun.star.configuration.ConfigurationProvider", self.context)
        product = provider.createInstanceWithArguments("com.sun.star.configuration.ConfigurationAccess", (value("nodepath", "/org.openoffice.Setup/Product"),))
        return str(product.getByName("ooSetupVersionAboutBox"))
