import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { PackageParams } from '#program/packages/contract.ts'
import { attestDestruction, listDestructions } from '#program/packages/holders/attest-destruction.ts'
import { AttestDestruction, DestructionList, DestructionView, HolderList } from '#program/packages/holders/contract.ts'
import { showHolders } from '#program/packages/holders/list-holders.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'packages'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/packages/:id/holders',
      summary: 'Lists exactly who holds which version of a package, and who of them attested to have destroyed it.',
      tag,
      access: may.listHolders,
      params: PackageParams,
      response: HolderList,
      handle: ({ actor, params: { id } }) => showHolders(app, staff(actor), id),
    }),
    route({
      method: 'GET',
      url: '/api/destructions',
      summary: 'Lists the pulled packages of which you hold something and are asked to destroy it.',
      tag,
      access: may.attestDestruction,
      response: DestructionList,
      handle: async ({ actor }) => ({ items: await listDestructions(app, contact(actor)) }),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/attestations',
      summary: 'Attests that you destroyed what you hold of a pulled package.',
      tag,
      access: may.attestDestruction,
      params: PackageParams,
      body: AttestDestruction,
      status: 201,
      response: DestructionView,
      handle: ({ actor, params: { id }, body }) => attestDestruction(app, contact(actor), id, body),
    }),
  ]
}
