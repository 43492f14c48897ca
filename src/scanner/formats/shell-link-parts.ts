import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { guid, u32, utf16, zeroEnded } from './bytes.ts'

/** Where the target lies (MS-SHLLINK 2.3). */
export interface LinkInfo {
  readonly driveType?: number
  readonly driveSerial?: number
  readonly volumeLabel?: string
  readonly localBasePath?: string
  readonly commonPathSuffix?: string
  /** Share of a target on another host. */
  readonly networkName?: string
}

/** What follows the texts (MS-SHLLINK 2.5), read to its end. */
export interface LinkExtra {
  readonly tracker?: LinkTracker
  /** Target with environment variables, that stands instead of the item list. */
  readonly environmentTarget?: string
  /** Icon with environment variables. */
  readonly environmentIcon?: string
  /** Folder of the system that a part of the item list is taken for: a number (CSIDL) or a known folder's id, and where that stands. */
  readonly specialFolder?: { readonly id: number | string; readonly offset: number }
  readonly end: number
  /** Bytes behind the end of the link. */
  readonly overlayBytes: number
}

export interface LinkTracker {
  readonly version: number
  readonly machine: string
  readonly ids: readonly string[]
}

/** Reads the link information; a part that does not fit is left out. Throws Damaged for a header that is too short. */
export function readLinkInfo(info: Buffer): LinkInfo {
  if (info.length < 28) throw new Damaged('the link information is too short')
  const flags = u32(info, 8)
  const suffix = textAt(info, u32(info, 24))
  return {
    ...(flags & 1 && volumeOf(info, u32(info, 12))),
    ...(flags & 1 && some('localBasePath', textAt(info, u32(info, 16)))),
    ...(flags & 2 && networkOf(info, u32(info, 20))),
    ...(suffix !== '' && some('commonPathSuffix', suffix)),
  }
}

function volumeOf(info: Buffer, at: number): LinkInfo {
  if (at + 16 > info.length) return {}
  const size = u32(info, at)
  const labelAt = u32(info, at + 12)
  const label = at + size <= info.length && labelAt >= 16 && labelAt < size ? textAt(info.subarray(0, at + size), at + labelAt) : undefined
  return { driveType: u32(info, at + 4), driveSerial: u32(info, at + 8), ...some('volumeLabel', label) }
}

function networkOf(info: Buffer, at: number): LinkInfo {
  if (at + 20 > info.length) return {}
  return some('networkName', textAt(info, at + u32(info, at + 8)))
}

function some<K extends string>(name: K, value: string | undefined): { [key in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: string }
}

function textAt(info: Buffer, at: number): string | undefined {
  return at === 0 || at >= info.length ? undefined : zeroEnded(info, at).value.toString('latin1')
}

const TRACKER = 0xa0000003
const ENVIRONMENT = 0xa0000001
const ICON = 0xa0000007
const SPECIAL_FOLDER = 0xa0000005
const KNOWN_FOLDER = 0xa000000b
const MOST_BLOCKS = 256

/** Reads the blocks behind the texts, to the one that ends them. Throws Damaged for a block that does not fit, LimitReached. */
export function readExtraData(bytes: Buffer, at: number, budget: Budget): LinkExtra {
  let found: Omit<LinkExtra, 'end' | 'overlayBytes'> = {}
  for (let count = 0; count < MOST_BLOCKS; count++) {
    budget.step()
    const size = u32(bytes, at)
    if (size < 4) return { ...found, end: at + 4, overlayBytes: bytes.length - at - 4 }
    if (size < 8 || at + size > bytes.length) throw new Damaged(`an extra block of ${size} bytes at ${at} does not fit`)
    found = { ...found, ...readBlock(bytes.subarray(at, at + size), at) }
    at += size
  }
  throw new Damaged('the link has too many extra blocks')
}

function readBlock(block: Buffer, at: number): Partial<LinkExtra> {
  const kind = u32(block, 4)
  if (kind === TRACKER && block.length >= 0x60)
    return {
      tracker: {
        version: u32(block, 12),
        machine: zeroEnded(block.subarray(16, 32), 0).value.toString('latin1'),
        ids: [32, 48, 64, 80].map((id) => guid(block, id).slice(1, -1).toLowerCase()),
      },
    }
  if (kind === ENVIRONMENT && block.length >= 0x314) return { environmentTarget: wideOf(block) }
  if (kind === ICON && block.length >= 0x314) return { environmentIcon: wideOf(block) }
  if (kind === SPECIAL_FOLDER && block.length >= 0x10) return { specialFolder: { id: u32(block, 8), offset: at + 8 } }
  if (kind === KNOWN_FOLDER && block.length >= 0x1c) return { specialFolder: { id: guid(block, 8), offset: at + 8 } }
  return {}
}

/** The wide of the two texts, or the other where it is empty. */
function wideOf(block: Buffer): string {
  const wide = utf16(block, 268, 788).split('\0', 1)[0]!
  return wide === '' ? zeroEnded(block.subarray(8, 268), 0).value.toString('latin1') : wide
}
