import { z } from 'zod'
import type { Environment, Happening } from '../contract.ts'
import { upstreamVersion } from './debian-version.ts'
import { subjectOf } from './subject.ts'

const Subjects = z.array(z.string().max(4400)).max(5000)

/** What a viewer does when it opens harmless files: as data, per environment. */
export const Baseline = z.strictObject({
  schema: z.literal('vedette.baseline/1'),
  environment: z.string().max(64),
  /** Of the viewer; another version may do other things. */
  version: z.string().max(100),
  /** How many runs taught it. */
  runs: z.int().nonnegative(),
  /** By the kind of happening, sorted. */
  ordinary: z.record(z.string().max(40), Subjects),
})
export type Baseline = z.infer<typeof Baseline>

/** From so many runs on, what was never seen is taken to be out of the ordinary. */
export const ENOUGH_RUNS = 20

export function emptyBaseline(environment: string, version: string): Baseline {
  return { schema: 'vedette.baseline/1', environment, version, runs: 0, ordinary: {} }
}

/** Whether a baseline speaks of the viewer of an environment. What Debian mends in a version leaves the ways of the viewer as they are. */
export function fitsBaseline({ environment, version }: Baseline, of: Pick<Environment, 'name' | 'version'>): boolean {
  return environment === of.name && upstreamVersion(version) === upstreamVersion(of.version)
}

/** A baseline that knows one more run of a harmless file. */
export function learn(baseline: Baseline, happenings: readonly Happening[]): Baseline {
  const ordinary = new Map(Object.entries(baseline.ordinary).map(([kind, subjects]) => [kind, new Set(subjects)]))
  for (const happening of happenings) {
    const subject = subjectOf(happening)
    if (subject === undefined || (happening.kind === 'file' && happening.honey)) continue
    const subjects = ordinary.get(happening.kind) ?? new Set()
    if (subjects.size < 5000) subjects.add(subject)
    ordinary.set(happening.kind, subjects)
  }
  return {
    ...baseline,
    runs: baseline.runs + 1,
    ordinary: Object.fromEntries([...ordinary].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, subjects]) => [kind, [...subjects].sort()])),
  }
}

/** Asks a baseline; ordinary behaviour is no finding. */
export class Ordinary {
  readonly #subjects: ReadonlySet<string>
  /** Whether enough was seen that what is not in it is out of the ordinary. */
  readonly learned: boolean

  constructor(baseline: Baseline) {
    this.#subjects = new Set(Object.entries(baseline.ordinary).flatMap(([kind, subjects]) => subjects.map((subject) => `${kind} ${subject}`)))
    this.learned = baseline.runs >= ENOUGH_RUNS
  }

  has(happening: Happening): boolean {
    const subject = subjectOf(happening)
    return subject !== undefined && this.#subjects.has(`${happening.kind} ${subject}`)
  }
}
