import { onePage } from '../one-page.ts'
import type { Trigger } from './trigger.ts'

/**
 * Documents for the deliberately faulty viewer of `test/guest`, which runs them as if they had taken a viewer over. Each does one inert thing that an exploit does;
 * the same without it is the control. `root` is one that has taken the guest over too.
 */
const script = (text: string, { root = false } = {}) => ({ document: Buffer.from(`#!/bin/sh\n#${root ? ' root' : ''}\n${text}\n`), name: 'document.pdf' })
const python = (lines: readonly string[], { root = false } = {}) => ({
  document: Buffer.from(`#!/usr/bin/python3\n#${root ? ' root' : ''}\n${lines.join('\n')}\n`),
  name: 'document.pdf',
})

/** Calls mprotect with the first argument as stack pointer, for the page of the second. */
const PIVOT = '4989e0 4889fc b80a000000 4889f7 be00100000 ba05000000 0f05 4c89c4 c3'
const pivot = (stack: string) =>
  python([
    'import ctypes, mmap',
    'code = mmap.mmap(-1, 4096, prot=7)',
    `code.write(bytes.fromhex("${PIVOT}"))`,
    'page = mmap.mmap(-1, 8192)',
    'at = lambda memory: ctypes.addressof(ctypes.c_char.from_buffer(memory))',
    'call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(at(code))',
    'here = ctypes.c_char_p(b"x")',
    `call(${stack}, at(page))`,
  ])

const LIBC = 'import ctypes\nc = ctypes.CDLL(None)'

export const TRIGGERS: readonly Trigger[] = [
  {
    name: 'starts a program',
    viewer: 'other',
    subject: () => script('/bin/true'),
    signals: [{ id: 'unexpected-process', weight: 'effect' }],
    control: () => ({ document: onePage('Good morning'), name: 'document.pdf' }),
  },
  {
    name: 'writes where its own bytes say (0x4141414141)',
    viewer: 'other',
    subject: () => python(['import ctypes', 'ctypes.memset(0x4141414141, 1, 8)', '#AAAAAAAA']),
    signals: [{ id: 'crash', weight: 'crash' }],
    end: 'crashed',
    exploit: 'confirmed',
    control: () => python(['import ctypes', '#AAAAAAAA']),
  },
  {
    name: 'reads at null',
    viewer: 'other',
    subject: () => python(['import ctypes', 'ctypes.string_at(0)']),
    signals: [{ id: 'crash', weight: 'crash' }],
    end: 'crashed',
    control: () => python(['import ctypes']),
  },
  {
    name: 'damages the heap, which is checked',
    viewer: 'other',
    subject: () => python([LIBC, 'c.malloc.restype = ctypes.c_void_p', 'p = c.malloc(24)', 'ctypes.memset(p, 65, 25)', 'c.free(ctypes.c_void_p(p))']),
    options: { checkHeap: true },
    signals: [{ id: 'crash', weight: 'crash' }],
    end: 'crashed',
    control: () => python([LIBC, 'c.malloc.restype = ctypes.c_void_p', 'p = c.malloc(24)', 'ctypes.memset(p, 65, 24)', 'c.free(ctypes.c_void_p(p))']),
  },
  {
    name: 'fills memory with one pattern',
    viewer: 'other',
    subject: () => python(['import time', 'a = b"\\x0c" * (64 << 20)', 'time.sleep(3)']),
    signals: [{ id: 'spray', weight: 'active' }],
    control: () => python(['import time', 'a = bytes(64 << 20)', 'time.sleep(3)']),
  },
  {
    name: 'calls a host',
    viewer: 'other',
    subject: () => python(['import socket', 'try: socket.create_connection(("203.0.113.7", 443), 1)', 'except OSError: pass']),
    signals: [{ id: 'network-attempt', weight: 'active' }],
    control: () => python(['import socket', 'socket.socket()']),
  },
  {
    name: 'stops the agent',
    viewer: 'other',
    subject: () => python([LIBC, 'import os, time', 'for t in os.listdir("/proc/1/task"): c.ptrace(16, int(t), 0, 0)', 'time.sleep(60)'], { root: true }),
    signals: [{ id: 'silence' }, { id: 'sandbox-attack' }],
    end: 'agent-silenced',
    control: () => python(['import time', 'time.sleep(1)'], { root: true }),
  },
  {
    name: 'turns the trace off',
    viewer: 'other',
    subject: () => script('echo 0 > /sys/kernel/tracing/instances/vedette/tracing_on; sleep 30', { root: true }),
    signals: [{ id: 'silence' }],
    end: 'agent-silenced',
    control: () => script('sleep 1', { root: true }),
  },
  {
    name: 'reads a key',
    viewer: 'other',
    subject: () => python(['import os', 'open(os.path.expanduser("~/.ssh/id_ed25519")).read()']),
    signals: [{ id: 'honey-file', weight: 'effect' }],
    control: () => python(['import os', 'open("/etc/passwd").read()']),
  },
  {
    name: 'leaves a file that starts with the session',
    viewer: 'other',
    subject: () => script('mkdir -p ~/.config/autostart; echo > ~/.config/autostart/a.desktop; sleep 1'),
    signals: [{ id: 'dropped-file', weight: 'active' }],
    control: () => script('mkdir -p ~/.config/autostart; sleep 1'),
  },
  {
    name: 'writes a program and runs it',
    viewer: 'other',
    subject: () => script('cp /bin/true /tmp/a; /tmp/a'),
    signals: [{ id: 'write-then-execute', weight: 'effect' }],
    control: () => script('cp /bin/true /tmp/a'),
  },
  {
    name: 'runs a program that lies in memory alone',
    viewer: 'other',
    subject: () => python(['import os', 'f = os.memfd_create("a", 0)', 'os.write(f, open("/bin/true", "rb").read())', 'os.execve(f, ["a"], {})']),
    signals: [{ id: 'memfd-exec', weight: 'effect' }],
    control: () => python(['import os', 'f = os.memfd_create("a", 0)', 'os.write(f, open("/bin/true", "rb").read())']),
  },
  {
    name: 'makes memory executable',
    viewer: 'other',
    subject: () => python(['import mmap', 'mmap.mmap(-1, 4096, prot=7)']),
    signals: [{ id: 'executable-memory', weight: 'effect' }],
    control: () => python(['import mmap', 'mmap.mmap(-1, 4096)']),
  },
  {
    name: 'calls mprotect on a stack of its own making',
    viewer: 'other',
    subject: () => pivot('at(page) + 8000'),
    signals: [{ id: 'stack-pivot', weight: 'effect' }],
    // The same call, with the stack pointer somewhat lower in the stack that is the thread's own.
    control: () => pivot('int(open("/proc/self/stat").read().split()[27]) - 65536'),
  },
  {
    name: 'asks for a namespace of users',
    viewer: 'other',
    subject: () => python([LIBC, 'c.unshare(0x10000000)']),
    signals: [{ id: 'sandbox-attack', weight: 'effect' }],
    control: () => python([LIBC]),
  },
  {
    name: 'has the C library run a command',
    viewer: 'other',
    subject: () => python([LIBC, 'c.system(b"true")']),
    signals: [{ id: 'library-call', weight: 'active' }],
    control: () => python([LIBC]),
  },
]
