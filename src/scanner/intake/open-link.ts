import { readInternetShortcut } from '#scanner/formats/internet-shortcut.ts'
import { readShellLink } from '#scanner/formats/shell-link.ts'
import { identify } from './identify.ts'
import type { Part } from './part.ts'

/** Reports a shell link, and opens a file that lies behind its end. */
export function openShellLinkPart(part: Part): void {
  part.kind('lnk')
  const link = readShellLink(part.bytes, part.budget)
  part.say({ kind: 'shell-link', path: part.path, link })
  for (const detail of link.damage) part.miss(part.path, 'damaged', detail)
  const end = link.extra?.end ?? part.bytes.length
  const behind = part.bytes.subarray(end)
  const [type] = behind.length >= 16 ? identify(behind) : ['empty' as const]
  if (!['empty', 'unknown', 'text'].includes(type)) part.child('overlay', behind, 'appended', end)
}

/** Reports an Internet shortcut. */
export function openInternetShortcutPart(part: Part): void {
  part.kind('url')
  const entries = readInternetShortcut(part.bytes, part.budget)
  if (entries.length > 0) part.say({ kind: 'internet-shortcut', path: part.path, entries })
}
