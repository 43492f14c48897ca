import type { LookupAddress } from 'node:dns'
import { addressesOf, bareHost, onlyPermitted, RefusedAddress, within, type Resolve } from '#platform/http/guarded-fetch.ts'
import type { WhyRefused } from './addresses.ts'

/** Where one request goes: to this address, whatever its name is said to mean a moment later. */
export interface Destination {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly address: string
  readonly family: number
}

export interface DestinationRules {
  readonly resolve: Resolve
  readonly whyRefused: WhyRefused
}

/** Ports of other protocols that a request of HTTP could be mistaken for (Fetch Standard, "bad port", and that of shares). */
const BAD_PORTS = new Set(
  `0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137 139 143 161 179 389 427 445 465 512 513
  514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679
  6697 10080`
    .split(/\s+/)
    .map(Number),
)

/**
 * Looks the host of an address up, once, and checks all that it was answered. Throws RefusedAddress with the reason for the report, and what the look-up throws.
 */
export async function destinationOf(url: URL, { resolve, whyRefused }: DestinationRules, signal: AbortSignal): Promise<Destination> {
  const tls = url.protocol === 'https:' || url.protocol === 'wss:'
  if (!tls && url.protocol !== 'http:' && url.protocol !== 'ws:') throw new RefusedAddress(`the scheme ${url.protocol}`)
  if (url.username !== '' || url.password !== '') throw new RefusedAddress('an address that carries a password')
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port)
  if (BAD_PORTS.has(port)) throw new RefusedAddress(`port ${port} is one of another protocol`)
  const host = bareHost(url)
  const addresses = await within(signal, addressesOf(host, resolve))
  const { address, family } = firstPermitted(addresses, whyRefused)
  return { host, port, tls, address, family }
}

function firstPermitted(addresses: readonly LookupAddress[], whyRefused: WhyRefused): LookupAddress {
  for (const { address } of addresses) {
    const why = whyRefused(address)
    if (why !== undefined) throw new RefusedAddress(`${address}: ${why}`)
  }
  return onlyPermitted(addresses, () => true)
}
