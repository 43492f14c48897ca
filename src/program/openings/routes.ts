import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { OpeningList, OpeningParams, ToldList } from '#program/openings/contract.ts'
import { readOpenings, readTold } from '#program/openings/list-openings.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'openings'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/openings',
      summary: 'Lists the windows that opened, as they were recorded, the newest first.',
      tag,
      access: may.listOpenings,
      response: OpeningList,
      handle: async ({ actor }) => ({ items: await readOpenings(app, staff(actor)) }),
    }),
    route({
      method: 'GET',
      url: '/api/openings/:release/:tier/told',
      summary: 'Lists who was told by an opening.',
      tag,
      access: may.listOpenings,
      params: OpeningParams,
      response: ToldList,
      handle: async ({ actor, params: { release, tier } }) => ({ items: await readTold(app, staff(actor), release, tier) }),
    }),
  ]
}
