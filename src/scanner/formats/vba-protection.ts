import type { Cfb } from './cfb.ts'

/** Who may see the source of a project: `locked` for nobody without its password, `unviewable` where even the entry for it is broken. */
export type VbaProtection = 'none' | 'locked' | 'unviewable'

const LINE = /^(CMG|DPB|GC)="([0-9A-F]{0,400})"/gim
const VISIBLE = 0xff

/** The protection that a PROJECT stream states (MS-OVBA 2.3.1.15 to 2.3.1.17). Throws LimitReached. */
export function readProtection(cfb: Cfb, above: readonly string[]): VbaProtection {
  const stream = cfb.find([...above, 'PROJECT'])
  if (stream?.kind !== 'stream') return 'none'
  const lines = new Map([...cfb.read(stream).toString('latin1').matchAll(LINE)].map(([, key, value]) => [key!.toUpperCase(), Buffer.from(value!, 'hex')]))
  if (lines.size === 0) return 'none'
  const password = decrypt(lines.get('DPB'))
  const visible = decrypt(lines.get('GC'))
  if (!password || !visible) return 'unviewable'
  return password.length > 1 || (visible.length > 0 && visible[0] !== VISIBLE) ? 'locked' : 'none'
}

/** Undoes the data encryption of MS-OVBA 2.4.3.3; undefined for what it cannot have written. */
function decrypt(bytes: Buffer | undefined): Buffer | undefined {
  if (!bytes || bytes.length < 8) return undefined
  const [seed, versionEncrypted, keyEncrypted] = bytes as unknown as [number, number, number]
  if ((seed ^ versionEncrypted) !== 2) return undefined
  const key = seed ^ keyEncrypted
  let plain = key
  let last = keyEncrypted
  let before = versionEncrypted
  const out = Buffer.alloc(bytes.length - 3)
  for (let i = 3; i < bytes.length; i++) {
    plain = bytes[i]! ^ ((before + plain) & 0xff)
    out[i - 3] = plain
    before = last
    last = bytes[i]!
  }
  const ignored = (seed & 6) >> 1
  const length = out.length >= ignored + 4 ? out.readUInt32LE(ignored) : NaN
  return length === out.length - ignored - 4 ? out.subarray(ignored + 4) : undefined
}
