import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { sealText } from '#platform/crypto/seal-text.ts'
import { Problem } from '#platform/errors.ts'
import { isIP } from 'node:net'
import { isPublic, networksOf } from '#platform/http/public-address.ts'
import type { SetEgress } from '#scanner/egress-settings/contract.ts'
import { lockSetting, putSetting, sealedLoginOf, settingRow, type EgressSetting } from '#scanner/egress-settings/store.ts'

type Wanted = z.output<typeof SetEgress>

/** Settles an operator's ways out; what runs already keeps those that it has. Throws VALIDATION_FAILED for a proxy that this instance does not connect to. */
export async function setEgress(app: App, actor: OperatorActor, { direct, ownNetworks, upstream }: Wanted): Promise<void> {
  const { operator } = actor
  const fields = ownNetworks.flatMap((network, place) => {
    const message = complaintOf(network)
    return message === undefined ? [] : [{ field: `/body/ownNetworks/${place}`, message }]
  })
  if (fields.length === 0 && shareOf(ownNetworks) > MOST_SHARE)
    fields.push({ field: '/body/ownNetworks', message: `together no more than ${MOST_SHARE} networks of /8, or of /16 where they are of IPv6` })
  if (fields.length > 0) throw new Problem('VALIDATION_FAILED', undefined, { fields })
  if (upstream && isIP(upstream.host) !== 0 && !isPublic(upstream.host) && !app.config.egressPrivateHosts.includes(upstream.host.toLowerCase()))
    throw new Problem('VALIDATION_FAILED', undefined, {
      fields: [{ field: '/body/upstream/host', message: 'a public address, or one that whoever runs this instance permits (VEDETTE_EGRESS_PRIVATE_HOSTS)' }],
    })
  await app.db.transaction(actor, async (tx) => {
    const before = await lockSetting(tx, operator)
    await putSetting(tx, operator, {
      direct,
      own_networks: [...new Set(ownNetworks)],
      upstream_host: upstream?.host ?? null,
      upstream_port: upstream?.port ?? null,
      sealed_login: loginOf(app, operator, upstream, before),
      changed_by: actor.person,
      changed_at: app.clock.now(),
    })
    const details = { direct, upstream: upstream === null ? null : `${upstream.host}:${upstream.port}`, networks: ownNetworks.length }
    app.audit.record(tx, { action: 'egress.set', subject: operator, operator, binds: [settingRow({ operator_id: operator })], details })
  })
}

/** What one operator may close to all others, in networks of the largest size. */
const MOST_SHARE = 4
const largest = (address: string) => (isIP(address) === 4 ? 8 : 16)

/** How many networks of the largest size these are together, counted with what they have in common. */
function shareOf(networks: readonly string[]): number {
  return networks.reduce((sum, network) => {
    const [address = '', length] = network.split('/')
    return sum + 2 ** (largest(address) - Number(length))
  }, 0)
}

/** What is wrong with a network: nothing is let into it for any operator of this instance, so that it is not the whole internet. */
function complaintOf(network: string): string | undefined {
  try {
    networksOf([network])
  } catch {
    return `a network such as 192.0.2.0/24 or 2001:db8::/32, not ${network}`
  }
  const [address = '', length] = network.split('/')
  const least = largest(address)
  return Number(length) < least ? `a network of /${least} or smaller, not ${network}` : undefined
}

/** A login that is left out stays, but only for the proxy that it was given for: another would learn it. */
function loginOf(app: App, operator: OperatorActor['operator'], upstream: Wanted['upstream'], before: EgressSetting | undefined): Buffer | null {
  if (!upstream || upstream.login === null) return null
  if (upstream.login) return sealText(app.keys, sealedLoginOf(operator), `${upstream.login.user}:${upstream.login.password}`)
  return before?.upstream_host === upstream.host && before.upstream_port === upstream.port ? before.sealed_login : null
}
