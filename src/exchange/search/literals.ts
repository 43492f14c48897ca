import { conditionsOf } from '#exchange/stix/patterns/match.ts'
import { parsePattern } from '#exchange/stix/patterns/parse.ts'
import type { Condition, ObjectPath } from '#exchange/stix/patterns/syntax-tree.ts'

/** A text or whole number that a pattern compares an object path with, for equality. */
export interface Literal {
  /** Object path without quotes and places in lists, in lower case: `file:hashes.sha-256`. */
  readonly path: string
  readonly text: string
}

/** What most patterns are: one path, one text that needs no escape. */
const SIMPLE = /^\[([a-z0-9-]{1,60}:[a-z0-9_.'-]{1,250}) = '([^'\\]{0,4000})'\]$/i

/** The literals of a pattern's comparisons for equality (`=`, `IN`), in their order, however the comparisons are joined; not those that are negated. None for what is no pattern. */
export function literalsOf(pattern: string): Literal[] {
  const simple = SIMPLE.exec(pattern)
  if (simple) return [{ path: simple[1]!.replaceAll("'", '').toLowerCase(), text: simple[2]! }]
  const parsed = parsePattern(pattern)
  return 'fault' in parsed ? [] : conditionsOf(parsed.pattern).flatMap(ofCondition)
}

function ofCondition(condition: Condition): Literal[] {
  if ('parts' in condition) return condition.parts.flatMap(ofCondition)
  if (condition.kind === 'exists' || condition.not || (condition.kind === 'comparison' && condition.operator !== '=')) return []
  const path = pathText(condition.path)
  const operands = condition.kind === 'in' ? condition.operands : [condition.operand]
  return operands.filter(({ type }) => type === 'string' || type === 'integer').map(({ text }) => ({ path, text }))
}

function pathText({ type, steps }: ObjectPath): string {
  return `${type}:${steps.filter((step) => typeof step === 'string').join('.')}`.toLowerCase()
}
