import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { acknowledge, listOwnAcknowledgements } from '#program/packages/acknowledgements/acknowledge.ts'
import { Acknowledge, AcknowledgementList, OwnAcknowledgementList } from '#program/packages/acknowledgements/contract.ts'
import { showAcknowledgements } from '#program/packages/acknowledgements/list-acknowledgements.ts'
import { PackageParams } from '#program/packages/contract.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'packages'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/packages/:id/acknowledgements',
      summary: 'Lists which members were asked to acknowledge a new version, its terms or a move, and who did.',
      tag,
      access: may.listHolders,
      params: PackageParams,
      response: AcknowledgementList,
      handle: async ({ actor, params: { id } }) => ({ items: await showAcknowledgements(app, staff(actor), id) }),
    }),
    route({
      method: 'GET',
      url: '/api/acknowledgements',
      summary: 'Lists what your organisation has to acknowledge about packages that you may know of.',
      tag,
      access: may.listOwnAcknowledgements,
      response: OwnAcknowledgementList,
      handle: async ({ actor }) => ({ items: await listOwnAcknowledgements(app, contact(actor)) }),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/acknowledgements',
      summary: 'Acknowledges changed terms or a move for your organisation; a new version is acknowledged by its receipt.',
      tag,
      access: may.acknowledge,
      params: PackageParams,
      body: Acknowledge,
      response: OwnAcknowledgementList,
      handle: async ({ actor, params: { id }, body }) => ({ items: await acknowledge(app, contact(actor), id, body.acknowledgement) }),
    }),
  ]
}
