import { crc32, deflateRawSync, deflateSync } from 'node:zlib'

/** Small inert documents, built byte by byte: what the scanner's tests read instead of files of others. */

const SECTOR = 512
const MINI = 64
const FREE = 0xffffffff
const END = 0xfffffffe
/** Sectors of the allocation table that the header of a compound file names. */
const NAMED = 109

export interface CfbStream {
  /** Names from the root, such as ['VBA', 'dir']. */
  readonly path: readonly string[]
  readonly bytes: Buffer
}

interface Node {
  readonly name: string
  readonly kind: 1 | 2 | 5
  readonly bytes?: Buffer
  readonly children: Node[]
  clsid?: string
}

/** A compound file of version 3 with a mini stream; `classes` gives storages their class id, as hexadecimal bytes in file order. */
export function buildCfb(streams: readonly CfbStream[], classes: Readonly<Record<string, string>> = {}): Buffer {
  const root: Node = { name: 'Root Entry', kind: 5, children: [] }
  for (const { path, bytes } of streams) {
    let home = root
    for (const name of path.slice(0, -1)) {
      let next = home.children.find((node) => node.name === name)
      if (!next) home.children.push((next = { name, kind: 1, children: [] }))
      if (classes[name]) next.clsid = classes[name]
      home = next
    }
    home.children.push({ name: path.at(-1)!, kind: 2, bytes, children: [] })
  }
  if (classes['']) root.clsid = classes['']
  const nodes: Node[] = []
  const collect = (node: Node) => {
    nodes.push(node)
    node.children.forEach(collect)
  }
  collect(root)
  return layOut(nodes)
}

function layOut(nodes: readonly Node[]): Buffer {
  const sectors: Buffer[] = []
  const fat: number[] = []
  const append = (bytes: Buffer): number => {
    if (bytes.length === 0) return END
    const first = sectors.length
    for (let at = 0; at < bytes.length; at += SECTOR) {
      sectors.push(padded(bytes.subarray(at, at + SECTOR), SECTOR))
      fat.push(sectors.length)
    }
    fat[fat.length - 1] = END
    return first
  }
  const minis: Buffer[] = []
  const miniFat: number[] = []
  const places = nodes.map((node) => {
    const bytes = node.bytes
    if (!bytes || bytes.length === 0) return { start: END, size: 0 }
    if (bytes.length >= 4096) return { start: append(bytes), size: bytes.length }
    const start = miniFat.length
    for (let at = 0; at < bytes.length; at += MINI) {
      minis.push(padded(bytes.subarray(at, at + MINI), MINI))
      miniFat.push(miniFat.length + 1)
    }
    miniFat[miniFat.length - 1] = END
    return { start, size: bytes.length }
  })
  const miniStream = Buffer.concat(minis)
  places[0] = { start: append(miniStream), size: miniStream.length }
  const miniFatStart = append(words(miniFat))
  const directory = Buffer.concat(nodes.map((node, id) => directoryEntry(nodes, places[id]!, node)))
  const directoryStart = append(padded(directory, Math.ceil(directory.length / SECTOR) * SECTOR, 0))
  // Each sector of the table takes an entry of its own, and beyond the 109 that the header names, so does each that names further ones.
  const few = Math.ceil((sectors.length + 1) / (SECTOR / 4 - 1))
  const fatCount = few <= NAMED ? few : Math.ceil((sectors.length + 1) / (SECTOR / 4 - 2))
  const fatStart = sectors.length
  const further = Math.ceil(Math.max(0, fatCount - NAMED) / (SECTOR / 4 - 1))
  const whole = [...fat, ...Array.from({ length: fatCount }, () => 0xfffffffd), ...Array.from({ length: further }, () => 0xfffffffc)]
  const difat = Array.from({ length: further }, (_, n) => {
    const named = Array.from({ length: SECTOR / 4 - 1 }, (__, i) => NAMED + n * (SECTOR / 4 - 1) + i)
    return words([...named.map((i) => (i < fatCount ? fatStart + i : FREE)), n + 1 < further ? fatStart + fatCount + n + 1 : END])
  })
  const header = Buffer.alloc(SECTOR, 0xff)
  header.fill(0, 0, 76)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header)
  for (const [at, value] of [
    [24, 0x3e],
    [26, 3],
    [28, 0xfffe],
    [30, 9],
    [32, 6],
  ] as const)
    header.writeUInt16LE(value, at)
  for (const [at, value] of [
    [44, fatCount],
    [48, directoryStart],
    [56, 4096],
    [60, miniFat.length > 0 ? miniFatStart : END],
    [64, Math.ceil(miniFat.length / 128)],
    [68, further > 0 ? fatStart + fatCount : END],
    [72, further],
  ] as const)
    header.writeUInt32LE(value, at)
  for (let i = 0; i < Math.min(fatCount, NAMED); i++) header.writeUInt32LE(fatStart + i, 76 + i * 4)
  return Buffer.concat([header, ...sectors, padded(words(whole), fatCount * SECTOR, 0xff), ...difat])
}

