import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { approveRoleChange } from '#platform/auth/approve-role-change.ts'
import { closeRoleChange } from '#platform/auth/close-role-change.ts'
import { ApprovedRoleChange, RoleChange } from '#platform/auth/contract.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { may } from '#platform/auth/policy.ts'
import { listRoleChanges, type RoleChange as RoleChangeRow } from '#platform/auth/role-change-store.ts'
import { roleChangeState } from '#platform/auth/role-change.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'

const tag = 'auth'
const params = z.object({ id: idSchema<'role-change'>() })

/** Roles that wait for a second membership officer. */
export function roleChangeRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/role-changes',
      summary: "Lists your operator's role changes, the newest first.",
      tag,
      access: may.listRoleChanges,
      query: PageQuery,
      response: pageOf(RoleChange),
      handle: ({ actor, query }) => {
        const now = app.clock.now()
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listRoleChanges(tx, limit, before))
        return pageById(app, 'role-changes', query, read, (row) => showRoleChange(row, now))
      },
    }),
    route({
      method: 'POST',
      url: '/api/role-changes/:id/approval',
      summary: 'Approves roles that somebody else proposed; for a new person, the one-time link to hand over is shown in this answer only.',
      tag,
      access: may.approveRoleChange,
      creates: true,
      secret: true,
      params,
      status: 201,
      response: ApprovedRoleChange,
      handle: async ({ actor, params: { id } }) => {
        const { change, link } = await approveRoleChange(app, actor, id)
        return { change: showRoleChange(change, app.clock.now()), link: link ?? null }
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/role-changes/:id',
      summary: 'Closes a role change that should not go on; nothing changes for its person.',
      tag,
      access: may.closeRoleChange,
      params,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closeRoleChange(app, actor, id)
        return undefined
      },
    }),
  ]
}

export function showRoleChange(row: RoleChangeRow, now: Date): z.input<typeof RoleChange> {
  return {
    id: row.id,
    person: { id: row.person_id, name: row.person_name },
    presentRoles: [...row.present_roles],
    roles: [...row.roles],
    proposedBy: { id: row.proposed_by, name: row.proposer_name },
    proposedAt: row.proposed_at,
    expiresAt: row.expires_at,
    approvedBy: row.approved_by === null ? null : { id: row.approved_by, name: row.approver_name ?? '' },
    approvedAt: row.approved_at,
    state: roleChangeState(row, now),
  }
}
