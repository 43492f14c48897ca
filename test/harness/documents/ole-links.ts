import { classBytes } from '#scanner/formats/ole-stream.ts'
import { buildCfb, buildOle1 } from '#test/harness/documents.ts'

/** Linked OLE objects, built byte by byte and leading nowhere. */

const STANDARD_LINK = '00000300-0000-0000-C000-000000000046'

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le')
}

/** A moniker as a link keeps it: its class, then its data. */
function moniker(clsid: string, ...data: readonly Buffer[]): Buffer {
  return Buffer.concat([classBytes(clsid), ...data])
}

export function urlMoniker(url: string): Buffer {
  return moniker('79EAC9E0-BAF9-11CE-8C82-00AA004BA90B', word(wide(url).length), wide(url))
}

export function fileMoniker(path: string, unicode?: string): Buffer {
  const raw = Buffer.from(`${path}\0`, 'latin1')
  const tail = Buffer.alloc(24)
  tail.writeUInt16LE(0xffff, 0)
  tail.writeUInt16LE(0xdead, 2)
  const long = Buffer.from(unicode ?? '', 'utf16le')
  const more = unicode ? [word(long.length + 6), word(long.length), Buffer.from([3, 0]), long] : [word(0)]
  return moniker('00000303-0000-0000-C000-000000000046', Buffer.alloc(2), word(raw.length), raw, tail, ...more)
}

export function compositeMoniker(...parts: readonly Buffer[]): Buffer {
  return moniker('00000309-0000-0000-C000-000000000046', word(parts.length), ...parts)
}

export function newMoniker(): Buffer {
  return moniker('ECABAFC6-7F19-11D2-978E-0000F8757E2A', word(0))
}

export function scriptMoniker(text: string): Buffer {
  return moniker('06290BD3-48AA-11D2-8432-006008C3FBFC', word(wide(text).length), wide(text))
}

export function soapMoniker(text: string): Buffer {
  return moniker('ECABB0C7-7F19-11D2-978E-0000F8757E2A', word(0), word(wide(text).length), wide(text))
}

/** An `\1Ole` stream of a linked object; `update` 1 is always, 3 is when somebody asks. */
export function oleStream(source: Buffer, update = 3): Buffer {
  return Buffer.concat([word(0x02000001), word(1), word(update), word(0), word(0), word(0), word(source.length), source, word(0xffffffff)])
}

/** The compound file of an OLE 2 link. */
export function linkObject(source: Buffer, update?: number): Buffer {
  return buildCfb([{ path: ['\u0001Ole'], bytes: oleStream(source, update) }], { '': classBytes(STANDARD_LINK).toString('hex') })
}

/** An RTF with one linked object; `words` is what its group says of it. */
export function rtfLink(source: Buffer, words = '\\objautlink\\objupdate', more = ''): Buffer {
  const hex = buildOle1('OLE2Link', linkObject(source)).toString('hex')
  return Buffer.from(`{\\rtf1\\ansi ${more}{\\object${words}\\rsltpict{\\*\\objdata ${hex}}{\\result {}}}}`, 'latin1')
}

/** A link of OLE 1.0, as RTF carries it. */
export function ole1Link(className: string, topic: string, item = ''): Buffer {
  const text = (value: string) => (value === '' ? word(0) : Buffer.concat([word(value.length + 1), Buffer.from(`${value}\0`, 'latin1')]))
  return Buffer.concat([word(0x501), word(1), text(className), text(topic), text(item), word(0), word(0), word(0)])
}

/** A shell link (MS-SHLLINK) that names an address and can start nothing: a header and a text. */
export function shellLink(target: string): Buffer {
  const header = Buffer.alloc(76)
  Buffer.from('4c0000000114020000000000c000000000000046', 'hex').copy(header)
  return Buffer.concat([header, wide(target), word(0)])
}

/** The compound file of a Shell.Explorer.1 control with this state. */
export function shellExplorer(state: Buffer): Buffer {
  return buildCfb([{ path: ['CONTENTS'], bytes: state }], { '': classBytes('EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B').toString('hex') })
}
