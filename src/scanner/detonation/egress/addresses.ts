import { networkInterfaces } from 'node:os'
import { isPublic, networksOf } from '#platform/http/public-address.ts'

/** Why an address is not connected to, or undefined where it may be. */
export type WhyRefused = (address: string) => string | undefined

/**
 * Refuses what is not the public internet (RFC 6890; IPv6 forms that carry an IPv4 address are none of it: mapped, NAT64, 6to4, Teredo), the addresses of this
 * machine, which may be public, and the networks that operators call their own, each as `192.0.2.0/24`. Of both the same is said: a submitter learns from it neither
 * where the machine stands nor what is whose. Throws a RangeError for what is no network.
 */
export function refuseInside(ownNetworks: readonly string[], machine: readonly string[] = addressesOfMachine()): WhyRefused {
  const own = networksOf(ownNetworks)
  const here = new Set(machine)
  return (address) => {
    if (!isPublic(address)) return 'not an address of the public internet'
    return here.has(address) || own(address) ? 'an address that nothing is let out to' : undefined
  }
}

const addressesOfMachine = () => Object.values(networkInterfaces()).flatMap((some) => (some ?? []).map(({ address }) => address))
