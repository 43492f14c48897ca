"""What viewers share that run once for each document, and write its pages as pictures."""
import os
import shutil
import struct
import tempfile

import system
from left import read_left
from processes import checked_heap
from viewers.sample import pdf

MOST_PAGES = 50
MOST_PICTURES = 20
MOST_PICTURE = 8 << 20
SIGNATURE = b'\x89PNG\r\n\x1a\n'


class PageViewer:
    """A viewer of pages. `paints(document, folder)` is the command that writes `page-N.png`, `reads` are those that run afterwards."""

    def __init__(self, account):
        self.processes = account['processes']

    def start(self):
        """Runs once what will be run again, so that a clone has it in its memory."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            sample = os.path.join(folder, 'sample.pdf')
            with open(sample, 'wb') as file:
                file.write(pdf())
            self.open(sample, {}, lambda happening: None, lambda *given, **told: None)
        return self.versions()

    def open(self, path, options, say, artefact):
        """Paints and reads the document; returns what ended it where it did not end well."""
        folder = tempfile.mkdtemp(prefix='pages-')
        os.chown(folder, system.UID, system.UID)
        extra = checked_heap() if options.get('checkHeap') else {}
        shown, ended = 0, []
        painter = self.processes.start(self.paints(path, folder), extra)
        while self.processes.wait(painter, 0.05) is None:
            shown = self._show(folder, shown, say, artefact, finished=False)
        shown = self._show(folder, shown, say, artefact, finished=True)
        ended.append(painter)
        for command in self.reads(path):
            reader = self.processes.start(command, extra)
            while self.processes.wait(reader, 1) is None:
                pass
            ended.append(reader)
        pages = len([name for name in os.listdir(folder) if name.endswith('.png')])
        shutil.rmtree(folder, ignore_errors=True)
        return self._tell(ended, pages, say)

    def _tell(self, ended, pages, say):
        fallen = next((process for process in ended if process.returncode < 0), None)
        if fallen is not None:
            signal = -fallen.returncode
            say({'kind': 'viewer', 'state': 'closed', 'detail': 'it was ended by signal %d%s' % (signal, self._words(fallen))})
            return 'killed' if signal in (9, 15) else 'crashed'
        if pages == 0:
            codes = ', '.join(str(process.returncode) for process in ended)
            say({'kind': 'viewer', 'state': 'refused', 'detail': 'it ended with %s and painted no page%s' % (codes, self._words(ended[0]))})
            return None
        say({'kind': 'viewer', 'state': 'rendered', 'detail': 'the first %d pages' % pages if pages == MOST_PAGES else 'pages: %d' % pages})
        return None

    def _words(self, process):
        said = self.processes.last_words(process)
        return '; it said: ' + said[-700:] if said else ''

    def _show(self, folder, shown, say, artefact, finished):
        """Hands over the pages that are whole: all but the last, until the painter has ended."""
        names = sorted((name for name in os.listdir(folder) if name.endswith('.png')), key=_number)
        for name in names[shown:MOST_PICTURES if finished else min(MOST_PICTURES, len(names) - 1)]:
            page = read_left(os.path.join(folder, name), MOST_PICTURE)
            shown += 1
            if page is None:
                say({'kind': 'dropped', 'of': 'pictures that are no files', 'count': 1})
            elif len(page) >= 24 and page[:8] == SIGNATURE:
                width, height = struct.unpack('>II', page[16:24])
                artefact('picture', page, of='page', number=_number(name), width=width, height=height)
        return shown

    def close(self):
        """Such a viewer closes a document by ending."""

    def ask_version(self, command):
        """The first line that a program says of itself."""
        with tempfile.TemporaryFile() as said:
            program = self.processes.start(command, stdout=said, stderr=said)
            self.processes.wait(program, 30)
            said.seek(0)
            return said.readline(200).decode('utf8', 'replace').strip()


def _number(name):
    digits = ''.join(letter for letter in name if letter.isdigit())
    return int(digits) if digits else 0
