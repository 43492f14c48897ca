"""
LibreOffice, started once and kept warm: documents are opened in the running process through UNO (design, sections 12.3 and 15.2).

A second office process costs half a minute under emulation, so there is never one: `start` runs before the template is saved and does all start-up work,
`open` loads one document, `close` closes it as its reader would. What the office says comes from a process that the document may have taken over: it is
passed on as what the guest claims.
"""
import os
import signal
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.lang import DisposedException

from processes import checked_heap
from viewers import libreoffice_clicks as clicks
from viewers import libreoffice_profile as profile
from viewers import libreoffice_warm as warm
from viewers.libreoffice_listeners import MOST_EVENTS, Answers, Events
from viewers.libreoffice_pictures import Painter

PROGRAM = '/usr/lib/libreoffice/program/soffice.bin'
PIPE = 'vedette'
# Where the office listens: the name bears the number of its account, and whoever asks looks under its own number.
LISTENS = '/tmp/OSL_PIPE_%d_' + PIPE
START_WITHIN_SECONDS = 180
# It writes down settings that changed some time later.
SETTINGS_WRITTEN_SECONDS = 3
# The code that an office ends with that is to be started again.
START_AGAIN = 81
ARGUMENTS = ['--headless', '--invisible', '--norestore', '--nologo', '--nodefault', '--nolockcheck', '--nofirststartwizard']
# No graphics processor is asked for: there is none, and looking for one runs helper programs. GStreamer looks at its plugins without one for the same reason.
ENVIRONMENT = {'SAL_USE_VCLPLUGIN': 'svp', 'SAL_DISABLE_OPENCL': '1', 'SAL_DISABLEGL': '1', 'SAL_DISABLESKIA': '1', 'GST_REGISTRY_FORK': 'no'}
# Macros run without a question, or not at all (com.sun.star.document.MacroExecMode).
ALWAYS_EXECUTE, NEVER_EXECUTE = 4, 0
# Links are followed without a question (com.sun.star.document.UpdateDocMode).
FULL_UPDATE = 3
# The office works when it took more of the processor than this share between two looks.
BUSY_SHARE = 0.05
# A macro that waits takes nothing of the processor: what holds macros stays open for so long at least.
MACRO_SECONDS = 5.0
# Names of modules by a service that a document of theirs offers.
MODULES = (
    ('com.sun.star.sheet.SpreadsheetDocument', 'Calc'),
    ('com.sun.star.presentation.PresentationDocument', 'Impress'),
    ('com.sun.star.drawing.DrawingDocument', 'Draw'),
    ('com.sun.star.text.GenericTextDocument', 'Writer'),
    ('com.sun.star.formula.FormulaProperties', 'Math'),
)


def value(name, content):
    """A named value as UNO takes them."""
    return PropertyValue(Name=name, Value=content)


# How a table of plain text is read: whichever usual separator, quoted by ", in UTF-8, from its first line.
TABLE = (value('FilterName', 'Text - txt - csv (StarCalc)'), value('FilterOptions', '44/59/9/124,34,76,1'))


