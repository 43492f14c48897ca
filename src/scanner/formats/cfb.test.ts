import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { buildCfb } from '#test/harness/documents.ts'
import { openCfb, type Cfb } from './cfb.ts'

const SECTOR = 512
const small = Buffer.alloc(200, 0x61)
const large = Buffer.from(Array.from({ length: 5000 }, (_, i) => i & 0xff))
const whole = buildCfb([
  { path: ['Large'], bytes: large },
  { path: ['Small'], bytes: small },
  { path: ['Storage', 'Inner'], bytes: Buffer.alloc(70, 0x62) },
])
/** Where the table of sectors, the table of small sectors and the directory lie in that file. */
const fat = (whole.readUInt32LE(76) + 1) * SECTOR
const miniFat = (whole.readUInt32LE(60) + 1) * SECTOR
const directory = (whole.readUInt32LE(48) + 1) * SECTOR
const startOf = (id: number) => whole.readUInt32LE(directory + id * 128 + 116)

/** The file with these values of four bytes written into it. */
function changed(...changes: readonly (readonly [at: number, value: number])[]): Buffer {
  const copy = Buffer.from(whole)
  for (const [at, value] of changes) copy.writeUInt32LE(value, at)
  return copy
}
const open = (bytes: Buffer) => openCfb(bytes, new Budget({ ...LIMITS, steps: 100_000 }))
const stream = (cfb: Cfb, ...path: string[]) => cfb.read(cfb.find(path)!)

describe('a compound file', () => {
  it('yields its streams whole, large and small, by their paths whatever their case', () => {
    const cfb = open(whole)
    expect(stream(cfb, 'LARGE').equals(large)).toBe(true)
    expect(stream(cfb, 'Small').equals(small)).toBe(true)
    expect(stream(cfb, 'storage', 'inner').toString()).toBe('b'.repeat(70))
    expect(cfb.damage).toEqual([])
    expect(cfb.find(['Storage', 'Other'])).toBeUndefined()
  })

  it('whose chain runs in a circle yields the sectors before it once', () => {
    const second = startOf(1) + 1
    const cfb = open(changed([fat + second * 4, startOf(1)]))
    expect(stream(cfb, 'Large').equals(large.subarray(0, 2 * SECTOR))).toBe(true)
    expect(cfb.damage).toEqual(['a sector chain runs in a circle', 'a stream is shorter than its directory entry says'])
  })

  it('whose small sectors run in a circle yields those before it once', () => {
    const cfb = open(changed([miniFat + startOf(2) * 4, startOf(2)]))
    expect(stream(cfb, 'Small')).toHaveLength(64)
    expect(cfb.damage).toContain('a sector chain runs in a circle')
  })

  it('whose directory, or table of small sectors, runs in a circle is read once', () => {
    const sector = whole.readUInt32LE(48)
    const cfb = open(changed([fat + sector * 4, sector]))
    expect(cfb.entries.map(({ name }) => name)).toEqual(['Root Entry', 'Large', 'Small', 'Storage'])
    const miniSector = whole.readUInt32LE(60)
    expect(stream(open(changed([fat + miniSector * 4, miniSector])), 'Small').equals(small)).toBe(true)
  })

  it('whose table of sectors names further tables in a circle ends', () => {
    // Header: 400 sectors of table, the first of the list that names them is the directory, which leads on to itself.
    const sector = whole.readUInt32LE(48)
    const cfb = open(changed([44, 400], [68, sector], [directory + SECTOR - 4, sector]))
    expect(cfb.entries.length).toBeGreaterThan(0)
  })

  it('whose tree leads to itself, by neighbour or by child, lists each entry once', () => {
    for (const field of [68, 72, 76]) {
      const cfb = open(changed([directory + 3 * 128 + field, 3]))
      expect(cfb.entries.filter(({ id }) => id === 3)).toHaveLength(1)
      expect(cfb.damage).toContain('the directory tree runs in a circle')
    }
    expect(open(changed([directory + 3 * 128 + 76, 0])).damage).toContain('the directory tree runs in a circle')
  })

  it('whose table is shorter than the file yields what the table still reaches', () => {
    // A header that counts no sector of the table at all: the directory's first sector is all that is left.
    const cfb = open(changed([44, 0]))
    expect(cfb.entries.map(({ name }) => name)).toContain('Large')
    expect(stream(cfb, 'Large').equals(large.subarray(0, SECTOR))).toBe(true)
    expect(cfb.damage).toContain('a sector chain leaves the allocation table')
  })

  it('whose table lies outside the file says so', () => {
    expect(open(changed([76, 0x00ffffff])).damage).toContain('a sector of the allocation table lies outside the file')
  })

  it('lists entries that no tree leads to', () => {
    const cfb = open(changed([directory + 76, 0xffffffff]))
    expect(cfb.entries.filter(({ orphan }) => orphan).map(({ name }) => name)).toEqual(['Large', 'Small', 'Storage', 'Inner'])
  })

  it('with more entries than any document has is read up to a limit', () => {
    const bytes = buildCfb(Array.from({ length: 40 }, (_, i) => ({ path: [`s${i}`], bytes: Buffer.alloc(0) })))
    const cfb = openCfb(bytes, new Budget({ ...LIMITS, objects: 5 }))
    expect([cfb.entries.length, cfb.damage]).toEqual([20, expect.arrayContaining(['the directory has more than 20 entries'])])
  })
})

function readAll(bytes: Buffer): void {
  try {
    const cfb = open(bytes)
    for (const entry of cfb.entries) if (entry.kind === 'stream') cfb.read(entry)
  } catch (error) {
    if (!(error instanceof Damaged) && !(error instanceof LimitReached)) throw error
  }
}

it('cut off at any byte yields what is left', () => {
  for (let length = 0; length <= whole.length; length += length > SECTOR ? 13 : 1) readAll(whole.subarray(0, length))
})

test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 16 })], { numRuns: 400 })(
  'with changed bytes yields what it can',
  (changes) => {
    const copy = Buffer.from(whole)
    for (const [at, value] of changes) copy[at] = value
    readAll(copy)
  },
)

test.prop([fc.array(fc.tuple(fc.nat({ max: 127 }), fc.nat({ max: 40 })), { minLength: 1, maxLength: 40 })], { numRuns: 200 })(
  'with any chains in its table ends',
  (links) => readAll(changed(...links.map(([from, to]) => [fat + from * 4, to] as const))),
)
