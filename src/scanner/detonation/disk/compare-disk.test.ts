import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PIECE } from '#scanner/formats/sparse-bytes.ts'
import { ext4Disk, type DiskFile } from '#test/harness/ext4.ts'
import { compareDisk, DiskUnread, listTemplate } from './compare-disk.ts'
import { diskDifference } from './difference.ts'
import type { DiskEntry } from './contract.ts'
import { extentsOf } from './extents.ts'

let folder: string
const open: number[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-disk-'))
})
afterEach(() => {
  for (const fd of open.splice(0)) closeSync(fd)
  rmSync(folder, { recursive: true, force: true })
})

function opened(bytes: Buffer): number {
  const path = join(folder, `disk-${open.length}`)
  writeFileSync(path, bytes)
  const fd = openSync(path, 'r')
  open.push(fd)
  return fd
}
const disk = (files: readonly DiskFile[]) => opened(ext4Disk([{ path: 'up' }, { path: 'work' }, ...files]))

describe('comparing the disk of a guest', () => {
  it('shows what was written, changed and deleted, with the bytes of what is new', async () => {
    const template = await listTemplate(
      disk([
        { path: 'up/same', content: Buffer.from('same') },
        { path: 'up/changed', content: Buffer.from('before') },
        { path: 'up/cleaned', content: Buffer.from('cleaned') },
      ]),
    )
    const { changes, contents, unread } = await compareDisk(
      template,
      disk([
        { path: 'up/same', content: Buffer.from('same') },
        { path: 'up/changed', content: Buffer.from('after!') },
        { path: 'up/tmp' },
        { path: 'up/tmp/run\u202Ecod.exe', content: Buffer.from('MZ'), mode: 0o4755 },
        { path: 'up/etc' },
        { path: 'up/etc/passwd', device: 0 },
        { path: 'work/hidden', content: Buffer.from('not seen by the guest') },
      ]),
    )
    expect(unread).toEqual([])
    const shown = changes.map(({ action, entry: { path, kind } }) => `${action} ${path} ${kind}`)
    expect(shown.sort()).toEqual(['create /tmp/run\\u202ecod.exe file', 'delete /cleaned file', 'delete /etc/passwd whiteout', 'write /changed file'])
    const written = changes.filter(({ entry }) => entry.sha256 && contents.has(entry.sha256)).map(({ entry }) => contents.get(entry.sha256!)!.toString())
    expect(written.sort()).toEqual(['MZ', 'after!'])
    expect(contents.size).toBe(2)
  })

  it('says which files begin as a program or a script, whatever their names, and of no data that begins like one by chance', async () => {
    const pe = Buffer.alloc(256)
    pe.write('MZ')
    pe.writeUInt32LE(128, 60)
    pe.write('PE\0\0', 128, 'latin1')
    const log = Buffer.from('2321a0551a00017374617465', 'hex')
    const files = {
      elf: Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(1000, 1)]),
      pe,
      script: Buffer.from('#! /bin/sh\nexit\n'),
      dos: Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200, 0x41)]),
      short: Buffer.from('MZ'),
      log,
    }
    const { changes } = await compareDisk(await listTemplate(disk([])), disk(Object.entries(files).map(([name, content]) => ({ path: `up/${name}`, content }))))
    expect(changes.flatMap(({ entry: { path, program } }) => (program ? [path] : [])).sort()).toEqual(['/elf', '/pe', '/script'])
  })

  it('says what could not be read, and refuses what is no disk', async () => {
    const template = await listTemplate(disk([]))
    const damaged = ext4Disk([{ path: 'up' }, { path: 'up/file', content: Buffer.from('x') }])
    damaged.writeUInt32LE(0x7fffffff, 3 * 1024 + 11 * 256 + 4)
    expect((await compareDisk(template, opened(damaged))).unread).toEqual(['limit reached: objectBytes'])
    expect((await compareDisk(template, opened(Buffer.alloc(4096)))).unread).toEqual(['it is no ext4 file system'])
  })

  it('reads a sparse disk like a dense one: long extents, those that share a piece, and a last piece that is not whole', async () => {
    const random = (bytes: number, of: string) => createHash('shake256', { outputLength: bytes }).update(of).digest()
    const sizes = [...Array(6).fill(200_000), 150_000, 2_000, 12_000, 3_000]
    const contents = sizes.map((size: number, n) => random(size, `file ${n}`))
    const dense = Buffer.concat([ext4Disk([{ path: 'up' }, ...contents.map((content, n) => ({ path: `up/${n}`, content }))], 4096), Buffer.alloc(5000)])
    // Blocks that are given to a file and hold nothing become holes.
    for (const filler of [contents[6]!, contents[8]!]) {
      for (let at = 0; at < filler.length; at += 1024)
        dense.fill(0, dense.indexOf(filler.subarray(at, at + 1024)), dense.indexOf(filler.subarray(at, at + 1024)) + 1024)
      filler.fill(0)
    }
    const fd = openSync(join(folder, 'sparse'), 'w+')
    open.push(fd)
    // A hole of a gigabyte lies behind it, and within it nothing is written that is empty.
    ftruncateSync(fd, dense.length + 2 ** 30)
    for (let at = 0; at < dense.length; at += 4096)
      if (dense.subarray(at, at + 4096).some((byte) => byte !== 0)) writeSync(fd, dense, at, Math.min(4096, dense.length - at), at)
    const extents = await extentsOf(fd)
    expect(extents.some(({ from, to }) => to - from > 2 ** 20)).toBe(true)
    expect(extents.some(({ from }, n) => n > 0 && Math.floor(from / PIECE) === Math.floor((extents[n - 1]!.to - 1) / PIECE))).toBe(true)
    const template = await listTemplate(disk([]))
    const report = await compareDisk(template, fd)
    expect(report).toEqual(await compareDisk(template, opened(dense)))
    expect(report.unread).toEqual([])
    const read = report.changes.map(({ entry: { path, sha256 } }) => [path, report.contents.get(sha256!)])
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(contents.map((content, n) => [`/${n}`, content])))
  })

  it('refuses a disk that is too full for its reader, before it is read', async () => {
    const template = await listTemplate(disk([]))
    const full = Buffer.alloc(2 ** 20, 1)
    const fd = opened(Buffer.concat([ext4Disk([]), full]))
    await expect(compareDisk(template, fd, { mostBytes: 2 ** 19 })).rejects.toThrow(DiskUnread)
  })
})

describe('diskDifference', () => {
  const entry = (path: string, more: Partial<DiskEntry> = {}): DiskEntry => ({ path, kind: 'file', size: 1, mode: 0o644, uid: 0, ...more })
  it('counts a change of rights, and of the kind', () => {
    expect(
      diskDifference([entry('/a'), entry('/b')], [entry('/a', { mode: 0o755 }), entry('/b', { kind: 'link', target: '/x' })]).map(({ action }) => action),
    ).toEqual(['write', 'write'])
  })

  it('counts no folder twice with what lies in it', () => {
    const folder = entry('/d', { kind: 'folder' })
    expect(diskDifference([], [folder, entry('/d/f')]).map(({ entry: { path } }) => path)).toEqual(['/d/f'])
    expect(diskDifference([], [folder]).map(({ entry: { path } }) => path)).toEqual(['/d'])
    expect(diskDifference([], [{ ...folder, opaque: true }, entry('/d/f')])).toHaveLength(2)
  })
})
