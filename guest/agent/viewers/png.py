"""
Pictures of pages as PNG. Poppler's own PNG costs ten times what its painting costs, because it tries every filter on every row and packs tightly; pages are
mostly white, and packed fast without a filter they are about as small.
"""
import re
import struct
import zlib

HEAD = re.compile(rb'P6\s(\d{1,5})\s(\d{1,5})\s255\s')
SIGNATURE = b'\x89PNG\r\n\x1a\n'
# Kinds of colour (PNG, section 11.2.1).
GREY, RGB = 0, 2


def from_ppm(data):
    """The picture of a portable pixmap, with its width and height; None where it is none. Without a colour in it, it is one of greys."""
    head = HEAD.match(data)
    if head is None:
        return None
    width, height = int(head[1]), int(head[2])
    start, end = head.end(), head.end() + 3 * width * height
    if start == end or len(data) < end:
        return None
    red = data[start:end:3]
    grey = red == data[start + 1:end:3] == data[start + 2:end:3]
    colour, row, pixels = (GREY, width, memoryview(red)) if grey else (RGB, 3 * width, memoryview(data)[start:end])
    rows = b''.join(part for at in range(0, len(pixels), row) for part in (b'\0', pixels[at:at + row]))
    parts = ((b'IHDR', struct.pack('>IIBBBBB', width, height, 8, colour, 0, 0, 0)), (b'IDAT', zlib.compress(rows, 1)), (b'IEND', b''))
    return SIGNATURE + b''.join(map(_chunk, parts)), width, height


def _chunk(part):
    kind, data = part
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
