import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { changeVersion } from '#program/packages/change-version.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageView } from '#program/packages/contract.ts'
import { approve, reopen, sendBack, submit } from '#program/packages/package.ts'
import { approvalRow, insertApproval } from '#program/packages/store.ts'
import { asApproved, asDraft, asInReview } from '#program/packages/version-states.ts'

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

/** Gives what is in review or approved back to its authors; an approval ends with it. Throws NOT_FOUND, and CONFLICT when it is neither. */
export function returnPackage(app: App, actor: OperatorActor, id: PackageId): Promise<View> {
  return changeVersion(app, actor, id, ({ row, content }) => {
    const { state } = row.state === 'approved' ? reopen(asApproved({ row, content })) : sendBack(asInReview({ row, content }))
    return { action: 'package.returned', change: { state, submitted_by: null, submitted_at: null, approval_id: null } }
  })
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
