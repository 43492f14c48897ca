"""From the start of the guest to the end of the one document that it opens."""
import hashlib
import importlib
import os
import threading
import time

import cores
import egress
import memory
import system
from channels import Control, Events, open_port
from honey import Honey
from processes import Processes
from tracing import Tracing

BEAT_SECONDS = 0.5
LOOK_SECONDS = 0.3
# A process that grew by so much, and by half, since it was last looked at is looked at again.
GROWN_BYTES = 32 << 20
CLOSED_WITHIN_SECONDS = 10
MOST_DOCUMENT_NAME = 120
MOST_SECONDS = 60
# What is handed over of one document, in bytes: the host reads no more than some more.
MOST_ARTEFACTS = 128 << 20


class Agent:
    def __init__(self):
        system.prepare()
        cores.prepare()
        self.control = Control(open_port('vedette.control'))
        self.events = Events(open_port('vedette.events'))
        self.tracing = Tracing(open_port('vedette.trace'))
        self.tracing.start()
        self.processes = Processes(self.tracing)
        self.honey = Honey(self.say)
        self.viewer = load_viewer(self.processes)
        self._opened = None
        self._over = False
        self._grown = {}
        self._sprayed = set()
        self._looking = threading.Lock()
        self._left = MOST_ARTEFACTS
        self._ends = set()
        # Processes of the viewer that stood before the document came: those of a viewer that runs on.
        self._warm = set()

    def say(self, happening):
        """Tells the host what the viewer did, at the present instant."""
        if self._opened is not None and not self._over:
            self.events.send(dict(happening, t=round(time.monotonic() - self._opened, 3)))

    def artefact(self, what, data, **told):
        """Hands over bytes: of a `picture`, a `core`, a `file` or a `body`."""
        if 'of' in told:
            told['shows'] = told.pop('of')
        self._left -= len(data)
        if self._left < 0:
            self.say({'kind': 'dropped', 'of': 'files: too much was left', 'count': 1})
            return
        if self._opened is not None and not self._over:
            self.events.send(dict(told, kind='artefact', of=what, t=round(time.monotonic() - self._opened, 3)), data)

    def run(self):
        versions = self.viewer.start()
        self._warm = set(self.processes.alive())
        # What a warm viewer holds is none of the document's doing.
        self._grown = {process: memory.resident(process) for process in self._warm}
        self.honey.start()
        # What the start left in the trace is read, and what it wrote lies on the disk, before the machine is saved.
        time.sleep(0.2)
        os.sync()
        self.events.send({'kind': 'ready', 'versions': versions, 'guard': self.tracing.guard, 'honey': self.honey.paths, 'open': self.processes.open_files(), 'missing': self.tracing.missing})
        asked, data = self.control.receive()
        self._begin(asked)
        threading.Thread(target=self._beat, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()
        threading.Thread(target=self._open, args=(asked, data), daemon=True).start()
        while self.control.receive()[0].get('kind') != 'close':
            pass
        self._finish()

    def _begin(self, asked):
        system.set_clock(asked['clock'])
        seed = bytes.fromhex(asked['seed'])
        system.mix(seed)
        self.tracing.token = hashlib.sha256(b'mark' + seed).hexdigest()[:16]
        for process in self.processes.alive():
            self._mark_standing(process)
        self._opened = time.monotonic()
        self.tracing.mark('open')

    def _mark_standing(self, process):
        """The host hears of what stands before it hears anything else: what the start left in the trace was read before the machine was saved."""
        try:
            image = os.readlink('/proc/%d/exe' % process)
            with open('/proc/%d/stat' % process) as stat:
                parent = int(stat.read().rpartition(')')[2].split()[1])
        except OSError:
            return
        self.tracing.mark('process pid=%d parent=%d image=%s' % (process, parent, image))

    def _open(self, asked, data):
        try:
            if asked['kind'] == 'page':
                subject = asked['url']
            else:
                subject = os.path.join(system.HOME, 'Documents', os.path.basename(asked['name'])[-MOST_DOCUMENT_NAME:] or 'document')
                with open(subject, 'wb') as file:
                    file.write(data)
                os.chown(subject, system.UID, system.UID)
            self.say({'kind': 'viewer', 'state': 'opening'})
            # A viewer that has its own end in sight says more than one that is closed.
            most = 0.75 * asked.get('most_seconds', MOST_SECONDS)
            options = dict(asked['options'], most_seconds=most, passwords=asked.get('passwords', []))
            ends = self.viewer.open(subject, options, self._hear, self.artefact)
            if ends:
                self._ends.add(ends)
            if hasattr(self.viewer, 'running') and not self.viewer.running():
                self._ends.add('crashed')
        except Exception as error:
            self._ends.add('hung')
            self.say({'kind': 'viewer', 'state': 'refused', 'detail': ('the agent could not open it: %r' % error)[:900]})
        self._settle()

    def _hear(self, happening):
        if happening.get('kind') == 'viewer' and happening.get('state') == 'rendered':
            self._ends.add('rendered')
        self.say(happening)

    def _settle(self):
        """Says `idle` when nothing of the viewer's doing goes on any more, and `pending` when something does again."""
        said = None
        while True:
            pending = self._pending()
            state = 'pending' if pending else 'idle'
            if state != said:
                self.say({'kind': 'viewer', 'state': state, **({'detail': pending[:900]} if pending else {})})
                said = state
            time.sleep(0.1)

    def _pending(self):
        # A browser's processes stay as long as its pages: it says itself what goes on. A viewer that was started anew stands as the first one did.
        stays = getattr(self.viewer, 'stays_open', False)
        alive = set(self.processes.alive())
        # What has ended leaves its number to others.
        self._warm &= alive
        left = 0 if stays else len(alive - self._warm - getattr(self.viewer, 'own', set()))
        if left:
            return '%d processes of the viewer go on' % left
        return self.viewer.pending() if hasattr(self.viewer, 'pending') else None

    def _beat(self):
        while True:
            self.events.send({'kind': 'heartbeat'})
            self.tracing.mark('beat')
            time.sleep(BEAT_SECONDS)

    def _watch(self):
        gone = False
        while not self._over:
            if not gone and egress.is_gone():
                gone = True
                self.say({'kind': 'dropped', 'of': 'requests: the way out has ended', 'count': 1})
            try:
                self.processes.reap()
                self._look(GROWN_BYTES)
            except Exception as error:
                self.say({'kind': 'dropped', 'of': ('watch: %r' % error)[:40], 'count': 1})
            time.sleep(LOOK_SECONDS)

    def _look(self, grown):
        with self._looking:
            self._look_for_spray(grown)
            self._collect_cores()

    def _look_for_spray(self, grown):
        for process in self.processes.alive():
            try:
                size = memory.resident(process)
                before = self._grown.get(process, 0)
                if process in self._sprayed or size < before + max(grown, before // 2 if grown > memory.TELLING_BYTES else 0):
                    continue
                self._grown[process] = size
                found = memory.spray_in(process)
            except (OSError, ValueError):
                # It has ended meanwhile.
                continue
            if found:
                if found[0] >= memory.SPRAYED_BYTES:
                    self._sprayed.add(process)
                self.say({'kind': 'spray', 'pid': process, 'bytes': found[0], 'pattern': found[1]})

    def _collect_cores(self):
        for told, kept in cores.found():
            self._ends.add('crashed')
            self.say(told['fault'])
            if told['spray']:
                self.say(dict(told['spray'], kind='spray', pid=told['fault']['pid']))
            self.artefact('core', kept, pid=told['fault']['pid'])

    def _finish(self):
        closing = threading.Thread(target=self._close, daemon=True)
        closing.start()
        closing.join(CLOSED_WITHIN_SECONDS)
        if closing.is_alive():
            self._ends.add('hung')
        self._look(memory.TELLING_BYTES)
        # What ends from here on ends by the agent's doing.
        end = next((end for end in ('crashed', 'killed', 'hung', 'rendered') if end in self._ends), 'idle')
        self._over = True
        self.processes.end_all()
        os.sync()
        self.tracing.mark('close ' + self.tracing.token)
        self.events.send({'kind': 'done', 'end': end})
        while True:
            time.sleep(60)

    def _close(self):
        try:
            self.viewer.close()
            self.say({'kind': 'viewer', 'state': 'closed'})
        except Exception as error:
            self._ends.add('hung')
            self.say({'kind': 'viewer', 'state': 'closed', 'detail': ('it could not be closed: %r' % error)[:900]})


# What a guest has of these says which viewer it is for. LibreOffice's pages are painted by Poppler, so that comes last.
PROGRAMS = (
    ('/usr/lib/libreoffice/program/soffice.bin', 'libreoffice'),
    ('/usr/bin/chromium', 'chromium'),
    ('/usr/bin/mutool', 'mupdf'),
    ('/usr/bin/pdftoppm', 'poppler'),
)


def load_viewer(processes):
    """The viewer that this guest is for; a file `viewer` beside this one names another module of `viewers`."""
    named = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'viewer')
    if os.path.exists(named):
        with open(named) as file:
            name = file.read().strip()
    else:
        name = next(name for program, name in PROGRAMS if os.path.exists(program))
    account = {'uid': system.UID, 'gid': system.UID, 'home': system.HOME, 'processes': processes, 'proxy': egress.start()}
    return importlib.import_module('viewers.' + name).Viewer(account)


def main():
    Agent().run()
