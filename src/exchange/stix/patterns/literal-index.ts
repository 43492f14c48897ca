import { mask, readBlock, type Block } from '#exchange/stix/patterns/address.ts'
import { booleanKey, INSTANT, numberKey, type Atom } from '#exchange/stix/patterns/atoms.ts'
import type { Meter } from '#exchange/stix/patterns/meter.ts'
import type { Observation } from '#exchange/stix/patterns/observation.ts'
import { ownValue } from '#exchange/stix/patterns/path.ts'
import { decode, encodingOf, sortable, type Encoding } from '#exchange/stix/patterns/value.ts'

/** One step of the paths that are asked for; indexes of lists are not told apart. */
interface Node<Item> {
  readonly name: string
  readonly children: Map<string, Node<Item>>
  element: Node<Item> | undefined
  /** What hangs on the values at this path. */
  readonly values: Map<string, Item | Set<Item>>
  /** Blocks of addresses by version and length of the prefix, then by their bits. */
  readonly blocks: Map<string, Map<bigint, Set<Item>>>
  /** What hangs on there being anything at this path. */
  readonly any: Set<Item>
  instants: number
}

/** More values than this are looked through for equal ones. */
const MANY = 32

/**
 * Items by atoms. What an observation has is found by walking its objects along the paths that were asked for, with one look-up for each
 * value there: the cost grows with the observation, not with the number of items.
 */
export class LiteralIndex<Item extends object> {
  readonly #types = new Map<string, Node<Item>>()

  add({ path, key }: Atom, item: Item): void {
    const node = this.#node(path.type, path.steps)
    if (key === undefined) node.any.add(item)
    else if (typeof key === 'object') blockSet(node, key).add(item)
    else {
      if (key.startsWith(INSTANT) && !node.values.has(key)) node.instants++
      const there = node.values.get(key)
      if (there === undefined) node.values.set(key, item)
      else if (there instanceof Set) there.add(item)
      else if (there !== item) node.values.set(key, new Set([there, item]))
    }
  }

  delete({ path, key }: Atom, item: Item): void {
    const node = this.#node(path.type, path.steps)
    if (key === undefined) node.any.delete(item)
    else if (typeof key === 'object') removeBlock(node, key, item)
    else {
      const there = node.values.get(key)
      if (there instanceof Set) there.delete(item)
      if (there !== item && !(there instanceof Set && there.size === 0)) return
      node.values.delete(key)
      if (key.startsWith(INSTANT)) node.instants--
    }
    this.#prune(path.type, path.steps)
  }

  /** How many items hang on an atom that is looked up by a value. */
  sizeOf({ path, key }: Atom): number {
    const node = this.#find(path.type, path.steps)
    if (node === undefined || key === undefined) return 0
    if (typeof key === 'object') return node.blocks.get(blockKey(key))?.get(key.bits)?.size ?? 0
    const there = node.values.get(key)
    return there instanceof Set ? there.size : there === undefined ? 0 : 1
  }

  /** Calls `found` with each item of an atom that the observation has, possibly more than once, and `apart` with those of a path alone. */
  probe(observation: Observation, meter: Meter, found: (item: Item) => void, apart: (item: Item) => void): void {
    for (const object of observation.objects) {
      const root = this.#types.get(object.type)
      if (root) this.#walk(root, [object], { observation, meter, found, apart, reference: false })
    }
  }

