import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Budget, Damaged, LIMITS } from '#scanner/intake/limits.ts'
import { ext4Disk } from '#test/harness/ext4.ts'
import { readExt4 } from './ext4.ts'
import { denseBytes, PIECE, piecesHeader, readPieces } from './sparse-bytes.ts'

const read = (disk: Buffer, limits = LIMITS) => readExt4(denseBytes(disk), new Budget(limits))
const FILES = [
  { path: 'up' },
  { path: 'up/short', content: Buffer.from('hello') },
  { path: 'up/long', content: Buffer.alloc(40_000, 'long'), mode: 0o4755 },
  { path: 'up/holes', content: Buffer.concat([Buffer.alloc(30_000), Buffer.from('end')]) },
  { path: 'up/link', target: 'short' },
  { path: 'up/far', target: `/${'a'.repeat(200)}` },
  { path: 'up/gone', device: 0 },
  { path: 'up/device', device: 0x501 },
  { path: 'up/replaced', opaque: true },
]

describe('readExt4', () => {
  it('lists folders, files, links, devices and what was deleted, with their contents', () => {
    const { entries, damage } = read(ext4Disk(FILES))
    expect(damage).toEqual([])
    const shown = Object.fromEntries(entries.map(({ path, kind, size, mode }) => [path, [kind, size, mode]]))
    expect(shown).toMatchObject({
      'up/short': ['file', 5, 0o644],
      'up/long': ['file', 40_000, 0o4755],
      'up/gone': ['whiteout', 0, 0o644],
      'up/device': ['device', 0, 0o644],
    })
    const at = (path: string) => entries.find((entry) => entry.path === path)!
    expect(at('up/long').read()).toEqual(Buffer.alloc(40_000, 'long'))
    expect(at('up/holes').read().subarray(29_999).toString('latin1')).toBe('\0end')
    expect(at('up/link').target).toBe('short')
    expect(at('up/far').target).toHaveLength(201)
    expect(entries.filter(({ opaque }) => opaque).map(({ path }) => path)).toEqual(['up/replaced'])
  })

  it('reads what mke2fs makes, the files of which lie behind three levels of blocks', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-ext4-'))
    try {
      const from = join(folder, 'from')
      mkdirSync(join(from, 'deep/deeper'), { recursive: true })
      const content = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7919) % 251))
      writeFileSync(join(from, 'deep/deeper/file'), content)
      writeFileSync(join(from, 'large'), content)
      truncateSync(join(from, 'large'), 70_000_000)
      writeFileSync(join(from, 'large'), 'tail', { flag: 'a' })
      symlinkSync('deep', join(from, 'link'))
      const image = join(folder, 'image')
      writeFileSync(image, '')
      truncateSync(image, 8 * 2 ** 20)
      const features = '^extents,^has_journal,^64bit,^metadata_csum,^dir_index,^resize_inode,^flex_bg,^huge_file'
      const made = spawnSync('/sbin/mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '1024', '-O', features, '-d', from, image], { encoding: 'utf8' })
      expect(made.stderr).toBe('')
      const { entries, damage } = read(readFileSync(image), { ...LIMITS, objectBytes: 2 ** 27, bytes: 2 ** 28 })
      expect(damage).toEqual([])
      const at = (path: string) => entries.find((entry) => entry.path === path)!
      expect(at('deep/deeper/file').read().equals(content)).toBe(true)
      expect(at('large').size).toBe(70_000_004)
      expect(at('large').read().subarray(-5).toString('latin1')).toBe('\0tail')
      expect(at('link').target).toBe('deep')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('does not follow folders that hold themselves', () => {
    const disk = ext4Disk([{ path: 'a' }, { path: 'a/b' }])
    // The entry of `b` is turned into one of `a`.
    disk.writeUInt32LE(11, disk.indexOf(Buffer.from([12, 0, 0, 0]), 20 * 1024))
    expect(read(disk).damage).toContain('the folders run in a circle')
  })

  it('says what it cannot read, and reads on', () => {
    const disk = ext4Disk(FILES)
    const longInode = 3 * 1024 + 12 * 256
    disk.writeUInt32LE(0x80000, longInode + 32)
    const at = read(disk).entries.find(({ path }) => path === 'up/long')!
    expect(() => at.read()).toThrow(Damaged)
    disk.writeUInt32LE(0, longInode + 32)
    disk.writeUInt32LE(100_000, longInode + 40)
    const outside = read(disk).entries.find(({ path }) => path === 'up/long')!
    expect(() => outside.read()).toThrow('there is no block 100000')
  })

  it('refuses a size that no guest disk holds, and features that it was not made with', () => {
    const disk = ext4Disk(FILES)
    disk.writeUInt32LE(0x7fffffff, 3 * 1024 + 11 * 256 + 4)
    const short = read(disk).entries.find(({ path }) => path === 'up/short')!
    expect(() => short.read()).toThrow('limit reached: objectBytes')
    disk.writeUInt32LE(0x40, 1024 + 96)
    expect(() => read(disk)).toThrow(Damaged)
  })
})

describe('readPieces', () => {
  it('gives zeroes where nothing was handed over, and refuses what lies outside', () => {
    const piece = Buffer.alloc(4 + PIECE, 1)
    piece.writeUInt32LE(2)
    const bytes = readPieces(Buffer.concat([piecesHeader(10 * PIECE), piece]))
    expect(bytes.size).toBe(10 * PIECE)
    expect([...bytes.at(2 * PIECE - 2, 4)]).toEqual([0, 0, 1, 1])
    expect([...bytes.at(3 * PIECE - 1, 2)]).toEqual([1, 0])
    expect(() => bytes.at(10 * PIECE - 1, 2)).toThrow(Damaged)
  })
})
