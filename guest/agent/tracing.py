"""
Watches the viewer's processes through the kernel: a tracefs instance of its own, its text copied to the host as it comes.

What is watched stands in `probes.json`; `src/scanner/detonation/signals` reads it. Between the events stand marks: `vedette-process` for each program that
the agent starts, and again for each that stands when the document comes, `vedette-open` when the document is handed over, then `vedette-beat` twice a second, so that silence means something, and
`vedette-close TOKEN` at the end; `vedette-own TOKEN pid=` is a program that the agent runs for itself, such as the painter of LibreOffice's pages. The token comes of the host's seed, and each probe that fetches a string ends with a number that only the host knows, so
nothing that a viewer prints passes for either.
"""
import glob
import json
import os
import secrets
import threading
import time

from channels import write_all
from elf import offset_of
from system import write

ROOT = '/sys/kernel/tracing'
OWN = ROOT + '/instances/vedette'
BUFFER_KIB = 2048
# /lib is a folder of its own up to Debian 11, and leads into /usr since. Up to glibc 2.33, dlopen lies in a library of its own.
LIBRARIES = ('/lib/x86_64-linux-gnu/libc.so.6', '/lib/x86_64-linux-gnu/libdl.so.2')


class Tracing:
    def __init__(self, port):
        self._port = port
        # What could not be watched, and why.
        self.missing = []
        # Of the host's seed, once a document is handed over: what bears it was marked by the agent.
        self.token = None
        self.guard = hex(secrets.randbits(62) | 1 << 62)
        os.makedirs(OWN, exist_ok=True)
        write(OWN + '/buffer_size_kb', str(BUFFER_KIB))
        write(OWN + '/trace_clock', 'mono')
        for option in ('event-fork', 'record-tgid'):
            write(OWN + '/options/' + option, '1')
        self._marker = os.open(OWN + '/trace_marker', os.O_WRONLY | os.O_CLOEXEC)
        # Each process that becomes a viewer writes its own number here first; those that it starts follow by themselves.
        self.processes = os.open(OWN + '/set_event_pid', os.O_WRONLY | os.O_CLOEXEC)
        self._watch_nobody()
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'probes.json')) as file:
            self._define(json.load(file))

    def _watch_nobody(self):
        # An empty list means everybody, unless a process was on it: its end leaves a list that holds nobody.
        child = os.fork()
        if child == 0:
            try:
                os.write(self.processes, str(os.getpid()).encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    def _define(self, wanted):
        offsets = {path: offset_of(path, ('system', 'popen', 'dlopen')) for path in LIBRARIES if glob.glob(path)}
        events = os.open(ROOT + '/dynamic_events', os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        for probe in wanted['probes']:
            name, definition = probe['name'], probe['definition']
            if 'string' in definition:
                definition += ' guard=\\%s:x64' % self.guard
            try:
                os.write(events, (_placed(definition, offsets) + '\n').encode())
            except (OSError, KeyError) as error:
                self.missing.append('%s: %s' % (name, error))
                continue
            self._enable('vedette/' + name, probe.get('filter'))
        os.close(events)
        for event in wanted['events']:
            self._enable(event['name'], event.get('filter'))

    def _enable(self, event, only):
        try:
            folder = '%s/events/%s' % (OWN, event)
            if only:
                write(folder + '/filter', only)
            write(folder + '/enable', '1')
        except OSError as error:
            self.missing.append('%s: %s' % (event, error.strerror))

    def mark(self, text):
        try:
            os.write(self._marker, b'vedette-' + text.encode())
        except OSError:
            # Somebody turned the trace off: the host misses the mark.
            pass

    def start(self):
        threading.Thread(target=self._copy, daemon=True).start()

    def _copy(self):
        pipe = os.open(OWN + '/trace_pipe', os.O_RDONLY | os.O_CLOEXEC)
        while True:
            text = os.read(pipe, 1 << 16)
            write_all(self._port, text)
            if not text:
                time.sleep(0.05)


def _placed(definition, offsets):
    """The definition of a library's function with the place of that function."""
    if ' LIBC:' not in definition:
        return definition
    head, rest = definition.split(' LIBC:', 1)
    name = rest.split(' ', 1)[0]
    path = next((path for path, found in offsets.items() if name in found), None)
    if path is None:
        raise KeyError('no library exports ' + name)
    return '%s %s:0x%x%s' % (head, path, offsets[path][name], rest[len(name):])
