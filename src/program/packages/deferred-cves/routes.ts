import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { PackageParams, PackageView } from '#program/packages/contract.ts'
import { continueCve, showDeferredCves } from '#program/packages/deferred-cves/continue-cve.ts'
import { DeferredCveList, DeferredCveParams } from '#program/packages/deferred-cves/contract.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'packages'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/packages/:id/deferred-cves',
      summary: 'Lists the vulnerabilities that left a package before it was public; their embargo remains.',
      tag,
      access: may.listDecisions,
      params: PackageParams,
      response: DeferredCveList,
      handle: async ({ actor, params: { id } }) => ({ items: await showDeferredCves(app, staff(actor), id) }),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/deferred-cves/:deferred/package',
      summary: 'Begins a package of its own for a vulnerability that left another one.',
      tag,
      access: may.continueCve,
      params: DeferredCveParams,
      status: 201,
      response: PackageView,
      handle: ({ actor, params: { id, deferred } }) => continueCve(app, staff(actor), id, deferred),
    }),
  ]
}
