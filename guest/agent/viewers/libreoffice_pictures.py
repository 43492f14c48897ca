"""
The pages of an open document as pictures: LibreOffice writes them as PDF, Poppler paints them.

LibreOffice's own export to PNG shows one page of a text document per run, so it is slower from the second page on.
"""

import glob
import os
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
PAINTER = '/usr/bin/pdftoppm'
PAINT_WITHIN_SECONDS = 60
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


def show(document, artefact, processes):
    """Hands over the first pages as PNG; returns how many. A document that cannot be exported has none."""
    name = next((filter for service, filter in FILTERS if document.supportsService(service)), None)
    if name is None:
        return 0
    collected = Collected()
    document.storeToURL('private:stream', (value('FilterName', name), value('OutputStream', collected), value('FilterData', options())))
    pages = paint(b''.join(collected.parts), processes)
    for number, (page, width, height) in enumerate(pages, 1):
        artefact('picture', page, of='page', number=number, width=width, height=height)
    return len(pages)


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


def paint(pdf, processes):
    """The pages of a PDF as PNG with their width and height, in order."""
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        os.chown(folder, system.OWN_UID, system.OWN_UID)
        source = os.path.join(folder, 'pages.pdf')
        with open(source, 'wb') as file:
            file.write(pdf)
        painter = processes.start([PAINTER, '-r', str(DOTS_PER_INCH), '-l', str(MOST_PAGES), source, os.path.join(folder, 'page')], own=True)
        processes.wait(painter, PAINT_WITHIN_SECONDS)
        painted = [png.from_ppm(read_left(path, MOST_PIXMAP) or b'') for path in sorted(glob.glob(folder + '/*.ppm'))]
        return [page for page in painted if page is not None]

