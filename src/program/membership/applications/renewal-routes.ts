import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { FileRenewal, RenewalLink, Renewals } from '#program/membership/applications/contract.ts'
import { fileRenewal, listRenewals } from '#program/membership/applications/file-renewal.ts'
import { may } from '#program/policy.ts'
import { contact } from '#platform/auth/staff.ts'

const tag = 'applications'

/** A member's yearly renewal is an application of its administrator, signed in. */
export function renewalRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/renewals',
      summary: 'Lists what your organisation has to renew, with each operator.',
      tag,
      access: may.listRenewals,
      response: Renewals,
      handle: ({ actor }) => listRenewals(app, contact(actor)),
    }),
    route({
      method: 'POST',
      url: '/api/renewals',
      summary: 'Opens the renewal of your membership, with the answers of the last time; answers the secret for the form.',
      tag,
      access: may.fileRenewal,
      body: FileRenewal,
      response: RenewalLink,
      secret: true,
      handle: ({ actor, body: { operator } }) => fileRenewal(app, contact(actor), operator),
    }),
  ]
}
