import type { Cfb, CfbEntry } from '#scanner/formats/cfb.ts'
import { classOfId, classOfName } from '#scanner/formats/ole-classes.ts'
import { compObjClass, readOleStream } from '#scanner/formats/ole-stream.ts'
import type { Part } from './part.ts'

const LARGEST_COMP_OBJ = 4096
const LARGEST_STATE = 256 * 1024
const MOST_STREAMS = 16
const MOST_CLASSES = 64

/** Reports the monikers of an `\1Ole` stream, with the class of the storage that they stand in. */
export function sayLinks(part: Part, path: string, cfb: Cfb, entry: CfbEntry): void {
  const { automatic, monikers } = readOleStream(cfb.read(entry))
  const homeClass = storageOf(cfb, entry)?.clsid ?? ''
  for (const { offset, kind, clsid, target } of monikers) part.say({ kind: 'ole-link', path, offset, moniker: kind, clsid, target, homeClass, automatic })
}

/** Reports the storages of a compound file whose class is one to look at, with what they keep. */
export function sayClasses(part: Part, cfb: Cfb, pathOf: (entry: CfbEntry) => string): void {
  let classes = 0
  for (const entry of cfb.entries) {
    const isStream = entry.kind === 'stream'
    if (isStream && (entry.name.toLowerCase() !== '\u0001compobj' || entry.size > LARGEST_COMP_OBJ)) continue
    const known = classOfId(isStream ? (compObjClass(cfb.read(entry)) ?? '') : entry.clsid)
    const home = isStream ? storageOf(cfb, entry) : entry
    if (!known || !home || (isStream && known.clsid === home.clsid)) continue
    if (++classes > MOST_CLASSES) return part.miss(part.path, 'limit', `more than ${MOST_CLASSES} embedded classes to look at`)
    const path = entry.kind === 'root' ? part.path : pathOf(entry)
    part.say({ kind: 'ole-class', path, clsid: known.clsid, title: known.title, by: 'class id', state: stateOf(cfb, home) })
  }
}

function stateOf(cfb: Cfb, home: CfbEntry): Buffer {
  const depth = home.path.length
  const streams = cfb.entries.filter(
    (one) => one.kind === 'stream' && one.path.length === depth + 1 && one.size <= LARGEST_STATE && home.path.every((name, i) => name === one.path[i]),
  )
  return Buffer.concat(streams.slice(0, MOST_STREAMS).map((one) => cfb.read(one)))
}

/** Reports a class that is only named, as OLE 1.0 objects do. */
export function sayClassName(part: Part, path: string, offset: number, name: string): void {
  const known = classOfName(name)
  if (known) part.say({ kind: 'ole-class', path, offset, clsid: known.clsid, title: known.title, by: 'name' })
}

function storageOf(cfb: Cfb, { path }: CfbEntry): CfbEntry | undefined {
  return cfb.find(path.slice(0, -1))
}
