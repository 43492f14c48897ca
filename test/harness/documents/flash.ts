import { deflateSync } from 'node:zlib'
import { buildCfb } from '../documents.ts'

/** Class of the Flash control as it stands in files. */
export const FLASH_CONTROL = '6edb7cd26daecf1196b8444553540000'

export type FlashTag = readonly [code: number, data: Buffer]

/** A Flash movie of version 32 with these tags. */
export function buildSwf(tags: readonly FlashTag[], packed = true): Buffer {
  const head = (code: number, length: number) => {
    const bytes = Buffer.alloc(6)
    bytes.writeUInt16LE((code << 6) | 0x3f, 0)
    bytes.writeUInt32LE(length, 2)
    return bytes
  }
  // A stage of no size, one frame.
  const body = Buffer.concat([Buffer.from('0000180100', 'hex'), ...tags.flatMap(([code, data]) => [head(code, data.length), data]), Buffer.alloc(2)])
  const header = Buffer.from(packed ? 'CWS\x20\0\0\0\0' : 'FWS\x20\0\0\0\0', 'latin1')
  header.writeUInt32LE(body.length + 8, 4)
  return Buffer.concat([header, packed ? deflateSync(body) : body])
}

/** A list of scenes that states this count. */
export function sceneList(count: number): FlashTag {
  return [86, Buffer.concat([u32(count), Buffer.alloc(20)])]
}

/** An OpenType font with a kern table of this version and count, as a movie brings it. */
export function movieFont(tables: number, version = 0x00010000): FlashTag {
  const font = Buffer.alloc(12 + 16 + 8)
  font.write('OTTO', 'latin1')
  font.writeUInt16BE(1, 4)
  font.write('kern', 12, 'latin1')
  font.writeUInt32BE(28, 20)
  font.writeUInt32BE(8, 24)
  font.writeUInt32BE(version, 28)
  font.writeUInt32BE(tables, 32)
  return [91, Buffer.concat([Buffer.from([1, 0, 4]), Buffer.from('Inert\0'), font])]
}

/** Data that scripts of a movie can read. */
export function movieData(bytes: Buffer): FlashTag {
  return [87, Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0]), bytes])]
}

/** A number of ActionScript bytecode, seven bits in a byte. */
export function u32(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left])
    bytes.push((left % 128) | 0x80)
  }
}

export interface Bytecode {
  /** Words that the code names; the first is 1. */
  readonly names: readonly string[]
  /** Texts beside them. */
  readonly texts?: readonly string[]
  /** A class by its name, and the interface that it implements. */
  readonly implement?: readonly [name: string, of: string]
  readonly code?: Buffer
}

/** A tag of ActionScript 3: words, at most one class, one method. */
export function script({ names, texts = [], implement, code = Buffer.from([0x47]) }: Bytecode): FlashTag {
  const all = [...names, ...(implement ?? [])]
  const strings = [...all, ...texts].map((text) => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]))
  const constants = [
    Buffer.from([0, 0, 0]),
    u32(strings.length + 1),
    ...strings,
    // One namespace, no sets, and a name for each word.
    Buffer.from([2, 0x16, 0, 0]),
    u32(all.length + 1),
    ...all.map((_, i) => Buffer.concat([Buffer.from([7, 1]), u32(i + 1)])),
  ]
  const methods = Buffer.from([1, 0, 0, 0, 0])
  const classes = implement
    ? Buffer.concat([Buffer.from([1]), u32(all.length - 1), Buffer.from([0, 0, 1]), u32(all.length), Buffer.from([0, 0, 0, 0])])
    : Buffer.from([0])
  const bodies = Buffer.concat([Buffer.from([1, 0, 4, 4, 0, 8]), u32(code.length), code, Buffer.from([0, 0])])
  // Behind the methods no metadata, behind the classes no scripts.
  const abc = [Buffer.from([16, 0, 46, 0]), ...constants, methods, Buffer.from([0]), classes, Buffer.from([0]), bodies]
  return [82, Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.from('inert\0'), ...abc])]
}

const NAMES = ['player', 'drmManager', 'listener', 'initialize', 'LocalConnection', 'connect']

/** A script that hands a listener to the DRM manager of a player, may drop it, and connects so many connections of one name. */
export function drmScript({ drops, connects, listens = true }: { readonly drops: boolean; readonly connects: number; readonly listens?: boolean }): FlashTag {
  const handOver = Buffer.from([0xd0, 0x66, 1, 0x66, 2, 0xd0, 0x66, 3, 0x4f, 4, 1])
  const drop = drops ? Buffer.from([0xd0, 0x20, 0x61, 3]) : Buffer.alloc(0)
  const connect = Buffer.from([0x5d, 5, 0x4a, 5, 0, 0x2c, 6, 0x4f, 6, 1])
  return script({
    names: NAMES,
    implement: ['Waiting', listens ? 'DRMOperationCompleteListener' : 'IEventDispatcher'],
    code: Buffer.concat([handOver, drop, ...Array.from({ length: connects }, () => connect), Buffer.from([0x47])]),
  })
}

/** The state of a Flash control that keeps a movie. */
export function flashState(movie: Buffer): Buffer {
  const mark = Buffer.from('fUfU\0\0\0\0', 'latin1')
  mark.writeUInt32LE(movie.length, 4)
  return Buffer.concat([Buffer.alloc(12, 1), mark, movie])
}

/** A compound file of a Flash control with a movie in it. */
export function flashObject(movie: Buffer): Buffer {
  return buildCfb([{ path: ['Contents'], bytes: flashState(movie) }], { '': FLASH_CONTROL })
}
