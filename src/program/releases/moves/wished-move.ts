import type { z } from 'zod'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { MoveWish } from '#program/releases/moves/contract.ts'
import { findCycle, findHead } from '#program/releases/moves/cycle-store.ts'
import { windowsBefore } from '#program/releases/moves/moved-windows.ts'
import { monthOf, outOfBandRelease, type Release } from '#program/releases/release.ts'
import { programmeOf, type RuleHistory } from '#program/releases/rules/in-force.ts'
import { ruleHistory } from '#program/releases/rules/rules-store.ts'
import { toRelease, type StoredRelease } from '#program/releases/store.ts'
import { releaseKey, upcomingReleases } from '#program/releases/upcoming.ts'
import { instantAt, isZone, type CivilTime } from '#program/releases/zoned-time.ts'

type Wish = z.output<typeof MoveWish>

/** A release that a wish names: one that is written down, as it is now, or one of the rule for which nothing was until now. */
export type NamedRelease = { readonly head: StoredRelease; readonly release: Release } | { readonly head: undefined; readonly release: Release }

/** What somebody wishes to move, and to when. */
export interface WishedMove {
  readonly subject: NamedRelease
  readonly packages: readonly PackageId[] | null
  /** Instants as wished: nothing of what is open already is in them. */
  readonly to: Release
  /** The release of the rule whose cycle named packages join. */
  readonly joins: NamedRelease | undefined
}

/** The releases and instants of a wish. Throws VALIDATION_FAILED with the place for what does not exist, and for a civil time that does not exist or comes twice. */
export async function readWish(tx: Tx, operator: OperatorId, wish: Wish, now: Date): Promise<WishedMove> {
  const subject = await findNamed(tx, operator, wish.release, now)
  if (!subject) throw refused('/body/release', UNKNOWN)
  const { to, packages } = wish
  if (to.kind === 'instants') return { subject, packages, to: instantsOf(to, await ruleHistory(tx, operator)), joins: undefined }
  const target = await findNamed(tx, operator, to.release, now)
  if (!target) throw refused('/body/to/release', UNKNOWN)
  if (isSame(subject, target)) throw refused('/body/to/release', 'another release than the one that is moved')
  return { subject, packages, to: target.release, joins: packages === null ? undefined : target }
}

const UNKNOWN = 'the key of a release that GET /api/releases lists'

async function findNamed(tx: Tx, operator: OperatorId, key: string, now: Date): Promise<NamedRelease | undefined> {
  const cycle = await findCycle(tx, operator, key)
  const head = cycle && (await findHead(tx, operator, cycle))
  if (head) return head.kind === 'rule' || head.confirmed_at ? { head, release: toRelease(head) } : undefined
  const planned = upcomingReleases(now, await ruleHistory(tx, operator)).find((release) => releaseKey(release) === new Date(key).toJSON())
  return planned && { head: undefined, release: planned }
}

function isSame(one: NamedRelease, other: NamedRelease): boolean {
  return one.head && other.head ? one.head.cycle === other.head.cycle : one.release.instant.getTime() === other.release.instant.getTime()
}

function instantsOf({ zone, instant: at, windows }: Extract<Wish['to'], { kind: 'instants' }>, history: RuleHistory): Release {
  if (!isZone(zone)) throw refused('/body/to/zone', 'the IANA name of a zone')
  const instant = moment(at, zone, '/body/to/instant')
  if (windows === null) {
    const rules = programmeOf(monthOf(instant, zone), history)
    const counted = named('/body/to/instant', () => windowsBefore(instant, zone, rules))
    return { ...outOfBandRelease(instant, zone, counted), calendar: rules.calendar.id }
  }
  const opens = (tier: 'validate' | 'advance' | 'entry') => moment(windows[tier], zone, `/body/to/windows/${tier}`)
  const chosen = { validate: opens('validate'), advance: opens('advance'), entry: opens('entry') }
  if (chosen.validate > chosen.advance) throw refused('/body/to/windows/advance', 'not before the window of validate')
  if (chosen.advance > chosen.entry) throw refused('/body/to/windows/entry', 'not before the window of advance')
  if (chosen.entry > instant) throw refused('/body/to/windows/entry', 'not after the release')
  return outOfBandRelease(instant, zone, chosen)
}

/** The instant that a text with an offset names, or that a civil time means in the zone (program.md, E5). */
function moment(text: string, zone: string, field: string): Date {
  const instant = CIVIL.test(text) ? named(field, () => instantAt(civilOf(text), zone)) : new Date(text)
  const year = instant.getUTCFullYear()
  if (!(year >= 2000 && year < 2200)) throw refused(field, 'an instant of the years 2000 to 2199')
  return instant
}

const CIVIL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/

function civilOf(text: string): CivilTime {
  const [year, month, day, hour, minute] = text.split(/[-T:]/).map(Number) as [number, number, number, number, number]
  return { year, month, day, hour, minute }
}

/** Says of which field a refusal of the calendar is. */
function named<T>(field: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof Problem && error.code === 'VALIDATION_FAILED' ? refused(field, error.message) : error
  }
}

export function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
