import { KEYWORDS } from '#exchange/stix/patterns/reader.ts'
import type { Condition, Literal, ObjectPath, Pattern, Repeats, StartStop, Step, Within } from '#exchange/stix/patterns/syntax-tree.ts'

const WORDS = { and: 'AND', or: 'OR', followedby: 'FOLLOWEDBY', all: 'AND', any: 'OR' } as const
/** How strongly each operator binds; what binds less than the operator round it needs parentheses. */
const STRENGTH = { followedby: 1, or: 2, and: 3 } as const

/** A pattern in normal form: single spaces, no parentheses that change nothing, constants as the standard writes them. Reading it gives the same tree. */
export function printPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'bracket':
      return `[${printCondition(pattern.of)}]`
    case 'and':
    case 'or':
    case 'followedby':
      return pattern.parts.map((part) => printPart(part, STRENGTH[pattern.kind])).join(` ${WORDS[pattern.kind]} `)
    default:
      return printQualified(pattern).text
  }
}

function printPart(part: Pattern, strength: number): string {
  const text = printPattern(part)
  return 'parts' in part && STRENGTH[part.kind] <= strength ? `(${text})` : text
}

interface Printed {
  readonly text: string
  /** Kinds of the qualifiers that stand behind the last parenthesis or bracket: each may stand there once. */
  readonly kinds: ReadonlySet<string>
}

function printQualified(pattern: Pattern): Printed {
  const bare = new Set<string>()
  if (pattern.kind === 'bracket') return { text: printPattern(pattern), kinds: bare }
  if ('parts' in pattern) return { text: `(${printPattern(pattern)})`, kinds: bare }
  const inner = printQualified(pattern.of)
  const { text, kinds } = inner.kinds.has(pattern.kind) ? { text: `(${inner.text})`, kinds: bare } : inner
  return { text: `${text} ${printQualifier(pattern)}`, kinds: new Set([...kinds, pattern.kind]) }
}

function printQualifier(pattern: Repeats | Within | StartStop): string {
  if (pattern.kind === 'repeats') return `REPEATS ${pattern.times} TIMES`
  if (pattern.kind === 'within') return `WITHIN ${pattern.seconds} SECONDS`
  return `START t'${pattern.start}' STOP t'${pattern.stop}'`
}

function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.parts
        .map((part) => (condition.kind === 'all' && part.kind === 'any' ? `(${printCondition(part)})` : printCondition(part)))
        .join(` ${WORDS[condition.kind]} `)
    case 'exists':
      return `${condition.not ? 'NOT ' : ''}EXISTS ${printPath(condition.path)}`
    case 'in':
      return `${printPath(condition.path)}${condition.not ? ' NOT' : ''} IN (${condition.operands.map(printLiteral).join(', ')})`
    default:
      return `${printPath(condition.path)}${condition.not ? ' NOT' : ''} ${condition.operator} ${printLiteral(condition.operand)}`
  }
}

/** A path as it stands in a pattern. */
export function printPath({ type, steps }: ObjectPath): string {
  return `${type}:${steps.map((step, at) => `${at > 0 && typeof step === 'string' ? '.' : ''}${printStep(step)}`).join('')}`
}

function printStep(step: Step): string {
  if (step === null) return '[*]'
  if (typeof step === 'number') return `[${step}]`
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(step) && !KEYWORDS.has(step) ? step : quote(step)
}

function printLiteral({ type, text }: Literal): string {
  switch (type) {
    case 'string':
      return quote(text)
    case 'timestamp':
      return `t'${text}'`
    case 'hex':
      return `h'${text}'`
    case 'binary':
      return `b'${text}'`
    default:
      return text
  }
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}
