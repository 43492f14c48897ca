import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#program/policy.ts'
import { CycleParams, CycleView, ReplayView } from '#program/releases/cycles/contract.ts'
import { replayCycle } from '#program/releases/cycles/replay-cycle.ts'
import { showCycle } from '#program/releases/cycles/show-cycle.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'releases'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/releases/:id',
      summary: 'Shows one cycle: its instants as they were and are, the packages on it, and its moves.',
      tag,
      access: may.readCycle,
      params: CycleParams,
      response: CycleView,
      handle: ({ actor, params: { id } }) => showCycle(app, staff(actor), id),
    }),
    route({
      method: 'POST',
      url: '/api/releases/:id/replay',
      summary: 'Decides a past cycle again under the rules of its time, and says what does not agree; nothing is written.',
      tag,
      access: may.replayCycle,
      params: CycleParams,
      response: ReplayView,
      handle: ({ actor, params: { id } }) => replayCycle(app, staff(actor), id),
    }),
  ]
}
