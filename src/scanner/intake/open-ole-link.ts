import type { Cfb, CfbEntry } from '#scanner/formats/cfb.ts'
import { classOfId, classOfName } from '#scanner/formats/ole-classes.ts'
import { compObjClass, readOleStream } from '#scanner/formats/ole-stream.ts'
import type { Part } from './part.ts'

/** Reports the monikers of an `\1Ole` stream, with the class of the storage that they stand in. */
export function sayLinks(part: Part, path: string, cfb: Cfb, entry: CfbEntry): void {
  const { automatic, monikers } = readOleStream(cfb.read(entry))
  const homeClass = storageOf(cfb, entry)?.clsid ?? ''
  for (const { offset, kind, clsid, target } of monikers) part.say({ kind: 'ole-link', path, offset, moniker: kind, clsid, target, homeClass, automatic })
}

/** Reports the storages of a compound file whose class is one to look at. */
export function sayClasses(part: Part, cfb: Cfb, pathOf: (entry: CfbEntry) => string): void {
  for (const entry of cfb.entries) {
    const known = entry.kind === 'stream' ? undefined : classOfId(entry.clsid)
    if (known) part.say({ kind: 'ole-class', path: entry.kind === 'root' ? part.path : pathOf(entry), clsid: known.clsid, title: known.title, by: 'class id' })
    if (entry.kind !== 'stream' || entry.name.toLowerCase() !== '\u0001compobj' || entry.size > 4096) continue
    const stated = classOfId(compObjClass(cfb.read(entry)) ?? '')
    if (stated && stated.clsid !== storageOf(cfb, entry)?.clsid)
      part.say({ kind: 'ole-class', path: pathOf(entry), offset: 12, clsid: stated.clsid, title: stated.title, by: 'class id' })
  }
}

/** Reports a class that is only named, as OLE 1.0 objects do. */
export function sayClassName(part: Part, path: string, offset: number, name: string): void {
  const known = classOfName(name)
  if (known) part.say({ kind: 'ole-class', path, offset, clsid: known.clsid, title: known.title, by: 'name' })
}

function storageOf(cfb: Cfb, { path }: CfbEntry): CfbEntry | undefined {
  return cfb.entries.find((one) => one.kind !== 'stream' && one.path.length === path.length - 1 && one.path.every((name, i) => name === path[i]))
}
