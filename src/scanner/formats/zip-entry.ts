import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16 } from './bytes.ts'
import { decodeBzip2 } from './bzip2.ts'
import { inflateRaw, inflateZstd } from './inflate.ts'
import { decodeLzma } from './lzma.ts'
import { decodeXz } from './xz.ts'
import type { ArchiveKeys } from './archive-keys.ts'
import { decryptAes, zipCrypto } from './zip-crypto.ts'
import type { ZipEntry } from './zip.ts'

const LOCAL = 0x04034b50
const STORED = 0
const DEFLATED = 8
/** Other packing methods of APPNOTE 4.4.5 that are undone: bzip2, LZMA, Zstandard (20 was its first number), xz. */
const OTHERS: ReadonlyMap<number, (packed: Buffer, size: number, budget: Budget) => Buffer> = new Map([
  [12, (packed, _, budget) => decodeBzip2(packed, budget)],
  [14, unpackLzma],
  [20, (packed, _, budget) => inflateZstd(packed, budget)],
  [93, (packed, _, budget) => inflateZstd(packed, budget)],
  [95, (packed, _, budget) => decodeXz(packed, budget)],
])

/** Version and size of the properties stand in front of them (APPNOTE 5.8.8). */
function unpackLzma(packed: Buffer, size: number, budget: Budget): Buffer {
  const properties = packed.subarray(4, 4 + u16(packed, 2))
  return decodeLzma(properties, packed.subarray(4 + properties.length), size, budget)
}

/** True for an entry whose packing this scanner undoes. */
export function isZipMethodKnown({ method, aes }: ZipEntry): boolean {
  const real = method === 99 && aes ? aes.method : method
  return real === STORED || real === DEFLATED || OTHERS.has(real)
}

/** Where the packed data of an entry end, by its local header. Throws Damaged past the end of the file. */
export function packedEnd(bytes: Buffer, { offset, packedBytes }: ZipEntry): number {
  return offset + 30 + u16(bytes, offset + 26) + u16(bytes, offset + 28) + (packedBytes === 0xffffffff ? 0 : packedBytes)
}

interface Reading {
  readonly damage: Set<string>
  readonly budget: Budget
}

/** Unpacks one entry. Throws LimitReached, or Damaged for what cannot be read. */
export function readZipEntry(bytes: Buffer, entry: ZipEntry, reading: Reading): Buffer {
  if (entry.encrypted) throw new Damaged('the entry is encrypted')
  return unpacked(packedData(bytes, entry, reading), entry, reading)
}

/** Unpacks an encrypted entry; undefined when no password fits. Throws LimitReached, or Damaged for what cannot be read. */
export function unlockZipEntry(bytes: Buffer, entry: ZipEntry, keys: ArchiveKeys, reading: Reading): Buffer | undefined {
  const packed = packedData(bytes, entry, reading)
  return keys.open(entry.aes ? `AES-${64 + entry.aes.strength * 64}` : 'ZipCrypto', (password) => {
    reading.budget.step(2000)
    const open = entry.aes ? decryptAes(packed, entry.aes.strength, password) : zipCrypto(packed, entry, u16(bytes, entry.offset + 10), password)
    // One password in 256 passes the check of the old scheme: its data then unpack to something else.
    return open && opened(open, entry, reading)
  })
}

function packedData(bytes: Buffer, entry: ZipEntry, { damage }: Reading): Buffer {
  const { offset } = entry
  if (!(offset + 30 <= bytes.length) || bytes.readUInt32LE(offset) !== LOCAL) throw new Damaged('the local header is missing')
  const from = offset + 30 + u16(bytes, offset + 26) + u16(bytes, offset + 28)
  if (from > bytes.length) throw new Damaged('the data lie outside the file')
  const packedBytes = entry.packedBytes === 0xffffffff ? bytes.length - from : entry.packedBytes
  const packed = bytes.subarray(from, from + packedBytes)
  if (packed.length < packedBytes) damage.add('an entry is cut off')
  return packed
}

function opened(packed: Buffer, entry: ZipEntry, reading: Reading): Buffer | undefined {
  try {
    const data = unpacked(packed, entry, reading)
    return entry.aes || entry.statedBytes === data.length || Number.isNaN(entry.statedBytes) ? data : undefined
  } catch (error) {
    if (error instanceof Damaged) return undefined
    throw error
  }
}

function unpacked(packed: Buffer, { method: stated, aes, statedBytes }: ZipEntry, { damage, budget }: Reading): Buffer {
  const method = stated === 99 && aes ? aes.method : stated
  if (method === STORED) {
    budget.takeBytes(packed.length)
    return packed
  }
  const other = OTHERS.get(method)
  if (other) return other(packed, Number.isNaN(statedBytes) || statedBytes === 0xffffffff ? Infinity : statedBytes, budget)
  if (method !== DEFLATED) throw new Damaged(`packing method ${method} is not supported`)
  if (packed.length === 0) return packed
  const { bytes: data } = inflateRaw(packed, budget)
  if (statedBytes !== 0xffffffff && !Number.isNaN(statedBytes) && data.length !== statedBytes) damage.add('an entry has another size than its header says')
  return data
}
