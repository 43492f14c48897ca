import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import * as contract from '#program/embargo/breach/contract.ts'
import { confirmDecision, proposeDecision, tellMembers, triageBreach } from '#program/embargo/breach/handle-breach.ts'
import { reportBreach } from '#program/embargo/breach/report-breach.ts'
import { listBreachMessages, listBreachReports, listOwnBreachReports } from '#program/embargo/breach/show-breach.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'embargo'
const params = contract.BreachParams
const response = contract.BreachView

export function breachRoutes(app: App): Route[] {
  return [...reportRoutes(app), ...handlingRoutes(app)]
}

function reportRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/breach-reports',
      summary: 'Reports that something under embargo leaked: what, to whom, since when, how you learnt, and what prevents it.',
      tag,
      access: may.reportBreach,
      creates: true,
      body: contract.ReportBreach,
      status: 201,
      response: contract.BreachReceived,
      handle: ({ actor, body }) => reportBreach(app, actor, body),
    }),
    route({
      method: 'GET',
      url: '/api/breach-reports',
      summary: 'Lists breach reports, the newest first.',
      tag,
      access: may.listBreaches,
      response: contract.BreachList,
      handle: async ({ actor }) => ({ items: await listBreachReports(app, staff(actor)) }),
    }),
    route({
      method: 'GET',
      url: '/api/breach-reports/own',
      summary: 'Lists what you reported, and how far it is.',
      tag,
      access: may.readBreachMessages,
      response: contract.OwnBreachList,
      handle: async ({ actor }) => ({ items: await listOwnBreachReports(app, contact(actor)) }),
    }),
    route({
      method: 'GET',
      url: '/api/breach-messages',
      summary: 'Lists what your organisation was told about breaches.',
      tag,
      access: may.readBreachMessages,
      response: contract.BreachMessageList,
      handle: async ({ actor }) => ({ items: await listBreachMessages(app, contact(actor)) }),
    }),
  ]
}

function handlingRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/breach-reports/:id/triage',
      summary: 'Takes a breach report on, and says whom it is about and which early end came of it.',
      tag,
      access: may.triageBreach,
      params,
      body: contract.TriageBreach,
      response,
      handle: ({ actor, params: { id }, body }) => triageBreach(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/breach-reports/:id/messages',
      summary: 'Tells members what they must know about a breach, in words that name no member before the decision.',
      tag,
      access: may.triageBreach,
      params,
      body: contract.TellMembers,
      response,
      handle: ({ actor, params: { id }, body }) => tellMembers(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/breach-reports/:id/decision',
      summary: 'Proposes what becomes of a breach report; a second person has to confirm it.',
      tag,
      access: may.decideBreach,
      params,
      body: contract.DecideBreach,
      response,
      handle: ({ actor, params: { id }, body }) => proposeDecision(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/breach-reports/:id/decision/confirmation',
      summary: 'Confirms what another person proposed to become of a breach report.',
      tag,
      access: may.confirmBreach,
      params,
      body: contract.ConfirmBreach,
      response,
      handle: ({ actor, params: { id }, body: { proposedAt } }) => confirmDecision(app, staff(actor), id, proposedAt),
    }),
  ]
}
