import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { changeVersion } from '#program/packages/change-version.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageView } from '#program/packages/contract.ts'
import { findDeferral } from '#program/packages/decisions/sealed.ts'
import { closeDecisions } from '#program/packages/decisions/store.ts'
import { isHeld } from '#program/packages/holders/store.ts'
import { approve, reopen, sendBack, submit, type Draft } from '#program/packages/package.ts'
import { approvalRow, insertApproval } from '#program/packages/store.ts'
import { asApproved, asDeferred, asDraft, asInReview, type LoadedVersion } from '#program/packages/version-states.ts'

type View = z.input<typeof PackageView>

/** Sends a draft to review. Throws NOT_FOUND, CONFLICT when it is no draft, PRECONDITION_FAILED when it says something else by now, and as `submit`. */
export function submitPackage(app: App, actor: OperatorActor, id: PackageId, contentHash: string): Promise<View> {
  return changeVersion(app, actor, id, ({ row, content, at }) => {
    const draft = asDraft({ row, content })
    if (contentHash !== row.content_hash.toString('hex')) throw new Problem('PRECONDITION_FAILED', 'The content changed since it was read: read it again.')
    const { state, contributors, submittedBy, submittedAt } = submit(draft, { by: actor.person, at })
    return { action: 'package.submitted', change: { state, contributors: [...contributors], submitted_by: submittedBy, submitted_at: submittedAt } }
  })
}

/**
 * Gives what is in review, approved or deferred back to its authors; an approval ends with it. Throws NOT_FOUND, CONFLICT when it is
 * none of them, and for a deferred version that somebody holds: what was received stays as it was, and a revision follows it.
 */
export function returnPackage(app: App, actor: OperatorActor, id: PackageId): Promise<View> {
  return changeVersion(app, actor, id, async ({ tx, row, key, content }) => {
    const { state } = await reopened(app, tx, { row, content })
    const change = { state, submitted_by: null, submitted_at: null, approval_id: null, release_id: null, scheduled_by: null, scheduled_at: null }
    return { action: 'package.returned', change, ...(row.state === 'deferred' ? { binds: await closeDecisions(tx, [key], app.clock.now()) } : {}) }
  })
}

async function reopened(app: App, tx: Tx, version: LoadedVersion): Promise<Draft> {
  const { row } = version
  if (row.state === 'approved') return reopen(asApproved(version))
  if (row.state !== 'deferred') return sendBack(asInReview(version))
  const key = { package: row.package_id, version: row.version }
  const deferred = asDeferred(version, await findDeferral(app, tx, key))
  if (await isHeld(tx, key)) throw new Problem('CONFLICT', 'Somebody holds this version, so it stays as it is: start a revision of it.')
  return reopen(deferred)
}

/** Approves exactly this content. Throws NOT_FOUND, CONFLICT when it is not in review, and as `approve`. */
export function approvePackage(app: App, actor: OperatorActor, id: PackageId, contentHash: string): Promise<View> {
  return changeVersion(app, actor, id, async ({ tx, row, content, key, at }) => {
    const { state, approval } = approve(asInReview({ row, content }), { contentHash, by: actor.person, at })
    const approvalId = app.ids.next<'approval'>()
    const hash = Buffer.from(approval.contentHash, 'hex')
    await insertApproval(tx, { ...key, id: approvalId, operator: actor.operator, contentHash: hash, by: approval.by, at: approval.at })
    return { action: 'package.approved', change: { state, approval_id: approvalId }, binds: [approvalRow({ id: approvalId })] }
  })
}
