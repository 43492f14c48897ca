import type { Budget } from '#scanner/intake/limits.ts'
import { guid, u32, utf16 } from './bytes.ts'
import type { Cfb, CfbEntry } from './cfb.ts'
import { fixedBytes, type MapiAttachment, type MapiMessage, type MapiProperty, type PropertyName } from './mapi.ts'

const PROPERTIES = '__PROPERTIES_VERSION1.0'
const NAMES = '__nameid_version1.0'
/** Messages attached to messages attached to messages. */
const DEEPEST = 12
/** Values that stand in the property stream itself; a message has some dozens. */
const MOST_PROPERTIES = 20_000
/** Bytes before the first entry of a property stream (MS-OXMSG 2.4.1). */
const HEAD = { top: 32, embedded: 24, inner: 8 } as const
const WELL_KNOWN_SETS = ['', '{00020328-0000-0000-C000-000000000046}', '{00020329-0000-0000-C000-000000000046}']

/**
 * Reads an Outlook message (MS-OXMSG) out of a compound file: the properties of the message, its recipients and attachments, and of
 * messages attached to it. A value whose stream is not listed in the property stream counts as well. Throws LimitReached.
 */
export function readMsg(cfb: Cfb, budget: Budget): MapiMessage & { readonly more: boolean } {
  const reader = new MsgReader(cfb, budget)
  return { ...reader.message([], HEAD.top, 0), more: reader.more }
}

class MsgReader {
  /** There are more values than are read. */
  more = false
  readonly #cfb: Cfb
  readonly #budget: Budget
  readonly #inside = new Map<string, CfbEntry[]>()
  readonly #names: ReadonlyMap<number, PropertyName>

  constructor(cfb: Cfb, budget: Budget) {
    this.#cfb = cfb
    this.#budget = budget
    for (const entry of cfb.entries) {
      if (entry.kind === 'root') continue
      const home = keyOf(entry.path.slice(0, -1))
      const list = this.#inside.get(home)
      if (list) list.push(entry)
      else this.#inside.set(home, [entry])
    }
    this.#names = this.#readNames()
  }

  message(home: readonly string[], head: number, depth: number): MapiMessage {
    const storages = this.#entries(home).filter(({ kind }) => kind === 'storage')
    const named = (prefix: string) => storages.filter(({ name }) => name.toLowerCase().startsWith(prefix))
    return {
      properties: this.#properties(home, head),
      recipients: named('__recip_version1.0_').map(({ path }) => this.#properties(path, HEAD.inner)),
      attachments: named('__attach_version1.0_').map(({ name, path }) => this.#attachment(name, path, depth)),
    }
  }

  #attachment(label: string, path: readonly string[], depth: number): MapiAttachment {
    const properties = this.#properties(path, HEAD.inner)
    const inner = this.#entries(path).find(({ kind, name }) => kind === 'storage' && name.toUpperCase() === '__SUBSTG1.0_3701000D')
    const isMessage = inner && this.#entries(inner.path).some(({ name }) => name.toUpperCase() === PROPERTIES)
    if (!inner || !isMessage || depth >= DEEPEST) return { label, properties }
    return { label, properties, message: this.message(inner.path, HEAD.embedded, depth + 1) }
  }

  #entries(home: readonly string[]): readonly CfbEntry[] {
    return this.#inside.get(keyOf(home)) ?? []
  }

  #properties(home: readonly string[], head: number): MapiProperty[] {
    const properties: MapiProperty[] = []
    for (const entry of this.#entries(home)) {
      this.#budget.step()
      if (entry.kind !== 'stream') continue
      if (entry.name.toUpperCase() === PROPERTIES) for (const one of this.#fixed(entry, head)) properties.push(one)
      const tag = /^__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})$/i.exec(entry.name)
      if (!tag) continue
      const id = Number.parseInt(tag[1]!, 16)
      const name = this.#names.get(id)
      properties.push({ id, type: Number.parseInt(tag[2]!, 16), ...(name && { name }), stream: entry.path, read: () => this.#cfb.read(entry) })
    }
    return properties
  }

  /** The values that stand in the property stream itself; those of variable size stand in streams of their own. */
  #fixed(entry: CfbEntry, head: number): MapiProperty[] {
    const stream = this.#cfb.read(entry)
    const properties: MapiProperty[] = []
    for (let at = head; at + 16 <= stream.length; at += 16) {
      this.#budget.step()
      if (properties.length >= MOST_PROPERTIES) {
        this.more = true
        break
      }
      const type = stream.readUInt16LE(at)
      const id = stream.readUInt16LE(at + 2)
      const size = fixedBytes(type)
      if (size === undefined || size > 8) continue
      const name = this.#names.get(id)
      const value = stream.subarray(at + 8, at + 8 + size)
      properties.push({ id, type, ...(name && { name }), stream: entry.path, offset: at, read: () => value })
    }
    return properties
  }

  /** What the ids from 0x8000 on stand for (MS-OXMSG 2.2.3). */
  #readNames(): Map<number, PropertyName> {
    const names = new Map<number, PropertyName>()
    const read = (stream: string) => {
      const entry = this.#cfb.find([NAMES, stream])
      return entry?.kind === 'stream' ? this.#cfb.read(entry) : Buffer.alloc(0)
    }
    const [sets, entries, strings] = [read('__substg1.0_00020102'), read('__substg1.0_00030102'), read('__substg1.0_00040102')]
    for (let at = 0; at + 8 <= entries.length; at += 8) {
      this.#budget.step()
      const number = entries.readUInt32LE(at)
      const kind = entries.readUInt16LE(at + 4)
      const index = kind >> 1
      const setAt = (index - 3) * 16
      const set = WELL_KNOWN_SETS[index] ?? (setAt >= 0 && setAt + 16 <= sets.length ? guid(sets, setAt) : '')
      const id = kind & 1 ? stringAt(strings, number) : number
      if (id !== undefined) names.set((0x8000 + entries.readUInt16LE(at + 6)) & 0xffff, { set, id })
    }
    return names
  }
}

function keyOf(path: readonly string[]): string {
  return path.join('\0').toUpperCase()
}

function stringAt(strings: Buffer, at: number): string | undefined {
  if (at + 4 > strings.length) return undefined
  return utf16(strings, at + 4, at + 4 + Math.min(u32(strings, at), 1024))
}
