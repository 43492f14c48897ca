"""Poppler: its pages as pictures (`pdftoppm`), and its text (`pdftotext`)."""
from viewers.pages import MOST_PAGES, PageViewer

DOTS_PER_INCH = '72'


class Viewer(PageViewer):
    def paints(self, path, folder):
        return ['/usr/bin/pdftoppm', '-png', '-r', DOTS_PER_INCH, '-l', str(MOST_PAGES), path, folder + '/page']

    def reads(self, path):
        return [['/usr/bin/pdftotext', path, '/dev/null']]

    def versions(self):
        return {'poppler': self.ask_version(['/usr/bin/pdftoppm', '-v'])}
