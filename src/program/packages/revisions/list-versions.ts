import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { findStandings } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { listHistory, type PastVersion } from '#program/packages/history-store.ts'
import { knownToContact, knownToStaff, releaseOf } from '#program/packages/known-version.ts'
import type { VersionList } from '#program/packages/revisions/contract.ts'
import { findVersionsFor, listVersions, namesOf, type StoredVersion } from '#program/packages/store.ts'

type Line = z.input<typeof VersionList>['items'][number]

/** The versions of a package that the reader may know of, the newest first. Throws NOT_FOUND when there is none. */
export function showVersions(app: App, actor: PersonActor, id: PackageId): Promise<Line[]> {
  return app.db.read(actor, async (tx) => {
    const lines = actor.kind === 'contact' ? await forContact(app, tx, actor, id) : await forStaff(app, tx, actor, id)
    if (lines.length === 0) throw new Problem('NOT_FOUND')
    return lines
  })
}

async function forContact(app: App, tx: Tx, actor: ContactActor, id: PackageId): Promise<Line[]> {
  const now = app.clock.now()
  const standings = await findStandings(app, tx, actor, now)
  const rows = await findVersionsFor(tx, actor, standings, now, id)
  return rows.filter((row) => knownToContact(app, standings, row, now)).map((row) => ({ ...common(row), receivedAt: row.received_at }))
}

async function forStaff(app: App, tx: Tx, actor: OperatorActor, id: PackageId): Promise<Line[]> {
  const rows = (await listVersions(tx, actor.operator, id)).filter((row) => knownToStaff(app, actor, row, app.clock.now()))
  const people = rows.flatMap((row) => [row.approved_by, row.scheduled_by]).filter((person) => person !== null)
  const names = await namesOf(tx, people)
  const who = (person: PersonId | null) => (person === null ? null : { id: person, name: names.get(person) ?? '' })
  const history = Map.groupBy(await listHistory(tx, actor.operator, id), ({ version }) => version)
  return rows.map((row) => ({
    ...common(row),
    steps: stepsOf(history.get(row.version) ?? []),
    approvedBy: who(row.approved_by),
    scheduledBy: who(row.scheduled_by),
  }))
}

function common(row: StoredVersion): Line {
  const release = releaseOf(row)
  return {
    version: row.version,
    state: row.state,
    release: release ? { instant: release.instant, zone: release.zone, rule: release.rule } : null,
    scheduledAt: row.scheduled_at,
    receivedAt: null,
    steps: [],
    approvedBy: null,
    scheduledBy: null,
  }
}

/** Where the state changed; edits and moves in between are no step. */
function stepsOf(history: readonly PastVersion[]): Line['steps'] {
  return history.filter(({ state }, n) => history[n - 1]?.state !== state).map(({ state, at }) => ({ state, at }))
}
