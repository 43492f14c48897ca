import type { ScanResult } from './contract.ts'

/** Evidence that names code which a viewer of documents runs as a macro. */
const OF_MACROS: ReadonlySet<string> = new Set(['vba-autoexec', 'excel4-macro', 'odf-script', 'web-archive-document'])

/**
 * Whether the static scan found a macro. What only happens with macros on is a macro's doing where there is one; where none was found, an exploit that needs luck, or
 * looks at the clock, is as likely. Pure.
 */
export function holdsMacros(scan: ScanResult): boolean {
  return scan.outcome !== 'not-scanned' && [...scan.verdict.techniques, ...scan.verdict.notes].some(({ id }) => OF_MACROS.has(id))
}
