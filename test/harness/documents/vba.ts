import { buildCfb, packVba, type CfbStream } from '#test/harness/documents.ts'

/** One line of p-code: a procedure that is defined, a text that is put on the stack, or a call with one argument. */
export type PcodeLine = { readonly procedure: string } | { readonly text: string; readonly call?: string }

export interface BuiltModule {
  readonly name: string
  /** Undefined leaves the stream without source. */
  readonly source?: string
  readonly pcode?: readonly PcodeLine[]
  readonly procedural?: boolean
}

const OPCODES = { procedure: 150, text: 185 - 3, call: 36 }
const VERSION = 0x97

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value & 0xffff)
  return bytes
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

function record(id: number, data: Buffer): Buffer {
  return Buffer.concat([word(id), long(data.length), data])
}

/** The performance cache of a module, as a 32-bit Office of version 0x97 lays it out: only what a reader of p-code needs. */
function cacheOf(lines: readonly PcodeLine[], names: string[]): Buffer {
  const codeOf = (name: string) => {
    if (!names.includes(name)) names.push(name)
    return (names.indexOf(name) + 0x104) << 1
  }
  const table: Buffer[] = []
  const code = lines.map((line) => {
    if ('procedure' in line) {
      table.push(Buffer.concat([word(0x1000), word(codeOf(line.procedure)), Buffer.alloc(60)]))
      return Buffer.concat([word(OPCODES.procedure), long((table.length - 1) * 64)])
    }
    const text = Buffer.from(line.text, 'latin1')
    const literal = Buffer.concat([word(OPCODES.text), word(text.length), text, Buffer.alloc(text.length % 2)])
    return line.call === undefined ? literal : Buffer.concat([literal, word(OPCODES.call), word(codeOf(line.call)), word(1)])
  })
  const procedures = Buffer.concat(table)
  const head = Buffer.alloc(0x80)
  const start = head.length
  const linesAt = start + 4 + procedures.length
  head.writeUInt32LE(start - 10, 0x11)
  head.writeUInt32LE(linesAt - 0x3c, 0x19)
  let offset = 0
  const entries = code.map((bytes) => {
    const entry = Buffer.concat([long(0), word(bytes.length), word(0), long(offset)])
    offset += bytes.length
    return entry
  })
  return Buffer.concat([head, long(procedures.length), procedures, word(0xcafe), word(0), word(lines.length), ...entries, Buffer.alloc(10), ...code])
}

/** The `_VBA_PROJECT` stream with these identifiers. */
function namesStream(names: readonly string[]): Buffer {
  const tables = [word(0), word(0), word(0), word(0), word(0), word(0xffff), word(0xffff), word(0xffff), Buffer.alloc(0x64), word(0)]
  const counts = [Buffer.alloc(6), long(0), Buffer.alloc(6), word(names.length), word(names.length), word(0), long(0)]
  const entries = names.map((name) => Buffer.concat([Buffer.from([name.length, 0]), Buffer.from(name, 'latin1'), long(0)]))
  return Buffer.concat([word(0x61cc), word(VERSION), Buffer.alloc(0x1e - 4), ...tables, ...counts, ...entries])
}

/** A compound file with a VBA project whose modules hold source, p-code, or both; `more` are streams beside it. */
export function buildVbaProject(modules: readonly BuiltModule[], more: readonly CfbStream[] = []): Buffer {
  const names: string[] = []
  const directory = [
    record(0x01, long(1)),
    record(0x03, word(1252)),
    record(0x04, Buffer.from('Project')),
    Buffer.concat([word(0x09), long(4), long(1_500_000_000), word(7)]),
    record(0x16, Buffer.from('stdole')),
  ]
  const streams = modules.map(({ name, source, pcode = [], procedural = false }) => {
    const cache = cacheOf(pcode, names)
    directory.push(
      record(0x19, Buffer.from(name)),
      record(0x1a, Buffer.from(name)),
      record(0x32, Buffer.from(name, 'utf16le')),
      record(0x31, long(cache.length)),
      record(procedural ? 0x21 : 0x22, Buffer.alloc(0)),
      record(0x2b, Buffer.alloc(0)),
    )
    const packed = source === undefined ? Buffer.alloc(0) : packVba(Buffer.from(`Attribute VB_Name = "${name}"\r\n${source}`, 'latin1'))
    return { path: ['VBA', name], bytes: Buffer.concat([cache, packed]) }
  })
  return buildCfb([
    { path: ['VBA', 'dir'], bytes: packVba(Buffer.concat(directory)) },
    { path: ['VBA', '_VBA_PROJECT'], bytes: namesStream(names) },
    ...streams,
    ...more,
  ])
}
