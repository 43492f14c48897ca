"""Looks for many pages of one content in a process: what a heap spray leaves."""
import os

PAGE = 4096
# Reading a page costs more than writing it: of a large process a sample is read.
MOST_PAGES = 2048
# Less than this of one content is ordinary.
TELLING_BYTES = 8 << 20
# So much is a spray, and need not be looked for any more.
SPRAYED_BYTES = 16 << 20
# What fresh memory holds.
BLANK = bytes(PAGE)
OPAQUE = 0xFF


def is_plain(page):
    """Fresh memory, or part of a picture in one colour that nothing shows through: as an address neither leads anywhere."""
    return page == BLANK or page[3] == OPAQUE and page == page[:4] * (PAGE // 4)


class Pages:
    """Counts pages by content."""

    def __init__(self):
        self._counts = {}
        self._heads = {}
        self.taken = 0

    def take(self, page):
        self.taken += 1
        if is_plain(page):
            return
        key = hash(page)
        self._counts[key] = self._counts.get(key, 0) + 1
        self._heads.setdefault(key, page[:16])

    def commonest(self):
        """(pages, first 16 bytes) of the content that most pages hold."""
        if not self._counts:
            return 0, b''
        key = max(self._counts, key=self._counts.get)
        return self._counts[key], self._heads[key]


def resident(pid):
    """Bytes of the process that are in memory and belong to no file."""
    with open('/proc/%d/status' % pid) as status:
        for line in status:
            if line.startswith('RssAnon:'):
                return int(line.split()[1]) << 10
    return 0


def spray_in(pid):
    """(bytes, pattern) where one content fills more of the process than is ordinary, otherwise None."""
    pages = Pages()
    step = -(-resident(pid) // PAGE // MOST_PAGES) or 1
    with open('/proc/%d/maps' % pid) as maps, open('/proc/%d/mem' % pid, 'rb', 0) as memory, open('/proc/%d/pagemap' % pid, 'rb', 0) as present:
        for line in maps:
            place, rights, _, _, inode = line.split()[:5]
            if inode != '0' or rights[:2] != 'rw':
                continue
            begin, end = (int(part, 16) for part in place.split('-'))
            _count(pages, memory, present, begin, end, step)
    count, head = pages.commonest()
    return (count * step * PAGE, head.hex()) if count * step * PAGE >= TELLING_BYTES else None


def _count(pages, memory, present, begin, end, step):
    at = begin
    while at < end and pages.taken < MOST_PAGES:
        stop = min(end, at + (PAGE << 9))
        flags = os.pread(present.fileno(), (stop - at) // PAGE * 8, at // PAGE * 8)
        for n in range(0, len(flags) // 8, step):
            if flags[8 * n + 7] & 0x80:
                try:
                    page = os.pread(memory.fileno(), PAGE, at + n * PAGE)
                except OSError:
                    return
                # What has ended meanwhile has no pages any more; those that were read count.
                if len(page) == PAGE:
                    pages.take(page)
        at = stop
