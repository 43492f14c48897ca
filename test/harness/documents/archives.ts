import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto'
import { crc32, deflateRawSync } from 'node:zlib'

/** Archives built byte by byte, with the lies that tests need. */

const le16 = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value, value >> 8])))
const le32 = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value, value >> 8, value >> 16, value >> 24])))

/** One header's view of an entry. */
interface Told {
  readonly name?: string
  readonly method?: number
  readonly size?: number
}

export interface Entry {
  readonly name: string
  readonly bytes: Buffer
  /** What the local header says otherwise. */
  readonly local?: Told
  /** Left out of the central directory. */
  readonly unlisted?: boolean
  /** Made by Unix as a link; `bytes` is where it leads. */
  readonly link?: boolean
  readonly stored?: boolean
  readonly password?: string
  readonly aes?: 1 | 2 | 3
  /** Where the central directory says that it begins, instead of where it does. */
  readonly offset?: number
}

/** A ZIP whose two directories can be told apart. */
export function buildRawZip(entries: readonly Entry[], prefix: Buffer = Buffer.alloc(0)): Buffer {
  const body: Buffer[] = [prefix]
  const central: Buffer[] = []
  let at = prefix.length
  for (const entry of entries) {
    const { name, bytes, local = {}, link = false, stored = link, password, aes } = entry
    const plain = stored ? bytes : deflateRawSync(bytes)
    const crc = crc32(bytes)
    const packed = password === undefined ? plain : aes ? sealAes(plain, aes, password) : sealZipCrypto(plain, crc, password)
    const real = stored ? 0 : 8
    const extra = aes ? Buffer.concat([le16(0x9901, 7, 2), Buffer.from('AE'), Buffer.from([aes]), le16(real)]) : Buffer.alloc(0)
    const fields = (told: Told) => {
      const label = Buffer.from(told.name ?? name)
      const head = [le16(20, password === undefined ? 0 : 1, told.method ?? (aes ? 99 : real), 0, 0), le32(crc, packed.length, told.size ?? bytes.length)]
      return { head: Buffer.concat([...head, le16(label.length, extra.length)]), label }
    }
    const [near, far] = [fields(local), fields({})]
    const whole = Buffer.concat([le32(0x04034b50), near.head, near.label, extra, packed])
    if (!entry.unlisted)
      central.push(
        Buffer.concat([le32(0x02014b50), le16((3 << 8) | 20), far.head, le16(0, 0, 0), le32(link ? 0xa1ff0000 | 0 : 0, entry.offset ?? at), far.label, extra]),
      )
    body.push(whole)
    at += whole.length
  }
  const directory = Buffer.concat(central)
  return Buffer.concat([...body, directory, le32(0x06054b50), le16(0, 0, central.length, central.length), le32(directory.length, at), le16(0)])
}

function sealAes(plain: Buffer, strength: 1 | 2 | 3, password: string): Buffer {
  const keyBytes = 8 + strength * 8
  const salt = Buffer.alloc(keyBytes / 2, 7)
  const keys = pbkdf2Sync(password, salt, 1000, keyBytes * 2 + 2, 'sha1')
  const data = Buffer.alloc(plain.length)
  for (let at = 0, count = 1; at < plain.length; at += 16, count++) {
    const engine = createCipheriv(`aes-${keyBytes * 8}-ecb`, keys.subarray(0, keyBytes), null)
    const mask = engine.update(Buffer.concat([le32(count), Buffer.alloc(12)]))
    for (let i = at; i < Math.min(at + 16, plain.length); i++) data[i] = plain[i]! ^ mask[i - at]!
  }
  const code = createHmac('sha1', keys.subarray(keyBytes, keyBytes * 2))
    .update(data)
    .digest()
    .subarray(0, 10)
  return Buffer.concat([salt, keys.subarray(keyBytes * 2), data, code])
}

function sealZipCrypto(plain: Buffer, crc: number, password: string): Buffer {
  // crc32 of node chains over inverted values; one byte of the bare register is that of both ends inverted.
  const step = (register: number, byte: number) => ~crc32(Buffer.from([byte]), ~register >>> 0) >>> 0
  let [a, b, c] = [0x12345678, 0x23456789, 0x34567890]
  const update = (byte: number) => {
    a = step(a, byte)
    b = (Math.imul(b + (a & 255), 134775813) + 1) >>> 0
    c = step(c, b >>> 24)
  }
  for (const byte of Buffer.from(password)) update(byte)
  const head = Buffer.alloc(12, 3)
  head[11] = crc >>> 24
  return Buffer.from(
    Buffer.concat([head, plain]).map((byte) => {
      const mask = (c & 0xffff) | 2
      const out = byte ^ ((Math.imul(mask, mask ^ 1) >>> 8) & 255)
      update(byte)
      return out
    }),
  )
}
