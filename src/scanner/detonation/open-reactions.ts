import type { JoinedReport } from '#scanner/verdict/contract.ts'
import { holdsMacros } from '#scanner/verdict/holds-macros.ts'
import { withoutMacros } from '#scanner/verdict/tried.ts'
import type { Detonation } from './contract.ts'
import { reactionOf } from './signals/differential.ts'

/** A line of viewers whose current version reacted. */
export interface OpenReaction {
  readonly line: string
  readonly environment: string
}

/** What people have to decide about before anybody is told: zero-day candidates, and reactions that are open. Pure. */
export function toBeDecided({ zero_day: candidates, seen }: JoinedReport, reports: readonly Detonation[], inputs: readonly Uint8Array[]): OpenReaction[] {
  return [...candidates, ...openReactions(reports, inputs, holdsMacros(seen.structure))]
}

/**
 * Current versions of our own viewers that a document had an effect on, or whose memory it damaged, without a macro that could have done it (`macros`: it holds some), be it in one run:
 * what could not be repeated or compared is not decided, and nobody is told of it before people have decided. Pure.
 */
export function openReactions(reports: readonly Detonation[], inputs: readonly Uint8Array[], macros: boolean): OpenReaction[] {
  const current = reports.filter(
    (one) => one.environment.driver === 'qemu' && one.environment.age === 'current' && !one.options.checkHeap && (!macros || withoutMacros(one)),
  )
  return [...Map.groupBy(current, ({ environment }) => environment.name)].flatMap(([environment, runs]) => {
    const { kind } = reactionOf(runs, inputs)
    return kind === 'effect' || kind === 'damage' ? [{ line: runs[0]!.environment.line, environment }] : []
  })
}
