/** A block of IPv4 or IPv6 addresses: those whose first `prefix` bits are those of `bits`; the bits after them are zero. */
export interface Block {
  readonly version: 4 | 6
  readonly bits: bigint
  readonly prefix: number
}

const LONGEST = 50
const WIDTH = { 4: 32, 6: 128 } as const

/** An address or a block in CIDR notation, as ipv4-addr and ipv6-addr hold them (STIX 2.1, sections 6.10, 6.11); undefined for anything else. */
export function readBlock(text: string): Block | undefined {
  if (text.length > LONGEST) return undefined
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const version = address.includes(':') ? 6 : 4
  const length = slash < 0 ? String(WIDTH[version]) : text.slice(slash + 1)
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(length) || Number(length) > WIDTH[version]) return undefined
  const bits = version === 4 ? readV4(address) : readV6(address)
  return bits === undefined ? undefined : { version, bits: mask(version, bits, Number(length)), prefix: Number(length) }
}

/** The same address with the bits after the prefix zero. */
export function mask(version: 4 | 6, bits: bigint, prefix: number): bigint {
  const rest = BigInt(WIDTH[version] - prefix)
  return (bits >> rest) << rest
}

/** Whether every address of one block lies in the other; a block lies in itself. */
export function isWithin(inner: Block, outer: Block): boolean {
  return inner.version === outer.version && inner.prefix >= outer.prefix && mask(inner.version, inner.bits, outer.prefix) === outer.bits
}

function readV4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) return undefined
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
}

function readV6(text: string): bigint | undefined {
  const [head, tail, more] = text.split('::') as [string, string?, string?]
  if (more !== undefined) return undefined
  const left = readGroups(head)
  const right = tail === undefined ? [] : readGroups(tail)
  if (!left || !right) return undefined
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...left, ...Array.from({ length: missing }, () => 0), ...right]
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n)
}

/** Groups of up to four hexadecimal digits; the last two may be an IPv4 address. */
function readGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [at, part] of parts.entries()) {
    if (part.includes('.') && at === parts.length - 1) {
      const v4 = readV4(part)
      if (v4 === undefined) return undefined
      groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn))
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}
