import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import { notify } from '#platform/notices/notify.ts'
import { monthOf } from '#program/releases/release.ts'
import { insertDrift, listWaiting, zoneDriftRow } from '#program/releases/rules/drift-store.ts'
import { programmeOf, type RuleHistory } from '#program/releases/rules/in-force.ts'
import { listOperators } from '#program/releases/rules/people-store.ts'
import { ruleHistory } from '#program/releases/rules/rules-store.ts'
import { zoneDrift } from '#program/releases/rules/zone-drift.ts'

const ACTOR = system('releases.note-zone-drift')

/**
 * Compares each release that packages wait for with what its rule gives by the zone data of this machine (program.md, 4.1.7 and
 * E10). Releases that nothing waits for have no stored instants and follow the zone data by themselves; one that was frozen keeps
 * its instants, since members were promised them: what it would be is written down, on record, and publishers are told, of whom two
 * move it. Harmless when repeated.
 */
export async function noteZoneDrift(app: App, signal: AbortSignal): Promise<void> {
  for (const operator of await app.db.read(ACTOR, listOperators)) {
    signal.throwIfAborted()
    await app.db.transaction(ACTOR, async (tx) => noteOf(app, tx, operator, await ruleHistory(tx, operator)))
  }
}

async function noteOf(app: App, tx: Tx, operator: OperatorId, history: RuleHistory): Promise<void> {
  const at = app.clock.now()
  const zoneData = process.versions['tz'] ?? 'unknown'
  for (const { id: release, release: stored } of await listWaiting(tx, operator, at)) {
    const given = zoneDrift(stored, programmeOf(monthOf(stored.instant, stored.zone), history), at)
    if (!given) continue
    const id = app.ids.next<'zone-drift'>()
    if (!(await insertDrift(tx, { id, operator, release, given, zoneData, at }))) continue
    await notify(app, tx, await staffWith(tx, operator, 'publisher'), 'release.zone-moved')
    const details = { release, zoneData, from: stored.instant.toISOString(), to: given.instant.toISOString() }
    app.audit.record(tx, { action: 'release.zone-moved', subject: release, operator, binds: [zoneDriftRow({ id })], details })
  }
}
