import type { FastifyRequest } from 'fastify'

/** Where a request comes from, as far as it can be known. */
export interface Client {
  /** Address of the sender; a header speaks for it only when it comes from a proxy named in VEDETTE_TRUST_PROXY. */
  readonly address: string
  readonly userAgent: string
}

const USER_AGENT_LENGTH = 300

export function clientOf(request: FastifyRequest): Client {
  return { address: request.ip, userAgent: (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH) }
}

/**
 * The address that attempts are counted under: IPv4 as it is, also when written as IPv6, and the /64 network of an
 * IPv6 address, since a single host is usually given all of it.
 */
export function addressSubject(address: string): string {
  const mapped = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)
  if (mapped) return `address:${mapped[1]}`
  const [head = '', tail] = address.toLowerCase().split('%')[0]!.split('::')
  const start = head === '' ? [] : head.split(':')
  const end = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - start.length - end.length) }, () => '0')
  const network = [...start, ...gap, ...end].slice(0, 4).map((part) => part.replace(/^0+(?=.)/, ''))
  return `address:${network.join(':')}::/64`
}
