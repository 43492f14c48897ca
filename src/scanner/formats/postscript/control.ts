import { Leave, ProgramError } from './errors.ts'
import type { Machine } from './machine.ts'
import { boolean, bodyOf, MARK, number, type Value } from './values.ts'

type Operator = (m: Machine) => void

/** Runs a body over and over, until `more` says no or the body leaves by `exit`. */
function loop(m: Machine, body: Value, more: () => boolean): void {
  try {
    while (more()) m.call(body)
  } catch (error) {
    if (!(error instanceof Leave) || error.message !== 'exit') throw error
  }
}

function forLoop(m: Machine): void {
  const body = m.pop()
  const limit = m.take('number').v
  const by = m.take('number').v
  let at = m.take('number').v
  loop(m, body, () => {
    if (by >= 0 ? at > limit : at < limit) return false
    m.push(number(at))
    at += by
    return true
  })
}

function forAll(m: Machine): void {
  const body = m.pop()
  const walked = m.pop()
  const composite = bodyOf(walked) !== undefined
  // A number where the procedure belongs is an error of types that no drawing has.
  if (body.t === 'number' && composite) m.event('forall-number', String(body.v))
  if (!composite || (body.t !== 'array' && body.t !== 'name')) throw new ProgramError()
  m.walked.push(walked)
  const next = elementsOf(m, walked)
  loop(m, body, () => {
    const values = next()
    if (values) m.push(...values)
    return values !== undefined
  })
  m.walked.pop()
}

/** Gives one element after the other, as it is when its turn comes. */
function elementsOf(m: Machine, walked: Value): () => Value[] | undefined {
  if (walked.t === 'dict') {
    const entries = [...walked.d.entries.values()]
    m.step(entries.length)
    let next = 0
    return () => {
      const entry = entries[next++]
      return entry && [entry.key, entry.value]
    }
  }
  if (walked.t !== 'array' && walked.t !== 'string') return () => undefined
  let at = walked.from
  return () => {
    if (at >= walked.to) return undefined
    const index = at++
    return walked.t === 'array' ? [walked.a.items[index]!] : [number(walked.s.bytes[index]!)]
  }
}

function restore(m: Machine): void {
  const { born } = m.take('save')
  const lost = m.walked.find((value) => (bodyOf(value)?.born ?? 0) > born)
  if (lost) m.event('restore-in-forall', lost.t)
}

function stopped(m: Machine): void {
  const body = m.pop()
  const depth = m.stack.length
  const whole = m.tolerate(() => m.call(body))
  if (!whole && m.stack.length < depth) m.stack.push(MARK)
  m.push(boolean(!whole))
}

function choose(m: Machine, otherwise: Value | undefined): void {
  const then = m.pop()
  const { v } = m.take('boolean')
  if (v) m.call(then)
  else if (otherwise) m.call(otherwise)
}

/** Control, and the virtual memory (PostScript Language Reference, 8.1). */
export const CONTROL: Readonly<Record<string, Operator>> = {
  exec: (m) => m.call(m.pop()),
  if: (m) => choose(m, undefined),
  ifelse: (m) => choose(m, m.pop()),
  for: forLoop,
  forall: forAll,
  repeat: (m) => {
    const body = m.pop()
    let left = m.takeCount(2 ** 31)
    loop(m, body, () => left-- > 0)
  },
  loop: (m) => loop(m, m.pop(), () => true),
  exit: () => {
    throw new Leave('exit')
  },
  stop: () => {
    throw new Leave('stop')
  },
  stopped,
  save: (m) => m.push(m.save()),
  restore,
}
