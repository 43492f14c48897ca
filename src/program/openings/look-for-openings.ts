import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { mayRead, type ReadableVersion } from '#program/embargo/may-read.ts'
import type { OpeningTier } from '#program/openings/contract.ts'
import { holdOpenings, insertOpening, insertTold, listDue, listOperatorsDue, listTold, nameOfOperator, openingRow, type Due } from '#program/openings/store.ts'
import { findAllStandings } from '#program/packages/contact-reader.ts'
import { factsOf, UNSEEN } from '#program/packages/known-version.ts'
import { listVersionsOn } from '#program/packages/store.ts'

const ACTOR = system('openings.look')

/**
 * Records every window that has opened by the trusted instant, once each, and tells whoever may know of a version by it and has
 * not been told of that version: also of one that came to a window which lay open already. What a person reads is computed from the
 * rules and never from this record (docs/promises.md, clock rule 6). While the clocks disagree it does nothing. Harmless when
 * repeated, and when two do it at once: of a transaction that did not commit nothing is left, and the next look does all of it.
 */
export async function lookForOpenings(app: App): Promise<void> {
  if (app.clock.disagreement() !== undefined) return
  for (const operator of await app.db.read(ACTOR, (tx) => listOperatorsDue(tx, app.clock.now())))
    await app.db.transaction(ACTOR, (tx) => recordOpenings(app, tx, operator))
}

async function recordOpenings(app: App, tx: Tx, operator: OperatorId): Promise<void> {
  await holdOpenings(tx, operator)
  if (app.clock.disagreement() !== undefined) return
  const now = app.clock.now()
  const due = await listDue(tx, operator, now)
  if (due.length === 0) return
  const told = await tellable(app, tx, operator, due, now)
  for (const window of Map.groupBy(told, ({ release, tier }) => `${release}/${tier}`).values()) await recordOpening(app, tx, operator, window, now)
  await insertTold(tx, operator, now, told)
  const people = [...new Set(told.flatMap(({ people }) => people))]
  await notify(app, tx, people, 'window.opened', { operator, name: await nameOfOperator(tx, operator) })
}

type Told = Due & { readonly people: readonly PersonId[] }

async function recordOpening(app: App, tx: Tx, operator: OperatorId, versions: readonly Told[], now: Date): Promise<void> {
  const { release, tier, opensAt: openedAt } = versions[0]!
  const told = new Set(versions.flatMap(({ people }) => people)).size
  const fresh = await insertOpening(tx, { release, tier, operator, openedAt, recordedAt: now, told })
  const binds = fresh ? [openingRow({ release_id: release, tier })] : []
  app.audit.record(tx, { action: fresh ? 'release.opened' : 'release.opened-later', subject: release, operator, details: { tier, told }, binds })
}

/**
 * For each version at each window, who may know of it now and was not told. Somebody for whom several windows count is put to
 * that of their own tier.
 */
async function tellable(app: App, tx: Tx, operator: OperatorId, due: readonly Due[], now: Date): Promise<Told[]> {
  const releases = [...new Set(due.map(({ release }) => release))]
  const rows = new Map((await listVersionsOn(tx, releases)).map((row) => [`${row.package_id}/${row.version}`, row]))
  const before = await listTold(tx, [...new Set(due.map(({ package: id }) => id))])
  const standings = (await findAllStandings(app, tx, operator, now)).map((standing) => ({ ...standing, hex: standing.tags?.map((tag) => tag.toString('hex')) }))
  return [...Map.groupBy(due, ({ package: id, version }) => `${id}/${version}`)].flatMap(([key, windows]) => {
    const row = rows.get(key)!
    const facts = factsOf(row, UNSEEN, standings[0]?.ends ?? [])
    if (wasTold(facts, windows)) return windows.map((window) => ({ ...window, people: [] }))
    const tags = new Set(row.product_tags.map((tag) => tag.toString('hex')))
    const people = Map.groupBy(
      standings.filter(({ person, hex, readerOf }) => {
        if (before.get(key)?.has(person)) return false
        const covered = hex === undefined || hex.some((tag) => tags.has(tag))
        return mayRead(readerOf({ package: row.package_id, version: row.version, covered, held: false }), facts, 'existence', now).read
      }),
      ({ tier }) => windowOf(windows, tier),
    )
    return windows.map((window) => ({ ...window, people: (people.get(window) ?? []).map(({ person }) => person) }))
  })
}

/** Whoever an early end let read was told of it then (embargo/): the windows that come later open nothing to them. */
function wasTold({ endedAt, scheduledAt }: ReadableVersion, windows: readonly Due[]): boolean {
  return endedAt !== undefined && scheduledAt !== undefined && scheduledAt <= endedAt && windows.every(({ opensAt }) => opensAt > endedAt)
}

function windowOf(windows: readonly Due[], own: OpeningTier): Due {
  return windows.find(({ tier }) => tier === own) ?? windows.at(-1)!
}
