import { createCipheriv, createHash } from 'node:crypto'
import { Rc4 } from '#scanner/formats/offcrypto/rc4.ts'
import { xorKeys } from '#scanner/formats/offcrypto/xor-obfuscation.ts'
import { buildCfb } from '#test/harness/documents.ts'

/** Documents encrypted as MS-OFFCRYPTO says, the way the writer goes; salts are fixed, so that each test's bytes are the same. */

const digest = (algorithm: string, ...parts: readonly Buffer[]) => createHash(algorithm).update(Buffer.concat(parts)).digest()
const le32 = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.from([value, value >> 8, value >> 16, value >> 24])))
const wide = (text: string) => Buffer.from(text, 'utf16le')
const SALT = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const VERIFIER = Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex')

function spun(algorithm: string, password: string, rounds: number): Buffer {
  let hash = digest(algorithm, SALT, wide(password))
  for (let i = 0; i < rounds; i++) hash = digest(algorithm, le32(i), hash)
  return hash
}

function fitted(bytes: Buffer, length: number, fill: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length), fill)]).subarray(0, length)
}

function encrypted(cipher: string, key: Buffer, iv: Buffer | null, bytes: Buffer): Buffer {
  const padded = fitted(bytes, Math.ceil(bytes.length / 16) * 16, 0)
  const engine = createCipheriv(cipher, key, iv).setAutoPadding(false)
  return Buffer.concat([engine.update(padded), engine.final()])
}

/** An encrypted Office Open XML document (2.3.4.10). `rounds` is what the file states as its spin count. */
export function buildAgile(content: Buffer, password: string, { bits = 256, hash = 'SHA512', rounds = 100, mode = 'CBC' } = {}): Buffer {
  const algorithm = hash.toLowerCase()
  const cipher = `aes-${bits}-${mode === 'CFB' ? 'cfb8' : 'cbc'}`
  const base = spun(algorithm, password, Math.min(rounds, 1000))
  const sealed = (block: string, bytes: Buffer) =>
    encrypted(cipher, fitted(digest(algorithm, base, Buffer.from(block, 'hex')), bits / 8, 0x36), SALT, bytes).toString('base64')
  const key = digest('sha256', Buffer.from('key')).subarray(0, bits / 8)
  const segments: Buffer[] = []
  for (let at = 0, i = 0; at < content.length; at += 4096, i++)
    segments.push(encrypted(cipher, key, fitted(digest(algorithm, SALT, le32(i)), 16, 0x36), content.subarray(at, at + 4096)))
  const suite = `saltSize="16" blockSize="16" keyBits="${bits}" hashSize="${base.length}" cipherAlgorithm="AES" cipherChaining="ChainingMode${mode}" hashAlgorithm="${hash}" saltValue="${SALT.toString('base64')}"`
  const verifier = `encryptedVerifierHashInput="${sealed('fea7d2763b4b9e79', VERIFIER)}" encryptedVerifierHashValue="${sealed('d7aa0f6d3061344e', digest(algorithm, VERIFIER))}"`
  const xml = `<encryption><keyData ${suite}/><keyEncryptors><keyEncryptor><p:encryptedKey spinCount="${rounds}" ${suite} ${verifier} encryptedKeyValue="${sealed('146e0be7abacd0d6', key)}"/></keyEncryptor></keyEncryptors></encryption>`
  return inCfb(Buffer.concat([Buffer.from([4, 0, 4, 0, 0x40, 0, 0, 0]), Buffer.from(xml)]), content.length, Buffer.concat(segments))
}

function inCfb(info: Buffer, size: number, data: Buffer): Buffer {
  return buildCfb([
    { path: ['EncryptionInfo'], bytes: info },
    { path: ['EncryptedPackage'], bytes: Buffer.concat([le32(size, 0), data]) },
  ])
}

function cryptoHeader(algorithm: number, bits: number, verifier: Buffer, verifierHash: Buffer): Buffer {
  const header = Buffer.concat([le32(0x24, 0, algorithm, 0x8004, bits, 1, 0, 0), wide('provider\0')])
  return Buffer.concat([Buffer.from([4, 0, 2, 0]), le32(0x24, header.length), header, le32(16), SALT, verifier, le32(20), verifierHash])
}

/** An encrypted Office Open XML document of the older kind (2.3.4.5). */
export function buildStandard(content: Buffer, password: string, bits: 128 | 192 | 256 = 128): Buffer {
  const last = digest('sha1', spun('sha1', password, 50_000), le32(0))
  const half = (mark: number) => digest('sha1', Buffer.alloc(64, mark).map((byte, i) => byte ^ (last[i] ?? 0)) as Buffer)
  const key = Buffer.concat([half(0x36), half(0x5c)]).subarray(0, bits / 8)
  const seal = (bytes: Buffer) => encrypted(`aes-${bits}-ecb`, key, null, bytes)
  return inCfb(cryptoHeader(0x660e + bits / 64 - 2, bits, seal(VERIFIER), seal(digest('sha1', VERIFIER))), content.length, seal(content))
}

interface Stream {
  readonly header: Buffer
  readonly cipherOf: (block: number) => Rc4
}

