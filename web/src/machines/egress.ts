import { queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { EgressSettings, type SetEgress } from '#scanner/egress-settings/contract.ts'
import { get } from '../api/client.ts'

export type EgressView = z.output<typeof EgressSettings>
export type EgressWish = z.input<typeof SetEgress>

export const egressQuery = queryOptions({
  queryKey: ['egress-settings'],
  queryFn: ({ signal }) => get(EgressSettings, '/api/egress-settings', {}, signal),
})

/** The form as it is typed; the login of the proxy is in none of it. */
export interface EgressForm {
  readonly direct: boolean
  readonly upstream: boolean
  readonly host: string
  readonly port: string
  readonly networks: string
}

export function formOf({ direct, upstream, ownNetworks }: EgressView): EgressForm {
  return {
    direct,
    upstream: upstream !== null,
    host: upstream?.host ?? '',
    port: upstream === null ? '' : String(upstream.port),
    networks: ownNetworks.join('\n'),
  }
}

/** How the proxy knows us: as it was, nobody, or somebody new. */
export interface EgressLogin {
  readonly kind: 'kept' | 'none' | 'new'
  readonly user: string
  readonly password: string
}

/** What is sent; a port that is none is sent too, so that the server says what it takes. Pure. */
export function wishOf({ direct, upstream, host, port, networks }: EgressForm, { kind, user, password }: EgressLogin): EgressWish {
  const login = kind === 'kept' ? {} : { login: kind === 'none' ? null : { user, password } }
  return {
    direct,
    ownNetworks: networks.split(/[\s,]+/).filter(Boolean),
    upstream: upstream ? { host: host.trim(), port: Number(port), ...login } : null,
  }
}
