import { z } from 'zod'
import { printable } from '#scanner/formats/bytes.ts'
import type { Detonation, Environment } from '../contract.ts'
import { judgeCrashes } from './crash.ts'
import { compareVersions } from './debian-version.ts'
import { sayViewer } from './say-viewer.ts'

/** A vulnerability of a viewer, as a changelog or tracker says it; nothing is named that is not on such a list. */
export const FixedIn = z.strictObject({
  cve: z.string().regex(/^CVE-\d{4}-\d{4,7}$/),
  /** A version of the environment's package whose entry says so; there may be several, where it was fixed in several releases. */
  version: z.string().max(100),
  source: z.string().max(300),
})
export type FixedIn = z.infer<typeof FixedIn>

/** How one environment took the document, over all runs that say something. */
export interface Reaction {
  /** `undecided`: it did not end as a run ends that supports "not seen", or events were lost. */
  readonly kind: 'effect' | 'damage' | 'crash' | 'none' | 'undecided'
  /** The same in two runs. */
  readonly repeated: boolean
  readonly why: string
}

export type Differential =
  | { readonly kind: 'nothing'; readonly why: string }
  /** One more run of these ages is needed before anything is claimed. */
  | { readonly kind: 'undecided'; readonly why: string; readonly repeat: readonly Environment['age'][] }
  | { readonly kind: 'fixed'; readonly why: string; readonly reaction: 'effect' | 'damage' | 'crash'; readonly candidates: readonly FixedIn[] }
  | { readonly kind: 'zero-day-candidate'; readonly why: string; readonly reaction: 'effect' | 'damage' }
  /** A crash that shows no damage, in the current version too: a fault to report, and no sign of an exploit. */
  | { readonly kind: 'open-crash'; readonly why: string }

/** Only these ends say that a viewer did with the document what it does with any (scanner.md, section 14). */
export function supportsNotSeen({ end, happenings, signals }: Pick<Detonation, 'end' | 'happenings' | 'signals'>): boolean {
  const ended = end === 'rendered' || end === 'idle'
  return (
    ended &&
    refusalOf({ happenings }) === undefined &&
    !happenings.some(({ kind }) => kind === 'dropped' || kind === 'silence') &&
    !signals.some(({ id }) => id === 'silence' || id === 'disagreement')
  )
}

/** Why the viewer did not open the document, such as for want of a password; undefined where it did. What the host knows of that stands above the viewer's word. */
export function refusalOf({ happenings }: Pick<Detonation, 'happenings'>): string | undefined {
  const states = happenings.filter((one) => one.kind === 'viewer')
  const known = states.find(({ state, rank }) => state === 'refused' && rank === 'host')
  if (!known && states.some(({ state }) => state === 'rendered')) return undefined
  const refused = known ?? states.find(({ state }) => state === 'refused')
  return refused && (refused.detail ?? 'it says nothing of why')
}

/** How an environment took the document. Give runs with the same options only. */
export function reactionOf(runs: readonly Detonation[], inputs: readonly Uint8Array[] = []): Reaction {
  const effects = runs.map(({ signals }) => signals.filter(({ weight }) => weight === 'effect').map(({ id }) => id))
  const again = new Set(effects.flat().filter((id) => effects.filter((ids) => ids.includes(id)).length > 1))
  if (effects.some((ids) => ids.length > 0)) return { kind: 'effect', repeated: again.size > 0, why: [...new Set(effects.flat())].join(', ') }
  const answer = judgeCrashes(runs, inputs)
  if (answer) {
    const kind = answer.supports === 'crash' ? 'crash' : 'damage'
    return { kind, repeated: answer.repeated, why: `${answer.crash.signal} in ${printable(answer.crash.image, 200)}` }
  }
  const crashed = runs.filter(({ end, signals }) => end === 'crashed' || signals.some(({ weight }) => weight === 'crash'))
  if (crashed.length > 0) return { kind: 'crash', repeated: false, why: 'it ended without a fault that was told' }
  const quiet = runs.filter(supportsNotSeen)
  if (quiet.length === 0)
    return { kind: 'undecided', repeated: false, why: `ended as ${[...new Set(runs.map(({ end }) => end))].join(', ') || 'nothing: it was not run'}` }
  return { kind: 'none', repeated: quiet.length > 1, why: `${quiet.length} run${quiet.length === 1 ? '' : 's'} without a reaction` }
}

