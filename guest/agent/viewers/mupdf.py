"""MuPDF: its pages as pictures and its text (`mutool draw`)."""
from viewers.pages import MOST_PAGES, PageViewer

DOTS_PER_INCH = '72'


class Viewer(PageViewer):
    def paints(self, path, folder):
        return ['/usr/bin/mutool', 'draw', '-q', '-r', DOTS_PER_INCH, '-F', 'png', '-o', folder + '/page-%d.png', path, '1-%d' % MOST_PAGES]

    def reads(self, path):
        return [['/usr/bin/mutool', 'draw', '-q', '-F', 'txt', '-o', '/dev/null', path, '1-%d' % MOST_PAGES]]

    def versions(self):
        return {'mupdf': self.ask_version(['/usr/bin/mutool', '-v'])}
