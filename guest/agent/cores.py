"""Core dumps: the beginning is read as the kernel writes it, the rest from the process itself, which stands until its dump has been taken."""
import json
import os
import re
import struct

import elf
import frames
from memory import PAGE, spray_in
from system import write

FOLDER = '/run/cores'
MOST_CORES = 4
KEPT_BYTES = 8 << 20
MOST_RETURNS = 32
STACK_BYTES = 8 << 10
# How far above the end of a handler the frame of what it handles is looked for.
HANDLER_BYTES = 256 << 10
SIGABRT = 6
PRSTATUS, SIGINFO, FILES = 1, 0x53494749, 0x46494C45
NAMES = 'r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs'.split()
TOLD = 'rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags'.split()
SIGNALS = {4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 11: 'SIGSEGV', 31: 'SIGSYS', 3: 'SIGQUIT', 24: 'SIGXCPU', 25: 'SIGXFSZ'}
FAULTS = {4, 7, 8, 11}
ADDRESS_SIGNALS = {7, 11}


def prepare():
    """Has the kernel hand core dumps to the collector, and wait for it."""
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    write('/proc/sys/kernel/core_pipe_limit', str(MOST_CORES))
    write('/proc/sys/kernel/core_pattern', '|/agent/core %P %s')


def found():
    """What the collector left since: the fault, and the beginning of the core."""
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith('.json'):
            continue
        path = os.path.join(FOLDER, name)
        with open(path) as said:
            told = json.load(said)
        with open(path[:-5] + '.core', 'rb') as kept:
            yield told, kept.read()
        os.unlink(path)
        os.unlink(path[:-5] + '.core')


def collect(pid, signal, dump):
    if len(os.listdir(FOLDER)) >= 2 * MOST_CORES:
        return
    exact = _message(pid)
    head = _read_head(dump)
    fault = _fault(pid, signal, head, exact)
    sprayed = spray_in(pid)
    base = os.path.join(FOLDER, str(pid))
    with open(base + '.core', 'wb') as file:
        file.write(head + dump.read(max(0, KEPT_BYTES - len(head))))
    with open(base + '.part', 'w') as file:
        json.dump({'fault': fault, 'spray': sprayed and {'bytes': sprayed[0], 'pattern': sprayed[1]}}, file)
    os.rename(base + '.part', base + '.json')


def _fault(pid, signal, head, exact):
    """What happened, as a happening: of a program that gave up in the handler of its own fault, that fault."""
    parts = elf.headers(head)
    notes = [note for kind, _, offset, _, length in parts if kind == elf.PT_NOTE for note in elf.notes(head[offset:offset + length])]
    registers = dict(zip(NAMES, struct.unpack_from('<27Q', next(data for kind, data in notes if kind == PRSTATUS), 112)))
    code = _code(parts, _mapped(next((data for kind, data in notes if kind == FILES), b'')))
    told = {'kind': 'fault', 'pid': pid, 'image': os.readlink('/proc/%d/exe' % pid), 'signal': SIGNALS.get(signal, 'signal %d' % signal)}
    handled = frames.interrupted(_stack(pid, registers['rsp'], HANDLER_BYTES), lambda address: _place(address, code)) if signal == SIGABRT else None
    told.update(_handled(handled) if handled else _address(signal, notes, registers, exact))
    registers = handled or registers
    told['instruction'] = hex(registers['rip'])
    told['registers'] = {name: hex(registers[name]) for name in TOLD}
    place = _place(registers['rip'], code)
    if place:
        told['module'] = place[0]
    told['stack'] = ([_named(place)] if place else []) + _returns(_stack(pid, registers['rsp'], STACK_BYTES), code)
    return told


def _returns(stack, code):
    """What on the stack leads into a mapped program."""
    places = (_place(value, code) for value, in struct.iter_unpack('<Q', stack[:len(stack) & ~7]))
    return [_named(place) for place in places if place][:MOST_RETURNS - 1]


def _read_head(dump):
    head = dump.read(64)
    count, = struct.unpack_from('<H', head, 0x38)
    head += dump.read(56 * count)
    for kind, _, offset, _, length in elf.headers(head):
        if kind == elf.PT_NOTE:
            head += dump.read(min(offset + length, 8 << 20) - len(head))
    return head


def _stack(pid, pointer, most):
    """What the process has on its stack, from the pointer on: the kernel keeps it until its dump has been taken."""
    data = b''
    with open('/proc/%d/mem' % pid, 'rb', 0) as memory:
        while len(data) < most:
            try:
                piece = os.pread(memory.fileno(), min(PAGE - (pointer + len(data)) % PAGE, most - len(data)), pointer + len(data))
            except (OSError, OverflowError):
                break
            if not piece:
                break
            data += piece
    return data


def _mapped(data):
    """(begin, end, offset in the file, path) of each mapped file."""
    if len(data) < 16:
        return []
    count, size = struct.unpack_from('<QQ', data)
    names = data[16 + 24 * count:].split(b'\0')
    found = []
    for n in range(count):
        begin, end, page = struct.unpack_from('<QQQ', data, 16 + 24 * n)
        found.append((begin, end, page * size, names[n].decode('utf8', 'replace')))
    return found


def _code(parts, mapped):
    """Of the mapped files what may be executed."""
    may = {address for kind, flags, _, address, _ in parts if kind == elf.PT_LOAD and flags & elf.EXECUTABLE}
    return [one for one in mapped if one[0] in may]


def _place(address, code):
    for begin, end, offset, path in code:
        if begin <= address < end:
            return path, address - begin + offset
    return None


def _named(place):
    return '%s+0x%x' % (place[0][-200:], place[1])


def _address(signal, notes, registers, exact):
    """The address that was reached for, and how: the kernel's message has the processor's error code."""
    if signal not in FAULTS:
        return {}
    said = {}
    info = next((data for kind, data in notes if kind == SIGINFO), b'')
    # A general protection fault names no address, and a signal that another process sent has none.
    if signal in ADDRESS_SIGNALS and len(info) >= 24 and 0 < struct.unpack_from('<i', info, 8)[0] < 0x80:
        said['address'] = hex(struct.unpack_from('<Q', info, 16)[0])
    if exact is not None:
        said['access'] = 'execute' if exact & 16 else 'write' if exact & 2 else 'read'
    if said.get('address') == hex(registers['rip']):
        said['access'] = 'execute'
    return said


def _handled(registers):
    """The fault that a program handled itself before it gave up, as its frame tells it."""
    told = {'signal': frames.TRAPS[registers['trap']]}
    if registers['trap'] == frames.PAGE_FAULT:
        error = registers['error']
        told.update(address=hex(registers['cr2']), access='execute' if error & 16 else 'write' if error & 2 else 'read')
    return told


def _message(pid):
    """The error code in the kernel's last message about the process."""
    code, log = None, os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK)
    try:
        while True:
            line = os.read(log, 8192).decode('latin1')
            match = re.search(r'\[%d\]:? segfault at .* error ([0-9a-f]+)' % pid, line)
            if match:
                code = int(match.group(1), 16)
    except BlockingIOError:
        return code
    except BrokenPipeError:
        return code
    finally:
        os.close(log)
