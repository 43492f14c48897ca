import type { Machine } from './machine.ts'
import { boolean, bodyOf, keyOf, MARK, NULL, number, type Value } from './values.ts'

type Operator = (m: Machine) => void

const unary =
  (work: (a: number) => number): Operator =>
  (m) =>
    m.push(number(work(m.take('number').v)))

const binary =
  (work: (a: number, b: number) => number): Operator =>
  (m) => {
    const b = m.take('number').v
    m.push(number(work(m.take('number').v, b)))
  }

const bits =
  (logical: (a: boolean, b: boolean) => boolean, numeric: (a: number, b: number) => number): Operator =>
  (m) => {
    const b = m.pop()
    const a = m.pop()
    if (a.t === 'boolean' && b.t === 'boolean') m.push(boolean(logical(a.v, b.v)))
    else m.push(number(numeric(a.t === 'number' ? a.v : 0, b.t === 'number' ? b.v : 0)))
  }

const compare =
  (work: (order: number) => boolean): Operator =>
  (m) => {
    const b = m.pop()
    const a = m.pop()
    if (a.t === 'number' && b.t === 'number') m.push(boolean(work(a.v - b.v)))
    else m.push(boolean(work(keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0)))
  }

function equal(a: Value, b: Value): boolean {
  const body = bodyOf(a)
  if (a.t === 'string' || a.t === 'name') return keyOf(a) === keyOf(b)
  return body ? body === bodyOf(b) : a.t === b.t && keyOf(a) === keyOf(b)
}

const same =
  (wanted: boolean): Operator =>
  (m) => {
    const b = m.pop()
    m.push(boolean(equal(m.pop(), b) === wanted))
  }

function roll(m: Machine): void {
  const by = Math.trunc(m.take('number').v)
  const count = m.takeCount()
  if (count > m.stack.length) return
  m.step(count)
  if (count === 0) return
  const part = m.stack.splice(m.stack.length - count, count)
  const shift = ((by % count) + count) % count || 0
  m.push(...part.slice(count - shift), ...part.slice(0, count - shift))
}

function toMark(m: Machine): number {
  m.step(m.stack.length)
  return m.stack.findLastIndex(({ t }) => t === 'mark')
}

/** Numbers, comparisons and the operand stack (PostScript Language Reference, 8.1). */
export const ARITHMETIC: Readonly<Record<string, Operator>> = {
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => (b === 0 ? 0 : a / b)),
  idiv: binary((a, b) => (b === 0 ? 0 : Math.trunc(a / b))),
  mod: binary((a, b) => (b === 0 ? 0 : a % b)),
  exp: binary((a, b) => a ** b),
  neg: unary((a) => -a),
  abs: unary(Math.abs),
  ceiling: unary(Math.ceil),
  floor: unary(Math.floor),
  round: unary(Math.round),
  truncate: unary(Math.trunc),
  sqrt: unary((a) => Math.sqrt(Math.max(0, a))),
  bitshift: binary((a, b) => (b >= 0 ? a << Math.min(b, 31) : a >>> Math.min(-b, 31))),
  and: bits(
    (a, b) => a && b,
    (a, b) => a & b,
  ),
  or: bits(
    (a, b) => a || b,
    (a, b) => a | b,
  ),
  xor: bits(
    (a, b) => a !== b,
    (a, b) => a ^ b,
  ),
  not: (m) => {
    const a = m.pop()
    m.push(a.t === 'boolean' ? boolean(!a.v) : number(a.t === 'number' ? ~a.v : 0))
  },
  eq: same(true),
  ne: same(false),
  gt: compare((order) => order > 0),
  ge: compare((order) => order >= 0),
  lt: compare((order) => order < 0),
  le: compare((order) => order <= 0),
  pop: (m) => void m.pop(),
  exch: (m) => {
    const b = m.pop()
    const a = m.pop()
    m.push(b, a)
  },
  dup: (m) => {
    const a = m.pop()
    m.push(a, a)
  },
  index: (m) => m.push(m.stack.at(-1 - m.takeCount()) ?? NULL),
  roll,
  clear: (m) => void (m.stack.length = 0),
  count: (m) => m.push(number(m.stack.length)),
  mark: (m) => m.push(MARK),
  counttomark: (m) => m.push(number(m.stack.length - 1 - toMark(m))),
  cleartomark: (m) => void (m.stack.length = Math.max(0, toMark(m))),
  true: (m) => m.push(boolean(true)),
  false: (m) => m.push(boolean(false)),
  null: (m) => m.push(NULL),
  rand: (m) => m.push(number(0)),
  realtime: (m) => m.push(number(0)),
  usertime: (m) => m.push(number(0)),
}
