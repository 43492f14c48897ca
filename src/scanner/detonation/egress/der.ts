/** One value in DER (ITU-T X.690): its tag, the length of its content, the content. */
function value(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(content)
  if (bytes.length < 128) return Buffer.concat([Buffer.from([tag, bytes.length]), bytes])
  const length = bytes.length.toString(16)
  const octets = Buffer.from(length.length % 2 === 0 ? length : `0${length}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length]), octets, bytes])
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => value(0x30, ...items)
export const set = (...items: readonly Uint8Array[]): Buffer => value(0x31, ...items)
export const utf8 = (text: string): Buffer => value(0x0c, Buffer.from(text))
export const octets = (bytes: Uint8Array): Buffer => value(0x04, bytes)
export const bits = (bytes: Uint8Array, unused = 0): Buffer => value(0x03, Buffer.from([unused]), bytes)
export const truth = (is: boolean): Buffer => value(0x01, Buffer.from([is ? 0xff : 0]))
/** A context-specific value: `explicit` ones hold another value, the others bytes. */
export const context = (number: number, explicit: boolean, content: Uint8Array): Buffer => value((explicit ? 0xa0 : 0x80) | number, content)

/** A positive whole number from its bytes, the highest first. */
export function positive(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const kept = bytes.subarray(start)
  return value(0x02, Buffer.from((kept[0] ?? 0) >= 0x80 || kept.length === 0 ? [0] : []), kept)
}

/** An object identifier such as `2.5.29.17`. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return value(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}

/** An instant to the second, as certificates until 2049 write it. */
export function instant(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return at.getUTCFullYear() < 2050 ? value(0x17, Buffer.from(digits.slice(2))) : value(0x18, Buffer.from(digits))
}

function base128(number: number): number[] {
  const octetsOf = [number & 0x7f]
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) octetsOf.unshift((rest & 0x7f) | 0x80)
  return octetsOf
}
