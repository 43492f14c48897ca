import { ProgramError } from './errors.ts'
import { Lexer, type Token } from './lexer.ts'
import type { Machine } from './machine.ts'
import { bodyOf, boolean, keyOf, MARK, NULL, number, type Value } from './values.ts'

type Operator = (m: Machine) => void
type Span = Extract<Value, { t: 'string' | 'array' }>

function span(value: Value): Span {
  if (value.t !== 'string' && value.t !== 'array') throw new ProgramError()
  return value
}

function get(m: Machine): void {
  const key = m.pop()
  const from = m.pop()
  // The dictionary of the system holds every operator, which is known here by its name.
  const operator: Value = from.t === 'dict' && from.d === m.dictionaries[0] && key.t === 'name' ? { t: 'name', v: key.v, x: true } : NULL
  if (from.t === 'dict') return m.push(from.d.entries.get(keyOf(key))?.value ?? operator)
  const of = span(from)
  const at = of.from + (key.t === 'number' ? Math.trunc(key.v) : 0)
  if (at < of.from || at >= of.to) throw new ProgramError()
  m.push(of.t === 'string' ? number(of.s.bytes[at]!) : (of.a.items[at] ?? NULL))
}

function put(m: Machine): void {
  const value = m.pop()
  const key = m.pop()
  const into = m.pop()
  if (into.t === 'dict') return m.define(into.d, key, value)
  const of = span(into)
  const at = of.from + (key.t === 'number' ? Math.trunc(key.v) : 0)
  if (at < of.from || at >= of.to) throw new ProgramError()
  if (of.t === 'array') of.a.items[at] = value
  else if (value.t === 'number') of.s.bytes[at] = value.v
}

function getInterval(m: Machine): void {
  const count = m.takeCount(2 ** 31)
  const start = m.takeCount(2 ** 31)
  const of = span(m.pop())
  if (start + count > of.to - of.from) throw new ProgramError()
  m.push({ ...of, from: of.from + start, to: of.from + start + count })
}

/** Copies elements into a string or array, from its element `at` on. */
function fill(m: Machine, into: Span, at: number, from: Span): void {
  const count = from.to - from.from
  if (at + count > into.to - into.from || into.t !== from.t) throw new ProgramError()
  m.step(1 + (count >> 4))
  if (into.t === 'string' && from.t === 'string') from.s.bytes.copy(into.s.bytes, into.from + at, from.from, from.to)
  if (into.t === 'array' && from.t === 'array') from.a.items.slice(from.from, from.to).forEach((item, i) => (into.a.items[into.from + at + i] = item))
}

/** `copy`: of the topmost values, or of one composite object into another. */
function copy(m: Machine): void {
  const top = m.pop()
  if (top.t === 'number') {
    const count = Math.trunc(top.v)
    if (count < 0 || count > m.stack.length) throw new ProgramError()
    m.step(count)
    if (count > 0) m.push(...m.stack.slice(-count))
    return
  }
  const from = m.pop()
  if (top.t === 'dict') {
    // The entries that are walked are given up here, whatever is copied.
    if (m.walks(top.d)) m.event('copy-in-forall', from.t)
    if (from.t !== 'dict') throw new ProgramError()
    for (const { key, value } of from.d.entries.values()) m.define(top.d, key, value)
    return m.push(top)
  }
  const into = span(top)
  const source = span(from)
  fill(m, into, 0, source)
  m.push({ ...into, to: into.from + source.to - source.from })
}

function closeList(m: Machine): Value[] {
  const at = m.stack.findLastIndex(({ t }) => t === 'mark')
  if (at === -1) throw new ProgramError()
  m.step(m.stack.length - at)
  const items = m.stack.splice(at)
  return items.slice(1)
}

function closeDictionary(m: Machine): void {
  const items = closeList(m)
  const d = m.dictionary()
  for (let i = 0; i + 1 < items.length; i += 2) m.define(d, items[i]!, items[i + 1]!)
  m.push({ t: 'dict', d })
}

function executable(value: Value, x: boolean): Value {
  return value.t === 'name' || value.t === 'string' || value.t === 'array' || value.t === 'file' ? { ...value, x } : value
}

function lengthOf(value: Value): number {
  if (value.t === 'dict') return value.d.entries.size
  if (value.t === 'name') return value.v.length
  const of = span(value)
  return of.to - of.from
}

