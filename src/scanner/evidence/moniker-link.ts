import { undoPercent } from './plain-target.ts'
import { uncHost } from './unc.ts'

/** A `file:` link with a UNC path, split at the first exclamation mark of its last name; `item` is empty without one. */
export interface MonikerLink {
  readonly host: string
  readonly file: string
  readonly item: string
}

/** Reads the target of a link as Outlook does: ends of lines left out, percent signs undone, either slash. Undefined for what is no file on another host. */
export function monikerLink(target: string): MonikerLink | undefined {
  const line = target.replaceAll(/[\t\r\n]/g, '')
  const scheme = /^\s{0,20}file:/i.exec(line)?.[0]
  if (scheme === undefined) return undefined
  const path = undoPercent(line.slice(scheme.length)).replaceAll('/', '\\')
  const slashes = /^\\{0,20}/.exec(path)![0].length
  // file://host/share, file:////host/share and file:///\\host\share lead to a host; file:///C:/ and file:/x do not.
  if (slashes < 2 || slashes === 3 || /^\\{0,20}[a-z][:|]/i.test(path)) return undefined
  const unc = `\\\\${path.slice(slashes)}`
  const host = uncHost(unc)
  if (host === undefined) return undefined
  const mark = unc.indexOf('!', unc.indexOf('\\', 2))
  return mark === -1 ? { host, file: unc, item: '' } : { host, file: unc.slice(0, mark), item: unc.slice(mark + 1) }
}