  #walk(node: Node<Item>, values: readonly unknown[], visit: Visit<Item>): void {
    const distinct = values.length > MANY ? [...new Set(values)] : values
    visit.meter.spend(0.2 * (1 + values.length))
    for (const item of node.any) {
      visit.meter.spend(0.01)
      visit.apart(item)
    }
    if (node.values.size > 0 || node.blocks.size > 0) for (const value of distinct) lookUp(node, value, visit)
    if (node.element) {
      const elements = distinct.flatMap((value) => (Array.isArray(value) ? value.filter(isThere) : []))
      visit.meter.spend(elements.length)
      if (elements.length > 0) this.#walk(node.element, elements, visit)
    }
    if (node.children.size > 0) this.#walkChildren(node, distinct, visit)
  }

  #walkChildren(node: Node<Item>, values: readonly unknown[], visit: Visit<Item>): void {
    const holders = values.map((value) => (visit.reference && typeof value === 'string' ? visit.observation.find(value) : value)).filter(isObject)
    if (holders.length === 0) return
    const [first] = holders
    // Of one object its own names are walked when they are fewer than those asked for.
    const names = holders.length === 1 && first ? Object.keys(first) : []
    const fewer = holders.length === 1 && names.length < node.children.size
    for (const name of fewer ? names : node.children.keys()) {
      const child = node.children.get(name)
      if (!child) continue
      visit.meter.spend(0.2 * holders.length)
      const found = holders.map((holder) => ownValue(holder, name)).filter(isThere)
      if (found.length > 0) this.#walk(child, found, { ...visit, reference: name.endsWith('_ref') || name.endsWith('_refs') })
    }
  }

  #node(type: string, steps: Atom['path']['steps']): Node<Item> {
    let node = this.#types.get(type)
    if (!node) this.#types.set(type, (node = emptyNode('')))
    for (const step of steps) {
      let next: Node<Item> | undefined = typeof step === 'string' ? node.children.get(step) : node.element
      if (!next) {
        next = emptyNode(typeof step === 'string' ? step : node.name)
        if (typeof step === 'string') node.children.set(step, next)
        else node.element = next
      }
      node = next
    }
    return node
  }

  #find(type: string, steps: Atom['path']['steps']): Node<Item> | undefined {
    let node = this.#types.get(type)
    for (const step of steps) node = typeof step === 'string' ? node?.children.get(step) : node?.element
    return node
  }

  /** Takes away the nodes of a path on which nothing hangs any more. */
  #prune(type: string, steps: Atom['path']['steps']): void {
    for (let length = steps.length; length > 0; length--) {
      const node = this.#find(type, steps.slice(0, length))
      if (node && !isEmpty(node)) return
      const parent = this.#find(type, steps.slice(0, length - 1))!
      const step = steps[length - 1]!
      if (typeof step === 'string') parent.children.delete(step)
      else parent.element = undefined
    }
    if (isEmpty(this.#types.get(type)!)) this.#types.delete(type)
  }
}

interface Visit<Item> {
  readonly observation: Observation
  readonly meter: Meter
  readonly found: (item: Item) => void
  readonly apart: (item: Item) => void
  /** Whether texts here refer to objects of the observation. */
  readonly reference: boolean
}

function lookUp<Item>(node: Node<Item>, value: unknown, visit: Visit<Item>): void {
  visit.meter.spend(0.2)
  for (const key of keysOf(node, value)) {
    const there = node.values.get(key)
    if (there instanceof Set) for (const item of there) visit.found(item)
    else if (there !== undefined) visit.found(there)
  }
  if (node.blocks.size > 0 && typeof value === 'string') lookUpBlock(node, value, visit)
}

function keysOf<Item>(node: Node<Item>, value: unknown): string[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [numberKey(Number(value))]
  if (typeof value === 'boolean') return [booleanKey(value)]
  if (typeof value !== 'string') return []
  const encoding: Encoding = encodingOf(node.name)
  const keys = encoding ? [] : [value]
  const octets = decode(value, encoding)
  if (octets !== undefined) keys.push(`o${octets}`)
  const instant = node.instants > 0 ? sortable(value) : undefined
  if (instant !== undefined) keys.push(INSTANT + instant)
  return keys
}

function lookUpBlock<Item>(node: Node<Item>, value: string, visit: Visit<Item>): void {
  const block = readBlock(value)
  if (!block) return
  for (let prefix = 0; prefix <= block.prefix; prefix++) {
    const of = node.blocks.get(`${block.version}/${prefix}`)
    if (!of) continue
    visit.meter.spend(0.5)
    for (const item of of.get(mask(block.version, block.bits, prefix)) ?? []) visit.found(item)
  }
}

function blockKey({ version, prefix }: Block): string {
  return `${version}/${prefix}`
}

function blockSet<Item>(node: Node<Item>, block: Block): Set<Item> {
  const of = node.blocks.get(blockKey(block)) ?? new Map<bigint, Set<Item>>()
  node.blocks.set(blockKey(block), of)
  const items = of.get(block.bits) ?? new Set<Item>()
  of.set(block.bits, items)
  return items
}

function removeBlock<Item>(node: Node<Item>, block: Block, item: Item): void {
  const of = node.blocks.get(blockKey(block))
  const items = of?.get(block.bits)
  items?.delete(item)
  if (items?.size === 0) of!.delete(block.bits)
  if (of?.size === 0) node.blocks.delete(blockKey(block))
}

function emptyNode<Item>(name: string): Node<Item> {
  return { name, children: new Map(), element: undefined, values: new Map(), blocks: new Map(), any: new Set(), instants: 0 }
}

function isEmpty<Item>({ children, element, values, blocks, any }: Node<Item>): boolean {
  return children.size + values.size + blocks.size + any.size === 0 && element === undefined
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
