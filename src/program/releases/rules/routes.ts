import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#program/policy.ts'
import { adoptRules, withdrawRules } from '#program/releases/rules/adopt-rules.ts'
import { PreviewRules, ProgrammeRules, ProposedRules, ProposeRules, RulesParams, RulesPreview } from '#program/releases/rules/contract.ts'
import { previewRules } from '#program/releases/rules/preview-rules.ts'
import { proposeRules } from '#program/releases/rules/propose-rules.ts'
import { showRules } from '#program/releases/rules/show-rules.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'releases'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/programme-rules',
      summary: 'Shows the rules of the calendar in force, those that were proposed, and the cycles of the next 24 months.',
      tag,
      access: may.readProgrammeRules,
      response: ProgrammeRules,
      handle: ({ actor }) => showRules(app, staff(actor)),
    }),
    route({
      method: 'POST',
      url: '/api/programme-rules/preview',
      summary: 'Shows what the next 24 months would be by other rules; keeps nothing.',
      tag,
      access: may.previewProgrammeRules,
      body: PreviewRules,
      response: RulesPreview,
      handle: ({ actor, body }) => previewRules(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/programme-rules',
      summary: 'Proposes other rules of the calendar; another publisher adopts them.',
      tag,
      access: may.proposeProgrammeRules,
      creates: true,
      body: ProposeRules,
      status: 201,
      response: ProposedRules,
      handle: ({ actor, body }) => proposeRules(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/programme-rules/:id/adopt',
      summary: 'Puts rules of the calendar in force that another publisher proposed.',
      tag,
      access: may.adoptProgrammeRules,
      params: RulesParams,
      response: ProposedRules,
      handle: ({ actor, params: { id } }) => adoptRules(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/programme-rules/:id',
      summary: 'Withdraws rules of the calendar that still wait for their second publisher.',
      tag,
      access: may.withdrawProgrammeRules,
      params: RulesParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await withdrawRules(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}
