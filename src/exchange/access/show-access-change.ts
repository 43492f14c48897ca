import type { z } from 'zod'
import { accessChangeState } from '#exchange/access/access-change.ts'
import type { StoredAccessChange } from '#exchange/access/change-store.ts'
import type { AccessChange } from '#exchange/access/contract.ts'

export function showAccessChange(change: StoredAccessChange, now: Date): z.input<typeof AccessChange> {
  return {
    id: change.id,
    collection: change.collection_id === null ? null : { id: change.collection_id, title: change.collection_title! },
    group: change.group_id === null ? null : { id: change.group_id, title: change.group_title! },
    organisation: change.organisation_id === null ? null : { id: change.organisation_id, name: change.organisation_name! },
    right: change.can_read === null ? null : { canRead: change.can_read, canWrite: change.can_write! },
    isMember: change.is_member,
    alias: change.alias,
    text: change.title === null ? null : { title: change.title, description: change.description! },
    state: accessChangeState(change, now),
    proposedBy: { id: change.proposed_by, name: change.proposer_name },
    proposedAt: change.proposed_at,
    expiresAt: change.expires_at,
    approvedBy: change.approved_by === null ? null : { id: change.approved_by, name: change.approver_name! },
    doneAt: change.done_at,
  }
}
