import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { EgressSettings, SetEgress } from '#scanner/egress-settings/contract.ts'
import { setEgress } from '#scanner/egress-settings/set-egress.ts'
import { findSetting, nameOf } from '#scanner/egress-settings/store.ts'
import { may } from '#scanner/policy.ts'

/** What an operator settled about the network that submissions may reach while they are opened. */
export function routes(app: App): Route[] {
  const common = { tag: 'detonation', url: '/api/egress-settings' } as const
  return [
    route({
      ...common,
      method: 'GET',
      summary: 'What submissions for your operator may reach while they are opened.',
      access: may.readEgress,
      response: EgressSettings,
      handle: ({ actor }) => shown(app, staff(actor)),
    }),
    route({
      ...common,
      method: 'PUT',
      summary: 'Settles what submissions for your operator may reach; what is open already keeps what it has.',
      access: may.setEgress,
      body: SetEgress,
      response: EgressSettings,
      handle: async ({ actor, body }) => {
        await setEgress(app, staff(actor), body)
        return shown(app, staff(actor))
      },
    }),
  ]
}

/** The policy lets in nobody else; the types do not know that. */
function staff(actor: PersonActor): OperatorActor {
  if (actor.kind !== 'operator') throw new Problem('FORBIDDEN')
  return actor
}

async function shown(app: App, actor: OperatorActor): Promise<z.input<typeof EgressSettings>> {
  return app.db.read(actor, async (tx) => {
    const setting = await findSetting(tx, actor.operator)
    const common = { mayReachOut: app.config.egress }
    if (!setting) return { ...common, direct: false, ownNetworks: [], upstream: null, changedAt: null, changedBy: null }
    const { direct, own_networks: ownNetworks, upstream_host: host, upstream_port: port, sealed_login: login, changed_by: id, changed_at: changedAt } = setting
    const upstream = host === null || port === null ? null : { host, port, hasLogin: login !== null }
    const changedBy = { id, name: (await nameOf(tx, id)) ?? 'a former colleague' }
    return { ...common, direct, ownNetworks: [...ownNetworks], upstream, changedAt, changedBy }
  })
}