class Viewer:
    """One running office, under the account without rights that `processes` starts programs for."""

    def __init__(self, account):
        self.account = account
        self.processes = account['processes']
        self.painter = Painter(self.processes)
        self.process = None
        self.desktop = None
        self.document = None
        self._context = None
        self._events = None
        self._say = None
        self._looked = (0.0, 0.0)
        self._macros_until = 0.0

    @property
    def own(self):
        """Processes that stand while nothing is open."""
        return set() if self.process is None else {self.process.pid}

    def start(self, check_heap=False):
        """Starts the office, opens and closes harmless documents of each kind, and says what runs. Raises where it does not start in time."""
        folder = os.path.join(self.account['home'], '.config', 'libreoffice', '4')
        profile.write(folder, self.account)
        if not os.path.lexists(LISTENS % os.getuid()):
            os.symlink(LISTENS % self.account['uid'], LISTENS % os.getuid())
        asked = [PROGRAM, *ARGUMENTS, '-env:UserInstallation=file://' + folder, '--accept=pipe,name=%s;urp;' % PIPE]
        extra = dict(ENVIRONMENT, **(checked_heap() if check_heap else {}))
        self.process = self.processes.start(asked, extra)
        if not self._connect():
            # With a new profile it ends once, and is to be started again.
            self.process = self.processes.start(asked, extra)
            if not self._connect():
                raise RuntimeError('the office asks to be started a second time')
        if not check_heap:
            warm.up(self)
            time.sleep(SETTINGS_WRITTEN_SECONDS)
            self.painter.prepare()
        return {'libreoffice': self._version()}

    def open(self, path, options, say, artefact):
        """Opens a document, shows its pages, clicks what it embeds, and leaves it open. Returns what ended the office, where something did."""
        if options.get('checkHeap'):
            self._start_again()
        self._say = self._events.say = say
        self._events.left = MOST_EVENTS
        try:
            self.document = self._load(path, bool(options.get('macros')), Answers(say, options.get('passwords', ())), say)
            if self.document is None:
                return None
            say({'kind': 'viewer', 'state': 'opened', 'detail': self._told()})
            if options.get('macros') and self._holds_macros():
                self._macros_until = time.monotonic() + MACRO_SECONDS
            if self.painter.show(self.document, say, artefact) > 0:
                say({'kind': 'viewer', 'state': 'rendered'})
            clicks.click(self.document, say)
        except DisposedException:
            return self._ended(say)
        finally:
            # From here on the office is asked whether it works; an event in between would look like work.
            self._events.say = None
        return None

    def close(self):
        """Closes the document with all that it does when it is closed. The office stays."""
        document, self.document = self.document, None
        if document is None:
            return
        self._events.say = self._say
        try:
            # An office that asks whether to keep changes waits for nobody.
            document.setModified(False)
            controller = document.getCurrentController()
            # Its window is closed, as its reader would: a document that is closed under its window runs its macros on what is gone already.
            (document if controller is None else controller.getFrame()).close(True)
        except DisposedException:
            self.process.poll()

    def pending(self):
        """What still goes on in the office, or None."""
        used, now = self._processor_seconds(), time.monotonic()
        (before, then), self._looked = self._looked, (used, now)
        if used - before > BUSY_SHARE * (now - then):
            return 'the office works'
        return 'a macro may wait' if now < self._macros_until else None

    def _holds_macros(self):
        """Whether the document brings modules in Basic (those of Office's files are made some) or scripts."""
        try:
            libraries, parts = self.document.BasicLibraries, self.document.getDocumentStorage()
            return any(libraries.getByName(name).hasElements() for name in libraries.getElementNames()) or parts.hasByName('Scripts')
        except DisposedException:
            raise
        except Exception:  # a kind of document that has none
            return False

    def _processor_seconds(self):
        try:
            with open('/proc/%d/stat' % self.process.pid) as said:
                fields = said.read().rpartition(')')[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def _load(self, path, macros, answers, say):
        # Not hidden: documents that nobody sees are not told that they were opened, and their macros do not run.
        properties = (
            value('MacroExecutionMode', ALWAYS_EXECUTE if macros else NEVER_EXECUTE),
            value('UpdateDocMode', FULL_UPDATE),
            value('InteractionHandler', answers),
            *(TABLE if path.lower().endswith(('.csv', '.tsv')) else ()),
        )
        reason = 'the office does not read it'
        try:
            document = self.desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), '_blank', 0, properties)
        except DisposedException:
            raise
        except Exception as error:
            document, reason = None, str(error)[:900] or type(error).__name__
        if document is None:
            say({'kind': 'viewer', 'state': 'refused', 'detail': answers.refused or reason})
        return document

    def _told(self):
        module = next((name for service, name in MODULES if self.document.supportsService(service)), 'another module')
        filters = [entry.Value for entry in self.document.getArgs() if entry.Name == 'FilterName']
        return '%s, by its filter %s' % (module, filters[0] if filters else 'unknown')

    def _ended(self, say):
        code = self.processes.wait(self.process, 5)
        if code is None:
            say({'kind': 'viewer', 'state': 'closed', 'detail': 'the office is no longer reached, and runs'})
            return 'hung'
        say({'kind': 'viewer', 'state': 'closed', 'detail': 'the office ended with %d' % code})
        # By these somebody else ended it, or the kernel did for want of memory.
        return None if code == 0 else 'killed' if code in (-signal.SIGKILL, -signal.SIGTERM) else 'crashed'

    def _start_again(self):
        """The heap is checked only from a process's start on, so a repeated run for a crash pays for a start."""
        self.process.kill()
        self.processes.wait(self.process, 10)
        self.start(check_heap=True)

    def _connect(self):
        """Waits until the office answers; False where it ended and is to be started again."""
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext('com.sun.star.bridge.UnoUrlResolver', local)
        until = time.monotonic() + START_WITHIN_SECONDS
        while True:
            code = self.processes.wait(self.process, 0.2)
            if code == START_AGAIN:
                return False
            if code is not None:
                raise RuntimeError('the office ended with %d while it started' % code)
            try:
                self._context = resolver.resolve('uno:pipe,name=%s;urp;StarOffice.ComponentContext' % PIPE)
                break
            except Exception:  # it does not listen yet
                if time.monotonic() > until:
                    raise
        self.desktop = self._service('com.sun.star.frame.Desktop')
        self._events = Events()
        self._context.getValueByName('/singletons/com.sun.star.frame.theGlobalEventBroadcaster').addDocumentEventListener(self._events)
        return True

    def _service(self, name):
        return self._context.ServiceManager.createInstanceWithContext(name, self._context)

    def _version(self):
        asked = (value('nodepath', '/org.openoffice.Setup/Product'),)
        access = self._service('com.sun.star.configuration.ConfigurationProvider')
        return str(access.createInstanceWithArguments('com.sun.star.configuration.ConfigurationAccess', asked).getByName('ooSetupVersionAboutBox'))
