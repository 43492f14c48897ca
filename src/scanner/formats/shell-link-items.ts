import type { Budget } from '#scanner/intake/limits.ts'
import { guid, utf16 } from './bytes.ts'

/** One item of the list that leads to a link's target; the layouts are those of libfwsi's description of shell items. */
export interface LinkItem {
  /** Of the item, from the start of the link. */
  readonly offset: number
  readonly type: number
  readonly kind: 'root-folder' | 'volume' | 'file' | 'control-panel-file' | 'other'
  /** What follows the type. */
  readonly data: Buffer
  /** Folder class, volume, file name or control panel file, as far as the kind has one. */
  readonly clsid?: string
  readonly name?: string
  /** Number of the icon in a control panel file; 0 makes the system load the file to ask for one. */
  readonly icon?: number
}

const CONTROL_PANEL = new Set(['{21EC2020-3AEA-1069-A2DD-08002B30309D}', '{26EE0668-A00A-44D7-9371-BEB064C98683}'])
const MOST = 512

/** The items from `at` to the end of `bytes`; ends at the terminating item; one that does not fit is cut. Throws LimitReached. */
export function readLinkItems(bytes: Buffer, at: number, budget: Budget): LinkItem[] {
  const items: LinkItem[] = []
  let inControlPanel = false
  while (at + 3 <= bytes.length && items.length < MOST) {
    budget.step()
    const size = bytes.readUInt16LE(at)
    if (size < 3) break
    // The last one may state more than the list holds; the system reads it all the same.
    const item = readItem(bytes.subarray(at, Math.min(at + size, bytes.length)), at, inControlPanel)
    inControlPanel ||= item.clsid !== undefined && CONTROL_PANEL.has(item.clsid)
    items.push(item)
    at += size
  }
  return items
}

function readItem(item: Buffer, offset: number, inControlPanel: boolean): LinkItem {
  const type = item[2]!
  const data = item.subarray(3)
  const base = { offset, type, data }
  if (type === 0x1f) return { ...base, kind: 'root-folder', ...(data.length >= 17 && { clsid: guid(data, 1) }) }
  if ((type & 0x70) === 0x20)
    return type & 1
      ? { ...base, kind: 'volume', name: ended(data.toString('latin1')) }
      : { ...base, kind: 'volume', ...(data.length >= 17 && { clsid: guid(data, 1) }) }
  if ((type & 0x70) === 0x30) return { ...base, kind: 'file', name: ended(type & 4 ? utf16(data, 11) : data.toString('latin1', Math.min(11, data.length))) }
  if (type === 0 && inControlPanel && item.length > 24) return { ...base, kind: 'control-panel-file', name: ended(utf16(item, 24)), icon: item.readInt32LE(4) }
  return { ...base, kind: 'other' }
}

function ended(text: string): string {
  const zero = text.indexOf('\0')
  return zero === -1 ? text : text.slice(0, zero)
}
