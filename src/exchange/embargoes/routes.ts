import type { App } from '#platform/app.ts'
import { staff } from '#platform/auth/staff.ts'
import { gather } from '#platform/gathered.ts'
import { route, type Route } from '#platform/http/route.ts'
import { approveChange, changeEmbargo, closeChange } from '#exchange/embargoes/change-embargo.ts'
import {
  ChangeEmbargo,
  CollectionParams,
  EmbargoChangeParams,
  EmbargoList,
  EmbargoParams,
  EmbargoView,
  PutResult,
  SetEmbargo,
} from '#exchange/embargoes/contract.ts'
import { putObjects } from '#exchange/embargoes/put-objects.ts'
import { setEmbargo } from '#exchange/embargoes/set-embargo.ts'
import { showEmbargoes } from '#exchange/embargoes/show-embargoes.ts'
import { may } from '#exchange/policy.ts'

const tag = 'embargoes'
const MAX_BYTES = 10 * 1024 * 1024

/** What the operator releases to each class of readers at its instant. */
export function routes(app: App): Route[] {
  return [...setting(app), ...changing(app)]
}

function setting(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/collections/:id/embargoes',
      summary: 'Lists the embargoes of a collection with their instants, what is under them, and changes that wait.',
      tag,
      access: may.listEmbargoes,
      params: CollectionParams,
      response: EmbargoList,
      handle: async ({ actor, params: { id } }) => ({ items: await showEmbargoes(app, staff(actor), id) }),
    }),
    route({
      method: 'POST',
      url: '/api/collections/:id/embargoes',
      summary: 'Sets an embargo: when each tier, or everybody, is shown what is put under it; on request with the windows of a package.',
      tag,
      access: may.setEmbargoes,
      creates: true,
      params: CollectionParams,
      body: SetEmbargo,
      status: 201,
      response: EmbargoView,
      handle: ({ actor, params: { id }, body }) => setEmbargo(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/embargoes/:id/objects',
      summary: 'Stores the objects of a STIX bundle or TAXII envelope with an embargo: good ones as they came, each bad one is named.',
      tag,
      access: may.setEmbargoes,
      params: EmbargoParams,
      consumes: ['application/octet-stream', 'application/stix+json', 'application/taxii+json'],
      bodyLimit: MAX_BYTES,
      response: PutResult,
      handle: async ({ actor, params: { id }, body }) => putObjects(app, staff(actor), id, await gather(body.bytes)),
    }),
  ]
}

function changing(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/embargoes/:id/changes',
      summary: 'Moves what was not reached: later at once, earlier or to further tiers once a second person approves.',
      tag,
      access: may.setEmbargoes,
      creates: true,
      params: EmbargoParams,
      body: ChangeEmbargo,
      status: 201,
      response: EmbargoView,
      handle: ({ actor, params: { id }, body }) => changeEmbargo(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/embargo-changes/:id/approval',
      summary: 'Approves a change of an embargo that somebody else proposed: from now on it holds.',
      tag,
      access: may.approveEmbargoes,
      params: EmbargoChangeParams,
      response: EmbargoView,
      handle: ({ actor, params: { id } }) => approveChange(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/embargo-changes/:id',
      summary: 'Refuses or takes back a change of an embargo that waits.',
      tag,
      access: may.approveEmbargoes,
      params: EmbargoChangeParams,
      response: EmbargoView,
      handle: ({ actor, params: { id } }) => closeChange(app, staff(actor), id),
    }),
  ]
}
