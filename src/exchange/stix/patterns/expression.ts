import { RE2JS } from 're2js'
import type { TextTest } from '#exchange/stix/patterns/wildcard.ts'

/** Largest program of one expression, in the engine's instructions. */
const LARGEST_PROGRAM = 5_000
/** Expressions compiled once and shared by all patterns that contain them. */
const MOST_KEPT = 2_000
const kept = new Map<string, Compiled>()

type Compiled = { readonly test: TextTest; readonly size: number } | { readonly reason: string }

/**
 * MATCHES of STIX 2.1 (section 9.6.1): a search, in which `.` is any character. Expressions of PCRE run on re2js, an engine whose time
 * grows with the length of the text; it has no look-around, back-references, possessive or atomic groups. Classes such as `\w` are of
 * ASCII. For what it cannot take there is a reason instead of a test.
 */
export function compileExpression(expression: string): Compiled {
  const known = kept.get(expression)
  if (known) return known
  const compiled = compile(expression)
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!)
  kept.set(expression, compiled)
  return compiled
}

function compile(expression: string): Compiled {
  let engine: RE2JS
  try {
    engine = RE2JS.compile(expression, RE2JS.DOTALL)
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('RE2JS'))
      return { reason: `MATCHES: ${error.message.replace(/^error parsing regexp: /, '').slice(0, 200)}` }
    throw error
  }
  const size = engine.programSize()
  if (size > LARGEST_PROGRAM) return { reason: `MATCHES: a program of ${size} instructions, more than ${LARGEST_PROGRAM}` }
  const endsLine = expression.includes('$')
  return {
    size,
    test: (text, meter) => {
      meter.spend(2 + text.length / 16 + (text.length * size) / 512)
      // The `$` of PCRE also stands before a line feed at the very end; that of the engine does not.
      return engine.test(text) || (endsLine && text.endsWith('\n') && engine.test(text.slice(0, -1)))
    },
  }
}
