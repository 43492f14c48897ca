import type { PackageOpening } from '#program/packages/asked/contract.ts'
import type { ReaderClass } from '#exchange/embargoes/contract.ts'

/** When a class of readers is shown what an embargo holds. */
export interface ClassRelease {
  readonly class: ReaderClass
  readonly opensAt: Date
  /** What people chose; null where the package alone says it. */
  readonly ownAt: Date | null
}

export type Instants = Readonly<Partial<Record<ReaderClass, Date>>>

/** When a package opens to a class; undefined: it never does. Everybody is released to with the release. */
export function windowOf(opening: PackageOpening, of: ReaderClass): Date | undefined {
  if (of === 'responder') return undefined
  return of === 'everybody' ? opening.release : opening[of]
}

/**
 * The releases of a new embargo: the instants that were chosen, not before the windows of the package and not in the past; without any the windows
 * of the package. Pure. Gives the class that the package never opens to, if there is one.
 */
export function releasesOf(instants: Instants, opening: PackageOpening | undefined, now: Date): ClassRelease[] | ReaderClass {
  const chosen = Object.entries(instants) as [ReaderClass, Date][]
  const wanted: [ReaderClass, Date | null][] = chosen.length === 0 && opening ? (['validate', 'advance', 'entry'] as const).map((of) => [of, null]) : chosen
  const releases: ClassRelease[] = []
  for (const [of, own] of wanted) {
    const window = opening && windowOf(opening, of)
    if (opening && !window) return of
    releases.push({ class: of, opensAt: latest(now, own, window), ownAt: own })
  }
  return releases
}

/** What a change would make of an embargo. */
export interface Move {
  readonly class: ReaderClass
  readonly at: Date
}

/**
 * Whether a change shows anybody anything earlier than now, or at all: then it takes two people. Pure; `faults` names the classes that cannot be
 * changed so, with the reason.
 */
export function judgeMoves(
  releases: readonly ClassRelease[],
  moves: readonly Move[],
  opening: PackageOpening | 'none' | undefined,
  now: Date,
): { readonly widens: boolean; readonly faults: readonly { readonly class: ReaderClass; readonly message: string }[] } {
  const faults: { class: ReaderClass; message: string }[] = []
  const classes = new Set([...releases.map((one) => one.class), ...moves.map((one) => one.class)])
  let widens = false
  for (const { class: of, at } of moves) {
    const present = releases.find((one) => one.class === of)
    const window = opening === undefined || opening === 'none' ? undefined : windowOf(opening, of)
    const fault =
      present && present.opensAt <= now
        ? 'was reached: what somebody may have read is not taken back'
        : classes.has('everybody') && classes.size > 1
          ? 'tiers, or everybody'
          : opening !== undefined && (window === undefined || at < window)
            ? 'not before its package opens to them: end the embargo of the package'
            : undefined
    if (fault !== undefined) faults.push({ class: of, message: fault })
    if (!present || at < present.opensAt) widens = true
  }
  return { widens, faults }
}

/** What the package says by now of a class that has not been reached; undefined where it stays as it is. */
export function followed(release: ClassRelease, opening: PackageOpening, now: Date): Date | undefined {
  const window = windowOf(opening, release.class)
  if (release.opensAt <= now || window === undefined) return undefined
  const at = latest(window, release.ownAt)
  return at.getTime() === release.opensAt.getTime() ? undefined : latest(at, now)
}

const DAY_MS = 86_400_000
const [SOON, LONG] = [180 * DAY_MS, 360 * DAY_MS]

/**
 * To when a class that has not been reached is put off while its package is on no release (deferred or pulled): were its instant reached meanwhile,
 * pollers would have passed it when the package opens after all. Undefined where it lies far enough ahead.
 */
export function putOff(release: ClassRelease, now: Date): Date | undefined {
  const ahead = release.opensAt.getTime() - now.getTime()
  return ahead <= 0 || ahead > SOON ? undefined : new Date(now.getTime() + LONG)
}

function latest(first: Date, ...others: readonly (Date | null | undefined)[]): Date {
  return others.reduce<Date>((one, other) => (other && other > one ? other : one), first)
}
