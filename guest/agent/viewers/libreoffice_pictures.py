"""The pages of an open document as pictures: LibreOffice writes them as PDF, Poppler paints them.

LibreOffice's own export to PNG shows one page of a text document per run, so it is slower from the second page on.
"""

import os
import struct
import subprocess
import tempfile

import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.io import XOutputStream

MOST_PAGES = 10
MOST_PDF_BYTES = 64 * 2**20
DOTS_PER_INCH = 50
PAINT_WITHIN_S = 60
FILTERS = (
    ("com.sun.star.sheet.SpreadsheetDocument", "calc_pdf_Export"),
    ("com.sun.star.presentation.PresentationDocument", "impress_pdf_Export"),
    ("com.sun.star.drawing.DrawingDocument", "draw_pdf_Export"),
    ("com.sun.star.text.WebDocument", "writer_web_pdf_Export"),
    ("com.sun.star.text.GlobalDocument", "writer_globaldocument_pdf_Export"),
    ("com.sun.star.text.GenericTextDocument", "writer_pdf_Export"),
    ("com.sun.star.formula.FormulaProperties", "math_pdf_Export"),
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


def show(document, artefact, account):
    """Hands over the first pages as PNG; returns how many. A document that cannot be exported has none."""
    name = next((filter for service, filter in FILTERS if document.supportsService(service)), None)
    if name is None:
        return 0
    collected = Collected()
    document.storeToURL("private:stream", (value("FilterName", name), value("OutputStream", collected), value("FilterData", options())))
    pages = paint(b"".join(collected.parts), account)
    for number, page in enumerate(pages, 1):
        width, height = struct.unpack(">II", page[16:24])
        artefact("picture", page, of="page", number=number, width=width, height=height)
    return len(pages)


def options():
    """A plain PDF: neither tags nor bookmarks nor form fields, pictures as they are."""
    import uno

    chosen = (
        value("PageRange", "1-%d" % MOST_PAGES),
        value("UseTaggedPDF", False),
        value("ExportBookmarks", False),
        value("ExportFormFields", False),
        value("ExportNotes", False),
        value("UseLosslessCompression", False),
        value("ReduceImageResolution", False),
    )
    return uno.Any("[]com.sun.star.beans.PropertyValue", chosen)


def paint(pdf, account):
    """The pages of a PDF as PNG, in order."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.chmod(folder, 0o777)
        asked = ["pdftoppm", "-png", "-r", str(DOTS_PER_INCH), "-l", str(MOST_PAGES), "-", os.path.join(folder, "page")]
        subprocess.run(asked, input=pdf, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PAINT_WITHIN_S, check=False, **account)
        pages = []
        for name in sorted(os.listdir(folder))[:MOST_PAGES]:
            with open(os.path.join(folder, name), "rb") as file:
                page = file.read(2**24)
            if page[:8] == b"\x89PNG\r\n\x1a\n":
                pages.append(page)
        return pages