function directoryEntry(nodes: readonly Node[], { start, size }: { start: number; size: number }, node: Node): Buffer {
  const entry = Buffer.alloc(128)
  const name = Buffer.from(node.name, 'utf16le')
  name.copy(entry, 0, 0, 62)
  entry.writeUInt16LE(name.length + 2, 64)
  entry[66] = node.kind
  entry[67] = 1
  const home = nodes.find(({ children }) => children.includes(node))
  const next = home?.children[home.children.indexOf(node) + 1]
  entry.writeUInt32LE(FREE, 68)
  entry.writeUInt32LE(next ? nodes.indexOf(next) : FREE, 72)
  entry.writeUInt32LE(node.children[0] ? nodes.indexOf(node.children[0]) : FREE, 76)
  if (node.clsid) Buffer.from(node.clsid, 'hex').copy(entry, 80)
  entry.writeUInt32LE(start, 116)
  entry.writeUInt32LE(size, 120)
  return entry
}

function padded(bytes: Buffer, length: number, fill = 0): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length), fill)])
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32LE(value, i * 4))
  return bytes
}

export interface ZipFile {
  readonly name: string
  readonly bytes: Buffer
  /** Sizes that the headers state instead of the true one. */
  readonly statedBytes?: number
  readonly encrypted?: boolean
}

/** A ZIP with packed entries and a central directory. */
export function buildZip(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, bytes, statedBytes = bytes.length, encrypted = false } of files) {
    const packed = deflateRawSync(bytes)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    const shared = Buffer.alloc(24)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(encrypted ? 1 : 0, 2)
    shared.writeUInt16LE(8, 4)
    shared.writeUInt32LE(crc32(bytes), 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(statedBytes, 18)
    shared.writeUInt16LE(Buffer.byteLength(name), 22)
    shared.copy(local, 4)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(20, 4)
    shared.copy(entry, 6)
    entry.writeUInt32LE(offset, 42)
    locals.push(local, Buffer.from(name), packed)
    central.push(entry, Buffer.from(name))
    offset += 30 + Buffer.byteLength(name) + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

/** A docx with these parts beside the content types that make it one. */
export function buildDocx(parts: Readonly<Record<string, string | Buffer>>): Buffer {
  const types =
    '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
  return buildZip(Object.entries({ '[Content_Types].xml': types, ...parts }).map(([name, bytes]) => ({ name, bytes: Buffer.from(bytes) })))
}

/** A relationship part with one relationship. */
export function relationships(type: string, target: string, mode = 'External'): string {
  return `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}" TargetMode="${mode}"/></Relationships>`
}

/** An "Equation Native" stream: header, MTEF 3, a full-size line, and the records given. */
export function buildEquation(records: Buffer): Buffer {
  const header = Buffer.alloc(28)
  header.writeUInt16LE(28, 0)
  header.writeUInt32LE(0x00020000, 2)
  return Buffer.concat([header, Buffer.from([3, 1, 1, 3, 10, 10, 1]), records, Buffer.from([0, 0])])
}

export function fontRecord(name: Buffer): Buffer {
  return Buffer.concat([Buffer.from([8, 0x5a, 0x5a]), name, Buffer.from([0])])
}

export function matrixRecord(rows: number, columns: number): Buffer {
  const partition = (count: number) => Buffer.alloc(Math.ceil((2 * (count + 1)) / 8))
  return Buffer.concat([Buffer.from([5, 0, 0, 0, rows, columns]), partition(rows), partition(columns), Buffer.from([0])])
}

/** A compound file that holds one equation. */
export function equationObject(records: Buffer): Buffer {
  return buildCfb([{ path: ['Equation Native'], bytes: buildEquation(records) }], { '': '02ce020000000000c000000000000046' })
}

/** The native data of a packager object. */
export function buildPackage(file: string, bytes: Buffer): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from(value, 'latin1'), Buffer.from([0])])
  const size = (value: number) => words([value])
  const temporary = text(`C:\\Temp\\${file}`)
  return Buffer.concat([
    Buffer.from([2, 0]),
    text(file),
    text(`C:\\${file}`),
    Buffer.from([0, 0, 3, 0]),
    size(temporary.length),
    temporary,
    size(bytes.length),
    bytes,
  ])
}

