import { Problem, type FieldProblem } from '#platform/errors.ts'
import { RateLimited } from '#platform/http/rate-limit.ts'
import { strictest } from '#exchange/stix/contract.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { printable } from '#scanner/formats/bytes.ts'
import type { RuleRuns } from '#scanner/jail/rule-runs.ts'
import { markingOf } from '#scanner/rules/findings.ts'

/** Where something is wrong in a text of rules; both count from 1. */
interface Fault {
  readonly line: number
  readonly column: number
  readonly message: string
}

const MOST_FAULTS = 50

const RETRY_AFTER_SECONDS = 5

/** Checks sets before they are kept; of one owner one at a time, so that none waits for the many of another. */
export interface SetChecker {
  /**
   * Returns when the text can be used as a set with this marking. Throws VALIDATION_FAILED with a message for each thing that is wrong,
   * by line and column, UNPROCESSABLE for what takes too much time or memory to compile, and RATE_LIMITED while another of the owner's is checked.
   */
  check(owner: string, text: string, tlp: TlpLabel): Promise<void>
}

export function openSetChecker(runs: Pick<RuleRuns, 'check'>): SetChecker {
  const busy = new Set<string>()
  return {
    async check(owner, text, tlp) {
      requireMarking(text, tlp)
      if (busy.has(owner)) throw new RateLimited(RETRY_AFTER_SECONDS, 'Another set of yours is being checked; wait until it is done.')
      busy.add(owner)
      try {
        const answer = await runs.check({ name: 'set', files: [{ name: 'set', text }] })
        if ('code' in answer) throw new Problem('UNPROCESSABLE', `The rules could not be compiled: ${answer.detail}.`)
        if (answer.faults.length > 0) throw refused(answer.faults)
      } finally {
        busy.delete(owner)
      }
    },
  }
}

/** Throws VALIDATION_FAILED where a rule of the text is marked more strictly than the set is to be. */
export function requireMarking(text: string, tlp: TlpLabel): void {
  const stray = strayMarkings(text, tlp)
  if (stray.length > 0) throw refused(stray)
}

function refused(faults: readonly Fault[]): Problem {
  const fields = faults.slice(0, MOST_FAULTS).map(({ line, column, message }): FieldProblem => ({
    field: '/body/text',
    message: `line ${line}, column ${column}: ${printable(message, 500)}`,
  }))
  return new Problem('VALIDATION_FAILED', 'The rules cannot be used as they are.', { fields })
}

const MARKED = /\btlp\s{0,20}=\s{0,20}"([^"\n]{0,200})"/g

/**
 * Rules whose own marking (`tlp` in their metadata) is stricter than that of the set: who may read the set would read them too. What
 * looks like a marking counts wherever it stands, since that is never too open. Pure.
 */
export function strayMarkings(text: string, tlp: TlpLabel): Fault[] {
  const faults: Fault[] = []
  for (const { index, 1: said = '' } of text.matchAll(MARKED)) {
    const own = markingOf(said)!
    if (strictest(tlp, own) === tlp) continue
    const before = text.slice(0, index)
    const message = `a rule is marked ${own}, more strictly than the set: mark the set ${own}, or hand the rule in as a set of its own`
    faults.push({ line: before.split('\n').length, column: index - before.lastIndexOf('\n'), message })
    if (faults.length === MOST_FAULTS) break
  }
  return faults
}
