import { conditionsOf } from '#exchange/stix/patterns/match.ts'
import type { Condition, ObjectPath, Pattern } from '#exchange/stix/patterns/syntax-tree.ts'

/** A string that a pattern asks for by equality: `type:path = 'value'`. */
export interface NamedValue {
  readonly type: string
  readonly path: ObjectPath['steps']
  readonly value: string
}

/** The strings that a pattern asks for by `=` or IN, wherever they stand in it, in their order; what is negated is none. */
export function literalsOf(pattern: Pattern): NamedValue[] {
  return conditionsOf(pattern).flatMap(namedIn)
}

/** Whether a pattern is one observation that has one of some values: each of them alone is enough to match. */
export function isEitherOf(pattern: Pattern): boolean {
  if (pattern.kind !== 'bracket') return false
  const parts = pattern.of.kind === 'any' ? pattern.of.parts : [pattern.of]
  return parts.every((part) => namesValues(part))
}

function namedIn(condition: Condition): NamedValue[] {
  if ('parts' in condition) return condition.parts.flatMap(namedIn)
  if (!namesValues(condition)) return []
  const { type, steps } = condition.path
  const operands = condition.kind === 'in' ? condition.operands : condition.kind === 'comparison' ? [condition.operand] : []
  return operands.filter((operand) => operand.type === 'string').map(({ text }) => ({ type, path: steps, value: text }))
}

function namesValues(condition: Condition): boolean {
  return (condition.kind === 'in' || (condition.kind === 'comparison' && condition.operator === '=')) && !condition.not
}
