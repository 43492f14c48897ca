import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { holdBoth, holdsRole } from '#platform/auth/holds-role.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { listOpenings } from '#program/packages/asked/contract.ts'
import { accessChangeState, PROPOSAL_DAYS } from '#exchange/access/access-change.ts'
import {
  changeRow,
  closeWaiting,
  endChange,
  findChange,
  insertChange,
  lockChange,
  type EmbargoChangeId,
  type StoredChange,
  type WishedInstants,
} from '#exchange/embargoes/change-store.ts'
import { judgeMoves, type ClassRelease, type Move } from '#exchange/embargoes/classes.ts'
import type { ChangeEmbargo, EmbargoView, ReaderClass } from '#exchange/embargoes/contract.ts'
import { showOne } from '#exchange/embargoes/show-embargoes.ts'
import { embargoRows, keepReleases, listReleases, lockEmbargo, type EmbargoId, type StoredEmbargo } from '#exchange/embargoes/store.ts'
import { moveEmbargo } from '#exchange/objects/embargo.ts'

type View = z.input<typeof EmbargoView>
const DAY_MS = 86_400_000

/**
 * Gives classes that have not reached their instant another one, or classes that had none their first. Later for all is done at once; what shows
 * anybody anything earlier waits for a second person, as an early end does in the program. Throws NOT_FOUND, and VALIDATION_FAILED for a class that
 * was reached, or an instant before the package opens.
 */
export async function changeEmbargo(app: App, actor: OperatorActor, id: EmbargoId, wish: z.output<typeof ChangeEmbargo>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const embargo = await lockEmbargo(tx, actor.operator, id)
    if (!embargo) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    const wished: WishedInstants = Object.fromEntries(
      Object.entries(wish.instants).map(([of, instant]) => [of, instant === 'now' ? null : instant.toISOString()]),
    )
    const needsSecond = await judge(app, tx, embargo, wished, at)
    const closed = await closeWaiting(tx, id, actor.person, at)
    const change = app.ids.next<'object-embargo-change'>() as EmbargoChangeId
    await insertChange(tx, {
      id: change,
      operator_id: actor.operator,
      embargo_id: id,
      releases: wished,
      reason: wish.reason,
      needs_second: needsSecond,
      proposed_by: actor.person,
      proposed_at: at,
      expires_at: new Date(at.getTime() + PROPOSAL_DAYS * DAY_MS),
      done_at: needsSecond ? null : at,
    })
    const binds = [...closed, change].map((one) => changeRow({ id: one }))
    if (needsSecond) app.audit.record(tx, { action: 'embargo.change-proposed', subject: embargo.collection_id, binds, details: { embargo: id } })
    else await carryOut(app, tx, embargo, wished, { at, binds })
    return showOne(app, tx, actor, id)
  })
}

/**
 * The second person agrees: from now on it holds. Throws NOT_FOUND, SECOND_PERSON_NEEDED for who proposed it, CONFLICT when it does not wait any
 * more or who proposed it may not any more, and VALIDATION_FAILED where it does not fit what is by now.
 */
export async function approveChange(app: App, actor: OperatorActor, id: EmbargoChangeId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const known = await findChange(tx, actor.operator, id)
    // First the embargo, as changeEmbargo does, so that the two never wait for each other.
    const embargo = known && (await lockEmbargo(tx, actor.operator, known.embargo_id))
    if (!embargo) throw new Problem('NOT_FOUND')
    const change = await lockWaiting(app, tx, actor, id)
    await requireTwo(tx, change.proposed_by, actor.person)
    const at = app.clock.now()
    await judge(app, tx, embargo, change.releases, at)
    await endChange(tx, id, { approved_by: actor.person, done_at: at })
    await carryOut(app, tx, embargo, change.releases, { at, binds: [changeRow({ id })] })
    return showOne(app, tx, actor, embargo.id)
  })
}

/** Refuses or takes back a change that waits; nothing changed by it. Throws NOT_FOUND, and CONFLICT once it does not wait any more. */
export async function closeChange(app: App, actor: OperatorActor, id: EmbargoChangeId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const change = await lockWaiting(app, tx, actor, id)
    await endChange(tx, id, { closed_by: actor.person, closed_at: app.clock.now() })
    app.audit.record(tx, { action: 'embargo.change-closed', subject: change.embargo_id, binds: [changeRow({ id })] })
    return showOne(app, tx, actor, change.embargo_id)
  })
}

