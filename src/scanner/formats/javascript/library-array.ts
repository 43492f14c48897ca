import type { Machine } from './machine.ts'
import { List, Thing, native, type Native, type Value } from './objects.ts'
import { itemsOf, same } from './statements.ts'
import { repeated, type Text } from './text.ts'

function listOf(machine: Machine, self: Value): List {
  if (self instanceof List) return self
  throw machine.error('TypeError', 'not an array')
}

/** The items of an array, which cost by their number. */
function items(machine: Machine, self: Value): Value[] {
  const list = listOf(machine, self)
  machine.step(1 + (list.items.length >> 2))
  return list.items
}

/** Calls a function for each item, as long as it says so. */
function each(machine: Machine, self: Value, work: Value, at: number, take: (result: Value, item: Value) => boolean): void {
  const list = listOf(machine, self)
  for (let i = 0; i < list.items.length; i++) {
    const item = list.items[i]
    if (!take(machine.call(work, undefined, [item, i, list], at), item)) return
  }
}

function range(machine: Machine, from: Value, to: Value, length: number): readonly [number, number] {
  const of = (value: Value, missing: number) => {
    const number = value === undefined ? missing : Math.trunc(machine.number(value)) || 0
    return Math.max(0, Math.min(length, number < 0 ? length + number : number))
  }
  return [of(from, 0), of(to, length)]
}

/** The functions of arrays (ECMA-262, 5th edition, 15.4.4). */
export const ARRAY_FUNCTIONS: Readonly<Record<string, Native>> = {
  push: (machine, self, values) => {
    const list = listOf(machine, self)
    for (const value of values) machine.set(list, list.length, value, 0)
    return list.length
  },
  pop: (machine, self) => {
    const list = listOf(machine, self)
    list.length = Math.max(0, list.length - 1)
    return list.items.length > list.length ? list.items.pop() : undefined
  },
  shift: (machine, self) => {
    const first = items(machine, self).shift()
    listOf(machine, self).length = Math.max(0, listOf(machine, self).length - 1)
    return first
  },
  unshift: (machine, self, values) => {
    const list = listOf(machine, self)
    machine.spend(values.length * 8)
    items(machine, self).unshift(...values.slice(0, 1000))
    return (list.length += Math.min(1000, values.length))
  },
  join: (machine, self, [by]) => {
    const list = listOf(machine, self)
    const between = by === undefined ? ',' : machine.text(by)
    if (list.items.length === 0 && list.length > 1) {
      if (between.length * list.length > 2 ** 29) throw machine.error('RangeError', 'text too long')
      machine.spend(1024)
      return repeated(between, list.length - 1)
    }
    return joinedItems(machine, list, between)
  },
  toString: native((machine, self) => (self instanceof List ? joinedItems(machine, self, ',') : '')),
  reverse: (machine, self) => (items(machine, self).reverse(), self),
  slice: (machine, self, [from, to]) => {
    const all = self instanceof List ? items(machine, self) : [...itemsOf(machine, self)]
    return machine.list(all.slice(...range(machine, from, to, all.length)))
  },
  splice: (machine, self, [from, count, ...more]) => {
    const list = listOf(machine, self)
    const all = items(machine, self)
    const [start] = range(machine, from, undefined, all.length)
    const taken = all.splice(start, count === undefined ? all.length : Math.max(0, machine.number(count) || 0), ...more.slice(0, 1000))
    machine.spend(more.length * 8)
    list.length = all.length
    return machine.list(taken)
  },
  concat: (machine, self, values) => {
    const all = [...items(machine, self)]
    for (const value of values) {
      if (value instanceof List) {
        machine.step(value.items.length >> 2)
        machine.spend(value.items.length * 8)
        for (const item of value.items) all.push(item)
      } else all.push(value)
    }
    return machine.list(all)
  },
  indexOf: (machine, self, [wanted]) => items(machine, self).findIndex((item) => same(machine, item, wanted)),
  includes: (machine, self, [wanted]) => items(machine, self).some((item) => same(machine, item, wanted)),
  fill: (machine, self, [value]) => {
    const list = listOf(machine, self)
    for (let i = 0; i < list.length; i++) machine.set(list, i, value, 0)
    return self
  },
  sort: (machine, self, [by], at) => {
    const all = items(machine, self)
    machine.step(all.length)
    all.sort((a, b) => {
      if (by !== undefined) return machine.number(machine.call(by, undefined, [a, b], at)) || 0
      const [x, y] = [machine.key(a), machine.key(b)]
      machine.step(1 + ((x.length + y.length) >> 7))
      return x < y ? -1 : x > y ? 1 : 0
    })
    return self
  },
  forEach: (machine, self, [work], at) => {
    each(machine, self, work, at, () => true)
    return undefined
  },
  map: (machine, self, [work], at) => {
    const made: Value[] = []
    each(machine, self, work, at, (result) => made.push(result) > 0)
    return machine.list(made)
  },
  filter: (machine, self, [work], at) => {
    const kept: Value[] = []
    each(machine, self, work, at, (result, item) => !machine.truthy(result) || kept.push(item) > 0)
    return machine.list(kept)
  },
  some: (machine, self, [work], at) => {
    let found = false
    each(machine, self, work, at, (result) => !(found = machine.truthy(result)))
    return found
  },
  every: (machine, self, [work], at) => {
    let all = true
    each(machine, self, work, at, (result) => (all = machine.truthy(result)))
    return all
  },
  reduce: (machine, self, [work, ...first], at) => {
    let value: Value = first[0]
    let begun = first.length > 0
    for (const [i, item] of [...items(machine, self)].entries()) {
      value = begun ? machine.call(work, undefined, [value, item, i, self], at) : item
      begun = true
    }
    return value
  },
}

function joinedItems(machine: Machine, list: List, between: Text): Text {
  return machine.deeper(() => {
    let text: Text = ''
    for (const [i, item] of list.items.entries()) {
      machine.step()
      if (i > 0) text = machine.join(text, between)
      if (item !== undefined && item !== null) text = machine.join(text, machine.text(item))
    }
    return text
  })
}

/** The functions of every object (ECMA-262, 5th edition, 15.2.4). */
export const OBJECT_FUNCTIONS: Readonly<Record<string, Native>> = {
  toString: native((_, self) => (self instanceof List ? '[object Array]' : '[object Object]')),
  valueOf: native((_, self) => self),
  hasOwnProperty: native((machine, self, [key]) => {
    if (self instanceof List && Number(machine.key(key)) < self.items.length) return true
    return self instanceof Thing && self.members.has(machine.key(key))
  }),
}
