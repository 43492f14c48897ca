import type { App } from '#platform/app.ts'
import { system, type ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { endedAtOf } from '#program/embargo/ended-at.ts'
import { mayRead } from '#program/embargo/may-read.ts'
import { feedEvents, type FeedPackage, type FeedProgramme } from '#program/calendar-feed/feed-events.ts'
import { hashOfFile } from '#program/calendar-feed/feed-token.ts'
import { findSubscriber, listCalledOff, listChanged, listProgrammes, listReceived, type CalledOff, type Subscriber } from '#program/calendar-feed/store.ts'
import { findStandings, type Standing } from '#program/packages/contact-reader.ts'
import { knownToContact, releaseOf, type KnownVersion } from '#program/packages/known-version.ts'
import { showSummary } from '#program/packages/show-package.ts'
import { listReleasedFor } from '#program/packages/store.ts'
import { calendarFile } from '#program/releases/calendar-file.ts'
import { cyclesOf } from '#program/releases/cycles.ts'
import { toRelease } from '#program/releases/store.ts'

const ACTOR = system('calendar-feed.read')
/** How long an event that has passed stays. */
const KEPT_MS = 31 * 24 * 60 * 60 * 1000
const MONTHS = { before: 1, after: 12 }

/**
 * The calendar file behind an address, as its owner may know things now. Throws NOT_FOUND for what is no address, was ended, belongs
 * to a person who was disabled, or to a member that takes part in no programme now: the same answer for all of them.
 */
export async function readFeed(app: App, file: string): Promise<string> {
  const hash = hashOfFile(file)
  const now = app.clock.now()
  const known = hash && (await app.db.read(ACTOR, (tx) => whose(tx, hash, now)))
  if (!known || known.programmes.length === 0) throw new Problem('NOT_FOUND')
  const { subscriber, programmes } = known
  const packages = await app.db.read(actorOf(subscriber), (tx) => packagesOf(app, tx, subscriber, now))
  const name = programmes.length === 1 ? `${programmes[0]!.name}: releases and windows` : 'Releases and windows'
  const zone = programmes[0]!.cycles[0]?.release.zone ?? 'UTC'
  return calendarFile({ name, zone, events: feedEvents(programmes, packages, app.config.url.origin) })
}

async function whose(tx: Tx, hash: Buffer, now: Date): Promise<{ subscriber: Subscriber; programmes: FeedProgramme[] } | undefined> {
  const subscriber = await findSubscriber(tx, hash, now)
  if (!subscriber) return undefined
  const programmes: FeedProgramme[] = []
  for (const programme of await listProgrammes(tx, subscriber.organisation, now))
    programmes.push({ ...programme, cycles: await cyclesOf(tx, programme.operator, now, MONTHS) })
  return { subscriber, programmes }
}

/** Row-level security sees the contact, as in a session; the address itself is no credential for anything else. */
function actorOf({ person, organisation, kind }: Subscriber): ContactActor {
  return { kind: 'contact', person, organisation, organisationKind: kind, roles: [], credential: { kind: 'token', id: person as string as never, scopes: [] } }
}

/** One for each package: the newest version that is open, or else the newest that was open when it was called off. */
async function packagesOf(app: App, tx: Tx, subscriber: Subscriber, now: Date): Promise<FeedPackage[]> {
  const from = new Date(now.getTime() - KEPT_MS)
  const standings = await findStandings(app, tx, subscriber, now)
  const open = (await listReleasedFor(tx, subscriber, standings, now, from)).flatMap((row) => knownToContact(app, standings, row, now) ?? [])
  const operators = standings.map(({ operator }) => operator)
  const { organisation } = subscriber
  const calledOff = (await listCalledOff(tx, { operators, organisation }, now, from)).filter((one) => wasOpen(standings, one))
  const found = new Map<string, FeedPackage>()
  const versions = new Map<string, number>()
  for (const [version, one] of [...(await showOpen(tx, subscriber, open, now)), ...calledOff.map((off) => [off.version, showCalledOff(off)] as const)]) {
    if ((versions.get(one.package) ?? 0) >= version) continue
    versions.set(one.package, version)
    found.set(one.package, one)
  }
  return [...found.values()]
}

async function showOpen(tx: Tx, { person, titles }: Subscriber, open: readonly KnownVersion[], now: Date): Promise<(readonly [number, FeedPackage])[]> {
  const packages = [...new Set(open.map(({ row }) => row.package_id))]
  const changed = byVersion(await listChanged(tx, packages, now))
  const received = titles ? byVersion(await listReceived(tx, person, packages)) : new Map<string, Date>()
  return open.map((known) => {
    const { row, contact } = known
    const { instant, zone } = releaseOf(row)!
    const key = `${row.package_id}/${row.version}`
    const facts = [contact?.openedAt, changed.get(key), received.get(key)].flatMap((at) => at ?? [])
    const changedAt = new Date(Math.max(...facts.map((at) => at.getTime())))
    const title = titles ? showSummary(known).title : null
    return [row.version, { package: row.package_id, operator: row.operator_id, instant, zone, title, cancelled: false, changedAt }]
  })
}

function byVersion(rows: readonly { package: string; version: number; at: Date }[]): Map<string, Date> {
  return new Map(rows.map(({ package: id, version, at }) => [`${id}/${version}`, at]))
}

/** No name: what was called off is not read any more. */
function showCalledOff({ package: id, operator, instant, zone, at }: CalledOff): FeedPackage {
  return { package: id, operator, instant, zone, title: null, cancelled: true, changedAt: at }
}

/** Whether the version was open to the contact when it was called off: computed from what was decided by then, as every read is. */
function wasOpen(standings: readonly Standing[], off: CalledOff): boolean {
  const standing = standings.find(({ operator }) => operator === off.operator)
  if (!standing) return false
  const covered = standing.tags === undefined || standing.tags.some((tag) => off.product_tags.some((other) => other.equals(tag)))
  // In whose place another was by then, it was nobody's any more but its holders'.
  const supersededAt = off.superseded_at !== null && off.superseded_at <= off.at ? off.superseded_at : undefined
  const reader = standing.readerOf({ package: off.package, version: off.version, covered, held: off.held })
  const facts = {
    package: off.package,
    version: off.version,
    operator: off.operator,
    state: supersededAt === undefined ? ('scheduled' as const) : ('superseded' as const),
    supersededAt,
    contentHash: off.content_hash.toString('hex'),
    approvedHash: off.approved_hash?.toString('hex'),
    release: toRelease(off),
    scheduledAt: off.scheduled_at,
    endedAt: endedAtOf(off, standing.ends),
    validateParts: [],
  }
  return mayRead(reader, facts, 'existence', off.at).read
}
