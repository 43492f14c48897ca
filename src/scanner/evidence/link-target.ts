import type { FactOf } from '#scanner/intake/fact.ts'
import type { ShellLink } from '#scanner/formats/shell-link.ts'
import { undoPercent } from './plain-target.ts'
import { isOwnMachine } from './unc.ts'

/** Programs of Windows that run what their arguments say. */
const INTERPRETERS =
  /(?:^|[\\/])(cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|msiexec|certutil|bitsadmin|forfiles|conhost|curl|msbuild|installutil|wmic|scriptrunner|pcalua|hh|ftp|ssh|schtasks|control|desktopimgdownldr|odbcconf)(?:\.exe)?$/i

/** Where a link leads to, as it would be started: the list of items, or what stands instead of it. */
export function targetOf({ items, info, extra, texts }: ShellLink): string {
  const files = items.flatMap(({ kind, name }) => ((kind === 'volume' || kind === 'file') && name ? [name.replace(/\\+$/, '')] : []))
  const local = [info?.localBasePath ?? info?.networkName ?? '', info?.commonPathSuffix ?? ''].filter((one) => one !== '').join('\\')
  return extra?.environmentTarget || files.join('\\') || local || texts.relativePath?.value || ''
}

/** The interpreter that a link starts, in lower case; undefined for another target. */
export function interpreterOf(link: ShellLink): string | undefined {
  const { items, info, extra, texts } = link
  const paths = [targetOf(link), extra?.environmentTarget, info?.localBasePath, texts.relativePath?.value, items.findLast(({ kind }) => kind === 'file')?.name]
  for (const path of paths) {
    const found = INTERPRETERS.exec((path ?? '').trim())
    if (found) return found[1]!.toLowerCase()
  }
  return undefined
}

/** The value of a key of an Internet shortcut. */
export function entryOf({ entries }: FactOf<'internet-shortcut'>, key: string) {
  return entries.find((entry) => entry.key === key)
}

/** The host and the path that a `file:` URL or a UNC path leads to on another machine; undefined for everything else. */
export function remoteFile(url: string): { readonly host: string; readonly path: string } | undefined {
  const cut = url.slice(0, 4096)
  const plain = (/^file:/i.test(url) ? undoPercent(cut.slice(5)) : cut).replaceAll('\\', '/')
  const found = /^\/{2,8}([^/]{1,255})\/(.{1,4000})$/s.exec(plain)
  if (!found || (!/^file:/i.test(url) && !/^[\\/]{2}/.test(url))) return undefined
  const host = found[1]!.toLowerCase()
  if (/^[a-z][:|]$/.test(host) || isOwnMachine(host.replace(/@.{0,9}$/, '')) || host === '.' || host === '?') return undefined
  return { host, path: found[2]! }
}
