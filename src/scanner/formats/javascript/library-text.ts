import type { Machine } from './machine.ts'
import { Callable, Pattern, Stopped, native, type Native, type Value } from './objects.ts'
import { compilePattern, findPattern, type Compiled, type Found } from './patterns.ts'
import { codeAt, LongText, part, repeated, type Text } from './text.ts'

/** Steps that one search by a pattern may take; then the call is given up and finds nothing. */
const MOST_TRIES = 200_000
const MOST_PIECES = 100_000

class GivenUp extends Error {}

/** A whole number within a text of `length`; from the end where it is negative and `wraps`. */
function place(machine: Machine, value: Value, length: number, missing: number, wraps = false): number {
  if (value === undefined) return missing
  const number = machine.number(value)
  if (Number.isNaN(number)) return 0
  return Math.min(length, Math.max(0, Math.trunc(wraps && number < 0 ? length + number : number)))
}

function between(machine: Machine, text: Text, from: number, to: number): Text {
  return machine.cut(text, from, Math.min(to, text.length))
}

/** The functions of texts (ECMA-262, 5th edition, 15.5.4, and the later ones that need no more). */
export const TEXT_FUNCTIONS: Readonly<Record<string, Native>> = {
  toString: native((machine, self) => (typeof self === 'string' || self instanceof LongText ? self : machine.text(self))),
  valueOf: native((_, self) => self),
  charAt: (machine, self, [at]) => {
    const text = machine.text(self)
    const index = place(machine, at, text.length, 0)
    return index < text.length ? String.fromCharCode(codeAt(text, index)) : ''
  },
  charCodeAt: (machine, self, [at]) => codeAtPlace(machine, self, at),
  codePointAt: (machine, self, [at]) => codeAtPlace(machine, self, at),
  at: (machine, self, [at]) => {
    const text = machine.text(self)
    return between(machine, text, place(machine, at, text.length, 0, true), place(machine, at, text.length, 0, true) + 1)
  },
  concat: (machine, self, values) => values.reduce<Text>((text, value) => machine.join(text, machine.text(value)), machine.text(self)),
  indexOf: (machine, self, [wanted, from]) => search(machine, self, wanted, (text, what) => text.indexOf(what, machine.number(from) || 0)),
  lastIndexOf: (machine, self, [wanted]) => search(machine, self, wanted, (text, what) => text.lastIndexOf(what)),
  includes: (machine, self, [wanted]) => search(machine, self, wanted, (text, what) => text.indexOf(what)) !== -1,
  startsWith: (machine, self, [wanted]) => search(machine, self, wanted, (text, what) => (text.startsWith(what) ? 1 : 0)) === 1,
  endsWith: (machine, self, [wanted]) => search(machine, self, wanted, (text, what) => (text.endsWith(what) ? 1 : 0)) === 1,
  substring: (machine, self, [from, to]) => {
    const text = machine.text(self)
    const [a, b] = [place(machine, from, text.length, 0), place(machine, to, text.length, text.length)]
    return between(machine, text, Math.min(a, b), Math.max(a, b))
  },
  substr: (machine, self, [from, count]) => {
    const text = machine.text(self)
    const start = place(machine, from, text.length, 0, true)
    return between(machine, text, start, start + place(machine, count, text.length, text.length))
  },
  slice: (machine, self, [from, to]) => {
    const text = machine.text(self)
    return between(machine, text, place(machine, from, text.length, 0, true), place(machine, to, text.length, text.length, true))
  },
  toLowerCase: (machine, self) => machine.built(machine.text(self)).toLowerCase(),
  toUpperCase: (machine, self) => machine.built(machine.text(self)).toUpperCase(),
  trim: (machine, self) => machine.built(machine.text(self)).trim(),
  repeat: (machine, self, [count]) => {
    const text = machine.text(self)
    const times = machine.number(count)
    if (!(times >= 0) || text.length * times > 2 ** 29) throw machine.error('RangeError', 'invalid count')
    machine.spend(1024)
    return repeated(text, times)
  },
  split: (machine, self, [by]) => {
    const text = machine.built(machine.text(self))
    if (by === undefined) return machine.list([text])
    const pieces = by instanceof Pattern ? splitBy(machine, text, by) : splitAt(machine, text, machine.built(machine.text(by)))
    machine.step(pieces.length)
    machine.spend(pieces.length * 16)
    return machine.list(pieces)
  },
  replace: (machine, self, [wanted, by], at) => replace(machine, self, wanted, by, false, at),
  replaceAll: (machine, self, [wanted, by], at) => replace(machine, self, wanted, by, true, at),
  match: (machine, self, [wanted]) => {
    const text = machine.built(machine.text(self))
    const pattern = wanted instanceof Pattern ? wanted : new Pattern(null, machine.built(machine.text(wanted)), '')
    const found = matches(machine, pattern, text, pattern.flags.includes('g'))
    if (found.length === 0) return null
    return pattern.flags.includes('g') ? machine.list(found.map(({ from, to }) => text.slice(from, to))) : foundList(machine, text, found[0]!)
  },
  search: (machine, self, [wanted]) => {
    const text = machine.built(machine.text(self))
    if (!(wanted instanceof Pattern)) return search(machine, self, wanted, (where, what) => where.indexOf(what))
    return matches(machine, wanted, text, false)[0]?.from ?? -1
  },
}