/**
 * The same document in the older and in the current version of one viewer (scanner.md, section 15.3). Nothing is claimed before both were repeated. Give runs
 * in which no macro could act: what a macro does shows no vulnerability. `fixes`: what is known to have been fixed, of any versions; those of the window are named.
 */
export function comparePatches(
  older: readonly Detonation[],
  current: readonly Detonation[],
  fixes: readonly FixedIn[] = [],
  inputs: readonly Uint8Array[] = [],
): Differential {
  const [old, now] = [older[0]?.environment, current[0]?.environment]
  const alone = old ? undefined : withoutOlder(current, inputs)
  if (alone) return alone
  if (!old || !now) return { kind: 'undecided', why: 'It was not opened in both versions of the viewer in runs that can be compared.', repeat: [] }
  if (old.line !== now.line || old.age !== 'older' || now.age !== 'current' || old.version === now.version)
    return { kind: 'undecided', why: `${old.name} and ${now.name} are not an older and the current version of one viewer.`, repeat: [] }
  const [before, after] = [reactionOf(older, inputs), reactionOf(current, inputs)]
  const reacts = ({ kind }: Reaction): boolean => kind === 'effect' || kind === 'damage' || kind === 'crash'
  if (!reacts(before) && !reacts(after)) return bothQuiet(before, after)
  const repeat = [...(before.repeated ? [] : (['older'] as const)), ...(after.repeated ? [] : (['current'] as const))]
  if (before.kind === 'undecided' || after.kind === 'undecided' || repeat.length > 0)
    return {
      kind: 'undecided',
      why: `Older: ${before.kind} (${before.why}); current: ${after.kind} (${after.why}). Nothing is claimed before both are repeated.`,
      repeat,
    }
  if (after.kind === 'effect' || after.kind === 'damage')
    return { kind: 'zero-day-candidate', why: `${sayDebian(now)} reacts, in two runs: ${after.why}.`, reaction: after.kind }
  if (after.kind === 'crash') return { kind: 'open-crash', why: `${sayDebian(now)} crashes too, in two runs, without a sign of damage: ${after.why}.` }
  return {
    kind: 'fixed',
    why: `${sayDebian(old)} reacts in two runs (${before.why}), ${sayDebian(now)} does not in two: something that was fixed between them.`,
    reaction: before.kind as 'effect' | 'damage' | 'crash',
    candidates: windowOf(old.version, now.version, fixes),
  }
}

/**
 * What reacts in two runs in the current version of our own viewers is open, whatever an older one does: who hands in chooses the environments, and must not choose
 * the embargo away with them. An operator's own guests are as old as they like to be: of those only the comparison tells.
 */
function withoutOlder(current: readonly Detonation[], inputs: readonly Uint8Array[]): Differential | undefined {
  const now = current[0]?.environment
  if (now?.driver !== 'qemu' || now.age !== 'current') return undefined
  const { kind, repeated, why } = reactionOf(current, inputs)
  if (!repeated || (kind !== 'effect' && kind !== 'damage')) return undefined
  return { kind: 'zero-day-candidate', why: `${sayDebian(now)} reacts, in two runs: ${why}. No older version was opened beside it.`, reaction: kind }
}

/** With what Debian calls it: two of one version of the viewer may differ in what Debian mended. */
function sayDebian(environment: Environment): string {
  return `${sayViewer(environment)} (${environment.version})`
}

function bothQuiet(before: Reaction, after: Reaction): Differential {
  if (before.kind === 'none' && after.kind === 'none') return { kind: 'nothing', why: 'Neither version reacts.' }
  const repeat = [...(before.kind === 'none' ? [] : (['older'] as const)), ...(after.kind === 'none' ? [] : (['current'] as const))]
  return { kind: 'undecided', why: `Older: ${before.why}; current: ${after.why}.`, repeat }
}

/** What was fixed after the older version, up to the current one. */
function windowOf(older: string, current: string, fixes: readonly FixedIn[]): FixedIn[] {
  // Debian mends old releases too: what the older version has is no difference, wherever else it was fixed as well.
  const had = new Set(fixes.filter(({ version }) => compareVersions(version, older) <= 0).map(({ cve }) => cve))
  const inside = fixes.filter(({ cve, version }) => !had.has(cve) && compareVersions(older, version) < 0 && compareVersions(version, current) <= 0)
  return [...new Map(inside.map((fix) => [fix.cve, fix])).values()].sort((a, b) => (a.cve < b.cve ? -1 : 1))
}
