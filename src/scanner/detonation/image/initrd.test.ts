import { describe, expect, it } from 'vitest'
import { CHARACTER_DEVICE, FILE, FOLDER, packInitrd, PROGRAM } from './initrd.ts'

/** Reads it as the kernel does: head, name and bytes, each from a multiple of four on. */
function unpack(packed: Buffer): { path: string; mode: number; device: number[]; text: string }[] {
  const files = []
  for (let at = 0; ;) {
    expect(packed.toString('latin1', at, at + 6)).toBe('070701')
    const field = (number: number) => Number.parseInt(packed.toString('latin1', at + 6 + number * 8, at + 14 + number * 8), 16)
    const [mode, size, name] = [field(1), field(6), field(11)]
    expect([field(2), field(3), field(5)]).toEqual([0, 0, 0])
    const path = packed.toString('utf8', at + 110, at + 110 + name - 1)
    if (path === 'TRAILER!!!') return files
    const start = (at + 110 + name + 3) & ~3
    files.push({ path, mode, device: [field(9), field(10)], text: packed.toString('utf8', start, start + size) })
    at = (start + size + 3) & ~3
  }
}

describe('an initramfs', () => {
  const entries = [
    { path: 'dev', mode: FOLDER },
    { path: 'dev/console', mode: CHARACTER_DEVICE, device: [5, 1] as const },
    { path: 'init', mode: PROGRAM, bytes: Buffer.from('#!/bin/sh\n') },
    { path: 'empty', mode: FILE, bytes: Buffer.alloc(0) },
    { path: 'größe', mode: FILE, bytes: Buffer.from('12345') },
  ]

  it('holds every file with its kind, its permissions and its bytes', () => {
    expect(unpack(packInitrd(entries))).toEqual([
      { path: 'dev', mode: 0o040755, device: [0, 0], text: '' },
      { path: 'dev/console', mode: 0o020600, device: [5, 1], text: '' },
      { path: 'init', mode: 0o100755, device: [0, 0], text: '#!/bin/sh\n' },
      { path: 'empty', mode: 0o100644, device: [0, 0], text: '' },
      { path: 'größe', mode: 0o100644, device: [0, 0], text: '12345' },
    ])
  })

  it('is the same for the same files, and another for another', () => {
    expect(packInitrd(entries).equals(packInitrd(entries))).toBe(true)
    expect(packInitrd(entries).equals(packInitrd(entries.slice(1)))).toBe(false)
  })
})