async function lockWaiting(app: App, tx: Tx, actor: OperatorActor, id: EmbargoChangeId): Promise<StoredChange> {
  const change = await lockChange(tx, actor.operator, id)
  if (!change) throw new Problem('NOT_FOUND')
  if (accessChangeState(change, app.clock.now()) !== 'waits') throw new Problem('CONFLICT', 'This change does not wait any more.')
  return change
}

async function judge(app: App, tx: Tx, embargo: StoredEmbargo, wished: WishedInstants, now: Date): Promise<boolean> {
  const releases = (await listReleases(tx, [embargo.id])).get(embargo.id) ?? []
  const opening =
    embargo.package_id === null ? undefined : ((await listOpenings(app, tx, embargo.operator_id, [embargo.package_id])).get(embargo.package_id) ?? 'none')
  const { widens, faults } = judgeMoves(releases, movesOf(wished, now), opening, now)
  if (faults.length > 0)
    throw new Problem('VALIDATION_FAILED', undefined, { fields: faults.map((fault) => ({ field: `/body/instants/${fault.class}`, message: fault.message })) })
  return widens
}

/** What lies in the past by now is shown from now on. */
function movesOf(wished: WishedInstants, now: Date): Move[] {
  return (Object.entries(wished) as [ReaderClass, string | null][]).map(([of, at]) => ({
    class: of,
    at: at === null || new Date(at) < now ? now : new Date(at),
  }))
}

async function carryOut(
  app: App,
  tx: Tx,
  embargo: StoredEmbargo,
  wished: WishedInstants,
  { at, binds }: { readonly at: Date; readonly binds: readonly ReturnType<typeof changeRow>[] },
): Promise<void> {
  const releases = movesOf(wished, at).map((move) => ({ class: move.class, opensAt: move.at, ownAt: move.at }))
  await moveTo(app, tx, embargo, releases, binds)
}

/** Writes the instants of classes that have not reached theirs, moves the rows that wait for them, and records both. Gives how many rows moved. */
export async function moveTo(
  app: App,
  tx: Tx,
  embargo: Pick<StoredEmbargo, 'id' | 'operator_id' | 'collection_id' | 'package_id'>,
  wished: readonly ClassRelease[],
  binds: readonly ReturnType<typeof changeRow>[] = [],
): Promise<number> {
  const present = (await listReleases(tx, [embargo.id])).get(embargo.id) ?? []
  const isReached = (of: ReaderClass) => present.some((one) => one.class === of && one.opensAt <= app.clock.now())
  const releases = wished.filter((one) => !isReached(one.class))
  const audiences = await keepReleases(tx, embargo, releases)
  const place = { collection: embargo.collection_id, operator: embargo.operator_id, embargo: embargo.id }
  const rows = await moveEmbargo(
    app,
    tx,
    place,
    releases.map((release) => ({ audience: audiences.get(release.class)!, at: release.opensAt })),
  )
  app.audit.record(tx, {
    action: 'embargo.moved',
    subject: embargo.collection_id,
    operator: embargo.operator_id,
    binds: [...binds, ...embargoRows(embargo.id, releases)],
    details: { embargo: embargo.id, rows, instants: Object.fromEntries(releases.map((release) => [release.class, release.opensAt.toISOString()])) },
  })
  return rows
}

/** Both have to be able to set embargoes at this moment. */
async function requireTwo(tx: Tx, proposer: PersonId, approver: PersonId): Promise<void> {
  if (proposer === approver) throw new Problem('SECOND_PERSON_NEEDED')
  await holdBoth(tx, proposer, approver)
  const may = async (person: PersonId) => (await holdsRole(tx, person, 'analyst')) || (await holdsRole(tx, person, 'publisher'))
  if (!(await may(approver))) throw new Problem('FORBIDDEN', 'You set no embargoes any more.')
  if (!(await may(proposer))) throw new Problem('CONFLICT', 'Who proposed this sets no embargoes any more; propose it anew.')
}
