import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { requireTwoPublishers } from '#platform/auth/holds-role.ts'
import { askAcknowledgement } from '#program/packages/acknowledgements/ask-acknowledgement.ts'
import { bindVersions } from '#program/packages/history-store.ts'
import { listHoldingOrganisations } from '#program/packages/holders/store.ts'
import { decide, reschedule } from '#program/packages/package.ts'
import { openContent } from '#program/packages/stored-content.ts'
import { updateVersion } from '#program/packages/store.ts'
import { asScheduled } from '#program/packages/version-states.ts'
import type { MoveView } from '#program/releases/moves/contract.ts'
import { findHead, findReleases, lockHead } from '#program/releases/moves/cycle-store.ts'
import { keepSiblings } from '#program/releases/moves/keep-siblings.ts'
import { planMove, type MovePlan, type PlannedVersion } from '#program/releases/moves/plan-move.ts'
import { openMoveReason } from '#program/releases/moves/sealed-reason.ts'
import { showMoves } from '#program/releases/moves/show-move.ts'
import {
  findMove,
  insertMovedRelease,
  lockMove,
  moveRow,
  setMoveConfirmed,
  setMoveWithdrawn,
  type MoveId,
  type StoredMove,
} from '#program/releases/moves/store.ts'
import { tellOfMove } from '#program/releases/moves/tell-of-move.ts'
import type { NamedRelease, WishedMove } from '#program/releases/moves/wished-move.ts'
import { releaseRow, toRelease, type ReleaseId } from '#program/releases/store.ts'

/**
 * The second publisher agrees to exactly the consequences that this digest names: in one transaction the release becomes another, its
 * versions are on that, and everybody concerned is told. Throws NOT_FOUND; SECOND_PERSON_NEEDED for who proposed it; CONFLICT when it
 * does not wait any more, either instant has passed, the release moved meanwhile, or who proposed it is no publisher any more; and
 * PRECONDITION_FAILED when the consequences are others by now.
 */
export function confirmMove(app: App, actor: OperatorActor, id: MoveId, preview: string): Promise<z.input<typeof MoveView>> {
  return app.db.transaction(actor, async (tx) => {
    const move = await lockWaiting(tx, actor, id)
    const otherwise = 'Who proposed this move is no publisher any more; propose it anew.'
    await requireTwoPublishers(tx, { proposer: move.proposed_by, approver: actor.person, otherwise })
    const at = app.clock.now()
    const plan = await planMove(app, tx, actor.operator, await wishOf(tx, move, { hold: true }), at, true)
    if (plan.sha256 !== preview) throw new Problem('PRECONDITION_FAILED', 'The consequences are others by now: read them again, then confirm those.')
    await keepSiblings(tx, actor, plan)
    const binds = await carryOut(app, tx, actor, move, plan, at)
    await setMoveConfirmed(tx, id, { by: actor.person, at, preview: Buffer.from(preview, 'hex') })
    await tellOfMove(app, tx, move, plan)
    app.audit.record(tx, { action: 'release.moved', subject: move.release_id, binds: [moveRow({ id }), ...binds], details: { move: id, preview } })
    return (await showMoves(app, tx, actor, [(await findMove(tx, actor.operator, id))!]))[0]!
  })
}

/** Takes a proposal back, one's own or another's; it was never in force. Throws NOT_FOUND, and CONFLICT once it is confirmed. */
export async function withdrawMove(app: App, actor: OperatorActor, id: MoveId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const move = await lockWaiting(tx, actor, id)
    await setMoveWithdrawn(tx, id, app.clock.now())
    app.audit.record(tx, { action: 'release.move-withdrawn', subject: move.release_id, binds: [moveRow({ id })], details: { move: id } })
  })
}

async function lockWaiting(tx: Tx, { operator }: OperatorActor, id: MoveId): Promise<StoredMove> {
  const move = await lockMove(tx, operator, id)
  if (!move || move.withdrawn_at) throw new Problem('NOT_FOUND')
  if (move.confirmed_at) throw new Problem('CONFLICT', 'This move is confirmed already.')
  return move
}

/** A stored move as a wish again. With `hold` its releases stay as they are until the transaction ends. Throws CONFLICT when one moved meanwhile. */
export async function wishOf(tx: Tx, move: StoredMove, { hold }: { hold: boolean }): Promise<WishedMove> {
  const present = async (id: ReleaseId): Promise<NamedRelease> => {
    const cycle = (await findReleases(tx, move.operator_id, [id])).get(id)!.cycle
    const head = await (hold ? lockHead : findHead)(tx, move.operator_id, cycle)
    if (head?.id !== id) throw new Problem('CONFLICT', 'This release moved meanwhile; propose another move.')
    return { head, release: toRelease(head) }
  }
  const subject = await present(move.release_id)
  return { subject, packages: move.packages, to: toRelease(move), joins: move.joins ? await present(move.joins) : undefined }
}

async function carryOut(app: App, tx: Tx, actor: OperatorActor, move: StoredMove, plan: MovePlan, at: Date): Promise<Binding[]> {
  const rows = await findReleases(tx, actor.operator, [move.release_id, ...plan.releases.keys(), ...(move.joins ? [move.joins] : [])])
  const head = rows.get(move.release_id)!
  const became = new Map<ReleaseId, ReleaseId>()
  let cycle = move.whole ? head.cycle : move.joins ? rows.get(move.joins)!.cycle : null
  for (const [from, release] of plan.releases) {
    const id = app.ids.next<'release'>()
    await insertMovedRelease(tx, { id, move, from, all: move.whole && from === head.id, cycle, release, by: actor.person, at })
    became.set(from, id)
    // Packages that go to instants of their own are one cycle, whatever each was on.
    cycle ??= id
  }
  const decision = decide({ proposedBy: move.proposed_by, confirmedBy: actor.person, reason: openMoveReason(app, move.id, move.reason), at })
  for (const version of plan.versions) await moveVersion(app, tx, version, became.get(version.row.release_id!)!, decision)
  const versions = plan.versions.map(({ row }) => ({ package: row.package_id, version: row.version }))
  const asked = await askHolders(app, tx, plan, became)
  return [...[...became.values()].map((id) => releaseRow({ id })), ...(await bindVersions(tx, versions)), ...asked]
}

/** Every member that was given anything of a package has to acknowledge that its embargo ends at another instant (program.md, E15). */
async function askHolders(app: App, tx: Tx, plan: MovePlan, became: ReadonlyMap<ReleaseId, ReleaseId>): Promise<Binding[]> {
  const binds: Binding[] = []
  for (const { row, from, to } of plan.versions) {
    if (row.state !== 'scheduled' || from.instant.getTime() === to.instant.getTime()) continue
    const { operator_id: operator, package_id: id, version } = row
    const holders = await listHoldingOrganisations(tx, operator, id, version + 1)
    const subject = became.get(row.release_id!)!
    binds.push(...(await askAcknowledgement(app, tx, { kind: 'slip', operator, package: id, version, subject, holders })))
  }
  return binds
}

/** A scheduled version takes the step of its state machine; one that another took the place of goes where its release goes. */
async function moveVersion(app: App, tx: Tx, { row, to }: PlannedVersion, release: ReleaseId, decision: ReturnType<typeof decide>): Promise<void> {
  if (row.state === 'scheduled') reschedule(asScheduled({ row, content: await openContent(app, tx, row) }), to, decision)
  await updateVersion(tx, { package: row.package_id, version: row.version }, { release_id: release, updated_at: decision.at })
}
