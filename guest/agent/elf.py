"""Reads what the agent needs of ELF files: where a library's function begins, and what a core dump says."""
import struct

SHT_DYNSYM = 11
PT_LOAD = 1
PT_NOTE = 4
EXECUTABLE = 1


def offset_of(path, names):
    """Offsets in the file of those of the functions that the library exports."""
    with open(path, 'rb') as file:
        data = file.read()
    if data[:5] != b'\x7fELF\x02':
        return {}
    sections_at, = struct.unpack_from('<Q', data, 0x28)
    size, count = struct.unpack_from('<HH', data, 0x3A)
    sections = [struct.unpack_from('<IIQQQQIIQQ', data, sections_at + size * n) for n in range(count)]
    found = {}
    for section in sections:
        if section[1] != SHT_DYNSYM:
            continue
        names_at = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name_at, _, _, index, value, _ = struct.unpack_from('<IBBHQQ', data, at)
            if index == 0 or index >= count:
                continue
            end = data.index(b'\0', names_at + name_at)
            name = data[names_at + name_at:end].decode('latin1')
            if name in names:
                _, _, _, address, offset = sections[index][:5]
                found[name] = value - address + offset
    return found


def headers(data):
    """The program headers at the start of a core dump: (kind, flags, offset, address, size in the file)."""
    at, = struct.unpack_from('<Q', data, 0x20)
    size, count = struct.unpack_from('<HH', data, 0x36)
    found = []
    for n in range(count):
        kind, flags, offset, address, _, length = struct.unpack_from('<IIQQQQ', data, at + size * n)
        found.append((kind, flags, offset, address, length))
    return found


def notes(data):
    """(name's kind, bytes) of each note."""
    found, at = [], 0
    while at + 12 <= len(data):
        name, length, kind = struct.unpack_from('<III', data, at)
        begin = at + 12 + (name + 3 & ~3)
        found.append((kind, data[begin:begin + length]))
        at = begin + (length + 3 & ~3)
    return found
