import { RE2JS } from 're2js'
import type { TextTest } from '#exchange/stix/patterns/wildcard.ts'

/** Longest expression, and largest program of one, in the engine's instructions. */
const LONGEST = 1_000
const LARGEST_PROGRAM = 2_000
/** All expressions of one pattern together, each with a hundred instructions for itself. */
const LARGEST_TOGETHER = 10_000
/** Expressions compiled once and shared by all patterns that contain them: so many instructions of them. */
const MOST_KEPT = 100_000
/** What the engine may remember of one expression between searches (it would be 8 MiB); what needs more runs without memory, in the same linear time. */
const AUTOMATON_BYTES = 65_536
/** Octets of one instruction, about. */
const INSTRUCTION_BYTES = 60
/** What an expression counts as beside its instructions. */
const ITSELF = 100
const kept = new Map<string, Compiled>()
let keptSize = 0

type Compiled = { readonly test: TextTest; readonly size: number } | { readonly reason: string; readonly size: 0 }

/**
 * MATCHES of STIX 2.1 (section 9.6.1): a search, in which `.` is any character. Expressions of PCRE run on re2js, an engine whose time
 * grows with the length of the text; it has no look-around, back-references, possessive or atomic groups. Classes such as `\w` are of
 * ASCII. For what it cannot take there is a reason instead of a test.
 */
export function compileExpression(expression: string): Compiled {
  const known = kept.get(expression)
  if (known) return known
  const compiled = compile(expression)
  kept.set(expression, compiled)
  keptSize += compiled.size + ITSELF
  for (const [oldest, { size }] of kept) {
    if (keptSize <= MOST_KEPT) break
    kept.delete(oldest)
    keptSize -= size + ITSELF
  }
  return compiled
}

/** Octets that an expression may take in memory, about, the engine's own included. */
export function bytesOf(expression: string): number {
  return compileExpression(expression).size * INSTRUCTION_BYTES + AUTOMATON_BYTES
}

/** Why the expressions of one pattern cannot be evaluated; stops at the first that cannot. */
export function reasonAgainst(expressions: Iterable<string>): string | undefined {
  let size = 0
  for (const expression of expressions) {
    const compiled = compileExpression(expression)
    if ('reason' in compiled) return compiled.reason
    size += compiled.size + ITSELF
    if (size > LARGEST_TOGETHER) return `MATCHES: expressions of more than ${LARGEST_TOGETHER} instructions together`
  }
  return undefined
}

function compile(expression: string): Compiled {
  if (expression.length > LONGEST) return { reason: `MATCHES: an expression longer than ${LONGEST} characters`, size: 0 }
  // Compiling what is far too large would cost time and memory already.
  if (estimate(expression) > 3 * LARGEST_PROGRAM) return { reason: `MATCHES: repeats that make more than ${LARGEST_PROGRAM} instructions`, size: 0 }
  let engine: RE2JS
  try {
    engine = RE2JS.compile(expression, RE2JS.DOTALL)
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('RE2JS'))
      return { reason: `MATCHES: ${error.message.replace(/^error parsing regexp: /, '').slice(0, 200)}`, size: 0 }
    throw error
  }
  const size = engine.programSize()
  if (size > LARGEST_PROGRAM) return { reason: `MATCHES: a program of ${size} instructions, more than ${LARGEST_PROGRAM}`, size: 0 }
  const { dfa } = engine.re2()
  dfa.stateBudget = AUTOMATON_BYTES
  dfa.memBudget = AUTOMATON_BYTES
  const endsLine = expression.includes('$')
  return {
    size,
    test: (text, meter) => {
      meter.spend(2 + text.length / 16 + (text.length * size) / 64)
      // The `$` of PCRE also stands before a line feed at the very end; that of the engine does not.
      return engine.test(text) || (endsLine && text.endsWith('\n') && engine.test(text.slice(0, -1)))
    },
  }
}

/** About how many instructions an expression becomes: each character, class and group as often as it is repeated by number. */
function estimate(expression: string): number {
  const open: number[] = []
  let sum = 0
  let last = 0
  const atom = /\\(?:[xpP]\{[^}]*\}|[^])|\[\^?\]?(?:\\[^]|[^\]\\])*\]|\{(\d{1,4})(?:,(\d{0,4}))?\}|[^]/g
  for (const [text, least, most] of expression.matchAll(atom)) {
    if (least !== undefined) last *= Math.max(Number(least), Number(most ?? 0), 1)
    else if (text === ')' && open.length > 0) {
      last = sum + last
      sum = open.pop()!
    } else {
      sum += last
      last = text === '(' ? 0 : 1
      if (text !== '(') continue
      open.push(sum)
      sum = 0
    }
  }
  return open.reduce((all, each) => all + each, sum + last)
}
