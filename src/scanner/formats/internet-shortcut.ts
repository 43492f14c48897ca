import type { Budget } from '#scanner/intake/limits.ts'
import { utf16 } from './bytes.ts'

/** An entry of an Internet shortcut's first section; `offset` in characters. */
export interface ShortcutEntry {
  readonly offset: number
  readonly key: string
  readonly value: string
}

const LONGEST = 256 * 1024
const MOST = 200

/** The entries under [InternetShortcut] of a .url file: an INI file, wide where it begins so. Keys in lower case. Throws LimitReached. */
export function readInternetShortcut(bytes: Buffer, budget: Budget): ShortcutEntry[] {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe
  const text = wide ? utf16(bytes, 2, LONGEST) : bytes.toString('latin1', 0, LONGEST)
  const entries: ShortcutEntry[] = []
  let inside = false
  let offset = 0
  for (const line of text.split('\n')) {
    budget.step()
    const trimmed = line.trim()
    if (trimmed.startsWith('[')) inside = trimmed.toLowerCase().startsWith('[internetshortcut]')
    else if (inside) {
      const equals = trimmed.indexOf('=')
      if (equals > 0 && entries.length < MOST)
        entries.push({ offset, key: trimmed.slice(0, equals).trim().toLowerCase(), value: unquoted(trimmed.slice(equals + 1).trim()) })
    }
    offset += line.length + 1
  }
  return entries
}

/** A value without the quotation marks around it, which the system drops (GetPrivateProfileString). */
function unquoted(value: string): string {
  const [quote] = value
  return value.length >= 2 && (quote === '"' || quote === "'") && value.endsWith(quote) ? value.slice(1, -1) : value
}
