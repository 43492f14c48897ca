import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import { ImportRow, type MemberImport } from '#program/membership/imports/contract.ts'
import type { StoredImport } from '#program/membership/imports/store.ts'

/** How long a list waits for its second officer. */
export const IMPORT_LIFE_MS = 14 * 24 * 60 * 60 * 1000

/** What became of a list; pure. */
export function importState(row: Pick<StoredImport, 'approved_at' | 'closed_at' | 'expires_at'>, now: Date): z.output<typeof MemberImport>['state'] {
  if (row.approved_at) return 'approved'
  if (row.closed_at) return 'closed'
  return row.expires_at <= now ? 'expired' : 'waits'
}

export function showImport(row: StoredImport, now: Date): z.input<typeof MemberImport> {
  return {
    id: row.id,
    state: importState(row, now),
    rowCount: row.row_count,
    sha256: row.sha256,
    proposedBy: { id: row.proposed_by, name: row.proposer_name },
    proposedAt: row.proposed_at,
    expiresAt: row.expires_at,
    approvedBy: row.approved_by === null ? null : { id: row.approved_by, name: row.approver_name ?? '' },
    approvedAt: row.approved_at,
  }
}

const sealedFor = (id: string) => ({ purpose: 'member-import rows', context: [id] })

export function sealRows(app: Pick<App, 'keys'>, id: string, rows: readonly ImportRow[]): Buffer {
  return sealText(app.keys, sealedFor(id), JSON.stringify(rows))
}

/** The rows of a list, as they were proposed. */
export function openRows(app: Pick<App, 'keys'>, { id, rows }: Pick<StoredImport, 'id' | 'rows'>): ImportRow[] {
  return z.array(ImportRow).parse(JSON.parse(unsealText(app.keys, sealedFor(id), rows)))
}

/** The role address of a member, sealed for its row. */
export function sealRoleAddress(app: Pick<App, 'keys'>, organisation: string, address: string | null): Buffer | null {
  return address === null ? null : sealText(app.keys, { purpose: 'imported-member role address', context: [organisation] }, address)
}
