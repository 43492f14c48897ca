import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staff } from '#platform/auth/staff.ts'
import { route, type Route } from '#platform/http/route.ts'
import { approveAccess, changeAccess, closeAccess } from '#exchange/access/change-access.ts'
import { listWaitingChanges } from '#exchange/access/change-store.ts'
import { AccessChange, AccessChangeList, AccessChangeParams, ChangeRight, GroupMemberParams, MoveAlias, RightParams } from '#exchange/access/contract.ts'
import { showAccessChange } from '#exchange/access/show-access-change.ts'
import { CollectionIdParams } from '#exchange/collections/contract.ts'
import { GroupParams, GroupText } from '#exchange/groups/contract.ts'
import { may } from '#exchange/policy.ts'

const common = { tag: 'access', access: may.changeAccess } as const

/** Who may read and write which collection, and who belongs to which sharing group. */
export function routes(app: App): Route[] {
  return [...changing(app), ...naming(app), ...deciding(app)]
}

function changing(app: App): Route[] {
  return [
    route({
      ...common,
      method: 'PUT',
      url: '/api/collections/:id/rights/:organisation',
      summary: 'Changes what a member may do in a collection: at once what narrows, and what widens once a second officer approves.',
      params: RightParams,
      body: ChangeRight,
      response: AccessChange,
      handle: ({ actor, params, body }) => changeAccess(app, staff(actor), params.organisation, { collection: params.id, ...body }),
    }),
    route({
      ...common,
      method: 'PUT',
      url: '/api/sharing-groups/:id/members/:organisation',
      summary: 'Adds a member to a sharing group, once a second officer approves.',
      params: GroupMemberParams,
      response: AccessChange,
      handle: ({ actor, params }) => changeAccess(app, staff(actor), params.organisation, { group: params.id, isMember: true }),
    }),
    route({
      ...common,
      method: 'DELETE',
      url: '/api/sharing-groups/:id/members/:organisation',
      summary: 'Takes a member out of a sharing group, at once.',
      params: GroupMemberParams,
      response: AccessChange,
      handle: ({ actor, params }) => changeAccess(app, staff(actor), params.organisation, { group: params.id, isMember: false }),
    }),
  ]
}

function naming(app: App): Route[] {
  return [
    route({
      ...common,
      method: 'PUT',
      url: '/api/collections/:id/alias',
      summary: 'Gives a collection an alias; one that another collection had before, once a second officer approves.',
      params: CollectionIdParams,
      body: MoveAlias,
      response: AccessChange,
      handle: ({ actor, params, body }) => changeAccess(app, staff(actor), null, { collection: params.id, ...body }),
    }),
    route({
      ...common,
      method: 'PUT',
      url: '/api/sharing-groups/:id',
      summary: 'Changes what a sharing group is called and said to be for; one that has members, once a second officer approves.',
      params: GroupParams,
      body: GroupText,
      response: AccessChange,
      handle: ({ actor, params, body }) => changeAccess(app, staff(actor), null, { group: params.id, ...body }),
    }),
  ]
}

function deciding(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/access-changes',
      summary: 'Lists changes of access to collections and sharing groups that wait for a second officer.',
      tag: 'access',
      access: may.listAccess,
      response: AccessChangeList,
      handle: async ({ actor }) => {
        const now = app.clock.now()
        const rows = await app.db.read(actor, (tx) => listWaitingChanges(tx, staff(actor).operator, now))
        return { items: rows.map((row) => showAccessChange(row, now)) }
      },
    }),
    route({
      ...common,
      method: 'POST',
      url: '/api/access-changes/:id/approval',
      summary: 'Approves a change of access that another officer proposed.',
      params: AccessChangeParams,
      response: AccessChange,
      handle: ({ actor, params: { id } }) => approveAccess(app, staff(actor), id),
    }),
    route({
      ...common,
      method: 'DELETE',
      url: '/api/access-changes/:id',
      summary: 'Refuses or takes back a change of access that waits.',
      params: AccessChangeParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closeAccess(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}
