import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import {
  append,
  consistencyRanges,
  EMPTY_ROOT,
  hashLeaf,
  inclusionRanges,
  NO_PEAKS,
  placesOf,
  rangeRoot,
  rootOf,
  type Place,
  type Range,
} from '#platform/audit/merkle.ts'
import { verifyConsistency, verifyInclusion } from '#platform/audit/proof.ts'

// The reference tree of certificate-transparency's own tests for RFC 6962.
const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const INCLUSION = [
  { index: 0, size: 1, path: [] },
  {
    index: 0,
    size: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    path: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
]
const CONSISTENCY = [
  { from: 1, to: 1, path: [] },
  {
    from: 6,
    to: 8,
    path: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    from: 2,
    to: 5,
    path: ['5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b'],
  },
]

/** A tree in memory: the roots at every size, and its complete nodes. */
function grow(entries: readonly Uint8Array[]) {
  const nodes = new Map<string, Buffer>()
  const roots = [EMPTY_ROOT]
  let peaks = NO_PEAKS
  for (const entry of entries) {
    const grown = append(peaks, hashLeaf(entry))
    peaks = grown.peaks
    for (const { level, index, hash } of grown.completed) nodes.set(`${level}/${index}`, hash)
    roots.push(rootOf(peaks))
  }
  const get = ({ level, index }: Place) => nodes.get(`${level}/${index}`)!
  const path = (ranges: Range[]) => ranges.map((range) => rangeRoot(range, get))
  return { roots, nodes, peaks, get, path }
}

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const hex = (hash: Uint8Array) => Buffer.from(hash).toString('hex')
const reference = grow(ENTRIES.map(bytes))

describe('the tree', () => {
  it('has the roots of the RFC 6962 reference tree at every size', () => {
    expect(reference.roots.map(hex)).toEqual(ROOTS)
  })

  it('has the inclusion paths of the reference tree', () => {
    for (const { index, size, path } of INCLUSION) expect(reference.path(inclusionRanges(index, size)).map(hex)).toEqual(path)
  })

  it('has the consistency paths of the reference tree', () => {
    for (const { from, to, path } of CONSISTENCY) expect(reference.path(consistencyRanges(from, to)).map(hex)).toEqual(path)
  })

  it('refuses proofs that cannot be', () => {
    for (const make of [() => inclusionRanges(8, 8), () => inclusionRanges(-1, 8), () => consistencyRanges(0, 8), () => consistencyRanges(9, 8)])
      expect(make).toThrow(RangeError)
  })

  test.prop([fc.nat(600)])('stores each complete subtree once, and its peaks are the complete subtrees of its size', (size) => {
    const tree = grow(Array.from({ length: size }, (_, n) => Buffer.of(n % 256, n >> 8)))
    let complete = 0
    for (let width = 1; width <= size; width *= 2) complete += Math.floor(size / width)
    expect(tree.nodes.size).toBe(complete)
    expect(tree.peaks.hashes.map(hex)).toEqual(placesOf({ start: 0, end: size }).map((place) => hex(tree.get(place))))
  })
})

const sized = fc.integer({ min: 1, max: 300 }).chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1), bit: fc.nat(255) }))
const tree300 = grow(Array.from({ length: 300 }, (_, n) => Buffer.from(`entry ${n}`)))

function flip(hash: Uint8Array, bit: number): Uint8Array {
  return Uint8Array.from(hash, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}

/** Every way to damage one hash of a path, and paths too short, too long or in another order. */
function damaged(path: readonly Uint8Array[], bit: number): Uint8Array[][] {
  const flipped = path.map((_, at) => path.map((hash, n) => (n === at ? flip(hash, bit) : hash)))
  const reversed = path.length > 1 ? [[...path].reverse()] : []
  return [...flipped, ...reversed, [...path, Buffer.alloc(32)], ...(path.length > 0 ? [path.slice(1), path.slice(0, -1)] : [])]
}

describe('an inclusion proof', () => {
  test.prop([sized])('verifies for every leaf, and for no other leaf, size, root or path', async ({ size, index, bit }) => {
    const leaf = hashLeaf(Buffer.from(`entry ${index}`))
    const good = { index, size, leaf, path: tree300.path(inclusionRanges(index, size)), root: tree300.roots[size]! }
    expect(await verifyInclusion(good)).toBe(true)
    const wrong = [
      { ...good, leaf: flip(leaf, bit) },
      { ...good, root: flip(good.root, bit) },
      { ...good, index: index + 1 },
      { ...good, index: index - 1 },
      { ...good, index: size },
      { ...good, size: 0 },
      { ...good, size: 1.5 },
      ...damaged(good.path, bit).map((path) => ({ ...good, path })),
    ]
    for (const proof of wrong) expect(await verifyInclusion(proof)).toBe(false)
  })

  it('verifies in a tree larger than 2 ** 32 leaves', async () => {
    const size = 2 ** 40 + 1
    const leaf = hashLeaf(Buffer.from('last'))
    const left = Buffer.alloc(32, 7)
    const root = rootOf({ size, hashes: [left, leaf] })
    expect(await verifyInclusion({ index: size - 1, size, leaf, path: [left], root })).toBe(true)
    expect(await verifyInclusion({ index: size - 2, size, leaf, path: [left], root })).toBe(false)
  })
})

describe('a consistency proof', () => {
  test.prop([sized])('verifies for every pair of sizes, and for no other root, size or path', async ({ size, index, bit }) => {
    const from = index + 1
    const good = { from, to: size, fromRoot: tree300.roots[from]!, toRoot: tree300.roots[size]!, path: tree300.path(consistencyRanges(from, size)) }
    expect(await verifyConsistency(good)).toBe(true)
    const wrong = [
      { ...good, fromRoot: flip(good.fromRoot, bit) },
      { ...good, toRoot: flip(good.toRoot, bit) },
      { ...good, from: 0 },
      { ...good, from: size + 1 },
      ...damaged(good.path, bit).map((path) => ({ ...good, path })),
    ]
    for (const proof of wrong) expect(await verifyConsistency(proof)).toBe(false)
  })
})
