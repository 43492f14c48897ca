import type { HappeningOf } from '../contract.ts'
import { of, perSubject, quoted, type Placed, type Rule } from './signal.ts'

/** What no other signal speaks of, and what the viewer does not do with harmless files. */
export const unusual: Rule = {
  id: 'unusual',
  requires: [
    'a module of the kernel, a key of the registry, a file in memory, or a file that was moved away, deleted or executed',
    'a learned baseline that does not know it',
  ],
  attack: [],
  weight: 'odd',
  source: 'scanner design, section 14: baselines per viewer',
  judge(run) {
    if (!run.ordinary.learned) return []
    const told = of(run, 'module-load', 'registry', 'file', 'memory').filter((one) => words(one) !== undefined && !run.ordinary.has(one))
    return perSubject(
      told,
      (one) => words(one)!,
      (one) => `${words(one)!}, which the viewer does not do with harmless files.`,
    )
  },
}

type Told = Placed<HappeningOf<'module-load' | 'registry' | 'file' | 'memory'>>

const DONE = { delete: 'deleted', execute: 'executed' } as const

function words(one: Told): string | undefined {
  if (one.kind === 'module-load') return `The kernel loaded ${quoted(one.path)}`
  if (one.kind === 'registry') return one.action === 'read' ? undefined : `The registry's ${quoted(one.path)} was ${one.action === 'set' ? 'set' : 'deleted'}`
  if (one.kind === 'file' && one.honey) return undefined
  if (one.kind === 'file') return one.action === 'delete' || one.action === 'execute' ? `${quoted(one.path)} was ${DONE[one.action]}` : undefined
  return one.call === 'memfd_create' ? 'A file in memory alone was made' : undefined
}
