import { networkInterfaces } from 'node:os'
import { isPublic, networksOf } from '#platform/http/public-address.ts'

/** Why an address is not connected to, or undefined where it may be. */
export type WhyRefused = (address: string) => string | undefined

/**
 * Refuses what is not the public internet (RFC 6890; IPv6 forms that carry an IPv4 address are none of it: mapped, NAT64, 6to4, Teredo), the addresses of this
 * machine, which may be public, and the networks that the operator calls its own, each as `192.0.2.0/24`. Throws a RangeError for what is no network.
 */
export function refuseInside(ownNetworks: readonly string[], machine: readonly string[] = addressesOfMachine()): WhyRefused {
  const own = networksOf(ownNetworks)
  const here = new Set(machine)
  return (address) => {
    if (!isPublic(address)) return 'not an address of the public internet'
    if (here.has(address)) return 'an address of this machine'
    return own(address) ? 'an address of the operator’s own networks' : undefined
  }
}

const addressesOfMachine = () => Object.values(networkInterfaces()).flatMap((some) => (some ?? []).map(({ address }) => address))