function textOf(value: Value): string {
  return value.t === 'number' ? String(value.v) : keyOf(value).replace(/^\//, '').slice(0, 256)
}

function toText(m: Machine): void {
  const into = m.take('string')
  const text = Buffer.from(textOf(m.pop()), 'latin1').subarray(0, into.to - into.from)
  text.copy(into.s.bytes, into.from)
  m.push({ ...into, to: into.from + text.length })
}

function toNumber(m: Machine): void {
  const value = m.pop()
  const parsed = value.t === 'number' ? value.v : Number.parseFloat(textOf(value))
  m.push(number(Number.isNaN(parsed) ? 0 : parsed))
}

/** `token`: the first object of a string, and what is behind it. */
function token(m: Machine): void {
  if (m.stack.at(-1)?.t === 'file') return fileToken(m)
  const from = m.take('string')
  const bytes = from.s.bytes.subarray(from.from, from.to)
  const lexer = new Lexer(bytes)
  const found = lexer.next()
  m.step(1 + (lexer.at >> 4))
  const value = found && simple(m, found)
  if (!value) return m.push(boolean(false))
  m.push({ ...from, from: from.from + lexer.at }, value, boolean(true))
}

function fileToken(m: Machine): void {
  const found = m.take('file').f.open().next()
  const value = found && simple(m, found)
  m.step()
  if (value) m.push(value)
  m.push(boolean(value !== undefined))
}

/** The value of a token; undefined for a brace. */
function simple(m: Machine, found: Token): Value | undefined {
  switch (found.kind) {
    case 'number':
      return number(found.value)
    case 'string':
      return m.text(found.bytes)
    case 'name':
    case 'literal':
      return { t: 'name', v: found.text, x: found.kind === 'name' }
    default:
      return undefined
  }
}

function search(m: Machine): void {
  const what = m.take('string')
  const where = m.take('string')
  const bytes = where.s.bytes.subarray(where.from, where.to)
  m.step(1 + (bytes.length >> 4))
  const at = bytes.indexOf(what.s.bytes.subarray(what.from, what.to))
  if (at === -1) return m.push(where, boolean(false))
  const end = at + what.to - what.from
  m.push({ ...where, from: where.from + end }, { ...where, from: where.from + at, to: where.from + end }, { ...where, to: where.from + at }, boolean(true))
}

function where(m: Machine): void {
  const key = keyOf(m.pop())
  const d = m.dictionaries.findLast(({ entries }) => entries.has(key))
  if (d) m.push({ t: 'dict', d })
  m.push(boolean(d !== undefined))
}

function explode(m: Machine): void {
  const list = m.take('array')
  m.step(list.to - list.from)
  m.push(...list.a.items.slice(list.from, list.to), list)
}

function collect(m: Machine): void {
  const list = m.take('array')
  for (let at = list.to - 1; at >= list.from; at--) {
    m.step()
    list.a.items[at] = m.pop()
  }
  m.push(list)
}

const open: Operator = (m) => m.push(MARK)
const convert =
  (x: boolean): Operator =>
  (m) =>
    m.push(executable(m.pop(), x))
const pushDictionary =
  (which: number): Operator =>
  (m) =>
    m.push({ t: 'dict', d: m.dictionaries.at(which)! })

/** Strings, arrays, dictionaries and conversions (PostScript Language Reference, 8.1). */
export const DATA: Readonly<Record<string, Operator>> = {
  '[': open,
  '<<': open,
  ']': (m) => m.push(m.list(closeList(m))),
  '>>': closeDictionary,
  array: (m) => m.push(m.list(Array.from<Value>({ length: m.takeCount() }).fill(NULL))),
  string: (m) => m.push(m.text(Buffer.alloc(m.takeCount(2 ** 20)))),
  dict: (m) => {
    m.takeCount(2 ** 31)
    m.push({ t: 'dict', d: m.dictionary() })
  },
  length: (m) => m.push(number(lengthOf(m.pop()))),
  maxlength: (m) => m.push(number(lengthOf(m.pop()))),
  get,
  put,
  getinterval: getInterval,
  putinterval: (m) => {
    const from = span(m.pop())
    const at = m.takeCount(2 ** 31)
    fill(m, span(m.pop()), at, from)
  },
  copy,
  aload: explode,
  astore: collect,
  token,
  search,
  def: (m) => {
    const value = m.pop()
    m.define(m.dictionaries.at(-1)!, m.pop(), value)
  },
  store: (m) => {
    const value = m.pop()
    const key = m.pop()
    m.define(m.dictionaries.findLast(({ entries }) => entries.has(keyOf(key))) ?? m.dictionaries.at(-1)!, key, value)
  },
  load: (m) => {
    const key = m.pop()
    m.push(m.lookUp(keyOf(key)) ?? executable(key, true))
  },
  known: (m) => {
    const key = keyOf(m.pop())
    m.push(boolean(m.take('dict').d.entries.has(key)))
  },
  undef: (m) => {
    const key = keyOf(m.pop())
    m.take('dict').d.entries.delete(key)
  },
  begin: (m) => {
    const { d } = m.take('dict')
    if (m.dictionaries.length >= 200) throw new ProgramError()
    m.dictionaries.push(d)
  },
  end: (m) => {
    if (m.dictionaries.length > 2) m.dictionaries.pop()
  },
  where,
  currentdict: pushDictionary(-1),
  userdict: pushDictionary(1),
  globaldict: pushDictionary(1),
  systemdict: pushDictionary(0),
  countdictstack: (m) => m.push(number(m.dictionaries.length)),
  cvx: convert(true),
  cvlit: convert(false),
  cvn: (m) => {
    const from = m.take('string')
    m.push({ t: 'name', v: textOf(from), x: from.x })
  },
  cvs: toText,
  cvi: (m) => {
    toNumber(m)
    m.push(number(Math.trunc(m.take('number').v)))
  },
  cvr: toNumber,
  xcheck: (m) => {
    const value = m.pop()
    m.push(boolean('x' in value && value.x))
  },
  type: (m) => {
    const value = m.pop()
    const name = value.t === 'number' ? (Number.isInteger(value.v) ? 'integer' : 'real') : value.t
    m.push({ t: 'name', v: `${name}type`, x: true })
  },
  rcheck: (m) => m.push(boolean(bodyOf(m.pop()) !== undefined)),
  version: (m) => m.push(m.text(Buffer.from('3010', 'latin1'))),
  languagelevel: (m) => m.push(number(3)),
}
