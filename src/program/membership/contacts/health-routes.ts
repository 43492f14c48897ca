import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { route, type Route } from '#platform/http/route.ts'
import { HealthReport } from '#program/membership/contacts/contract.ts'
import { healthOf } from '#program/membership/contacts/health.ts'
import { listMembersFacts } from '#program/membership/contacts/health-store.ts'
import { comingCycle } from '#program/membership/contacts/tell-health.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#program/staff.ts'

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
  const cycle = comingCycle(now)
  const members = await app.db.read(actor, (tx) => listMembersFacts(tx, of, now))
  return { cycle, members: members.map((member) => ({ organisation: member.organisation, operator: member.operator, findings: healthOf(member, cycle, now) })) }
}
