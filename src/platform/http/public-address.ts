import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/**
 * IPv4 networks that are not the public internet (IANA special-purpose registry, RFC 6890), each as `address/length`, and the one address of metadata of a
 * cloud that no registry names (168.63.129.16, Azure's platform address).
 */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Networks inside 2000::/3 that are not the public internet, or that carry an IPv4 address inside. */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const specialV4 = blockList(SPECIAL_V4, 'ipv4')
const specialV6 = blockList(SPECIAL_V6, 'ipv6')
const globalV6 = blockList(['2000::/3'], 'ipv6')
const loopback = blockList(['127.0.0.0/8'], 'ipv4')

/** Whether an address is one of the public internet; what is no address is not. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !specialV4.check(address, 'ipv4')
  return isIPv6(address) && globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6')
}

/** Whether an address is this machine itself. */
export function isLoopback(address: string): boolean {
  return isIPv4(address) ? loopback.check(address, 'ipv4') : address === '::1'
}

/** Networks of either family, each as `address/length`. Throws a RangeError that names what is no network. */
export function networksOf(networks: readonly string[]): (address: string) => boolean {
  const v4 = blockList(
    networks.filter((network) => isIPv4(network.split('/')[0] ?? '')),
    'ipv4',
  )
  const v6 = blockList(
    networks.filter((network) => !isIPv4(network.split('/')[0] ?? '')),
    'ipv6',
  )
  return (address) => (isIPv4(address) ? v4.check(address, 'ipv4') : isIPv6(address) && v6.check(address, 'ipv6'))
}

function blockList(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', length = ''] = network.split('/')
    const most = family === 'ipv4' ? 32 : 128
    if (isIP(address) === 0 || !/^\d{1,3}$/.test(length) || Number(length) > most) throw new RangeError(`not a network such as 192.0.2.0/24: ${network}`)
    list.addSubnet(address, Number(length), family)
  }
  return list
}
