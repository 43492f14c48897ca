import { createDecipheriv, createHash } from 'node:crypto'
import { Damaged, type Budget } from '#scanner/intake/limits.ts'

/** A key of more rounds than this, 2 to its power, is not derived: 7-Zip writes 19. */
const MOST_ROUNDS_POWER = 21
const NO_HASH = 0x3f
const ROUNDS_AT_ONCE = 2048

/** The bytes of a stream under the AES-256 of 7z (method 06F10701), of which the padding of the last block is part. Throws Damaged, LimitReached. */
export function decryptSevenZip(packed: Buffer, properties: Buffer, password: string, budget: Budget): Buffer {
  const [first, second = 0] = properties
  if (first === undefined) throw new Damaged('the properties of the encryption are missing')
  const saltBytes = (first >> 7) + (first & 0xc0 ? second >> 4 : 0)
  const vectorBytes = ((first >> 6) & 1) + (first & 0xc0 ? second & 15 : 0)
  const salt = properties.subarray(2, 2 + saltBytes)
  const vector = Buffer.alloc(16)
  properties.copy(vector, 0, 2 + saltBytes, 2 + saltBytes + vectorBytes)
  const key = derive(Buffer.concat([salt, Buffer.from(password, 'utf16le')]), first & 0x3f, budget)
  budget.step(packed.length >> 6)
  const decipher = createDecipheriv('aes-256-cbc', key, vector).setAutoPadding(false)
  return decipher.update(packed.subarray(0, packed.length & ~15))
}

/** SHA-256 over salt, password and a counter of eight bytes, as often as two to the power says. */
function derive(secret: Buffer, power: number, budget: Budget): Buffer {
  if (power === NO_HASH) return Buffer.concat([secret, Buffer.alloc(32)]).subarray(0, 32)
  if (power > MOST_ROUNDS_POWER) throw new Damaged(`the key takes 2 to the power of ${power} rounds`)
  const rounds = 2 ** power
  budget.step(rounds >> 1)
  const unit = secret.length + 8
  const chunk = Buffer.alloc(unit * Math.min(rounds, ROUNDS_AT_ONCE))
  for (let at = 0; at < chunk.length; at += unit) secret.copy(chunk, at)
  const hash = createHash('sha256')
  for (let round = 0; round < rounds;) {
    for (let at = secret.length; at < chunk.length; at += unit, round++) chunk.writeUInt32LE(round, at)
    hash.update(chunk)
  }
  return hash.digest()
}
