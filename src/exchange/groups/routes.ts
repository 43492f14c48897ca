import type { App } from '#platform/app.ts'
import { contact, staff } from '#platform/auth/staff.ts'
import { route, type Route } from '#platform/http/route.ts'
import { ChooseNamed, GroupParams, GroupText, SharingGroup, SharingGroupList } from '#exchange/groups/contract.ts'
import { chooseNamed, closeGroup, createGroup } from '#exchange/groups/keep-group.ts'
import { showGroups } from '#exchange/groups/list-groups.ts'
import { listGroups } from '#exchange/groups/store.ts'
import { may } from '#exchange/policy.ts'

const tag = 'groups'

/** Sharing groups: what names a group's marking is seen by its members alone. */
export function routes(app: App): Route[] {
  return [...keeping(app), ...listing(app)]
}

function listing(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/sharing-groups',
      summary: "Lists sharing groups: your operator's, or those that your organisation belongs to.",
      tag,
      access: may.listGroups,
      response: SharingGroupList,
      handle: ({ actor }) => app.db.read(actor, async (tx) => ({ items: await showGroups(tx, actor, await listGroups(tx)) })),
    }),
    route({
      method: 'PUT',
      url: '/api/sharing-groups/:id/named',
      summary: "Lets the others in a sharing group read your organisation's name, or no longer.",
      tag,
      access: may.chooseNamed,
      params: GroupParams,
      body: ChooseNamed,
      response: SharingGroup,
      handle: ({ actor, params: { id }, body: { named } }) => chooseNamed(app, contact(actor), id, named),
    }),
  ]
}

function keeping(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/sharing-groups',
      summary: 'Makes a sharing group, which nobody belongs to yet.',
      tag,
      access: may.changeAccess,
      creates: true,
      body: GroupText,
      status: 201,
      response: SharingGroup,
      handle: ({ actor, body }) => createGroup(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/sharing-groups/:id/closing',
      summary: 'Closes a sharing group: what was shared with it is seen by its author alone from now on.',
      tag,
      access: may.changeAccess,
      params: GroupParams,
      response: SharingGroup,
      handle: ({ actor, params: { id } }) => closeGroup(app, staff(actor), id),
    }),
  ]
}
