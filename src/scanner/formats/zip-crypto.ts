import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto'

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value >>> 0
})
const HEAD_BYTES = 12
const AES_KEY_BYTES: Record<number, number> = { 1: 16, 2: 24, 3: 32 }
const AES_ROUNDS = 1000
const AES_CODE_BYTES = 10

/** Data of an entry under the traditional encryption (APPNOTE 6.1) when the password's check byte is right. `time`: the file time of the local header. */
export function zipCrypto(packed: Buffer, { crc }: { readonly crc: number }, time: number, password: string): Buffer | undefined {
  if (packed.length < HEAD_BYTES) return undefined
  let [a, b, c] = [0x12345678, 0x23456789, 0x34567890]
  const update = (byte: number) => {
    a = (a >>> 8) ^ TABLE[(a ^ byte) & 255]!
    b = (Math.imul(b + (a & 255), 0x08088405) + 1) | 0
    c = (c >>> 8) ^ TABLE[(c ^ (b >>> 24)) & 255]!
  }
  for (const byte of Buffer.from(password)) update(byte)
  const open = (bytes: Buffer) => {
    const out = Buffer.allocUnsafe(bytes.length)
    for (let at = 0; at < bytes.length; at++) {
      const mask = (c | 2) & 0xffff
      out[at] = bytes[at]! ^ ((Math.imul(mask, mask ^ 1) >>> 8) & 255)
      update(out[at]!)
    }
    return out
  }
  const check = open(packed.subarray(0, HEAD_BYTES))[HEAD_BYTES - 1]
  return check === crc >>> 24 || check === time >>> 8 ? open(packed.subarray(HEAD_BYTES)) : undefined
}

/** Data of an entry under WinZip's AES (AE-1 and AE-2) when the password is right: salt, two bytes to check it, data, code. */
export function decryptAes(packed: Buffer, strength: number, password: string): Buffer | undefined {
  const keyBytes = AES_KEY_BYTES[strength]
  if (!keyBytes || packed.length < keyBytes / 2 + 2 + AES_CODE_BYTES) return undefined
  const keys = pbkdf2Sync(password, packed.subarray(0, keyBytes / 2), AES_ROUNDS, keyBytes * 2 + 2, 'sha1')
  const from = keyBytes / 2 + 2
  if (!keys.subarray(keyBytes * 2).equals(packed.subarray(keyBytes / 2, from))) return undefined
  const data = packed.subarray(from, -AES_CODE_BYTES)
  const code = createHmac('sha1', keys.subarray(keyBytes, keyBytes * 2))
    .update(data)
    .digest()
    .subarray(0, AES_CODE_BYTES)
  return code.equals(packed.subarray(-AES_CODE_BYTES)) ? counterMode(data, keys.subarray(0, keyBytes)) : undefined
}

/** AES in counter mode with a counter of little-endian bytes from 1 on, which OpenSSL's counts the other way round. */
function counterMode(data: Buffer, key: Buffer): Buffer {
  const stream = Buffer.alloc(Math.ceil(data.length / 16) * 16)
  for (let at = 0, count = 1; at < stream.length; at += 16, count++) stream.writeUInt32LE(count, at)
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  const mask = Buffer.concat([cipher.update(stream), cipher.final()])
  return Buffer.from(data.map((byte, i) => byte ^ mask[i]!))
}
