import type { Duplex } from 'node:stream'
import type { Resolve } from '#platform/http/guarded-fetch.ts'
import type { Egress } from '../contract.ts'
import { refuseInside, type WhyRefused } from './addresses.ts'
import { makeAuthority } from './authority.ts'
import type { Exchange } from './exchange.ts'
import { lookUpByDns } from './look-up.ts'
import { directly, throughUpstream, type Upstream } from './exits.ts'
import { openNames } from './names.ts'
import { openProxy, type Proxy } from './proxy.ts'
import { ExchangeRecord, type KeepBody, type RecordLimits } from './record.ts'
import type { ProxyTimes, Ways } from './requests.ts'
import { simulatedAnswer } from './simulated.ts'
import { acceptStreams } from './streams.ts'

/** What an operator settled about the way out of guests. */
export interface EgressSettings {
  /** Networks that are never connected to, each as `192.0.2.0/24`, beside all that are not of the public internet. */
  readonly ownNetworks: readonly string[]
  /** The operator's proxy; without one `upstream` is refused. */
  readonly upstream?: Upstream | undefined
  readonly resolve?: Resolve
  readonly limits?: RecordLimits
  readonly times?: ProxyTimes
  /** Which addresses are refused, in place of the usual rule: for tests, whose outside network is this machine. */
  readonly whyRefused?: WhyRefused
}

export interface WayOut {
  readonly proxy: Proxy
  readonly record: ExchangeRecord
  /** Ends all connections and gives what passed, and how many requests were not recorded. */
  end(): Promise<{ readonly exchanges: readonly Exchange[]; readonly dropped: number }>
}

/** An operator has not settled what a submission asked for. */
export class EgressNotSet extends Error {}

/** Opens a guest's only way out over its serial port. Rejects with `EgressNotSet` where the submission asks for an upstream proxy and there is none. */
export async function openWayOut(port: Duplex, egress: Egress, settings: EgressSettings, now: Date, keep: KeepBody): Promise<WayOut> {
  const ways = waysOf(egress, settings)
  const record = new ExchangeRecord(keep, settings.limits)
  const proxy = openProxy({ ways, authority: await makeAuthority(now), record, ...(settings.times && { times: settings.times }) })
  const names = openNames(record, egress === 'simulated')
  acceptStreams(port, (stream, opened) => (opened === 'names' ? names(stream) : proxy.accept(stream)))
  return {
    proxy,
    record,
    async end() {
      await proxy.close()
      return { exchanges: record.exchanges, dropped: record.dropped }
    },
  }
}

function waysOf(egress: Egress, { ownNetworks, upstream, resolve = lookUpByDns(), whyRefused }: EgressSettings): Ways {
  if (egress === 'none') return { kind: 'none' }
  if (egress === 'simulated') return { kind: 'simulated', answer: simulatedAnswer }
  const rules = { resolve, whyRefused: whyRefused ?? refuseInside(ownNetworks) }
  if (egress === 'direct') return { kind: 'exit', exit: directly, rules }
  if (!upstream) throw new EgressNotSet('no upstream proxy is set up for guests')
  return { kind: 'exit', exit: throughUpstream(upstream), rules }
}
