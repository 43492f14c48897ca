import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { OperatorId } from '#platform/ids.ts'
import { route, type Route } from '#platform/http/route.ts'
import { HealthReport } from '#program/membership/contacts/contract.ts'
import { healthOf, type Cycle } from '#program/membership/contacts/health.ts'
import { listMembersFacts } from '#program/membership/contacts/health-store.ts'
import { comingCycle } from '#program/membership/contacts/tell-health.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'contacts'

/** What would keep members from the next cycle, or from hearing of it. */
export function healthRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/member-health',
      summary: 'Lists your members with what should be mended before the next cycle.',
      tag,
      access: may.listHealth,
      response: HealthReport,
      handle: ({ actor }) => report(app, actor, { operator: staff(actor).operator }),
    }),
    route({
      method: 'GET',
      url: '/api/own-health',
      summary: 'Lists what your own organisation should mend before the next cycle, for each operator it is a member of.',
      tag,
      access: may.readOwnHealth,
      response: HealthReport,
      handle: ({ actor }) => report(app, actor, { organisation: contact(actor).organisation }),
    }),
  ]
}

async function report(app: App, actor: PersonActor, of: Parameters<typeof listMembersFacts>[1]): Promise<z.input<typeof HealthReport>> {
  const now = app.clock.now()
  return app.db.read(actor, async (tx) => {
    const members = await listMembersFacts(tx, of, now)
    const cycles = new Map<OperatorId, Cycle>()
    for (const operator of new Set([...(of.operator ? [of.operator] : []), ...members.map((member) => member.operator.id)])) {
      const cycle = await comingCycle(tx, operator, now)
      if (cycle) cycles.set(operator, cycle)
    }
    const first = [...cycles.values()].sort((a, b) => a.opens.getTime() - b.opens.getTime())[0]
    return {
      cycle: first ?? null,
      members: members.flatMap((member) => {
        const { organisation, operator } = member
        const cycle = cycles.get(operator.id)
        return cycle ? [{ organisation, operator, findings: healthOf(member, cycle, now) }] : []
      }),
    }
  })
}
