import { readBlock, type Block } from '#exchange/stix/patterns/address.ts'
import { lastName } from '#exchange/stix/patterns/path.ts'
import type { Condition, Literal, ObjectPath } from '#exchange/stix/patterns/syntax-tree.ts'
import { encodingOf, octetsOf, octetsOfText, sortable } from '#exchange/stix/patterns/value.ts'

/**
 * Something that an observation must have for a condition to hold: a value at a path, an address in a block at a path, or, where the
 * condition says no more that can be looked up, anything at the path.
 */
export interface Atom {
  readonly path: ObjectPath
  readonly key: string | Block | undefined
}

/** How many patterns hang on an atom already; those that can be looked up cost less than those that cannot. */
export type Weigh = (atom: Atom) => number

/** Costs more than any number of values: patterns without a value to look up are tried one by one. */
export const APART = 1_000_000

/** Atoms of which an observation has at least one if it satisfies the condition; of what AND joins, the part that costs least. */
export function atomsOf(condition: Condition, weigh: Weigh): readonly Atom[] {
  if (!('parts' in condition)) return atomsOfTest(condition)
  const parts = condition.parts.map((part) => atomsOf(part, weigh))
  if (condition.kind === 'any') return parts.flat()
  const costs = parts.map((atoms) => atoms.reduce((sum, atom) => sum + weigh(atom), 0))
  return parts[costs.indexOf(Math.min(...costs))]!
}

/** Whether the atoms of a condition are all there is to it: strings for which a property is asked by equality alone. */
export function isExact(condition: Condition): boolean {
  if ('parts' in condition) return condition.kind === 'any' && condition.parts.every(isExact)
  const operands = operandsOf(condition)
  const { steps } = condition.path
  return (
    operands !== undefined &&
    operands.every(({ type, text }) => type === 'string' && !text.startsWith(MARK)) &&
    !encodingOf(lastName(steps)!) &&
    !steps.some((step) => typeof step === 'number')
  )
}

type Test = Exclude<Condition, { kind: 'all' | 'any' }>

function atomsOfTest(condition: Test): Atom[] {
  const { path } = condition
  const operands = operandsOf(condition)
  if (operands) return operands.map((operand) => ({ path, key: keyOf(operand, encodingOf(lastName(path.steps)!) !== undefined) }))
  if (condition.kind === 'comparison' && condition.operator === 'ISSUBSET' && !condition.not) return [{ path, key: readBlock(condition.operand.text) }]
  // Without the property a comparison is false; NOT EXISTS is true of every other object of the type, which all have a type.
  return [{ path: condition.kind === 'exists' && condition.not ? { type: path.type, steps: ['type'] } : path, key: undefined }]
}

/** The constants of which a value must equal one; undefined for other tests. */
function operandsOf(condition: Test): readonly Literal[] | undefined {
  if (condition.not) return undefined
  if (condition.kind === 'in') return condition.operands
  return condition.kind === 'comparison' && condition.operator === '=' ? [condition.operand] : undefined
}

/** What a constant is looked up by; equal values have equal keys, and unequal ones mostly others. */
function keyOf(literal: Literal, octets: boolean): string {
  switch (literal.type) {
    case 'string':
      // A text that stands for no octets equals none, and finds none.
      return octets ? `o${octetsOfText(literal.text) ?? '\uffff'}` : literal.text
    case 'integer':
    case 'float':
      return numberKey(Number(literal.text))
    case 'boolean':
      return booleanKey(literal.text === 'true')
    case 'timestamp':
      return `${INSTANT}${sortable(literal.text)!}`
    default:
      return octets ? `o${octetsOf(literal)}` : octetsOf(literal)
  }
}

/** Begins the keys of what is no text, so that hardly a text has the same. */
const MARK = '\u0000'
/** Begins the keys of timestamps. */
export const INSTANT = `${MARK}t`

export function numberKey(value: number): string {
  return `${MARK}n${value === 0 ? 0 : value}`
}

export function booleanKey(value: boolean): string {
  return `${MARK}b${value}`
}
