import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'
import { breachRoutes } from '#program/embargo/breach/breach-routes.ts'
import { confirmEnd, refuseEnd } from '#program/embargo/confirm-end.ts'
import * as contract from '#program/embargo/contract.ts'
import { proposeEnd } from '#program/embargo/propose-end.ts'
import { listEmbargoAlarms, settleEmbargoAlarm } from '#program/embargo/raise-alarms.ts'
import { assessSplit, relatePackages } from '#program/embargo/relate-packages.ts'
import { dismissReport, listEndReports, reportEnd } from '#program/embargo/report-end.ts'
import { callFalseAlarm, recordPublication, refuseFalseAlarm, revokeEnd } from '#program/embargo/revoke-end.ts'
import { showEmbargo } from '#program/embargo/show-embargo.ts'
import { listEmbargoEnds } from '#program/embargo/show-end.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'embargo'
const LIST = 'embargo-ends'
const LastShown = z.tuple([idSchema<'embargo-end'>()])
const params = contract.EndParams
const response = contract.EmbargoEndView

export function routes(app: App): Route[] {
  return [...endRoutes(app), ...falseAlarmRoutes(app), ...reportRoutes(app), ...packageRoutes(app), ...breachRoutes(app)]
}

function endRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/embargo-ends',
      summary: 'Lists early ends of embargoes, the newest proposal first.',
      tag,
      access: may.listEnds,
      query: PageQuery,
      response: contract.EmbargoEndPage,
      handle: async ({ actor, query: { limit, cursor } }) => {
        const before = cursor === undefined ? undefined : LastShown.parse(openCursor(app, LIST, cursor))[0]
        const { items, next } = await listEmbargoEnds(app, staff(actor), limit, before)
        return { items, next: next === null ? null : sealCursor(app, LIST, [next]) }
      },
    }),
    route({
      method: 'POST',
      url: '/api/embargo-ends',
      summary: 'Proposes that the embargo of a vulnerability is over; a second publisher has to confirm it.',
      tag,
      access: may.proposeEnd,
      creates: true,
      body: contract.ProposeEnd,
      status: 201,
      response,
      handle: ({ actor, body }) => proposeEnd(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/embargo-ends/:id/confirmation',
      summary: 'Confirms an early end that another publisher proposed: the embargo is over at this instant, and everybody concerned is told.',
      tag,
      access: may.confirmEnd,
      params,
      body: contract.ConfirmEnd,
      response,
      handle: ({ actor, params: { id }, body }) => confirmEnd(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/embargo-ends/:id/refusal',
      summary: 'Refuses an early end that was proposed; the embargo stands.',
      tag,
      access: may.confirmEnd,
      params,
      response,
      handle: ({ actor, params: { id } }) => refuseEnd(app, staff(actor), id),
    }),
    route({
      method: 'POST',
      url: '/api/embargo-ends/:id/publication',
      summary: 'Writes down that what ended early was published; from then on nothing takes the end back.',
      tag,
      access: may.confirmEnd,
      params,
      response,
      handle: ({ actor, params: { id } }) => recordPublication(app, staff(actor), id),
    }),
  ]
}

function falseAlarmRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/embargo-ends/:id/false-alarm',
      summary: 'Says that an early end was a false alarm; a second publisher has to confirm it.',
      tag,
      access: may.proposeEnd,
      params,
      body: contract.FalseAlarm,
      response,
      handle: ({ actor, params: { id }, body }) => callFalseAlarm(app, staff(actor), id, body.reason),
    }),
    route({
      method: 'DELETE',
      url: '/api/embargo-ends/:id/false-alarm',
      summary: 'Refuses that an early end was a false alarm; it stands.',
      tag,
      access: may.confirmEnd,
      params,
      response,
      handle: ({ actor, params: { id } }) => refuseFalseAlarm(app, staff(actor), id),
    }),
    route({
      method: 'POST',
      url: '/api/embargo-ends/:id/false-alarm/confirmation',
      summary: 'Confirms that an early end was a false alarm: the embargo stands again, and everybody who was told is told so.',
      tag,
      access: may.confirmEnd,
      params,
      response,
      handle: ({ actor, params: { id } }) => revokeEnd(app, staff(actor), id),
    }),
  ]
}

function reportRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/packages/:id/embargo-reports',
      summary: 'Reports that something of a package is public or exploited.',
      tag,
      access: may.reportEnd,
      creates: true,
      params: contract.PackageEmbargoParams,
      body: contract.ReportEnd,
      status: 201,
      response: contract.ReportReceived,
      handle: ({ actor, params: { id }, body }) => reportEnd(app, actor, id, body),
    }),
    route({
      method: 'GET',
      url: '/api/embargo-reports',
      summary: 'Lists what was reported, what waits first, each with the proposal that it suggests.',
      tag,
      access: may.listEnds,
      response: contract.EmbargoReportList,
      handle: async ({ actor }) => ({ items: await listEndReports(app, staff(actor)) }),
    }),
    route({
      method: 'POST',
      url: '/api/embargo-reports/:id/dismissal',
      summary: 'Lays a report aside.',
      tag,
      access: may.proposeEnd,
      params: contract.EmbargoReportParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await dismissReport(app, staff(actor), id)
        return undefined
      },
    }),
    route({
      method: 'GET',
      url: '/api/embargo-alarms',
      summary: 'Lists packages that need a look: one whose vulnerability another release made public, or whose publication failed.',
      tag,
      access: may.listEnds,
      response: contract.EmbargoAlarmList,
      handle: async ({ actor }) => ({ items: await listEmbargoAlarms(app, staff(actor)) }),
    }),
    route({
      method: 'POST',
      url: '/api/embargo-alarms/:id/settlement',
      summary: 'Says that an alarm was looked at.',
      tag,
      access: may.proposeEnd,
      params: contract.AlarmParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await settleEmbargoAlarm(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}

function packageRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/packages/:id/embargo',
      summary: 'Shows what is still under embargo of a package that you may know of.',
      tag,
      access: may.readPackage,
      params: contract.PackageEmbargoParams,
      response: contract.PackageEmbargo,
      handle: ({ actor, params: { id } }) => showEmbargo(app, actor, id),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/relations',
      summary: 'Writes down that a package was merged with another, or split off from it.',
      tag,
      access: may.relatePackages,
      params: contract.PackageEmbargoParams,
      body: contract.RelatePackages,
      status: 201,
      response: z.object({ items: z.array(contract.RelationView) }),
      handle: async ({ actor, params: { id }, body }) => ({ items: await relatePackages(app, staff(actor), id, body) }),
    }),
    route({
      method: 'POST',
      url: '/api/package-relations/:id/assessment',
      summary: 'Writes down what an earlier release of a part means for what it was split off from.',
      tag,
      access: may.relatePackages,
      params: contract.RelationParams,
      body: contract.AssessSplit,
      response: z.object({ items: z.array(contract.RelationView) }),
      handle: async ({ actor, params: { id }, body }) => ({ items: await assessSplit(app, staff(actor), id, body.assessment) }),
    }),
  ]
}
