import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import { system } from '#platform/auth/actor.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { closeDecisions } from '#program/packages/decisions/store.ts'
import { bindVersions } from '#program/packages/history-store.ts'
import { release } from '#program/packages/package.ts'
import { emitReleased } from '#program/packages/released/emit-released.ts'
import { faultRow, insertFault, listReached, lockScheduledOn, mendFault, type Reached } from '#program/packages/released/fault-store.ts'
import { openContent } from '#program/packages/stored-content.ts'
import { findVersion, updateVersion, type VersionKey } from '#program/packages/store.ts'
import { asScheduled } from '#program/packages/version-states.ts'
import type { ReleaseId } from '#program/releases/store.ts'

const act = system('packages.mark-released')

/**
 * Writes down which releases have happened by the trusted clock: the state of their versions, a leaf for each and an event. One
 * transaction for each release, harmless when repeated. Nothing reads it to decide what is open (program.md, section 5). Where it
 * fails, the operator's publishers are told once and it is tried again; the embargo is over all the same (E41). Throws the first failure
 * when all releases were tried.
 */
export async function markReleased(app: App, signal?: AbortSignal): Promise<void> {
  const now = app.clock.now()
  const failures: unknown[] = []
  for (const reached of await app.db.read(act, (tx) => listReached(tx, now))) {
    signal?.throwIfAborted()
    try {
      await app.db.transaction(act, (tx) => markOne(app, tx, reached, now))
    } catch (error) {
      failures.push(error)
      await app.db.transaction(act, (tx) => alarm(app, tx, reached, now))
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function markOne(app: App, tx: Tx, { release: id, operator }: Reached, now: Date): Promise<void> {
  for (const key of await lockScheduledOn(tx, id)) await markVersion(app, tx, { operator, key, release: id, now })
  if (await mendFault(tx, id, now)) app.audit.record(tx, { action: 'release.recorded', subject: id, operator, binds: [faultRow({ release_id: id })] })
}

async function markVersion(app: App, tx: Tx, { operator, key, release: id, now }: { operator: OperatorId; key: VersionKey; release: ReleaseId; now: Date }) {
  const row = (await findVersion(tx, operator, key))!
  const { state } = release(asScheduled({ row, content: await openContent(app, tx, row) }), now)
  await updateVersion(tx, key, { state, updated_at: now })
  // What is public is not deferred any more; to pull it is as possible as before.
  const binds: Binding[] = [...(await bindVersions(tx, [key])), ...(await closeDecisions(tx, [key], now, 'defer'))]
  await emitReleased(app, tx, { ...key, release: id }, operator)
  const details = { version: key.version, release: id, contentHash: row.content_hash.toString('hex') }
  app.audit.record(tx, { action: 'package.released', subject: key.package, operator, binds, details })
}

async function alarm(app: App, tx: Tx, { release: id, operator }: Reached, now: Date): Promise<void> {
  if (!(await insertFault(tx, id, operator, now))) return
  await notify(app, tx, await staffWith(tx, operator, 'publisher'), 'release.not-recorded', { release: id })
  app.audit.record(tx, { action: 'release.not-recorded', subject: id, operator, binds: [faultRow({ release_id: id })] })
}