/** The same as an Ole10Native stream, with its size in front. */
export function nativeStream(native: Buffer): Buffer {
  return Buffer.concat([words([native.length]), native])
}

/** An OLE 1.0 object as RTF carries it. */
export function buildOle1(className: string, data: Buffer): Buffer {
  const name = Buffer.from(`${className}\0`, 'latin1')
  return Buffer.concat([words([0x501, 2, name.length]), name, words([0, 0, data.length]), data])
}

/** An RTF with one object whose data are written as given. */
export function buildRtf(hex: string, before = ''): Buffer {
  return Buffer.from(`{\\rtf1\\ansi ${before}{\\object\\objemb{\\*\\objclass Word.Document.8}{\\*\\objdata ${hex}}}}`, 'latin1')
}

/** Packs text as a VBA container of literals only (MS-OVBA 2.4.1.3). */
export function packVba(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [Buffer.from([1])]
  for (let at = 0; at < bytes.length; at += 3600) {
    const part = bytes.subarray(at, at + 3600)
    const tokens: Buffer[] = []
    for (let i = 0; i < part.length; i += 8) tokens.push(Buffer.from([0]), part.subarray(i, i + 8))
    const packed = Buffer.concat(tokens)
    const header = Buffer.alloc(2)
    header.writeUInt16LE(0xb000 | (packed.length - 1), 0)
    chunks.push(header, packed)
  }
  return Buffer.concat(chunks)
}

/** A compound file with a VBA project of these modules. */
export function buildVba(modules: Readonly<Record<string, string>>): Buffer {
  const record = (id: number, data: Buffer) => {
    const header = Buffer.alloc(6)
    header.writeUInt16LE(id, 0)
    header.writeUInt32LE(data.length, 2)
    return Buffer.concat([header, data])
  }
  const filler = Buffer.alloc(16, 0x41)
  const directory = [record(3, Buffer.from([0xe4, 4]))]
  for (const name of Object.keys(modules))
    directory.push(
      record(0x19, Buffer.from(name)),
      record(0x1a, Buffer.from(name)),
      record(0x32, Buffer.from(name, 'utf16le')),
      record(0x31, words([filler.length])),
    )
  return buildCfb([
    { path: ['VBA', 'dir'], bytes: packVba(Buffer.concat(directory)) },
    { path: ['VBA', '_VBA_PROJECT'], bytes: Buffer.from([0xcc, 0x61, 0xff, 0xff]) },
    ...Object.entries(modules).map(([name, source]) => ({
      path: ['VBA', name],
      bytes: Buffer.concat([filler, packVba(Buffer.from(`Attribute VB_Name = "${name}"\r\n${source}`, 'latin1'))]),
    })),
  ])
}

/** A PDF of these objects, numbered from 1, with the first as its catalog; no cross-reference table. */
export function buildPdf(objects: readonly (string | { readonly dictionary: string; readonly data: Buffer })[]): Buffer {
  const body = objects.map((object, i) => {
    if (typeof object === 'string') return Buffer.from(`${i + 1} 0 obj\n${object}\nendobj\n`, 'latin1')
    const { dictionary, data } = object
    return Buffer.concat([
      Buffer.from(`${i + 1} 0 obj\n<<${dictionary} /Length ${data.length}>>\nstream\n`, 'latin1'),
      data,
      Buffer.from('\nendstream\nendobj\n'),
    ])
  })
  return Buffer.concat([Buffer.from('%PDF-1.7\n'), ...body, Buffer.from('trailer\n<</Root 1 0 R>>\n%%EOF\n')])
}

/** An object stream that holds these objects. */
export function objectStream(objects: Readonly<Record<number, string>>): { dictionary: string; data: Buffer } {
  let body = ''
  const index: string[] = []
  for (const [number, text] of Object.entries(objects)) {
    index.push(`${number} ${body.length}`)
    body += `${text} `
  }
  const head = `${index.join(' ')} `
  return { dictionary: `/Type /ObjStm /N ${index.length} /First ${head.length} /Filter /FlateDecode`, data: deflateSync(Buffer.from(head + body, 'latin1')) }
}
