import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staff } from '#platform/auth/staff.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#program/policy.ts'
import { confirmRelease, withdrawRelease } from '#program/releases/confirm-release.ts'
import { ProposeRelease, ReleaseList, ReleaseParams, ReleaseView } from '#program/releases/contract.ts'
import { listReleases } from '#program/releases/list-releases.ts'
import { proposeRelease } from '#program/releases/propose-release.ts'

const tag = 'releases'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/releases',
      summary: "Lists the next releases of the programme's rule, and to its operator the out-of-band ones too.",
      tag,
      access: may.listReleases,
      response: ReleaseList,
      handle: async ({ actor }) => ({ items: await listReleases(app, actor) }),
    }),
    route({
      method: 'POST',
      url: '/api/releases',
      summary: 'Proposes an out-of-band release for certain packages; a second publisher has to confirm it.',
      tag,
      access: may.proposeRelease,
      creates: true,
      body: ProposeRelease,
      status: 201,
      response: ReleaseView,
      handle: ({ actor, body }) => proposeRelease(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/releases/:id/confirmation',
      summary: 'Confirms an out-of-band release that another publisher proposed.',
      tag,
      access: may.confirmRelease,
      params: ReleaseParams,
      response: ReleaseView,
      handle: ({ actor, params: { id } }) => confirmRelease(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/releases/:id',
      summary: 'Withdraws an out-of-band release that still waits for its second publisher.',
      tag,
      access: may.withdrawRelease,
      params: ReleaseParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await withdrawRelease(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}