/** The functions of regular expressions (ECMA-262, 5th edition, 15.10.6). */
export const PATTERN_FUNCTIONS: Readonly<Record<string, Native>> = {
  exec: (machine, self, [value]) => execPattern(machine, self, value),
  test: (machine, self, [value]) => execPattern(machine, self, value) !== null,
  toString: native((_, self) => (self instanceof Pattern ? `/${self.source}/${self.flags}` : '')),
}

function execPattern(machine: Machine, self: Value, value: Value): Value {
  if (!(self instanceof Pattern)) return null
  const text = machine.built(machine.text(value))
  const global = self.flags.includes('g')
  const found = matches(machine, self, text, false, global ? self.lastIndex : 0)[0]
  if (global) self.lastIndex = found ? Math.max(found.to, found.from + 1) : 0
  return found ? foundList(machine, text, found) : null
}

function foundList(machine: Machine, text: string, { from, to, groups }: Found): Value {
  const list = machine.list([text.slice(from, to), ...groups])
  list.members.set('index', from).set('input', text)
  return list
}

function codeAtPlace(machine: Machine, self: Value, at: Value): number {
  const text = machine.text(self)
  const index = at === undefined ? 0 : Math.trunc(machine.number(at)) || 0
  return index >= 0 && index < text.length ? codeAt(text, index) : Number.NaN
}

function search(machine: Machine, self: Value, wanted: Value, how: (text: string, what: string) => number): number {
  const text = machine.text(self)
  // What is looked for in a text that only says it is long is looked for in its beginning.
  const whole = machine.built(text.length > 2 ** 20 ? part(text, 0, 8192) : text)
  const what = machine.text(wanted)
  if (what.length > whole.length) return -1
  const sought = machine.built(what)
  stepSearch(machine, whole, sought)
  return how(whole, sought)
}

/** A pattern as it is followed; it is read once, which costs by its length. */
function compiledOf(machine: Machine, pattern: Pattern): Compiled | undefined {
  if (pattern.compiled === undefined) {
    machine.step(1 + (pattern.source.length >> 2))
    pattern.compiled = compilePattern(pattern.source, pattern.flags) ?? null
  }
  return pattern.compiled ?? undefined
}

/** What looking for one text in another may cost at worst: the system's search compares both again and again. */
function stepSearch(machine: Machine, text: string, what: string): void {
  if (what.length > 1) machine.step(Math.floor((text.length * what.length) / 4096))
}

function matches(machine: Machine, pattern: Pattern, text: string, all: boolean, start = 0): Found[] {
  const compiled = compiledOf(machine, pattern)
  const found: Found[] = []
  let tries = 0
  const step = () => {
    if (++tries > MOST_TRIES) throw new GivenUp()
    if (tries % 8 === 0) machine.step()
  }
  try {
    for (let from = start; compiled && found.length < MOST_PIECES;) {
      const one = findPattern(compiled, text, from, step)
      if (!one) break
      found.push(one)
      machine.spend(64)
      if (!all) break
      from = Math.max(one.to, one.from + 1)
      tries = Math.max(0, tries - 64)
    }
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error
  }
  return found
}

function splitAt(machine: Machine, text: string, by: string): string[] {
  stepSearch(machine, text, by)
  return text.split(by, MOST_PIECES)
}

function splitBy(machine: Machine, text: string, pattern: Pattern): string[] {
  const pieces: string[] = []
  let from = 0
  for (const found of matches(machine, pattern, text, true)) {
    if (found.to === found.from) continue
    pieces.push(text.slice(from, found.from))
    from = found.to
  }
  return [...pieces, text.slice(from)]
}

function replace(machine: Machine, self: Value, wanted: Value, by: Value, everywhere: boolean, at: number): Value {
  const text = machine.built(machine.text(self))
  const found = wanted instanceof Pattern ? matches(machine, wanted, text, wanted.flags.includes('g')) : literals(machine, text, wanted, everywhere)
  const pieces: string[] = []
  const replacement = by instanceof Callable ? undefined : machine.built(machine.text(by))
  let from = 0
  for (const one of found) {
    const whole = text.slice(one.from, one.to)
    const made =
      replacement === undefined
        ? machine.built(machine.text(machine.call(by, undefined, [whole, ...one.groups, one.from, text], at)))
        : filled(replacement, whole, one)
    machine.step()
    machine.spend(made.length + 16)
    pieces.push(text.slice(from, one.from), made)
    from = one.to
  }
  if (pieces.length === 0) return self
  pieces.push(text.slice(from))
  const result = pieces.join('')
  machine.spend(result.length)
  if (result.length > 2 ** 24) throw new Stopped('bytes')
  return result
}

function filled(replacement: string, whole: string, { groups }: Found): string {
  if (!replacement.includes('$')) return replacement
  return replacement.replace(/\$([$&]|[1-9])/g, (_, what: string) => (what === '$' ? '$' : what === '&' ? whole : (groups[Number(what) - 1] ?? '')))
}

function literals(machine: Machine, text: string, wanted: Value, everywhere: boolean): Found[] {
  const what = machine.built(machine.text(wanted))
  stepSearch(machine, text, what)
  const found: Found[] = []
  for (let from = text.indexOf(what); from !== -1 && found.length < MOST_PIECES; from = text.indexOf(what, from + Math.max(1, what.length))) {
    found.push({ from, to: from + what.length, groups: [] })
    machine.step()
    machine.spend(64)
    if (!everywhere) break
  }
  return found
}
