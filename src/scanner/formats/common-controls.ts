import { type Budget } from '#scanner/intake/limits.ts'
import { guid } from './bytes.ts'

/** Controls whose kept state the library reads with a fixed buffer (MSCOMCTL.OCX, classes of MSComctlLib). */
export const LIST_CONTROLS: ReadonlyMap<string, string> = new Map([
  ['{BDD1F04B-858B-11D1-B16A-00C0F0283628}', 'ListView'],
  ['{996BF5E0-8044-4650-ADEB-0B013914E99C}', 'ListView'],
  ['{C74190B6-8589-11D1-B16A-00C0F0283628}', 'TreeView'],
  ['{9181DC5F-E07D-418A-ACA6-8EEA1ECB8E9E}', 'TreeView'],
])

/** Other controls and objects whose class alone tells that an exploit may be in their state. */
export const WATCHED_CLASSES: ReadonlyMap<string, string> = new Map([
  ['{1EFB6596-857C-11D1-B16A-00C0F0283628}', 'TabStrip'],
  ['{24B224E0-9545-4A2F-ABD5-86AA8A849385}', 'TabStrip'],
  ['{9ED94440-E5E8-101B-B9B5-444553540000}', 'TabStrip'],
  ['{66833FE6-8583-11D1-B16A-00C0F0283628}', 'Toolbar'],
])

/** A `Cobj` block of a control's state: 12 bytes of header, the size once more, and the data. */
export interface ControlBlock {
  readonly offset: number
  /** Size in the header, which bounds the copy into a buffer of 8 bytes. */
  readonly statedBytes: number
  /** Size in front of the data; the library goes on only when it is the same. */
  readonly repeatedBytes: number
}

const MARK = Buffer.from('Cobj', 'latin1')
/** Writers give 0x64; exploits with other numbers of one byte are known, so that the library cannot look at it. */
const LARGEST_VERSION = 0xff
const MOST = 64

/** The `Cobj` blocks in the state of a control, at most 64, in their order. Throws LimitReached. */
export function readControlBlocks(bytes: Buffer, budget: Budget): ControlBlock[] {
  budget.step(1 + (bytes.length >> 10))
  const blocks: ControlBlock[] = []
  for (let at = bytes.indexOf(MARK); at !== -1 && blocks.length < MOST; at = bytes.indexOf(MARK, at + 4)) {
    budget.step()
    if (at + 16 > bytes.length) break
    if (bytes.readUInt32LE(at + 4) > LARGEST_VERSION) continue
    blocks.push({ offset: at, statedBytes: bytes.readUInt32LE(at + 8), repeatedBytes: bytes.readUInt32LE(at + 12) })
  }
  return blocks
}

/** The class that a control's state begins with, as OLE writes it in front of a stream; undefined for another beginning. */
export function classInFront(bytes: Buffer): string | undefined {
  if (bytes.length < 16) return undefined
  const clsid = guid(bytes, 0)
  return LIST_CONTROLS.has(clsid) || WATCHED_CLASSES.has(clsid) ? clsid : undefined
}
