import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { approveChange, changeStanding, closeChange } from '#program/membership/standing/change-standing.ts'
import {
  ChangeParams,
  ChangeStanding,
  CouldRead,
  CouldReadQuery,
  JurisdictionPolicy,
  JurisdictionPolicyList,
  MemberStandingView,
  OrganisationParams,
  OwnStanding,
  PolicyParams,
  ProposePolicy,
  StandingChange,
} from '#program/membership/standing/contract.ts'
import { couldRead } from '#program/membership/standing/could-read.ts'
import { approvePolicy, closePolicy, listPolicies, proposePolicy } from '#program/membership/standing/jurisdiction-policies.ts'
import { readOwnStanding, readStanding } from '#program/membership/standing/show-standing.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'standing'

export function routes(app: App): Route[] {
  return [...standingRoutes(app), ...changeRoutes(app), ...policyRoutes(app)]
}

function standingRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/standing',
      summary: "Your organisation's own standing with each of its operators.",
      tag,
      access: may.readOwnStanding,
      response: OwnStanding,
      handle: ({ actor }) => readOwnStanding(app, contact(actor)),
    }),
    route({
      method: 'GET',
      url: '/api/organisations/:id/standing',
      summary: 'What a member holds and held, and every change of it.',
      tag,
      access: may.readStanding,
      params: OrganisationParams,
      response: MemberStandingView,
      handle: ({ actor, params: { id } }) => readStanding(app, staff(actor), id),
    }),
    route({
      method: 'GET',
      url: '/api/organisations/:id/could-read',
      summary: 'What the contacts of a member could read at an instant that is over.',
      tag,
      access: may.readReadable,
      params: OrganisationParams,
      query: CouldReadQuery,
      response: CouldRead,
      handle: ({ actor, params: { id }, query }) => couldRead(app, staff(actor), id, query),
    }),
  ]
}

function changeRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/organisations/:id/standing-changes',
      summary: 'Changes the standing of a member: at once what narrows, and what widens once a second officer approves.',
      tag,
      access: may.changeStanding,
      creates: true,
      params: OrganisationParams,
      body: ChangeStanding,
      status: 201,
      response: StandingChange,
      handle: ({ actor, params: { id }, body }) => changeStanding(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/standing-changes/:id/approval',
      summary: 'Approves a change of standing that another officer proposed.',
      tag,
      access: may.approveStanding,
      params: ChangeParams,
      response: StandingChange,
      handle: ({ actor, params: { id } }) => approveChange(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/standing-changes/:id',
      summary: 'Refuses or takes back a change of standing that waits.',
      tag,
      access: may.approveStanding,
      params: ChangeParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closeChange(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}

function policyRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/jurisdiction-policies',
      summary: 'Lists the policies of jurisdictions: those shipped and those of your operator.',
      tag,
      access: may.listPolicies,
      response: JurisdictionPolicyList,
      handle: async ({ actor }) => ({ items: await listPolicies(app, staff(actor)) }),
    }),
    route({
      method: 'POST',
      url: '/api/jurisdiction-policies',
      summary: "Proposes the next version of a jurisdiction's policy; a second officer has to approve it.",
      tag,
      access: may.proposePolicy,
      creates: true,
      body: ProposePolicy,
      status: 201,
      response: JurisdictionPolicy,
      handle: ({ actor, body }) => proposePolicy(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/jurisdiction-policies/:id/approval',
      summary: 'Puts a policy in force that another officer proposed.',
      tag,
      access: may.approvePolicy,
      params: PolicyParams,
      response: JurisdictionPolicy,
      handle: ({ actor, params: { id } }) => approvePolicy(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/jurisdiction-policies/:id',
      summary: 'Refuses or takes back a policy that waits.',
      tag,
      access: may.approvePolicy,
      params: PolicyParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await closePolicy(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}
