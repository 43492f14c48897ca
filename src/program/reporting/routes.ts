import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#program/policy.ts'
import * as contract from '#program/reporting/contract.ts'
import { confirmCorrection, proposeCorrection, recordCorrective, recordFiling, refuseCorrection, startClock } from '#program/reporting/keep-clock.ts'
import { listDisclosures, listRegulatoryClocks } from '#program/reporting/show-clocks.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'reporting'
const params = contract.ClockParams
const response = contract.ClockView

export function routes(app: App): Route[] {
  return [...clockRoutes(app), ...correctionRoutes(app)]
}

function clockRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/regulatory-clocks',
      summary: 'Lists the deadlines for vulnerabilities that are exploited.',
      tag,
      access: may.listClocks,
      response: contract.ClockList,
      handle: async ({ actor }) => ({ items: await listRegulatoryClocks(app, staff(actor)) }),
    }),
    route({
      method: 'POST',
      url: '/api/regulatory-clocks',
      summary: 'Writes down since when you are aware that a vulnerability is exploited; an early end of its embargo is proposed with it.',
      tag,
      access: may.keepClock,
      creates: true,
      body: contract.StartClock,
      status: 201,
      response,
      handle: ({ actor, body }) => startClock(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/regulatory-clocks/:id/corrective-measure',
      summary: 'Writes down since when a corrective measure is available.',
      tag,
      access: may.keepClock,
      params,
      body: contract.CorrectiveMeasure,
      response,
      handle: ({ actor, params: { id }, body }) => recordCorrective(app, staff(actor), id, body.at),
    }),
    route({
      method: 'POST',
      url: '/api/regulatory-clocks/:id/filings',
      summary: 'Writes down what was filed with an authority: a disclosure outside the membership.',
      tag,
      access: may.keepClock,
      params,
      body: contract.RecordFiling,
      status: 201,
      response,
      handle: ({ actor, params: { id }, body }) => recordFiling(app, staff(actor), id, body),
    }),
    route({
      method: 'GET',
      url: '/api/packages/:id/disclosures',
      summary: 'Lists whom a package was disclosed to outside the membership.',
      tag,
      access: may.listReceipts,
      params: contract.DisclosureParams,
      response: contract.DisclosureList,
      handle: async ({ actor, params: { id } }) => ({ items: await listDisclosures(app, staff(actor), id) }),
    }),
  ]
}

function correctionRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/regulatory-clocks/:id/correction',
      summary: 'Proposes another awareness instant; a second publisher has to confirm it.',
      tag,
      access: may.keepClock,
      params,
      body: contract.CorrectAwareness,
      response,
      handle: ({ actor, params: { id }, body }) => proposeCorrection(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/regulatory-clocks/:id/correction/confirmation',
      summary: 'Confirms another awareness instant: the deadlines count from it.',
      tag,
      access: may.keepClock,
      params,
      response,
      handle: ({ actor, params: { id } }) => confirmCorrection(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/regulatory-clocks/:id/correction',
      summary: 'Refuses another awareness instant; the present one stands.',
      tag,
      access: may.keepClock,
      params,
      response,
      handle: ({ actor, params: { id } }) => refuseCorrection(app, staff(actor), id),
    }),
  ]
}
