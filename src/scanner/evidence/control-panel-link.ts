import type { FactOf } from '#scanner/intake/fact.ts'
import type { LinkItem } from '#scanner/formats/shell-link-items.ts'
import type { Proof } from '#scanner/verdict/finding.ts'
import { shown } from './evidence.ts'

type LinkFact = FactOf<'shell-link'>

/** Characters of a path behind which the icon's number -1 is cut to a minus, at the 260 of a path: it then reads as 0 (CVE-2015-0096). */
export const CUT_PATH = 257

/** The control panel as a folder of the system: CSIDL_CONTROLS, and the known folder's id. */
const CONTROLS: ReadonlySet<number | string> = new Set([3, '{82A74AEB-AEB4-465C-A014-D097EE346D63}'])

/** A control panel item of a link that makes the system load its file to ask for an icon: its number is 0, and it is no panel of the system's own. */
export function loadedPanel({ link }: LinkFact): (LinkItem & { readonly name: string }) | undefined {
  const item = link.items.find(({ kind }) => kind === 'control-panel-file')
  return item?.name && item.icon === 0 && !isSystemPanel(item.name) ? { ...item, name: item.name } : undefined
}

/** The block of a link that has its items taken for the control panel. */
export function controlsFolder({ link }: LinkFact): { readonly id: number | string; readonly offset: number } | undefined {
  const folder = link.extra?.specialFolder
  return folder && CONTROLS.has(folder.id) ? folder : undefined
}

export function panelProof({ path }: LinkFact, item: LinkItem & { readonly name: string }): Proof[] {
  return [
    { path, offset: item.offset + 4, length: 4, field: 'control panel item, icon', value: 0 },
    { path, offset: item.offset + 24, length: item.name.length * 2, field: 'control panel item, file', value: shown(item.name) },
  ]
}

function isSystemPanel(file: string): boolean {
  return (
    /^(?:[a-z]:\\windows|[a-z]:\\winnt|%systemroot%|%windir%)\\(?:system32|syswow64)\\[^\\]{1,100}\.cpl$/i.test(file.trim()) ||
    /^[^\\/:]{1,100}\.cpl$/i.test(file.trim())
  )
}