/** The header that doc, xls and ppt share, and the keys that belong to it: RC4 (2.3.6) or RC4 CryptoAPI (2.3.5). */
function rc4(password: string, bits: number): Stream {
  const api = bits > 0
  const algorithm = api ? 'sha1' : 'md5'
  const first = api ? digest('sha1', SALT, wide(password)) : digest('md5', wide(password)).subarray(0, 5)
  const base = api ? first : digest('md5', ...Array.from({ length: 16 }, () => Buffer.concat([first, SALT]))).subarray(0, 5)
  const cipherOf = (block: number) => {
    const key = digest(algorithm, base, le32(block))
    return new Rc4(api ? (bits === 40 ? fitted(key.subarray(0, 5), 16, 0) : key.subarray(0, bits / 8)) : key)
  }
  const sealed = cipherOf(0).apply(Buffer.concat([VERIFIER, digest(algorithm, VERIFIER)]))
  const [verifier, verifierHash] = [sealed.subarray(0, 16), sealed.subarray(16)]
  const header = api ? cryptoHeader(0x6801, bits, verifier, verifierHash) : Buffer.concat([Buffer.from([1, 0, 1, 0]), SALT, verifier, verifierHash])
  return { header, cipherOf }
}

function inBlocks(stream: Buffer, { cipherOf }: Stream, blockBytes: number): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at < stream.length; at += blockBytes) blocks.push(cipherOf(at / blockBytes).apply(stream.subarray(at, at + blockBytes)))
  return Buffer.concat(blocks)
}

/** Records of a workbook: number and data. */
type Records = readonly (readonly [type: number, data: Buffer])[]
export type StreamScheme = 'xor' | 'rc4' | 'rc4-40' | 'rc4-128'

/** An encrypted workbook (MS-XLS 2.2.10) of these records behind BOF and FilePass. */
export function buildWorkbook(records: Records, password: string, scheme: StreamScheme): Buffer {
  const keys = xorKeys(password)!
  const stream = rc4(password, Number(scheme.split('-')[1] ?? 0))
  const pass =
    scheme === 'xor' ? Buffer.from([0, 0, keys.key, keys.key >> 8, keys.verifier, keys.verifier >> 8]) : Buffer.concat([Buffer.from([1, 0]), stream.header])
  const all: Records = [[0x809, Buffer.from('0006050000000000', 'hex')], [0x2f, pass], ...records, [0x0a, Buffer.alloc(0)]]
  const head = (type: number, size: number) => Buffer.from([type, type >> 8, size, size >> 8])
  const plain = Buffer.concat(all.flatMap(([type, data]) => [head(type, data.length), data]))
  const sealed = scheme === 'xor' ? undefined : inBlocks(plain, stream, 1024)
  const out: Buffer[] = []
  let at = 0
  for (const [type, data] of all) {
    at += 4
    const rotated = Buffer.from(data.map((byte, i) => (((byte << 5) | (byte >> 3)) & 0xff) ^ keys.pad[(at + data.length + i) % 16]!))
    const covered = sealed?.subarray(at, at + data.length) ?? rotated
    const open = type === 0x809 || type === 0x2f ? data.length : type === 0x85 ? 4 : 0
    out.push(head(type, data.length), data.subarray(0, open), covered.subarray(open))
    at += data.length
  }
  return buildCfb([{ path: ['Workbook'], bytes: Buffer.concat(out) }])
}

/** An encrypted Word document (MS-DOC 2.2.6) around a document stream, which begins with its header, and a table stream. */
export function buildWord(document: Buffer, table: Buffer, password: string, scheme: StreamScheme): Buffer {
  const keys = xorKeys(password)!
  const stream = rc4(password, Number(scheme.split('-')[1] ?? 0))
  const head = Buffer.from(document)
  head.writeUInt16LE(head.readUInt16LE(10) | (scheme === 'xor' ? 0x8100 : 0x0100), 10)
  head.writeUInt32LE(scheme === 'xor' ? ((keys.key << 16) | keys.verifier) >>> 0 : stream.header.length, 14)
  const padded = (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (byte === 0 || byte === keys.pad[i % 16] ? byte : byte ^ keys.pad[i % 16]!)))
  const cover = (bytes: Buffer) => (scheme === 'xor' ? padded(bytes) : inBlocks(bytes, stream, 512))
  const sealed = cover(table)
  return buildCfb([
    { path: ['WordDocument'], bytes: Buffer.concat([head.subarray(0, 68), cover(head).subarray(68)]) },
    { path: ['0Table'], bytes: scheme === 'xor' ? sealed : Buffer.concat([stream.header, sealed.subarray(stream.header.length)]) },
  ])
}

/** An encrypted presentation (MS-PPT 2.3.7) of these objects, which are whole records; object 1 is the header of the encryption. */
export function buildPresentation(objects: readonly Buffer[], password: string): Buffer {
  const { header, cipherOf } = rc4(password, 128)
  const record = (type: number, data: Buffer) => Buffer.concat([Buffer.from([0, 0, type, type >> 8]), le32(data.length), data])
  const stored = [record(0x2f14, header), ...objects.map((object, i) => cipherOf(i + 2).apply(object))]
  const places = stored.map((_, i) => Buffer.concat(stored.slice(0, i)).length)
  const body = Buffer.concat(stored)
  const directory = record(0x1772, Buffer.concat([le32((stored.length << 20) | 1), ...places.map((place) => le32(place))]))
  const edit = record(0x0ff5, Buffer.concat([le32(0, 0, 0, body.length, 2, 0, 0), le32(1)]))
  const user = record(0x0ff6, Buffer.concat([le32(0x14, 0xf3d1c4df | 0, body.length + directory.length), Buffer.alloc(8)]))
  return buildCfb([
    { path: ['Current User'], bytes: user },
    { path: ['PowerPoint Document'], bytes: Buffer.concat([body, directory, edit]) },
  ])
}
