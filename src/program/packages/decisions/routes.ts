import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { PackageParams } from '#program/packages/contract.ts'
import { confirmDecision } from '#program/packages/decisions/confirm-decision.ts'
import { DecisionList, DecisionParams, DecisionView, ProposeDecision } from '#program/packages/decisions/contract.ts'
import { showDecisions, showWaiting } from '#program/packages/decisions/list-decisions.ts'
import { proposeDecision, withdrawDecision } from '#program/packages/decisions/propose-decision.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'packages'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/package-decisions',
      summary: 'Lists decisions about package versions that wait for a second publisher.',
      tag,
      access: may.listDecisions,
      response: DecisionList,
      handle: async ({ actor }) => ({ items: await showWaiting(app, staff(actor)) }),
    }),
    route({
      method: 'GET',
      url: '/api/packages/:id/decisions',
      summary: 'Lists what was proposed and decided about the versions of a package, the newest first.',
      tag,
      access: may.listDecisions,
      params: PackageParams,
      response: DecisionList,
      handle: async ({ actor, params: { id } }) => ({ items: await showDecisions(app, staff(actor), id) }),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/decisions',
      summary: 'Proposes to defer, pull or withdraw a version, or that vulnerabilities leave it; a second publisher has to confirm it.',
      tag,
      access: may.proposeDecision,
      creates: true,
      params: PackageParams,
      body: ProposeDecision,
      status: 201,
      response: DecisionView,
      handle: ({ actor, params: { id }, body }) => proposeDecision(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/decisions/:decision/confirmation',
      summary: 'Confirms what another publisher proposed about a version; it is done at once.',
      tag,
      access: may.confirmDecision,
      params: DecisionParams,
      response: DecisionView,
      handle: ({ actor, params: { id, decision } }) => confirmDecision(app, staff(actor), id, decision),
    }),
    route({
      method: 'DELETE',
      url: '/api/packages/:id/decisions/:decision',
      summary: 'Withdraws a proposal about a version that still waits for its second publisher.',
      tag,
      access: may.withdrawDecision,
      params: DecisionParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id, decision } }) => {
        await withdrawDecision(app, staff(actor), id, decision)
        return undefined
      },
    }),
  ]
}
