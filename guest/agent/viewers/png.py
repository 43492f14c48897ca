"""
Pictures of pages as PNG. Poppler's own PNG costs ten times what its painting costs, because it tries every filter on every row and packs tightly; pages are
mostly white, and packed fast without a filter they are about as small.
"""
import re
import struct
import zlib

HEAD = re.compile(rb'P6\s(\d{1,5})\s(\d{1,5})\s255\s')
SIGNATURE = b'\x89PNG\r\n\x1a\n'


def from_ppm(data):
    """The picture of a portable pixmap, with its width and height; None where it is none."""
    head = HEAD.match(data)
    if head is None:
        return None
    width, height = int(head[1]), int(head[2])
    row = 3 * width
    if width == 0 or height == 0 or len(data) < head.end() + row * height:
        return None
    rows = b''.join(b'\0' + data[at:at + row] for at in range(head.end(), head.end() + row * height, row))
    parts = ((b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)), (b'IDAT', zlib.compress(rows, 1)), (b'IEND', b''))
    return SIGNATURE + b''.join(map(_chunk, parts)), width, height


def _chunk(part):
    kind, data = part
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
