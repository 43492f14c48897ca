import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { unsealText } from '#platform/crypto/seal-text.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { resolveByDns } from '#platform/http/guarded-fetch.ts'
import { isPublic } from '#platform/http/public-address.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { Egress } from '#scanner/detonation/contract.ts'
import type { EgressSettings } from '#scanner/detonation/egress/way-out.ts'
import { listActiveOperators } from '#scanner/submissions/store.ts'
import { findSetting, listOwnNetworks, sealedLoginOf, type EgressSetting } from '#scanner/egress-settings/store.ts'

type Actor = Pick<PersonActor, 'kind'>

/** Ways that the actor may choose for a submission, with any operator that it may be handed in for. */
export async function waysOf(app: App, actor: PersonActor): Promise<Egress[]> {
  return app.db.read(actor, async (tx) => {
    const operators = actor.kind === 'operator' ? [actor.operator] : await listActiveOperators(tx, actor.organisation)
    const settings = await Promise.all(operators.map((operator) => findSetting(tx, operator)))
    return [...ALWAYS, ...REAL.filter((way) => settings.some((setting) => refusalOf(app, actor, setting, way) === undefined))]
  })
}

/** Throws FORBIDDEN for a way out that the actor may not let a submission for this operator choose. */
export async function checkWay(app: App, tx: Tx, actor: Actor, operator: OperatorId, way: Egress | undefined): Promise<void> {
  if (way !== 'direct' && way !== 'upstream') return
  const refusal = refusalOf(app, actor, await findSetting(tx, operator), way)
  if (refusal !== undefined) throw new Problem('FORBIDDEN', refusal)
}

/** Whether the `submitter` may still have what was handed in for this operator go that way. */
export async function mayStill(app: App, tx: Tx, submitter: Actor, operator: OperatorId, way: Egress): Promise<boolean> {
  return (way !== 'direct' && way !== 'upstream') || refusalOf(app, submitter, await findSetting(tx, operator), way) === undefined
}

const ALWAYS = ['none', 'simulated'] as const
const REAL = ['direct', 'upstream'] as const

function refusalOf(app: App, { kind }: Actor, setting: EgressSetting | undefined, way: (typeof REAL)[number]): string | undefined {
  const { egress } = app.config
  if (egress !== 'members' && !(egress === 'operator' && kind === 'operator'))
    return 'Whoever runs this instance does not let you have a submission reach the network (VEDETTE_EGRESS).'
  if (way === 'direct') return setting?.direct === true ? undefined : 'The operator does not let submissions reach the network directly.'
  return setting?.upstream_host == null ? 'The operator has set up no proxy that submissions could reach the network through.' : undefined
}

/**
 * What a driver is told of the operator's ways out at the time of a run, for what the `submitter` handed in. Nothing passes that is not permitted any more. A proxy
 * with a private address is left out unless whoever runs this instance permits it: an operator is not let into the network that the instance stands in.
 */
export async function wayOutAt(app: App, tx: Tx, submitter: Actor, operator: OperatorId, way: Egress): Promise<EgressSettings | undefined> {
  if (way !== 'direct' && way !== 'upstream') return undefined
  const setting = await findSetting(tx, operator)
  if (!setting || refusalOf(app, submitter, setting, way) !== undefined) return undefined
  const ownNetworks = await listOwnNetworks(tx)
  if (way === 'direct') return { ownNetworks }
  const upstream = await upstreamOf(app, operator, setting)
  return upstream && { ownNetworks, upstream }
}

async function upstreamOf(app: App, operator: OperatorId, { upstream_host: host, upstream_port: port, sealed_login: sealed }: EgressSetting) {
  if (host === null || port === null) return undefined
  const addresses = await resolveByDns(host).catch(() => [])
  const permitted = app.config.egressPrivateHosts.includes(host.toLowerCase()) || addresses.every(({ address }) => isPublic(address))
  const [first] = addresses
  if (!first || !permitted) {
    app.log.warn({ operator, host }, first ? 'the upstream proxy of an operator has a private address' : 'the upstream proxy of an operator has no address')
    return undefined
  }
  // Connected to as it was checked.
  return { host: first.address, port, ...(sealed !== null && { login: unsealText(app.keys, sealedLoginOf(operator), sealed) }) }
}
