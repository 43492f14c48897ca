import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { FaultList } from '#platform/audit/faults.ts'
import { append, hashLeaf, NO_PEAKS, rootOf, type Range } from '#platform/audit/merkle.ts'
import { CHUNK, chunkOf, Tree } from '#platform/audit/tree.ts'
import type { StoredLeaf, StoredNode } from '#platform/audit/verify-store.ts'

interface Tables {
  readonly leaves: Map<number, Buffer>
  readonly nodes: Map<string, StoredNode>
}

function grow(size: number): Tables & { root: Buffer } {
  const tables: Tables = { leaves: new Map(), nodes: new Map() }
  let peaks = NO_PEAKS
  for (let n = 0; n < size; n++) {
    const body = Buffer.from(`leaf ${n}`)
    tables.leaves.set(n, body)
    const grown = append(peaks, hashLeaf(body))
    peaks = grown.peaks
    for (const node of grown.completed) tables.nodes.set(`${node.level}/${node.index}`, node)
  }
  return { ...tables, root: rootOf(peaks) }
}

const SIZES = [1, 2, 7, 512, 1000, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 513, 5 * CHUNK - 1]
const grown = new Map(SIZES.map((size) => [size, grow(size)]))

/** Reads the tables as a verification does, and says what is wrong, as `table id`. */
async function faultsOf({ leaves, nodes }: Tables, size: number, root: Buffer | undefined) {
  const load = (range: Range) => {
    const rows: StoredLeaf[] = []
    for (let n = range.start; n < range.end; n++) {
      const body = leaves.get(n)
      if (body) rows.push({ index: n, operator: null, at: null, actor: null, action: '', subject: null, body })
    }
    const under = [...nodes.values()].filter(({ level, index }) => level <= 10 && index >= range.start / 2 ** level && (index + 1) * 2 ** level <= range.end)
    return chunkOf(range, rows, under)
  }
  const above = [...nodes.values()].filter(({ level }) => level > 10)
  const tree = new Tree(size, above)
  const ranges = Array.from({ length: Math.ceil(size / CHUNK) }, (_, n) => ({ start: n * CHUNK, end: Math.min((n + 1) * CHUNK, size) }))
  for (const range of ranges) tree.add(load(range))
  const faults = new FaultList()
  let loaded = 0
  await tree.locate(root, faults, {
    load: async (range) => {
      loaded++
      return load(range)
    },
    leaf: () => undefined,
    chunkDone: () => undefined,
    suspects: { start: 0, end: size },
  })
  return { named: faults.listed.map(({ table, id }) => `${table} ${id}`).sort(), codes: faults.listed.map(({ code }) => code), loaded }
}

const sized = fc.constantFrom(...SIZES)
const damage = fc.record({ size: sized, at: fc.nat(), bit: fc.nat(255) })

function pick<T>(items: Iterable<T>, at: number): T {
  const list = [...items]
  return list[at % list.length]!
}

function copy(size: number): Tables & { root: Buffer } {
  const { leaves, nodes, root } = grown.get(size)!
  return { leaves: new Map(leaves), nodes: new Map(nodes), root }
}

const flip = (hash: Buffer, bit: number) => Buffer.from(hash.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)))
const options = { numRuns: 40 }

describe('the search for what is wrong in a tree', () => {
  test.prop([sized], { numRuns: 20 })('finds nothing in an untouched tree, and reads no chunk twice', async (size) => {
    const tables = grown.get(size)!
    expect(await faultsOf(tables, size, tables.root)).toEqual({ named: [], codes: [], loaded: 0 })
    expect((await faultsOf(tables, size, undefined)).named).toEqual([])
  })

  test.prop([damage], options)('names an altered leaf and nothing else', async ({ size, at }) => {
    const tables = copy(size)
    const index = pick(tables.leaves.keys(), at)
    tables.leaves.set(index, Buffer.from('altered'))
    expect((await faultsOf(tables, size, tables.root)).named).toEqual([`audit_leaf ${index}`])
  })

  test.prop([damage], options)('names a missing leaf and nothing else', async ({ size, at }) => {
    const tables = copy(size)
    const index = pick(tables.leaves.keys(), at)
    tables.leaves.delete(index)
    expect((await faultsOf(tables, size, tables.root)).named).toEqual([`audit_leaf ${index}`])
  })

  test.prop([damage], options)('names an altered or missing node and nothing else', async ({ size, at, bit }) => {
    const tables = copy(size)
    const place = pick(tables.nodes.keys(), at)
    const node = tables.nodes.get(place)!
    if (bit % 2) tables.nodes.set(place, { ...node, hash: flip(node.hash, bit) })
    else tables.nodes.delete(place)
    expect((await faultsOf(tables, size, tables.root)).named).toEqual([`audit_node ${place}`])
  })

  test.prop([damage, fc.nat()], options)('names two swapped leaves and nothing else', async ({ size, at }, other) => {
    const tables = copy(size)
    const [a, b] = [pick(tables.leaves.keys(), at), pick(tables.leaves.keys(), other)]
    fc.pre(a !== b)
    tables.leaves.set(a, grown.get(size)!.leaves.get(b)!)
    tables.leaves.set(b, grown.get(size)!.leaves.get(a)!)
    expect((await faultsOf(tables, size, tables.root)).named).toEqual([`audit_leaf ${a}`, `audit_leaf ${b}`].sort())
  })

  test.prop([damage, fc.nat()], options)('names a leaf and a node altered independently', async ({ size, at, bit }, other) => {
    const tables = copy(size)
    const index = pick(tables.leaves.keys(), at)
    const place = pick(tables.nodes.keys(), other)
    tables.leaves.set(index, Buffer.from('altered'))
    const node = tables.nodes.get(place)!
    tables.nodes.set(place, { ...node, hash: flip(node.hash, bit) })
    const { named } = await faultsOf(tables, size, tables.root)
    expect(named).toEqual(expect.arrayContaining([`audit_leaf ${index}`, `audit_node ${place}`]))
  })

  test.prop([damage, fc.nat({ max: 12 })], options)('finds a leaf whose nodes were recomputed by someone without the key', async ({ size, at }, levels) => {
    const tables = copy(size)
    const index = pick(tables.leaves.keys(), at)
    tables.leaves.set(index, Buffer.from('altered'))
    // The forger recomputes the lowest levels of the path, or all of them.
    let peaks = NO_PEAKS
    for (let n = 0; n < size; n++) {
      const step = append(peaks, hashLeaf(tables.leaves.get(n)!))
      peaks = step.peaks
      for (const node of step.completed) if (node.level <= levels) tables.nodes.set(`${node.level}/${node.index}`, node)
    }
    const { named } = await faultsOf(tables, size, tables.root)
    const ranges = named.filter((name) => name.startsWith('audit_leaf')).map((name) => name.split(' ')[1]!.split('-').map(Number))
    expect(ranges.some(([first, last = first]) => first! <= index && index <= last!)).toBe(true)
  })
})
