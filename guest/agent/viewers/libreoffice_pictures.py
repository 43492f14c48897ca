"""
The pages of an open document as pictures: LibreOffice writes them as PDF, Poppler paints them.

LibreOffice's own export to PNG shows one page of a text document per run, so it is slower from the second page on.
"""

import glob
import os
import shutil
import subprocess
import tempfile

import uno
import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.io import XOutputStream

import system
from left import read_left
from viewers import png

MOST_PAGES = 10
MOST_PDF_BYTES = 64 * 2**20
DOTS_PER_INCH = 50
# A page of four metres by four.
MOST_PIXMAP = 3 * 8000 * 8000
PROGRAM = '/usr/bin/pdftoppm'
PAINT_WITHIN_SECONDS = 60
ENDS_WITHIN_SECONDS = 5
FILTERS = (
    ('com.sun.star.sheet.SpreadsheetDocument', 'calc_pdf_Export'),
    ('com.sun.star.presentation.PresentationDocument', 'impress_pdf_Export'),
    ('com.sun.star.drawing.DrawingDocument', 'draw_pdf_Export'),
    ('com.sun.star.text.WebDocument', 'writer_web_pdf_Export'),
    ('com.sun.star.text.GlobalDocument', 'writer_globaldocument_pdf_Export'),
    ('com.sun.star.text.GenericTextDocument', 'writer_pdf_Export'),
    ('com.sun.star.formula.FormulaProperties', 'math_pdf_Export'),
)


class Collected(unohelper.Base, XOutputStream):
    """Takes what the office writes, so that the export leaves no file that would look like the document's doing."""

    def __init__(self):
        self.parts = []
        self.size = 0

    def writeBytes(self, part):
        self.size += len(part.value)
        if self.size <= MOST_PDF_BYTES:
            self.parts.append(part.value)

    def flush(self):
        pass

    def closeOutput(self):
        pass


def value(name, content):
    return PropertyValue(Name=name, Value=content)


class Painter:
    """
    Poppler, which paints one PDF and ends. It is started before the document comes and waits for the PDF at its standard input: under emulation its start costs
    more than its painting.
    """

    def __init__(self, processes):
        self.processes = processes
        self.folder = self.process = None

    def prepare(self):
        """Starts one that waits, unless one does."""
        if self.process is not None:
            return
        self.folder = tempfile.mkdtemp(dir='/dev/shm')
        os.chown(self.folder, system.OWN_UID, system.OWN_UID)
        command = [PROGRAM, '-r', str(DOTS_PER_INCH), '-l', str(MOST_PAGES), '-', os.path.join(self.folder, 'page')]
        self.process = self.processes.start(command, own=True, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def show(self, document, say, artefact):
        """Hands over the first pages as PNG; returns how many. A document that cannot be exported has none."""
        name = next((filter for service, filter in FILTERS if document.supportsService(service)), None)
        if name is None:
            return 0
        collected = Collected()
        document.storeToURL('private:stream', (value('FilterName', name), value('OutputStream', collected), value('FilterData', options())))
        pages = self.paint(b''.join(collected.parts), say)
        for number, (page, width, height) in enumerate(pages, 1):
            artefact('picture', page, of='page', number=number, width=width, height=height)
        return len(pages)

    def paint(self, pdf, say):
        """The pages of a PDF as PNG with their width and height, in order."""
        self.prepare()
        process, self.process = self.process, None
        try:
            process.communicate(pdf, timeout=PAINT_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        code = self.processes.wait(process, ENDS_WITHIN_SECONDS)
        if code is None or code < 0:
            say({'kind': 'dropped', 'of': 'pages: their painter was ended', 'count': 1})
        painted = [png.from_ppm(read_left(path, MOST_PIXMAP) or b'') for path in sorted(glob.glob(self.folder + '/*.ppm'))]
        shutil.rmtree(self.folder, ignore_errors=True)
        return [page for page in painted if page is not None]


def options():
    """A plain PDF: neither tags nor bookmarks nor form fields, pictures as they are."""
    chosen = (
        value('PageRange', '1-%d' % MOST_PAGES),
        value('UseTaggedPDF', False),
        value('ExportBookmarks', False),
        value('ExportFormFields', False),
        value('ExportNotes', False),
        value('UseLosslessCompression', False),
        value('ReduceImageResolution', False),
    )
    return uno.Any('[]com.sun.star.beans.PropertyValue', chosen)
