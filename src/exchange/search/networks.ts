import { addressOf, networkOf, type Address, type Value } from '#exchange/search/value.ts'

/**
 * Networks round an address and within a network (RFC 4632, RFC 4291). Only those from /8 to /31 (IPv4) and from /16 to /64 (IPv6) are
 * looked for round an address: what is wider says nothing, what is narrower is the address.
 */
interface Span {
  readonly from: number
  readonly to: number
  /** How long the prefix of the bucket is in which these networks are noted. */
  readonly bucket: number
}
const SPANS = { four: [{ from: 8, to: 15, bucket: 8 }, { from: 16, to: 31, bucket: 16 }], six: [{ from: 16, to: 31, bucket: 16 }, { from: 32, to: 64, bucket: 32 }] } as const satisfies Record<string, readonly Span[]> // prettier-ignore

/** How many bits longer the networks within one are that are looked for; addresses where they are no more than that. */
const DEEPER = 8

const spansOf = ({ four }: Address): readonly Span[] => SPANS[four ? 'four' : 'six']
const mostBits = ({ four }: Address): number => (four ? 32 : 128)

/** Whether a value lies in networks, or is one. */
export function isPlaced({ kind }: Value): boolean {
  return kind === 'ipv4' || kind === 'ipv6' || kind === 'network'
}

/** The networks that hold a value, the narrowest first. */
export function networksOf(value: Value): Value[] {
  const address = addressOf(value)
  if (!address) return []
  const all = spansOf(address).flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n))
  const wider = all.filter((bits) => bits < address.bits)
  return wider.reverse().map((bits) => networkOf(address, bits))
}

/** The networks within one that are up to eight bits longer, and the addresses where these are; of what is no network, nothing. At most 510. */
export function insideOf(value: Value): Value[] {
  const address = value.kind === 'network' ? addressOf(value) : undefined
  if (!address) return []
  const found: Value[] = []
  const longest = Math.min(address.bits + DEEPER, mostBits(address))
  for (let bits = address.bits + 1; bits <= longest; bits++)
    for (let n = 0; n < 2 ** (bits - address.bits); n++) found.push(networkOf(addedTo(address, n, bits), bits))
  return found
}

/** The address whose bits from the network's end to `bits` say `n`. */
function addedTo(address: Address, n: number, bits: number): Address {
  const words = [...address.words]
  const at = bits + (address.four ? 96 : 0)
  for (let bit = 0; n >> bit > 0; bit++) {
    const place = at - 1 - bit
    if ((n >> bit) & 1) words[place >> 4]! |= 0x8000 >> (place & 15)
  }
  return { ...address, words }
}

/** Where networks of some lengths round an address are noted, and which lengths these are. */
export interface Bucket {
  readonly text: string
  readonly span: Span
}

/** The buckets that tell whether there are networks round an address at all. */
export function bucketsOf(address: Address): Bucket[] {
  return spansOf(address).map((span) => ({ text: `${networkOf(address, span.bucket).text} ${span.from}`, span }))
}

/** What is noted of a network beside itself, so that many addresses are looked up without asking for every network that could hold them: that its bucket holds any, and any of its length. */
export function marksOf(value: Value): string[] {
  const address = value.kind === 'network' ? addressOf(value) : undefined
  const bucket = address && bucketsOf(address).find(({ span }) => span.from <= address.bits && address.bits <= span.to)
  return bucket ? [markOf(bucket), markOf(bucket, address.bits)] : []
}

/** That a bucket holds networks, or some of that length. */
export function markOf({ text }: Bucket, bits?: number): string {
  return bits === undefined ? text : `${text} ${bits}`
}
