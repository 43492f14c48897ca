import { CompileAnswer, MatchAnswer, MOST_MATCHES, MOST_PLACES_OF_MATCH } from '#scanner/rules/matches.ts'
import type { EnginePaths } from '#scanner/rules/engine.ts'
import type { RuleSet } from '#scanner/rules/rule-set.ts'
import { findFence, type Fence } from './fence.ts'
import { openLeases } from './leases.ts'
import { JAIL_LIMITS, NOT_STARTED, type Ended, type JailLimits } from './process.ts'
import { findEngines, matcherProgram, readAnswer, UNFIT } from './rule-pool.ts'

/**
 * Matching of rules that change and are of many owners: each question has a process of its own, so that no rule meets the file or
 * the rules of another question. Compiling is paid for each time.
 */
export interface RuleRuns {
  /** Compiles a set: what is wrong with it. Never rejects. */
  check(set: RuleSet): Promise<CompileAnswer | Ended>
  /** What these sets say of a file. Never rejects; once `signal` fires the answer means nothing. */
  match(question: Question, signal?: AbortSignal): Promise<MatchAnswer | Ended>
  close(): void
}

export interface Question {
  readonly sets: readonly RuleSet[]
  readonly bytes: Buffer
  /** Of the bytes: an answer that speaks of others is none. */
  readonly sha256: string
}

export interface RuleRunsOptions {
  /** At a time; who asks meanwhile waits. */
  readonly processes: number
  readonly limits?: JailLimits
  readonly engines?: EnginePaths
  readonly fence?: Fence
}

/** Processor time in which the rules of one question have to be compiled. */
export const COMPILE_CPU_MS = 10_000
/** Rules that were accepted do not compile any more: another engine reads them now. */
const FAULTY: Ended = { code: 'unreadable', detail: 'the rules can no longer be compiled' }

export function openRuleRuns({ processes, limits = JAIL_LIMITS, engines = findEngines(), fence }: RuleRunsOptions): RuleRuns {
  let found = fence
  const leases = openLeases({ processes, most: 1, program: () => matcherProgram(engines), limits, fence: () => (found ??= findFence()) })

  /** In a process of its own: compiles, then lets `then` go on where nothing is wrong. */
  function compiled<T>(sets: readonly RuleSet[], signal: AbortSignal | undefined, then: (answer: CompileAnswer, ask: Ask) => Promise<T>): Promise<T | Ended> {
    return leases.use(async (matcher) => {
      if (!matcher) return NOT_STARTED
      const rules = Buffer.from(JSON.stringify(sets))
      const answer = readAnswer(CompileAnswer, await matcher.ask({ engine: engines }, rules, () => undefined, signal, COMPILE_CPU_MS))
      if ('code' in answer) return answer
      return then(answer, (about, bytes) => matcher.ask(about, bytes, () => undefined, signal))
    })
  }

  return {
    check: (set) => compiled([set], undefined, async (answer) => answer),
    match: ({ sets, bytes, sha256 }, signal) =>
      compiled(sets, signal, async ({ faults }, ask) => {
        if (faults.length > 0) return FAULTY
        const answer = readAnswer(MatchAnswer, await ask({ limits: { matches: MOST_MATCHES, places: MOST_PLACES_OF_MATCH } }, bytes))
        if ('code' in answer) return answer
        const asked = new Set(sets.map(({ name }) => name))
        return answer.sha256 === sha256 && answer.matches.every(({ set }) => asked.has(set)) ? answer : UNFIT
      }),
    close: leases.close,
  }
}

type Ask = (about: object, bytes: Buffer) => Promise<Buffer | Ended>
