import { ARCHIVES } from './targets/archives.ts'
import { COMPOUND } from './targets/compound.ts'
import { DISKS } from './targets/disks.ts'
import { ENCRYPTION } from './targets/encryption.ts'
import { OFFICE } from './targets/office.ts'
import { OPENER_TARGETS } from './targets/openers.ts'
import { PDF } from './targets/pdf.ts'
import { PICTURES } from './targets/pictures.ts'
import { WHOLE_SCAN } from './targets/scan.ts'
import { SCRIPT_TARGETS } from './targets/scripts.ts'
import { STREAMS } from './targets/streams.ts'
import { TEXTS } from './targets/texts.ts'
import type { Target } from './target.ts'

/** Every reader of hostile bytes of the scanner. A file of src/scanner/formats that is missing here fails targets.test.ts. */
export const TARGETS: readonly Target[] = [
  ...ARCHIVES,
  ...COMPOUND,
  ...DISKS,
  ...ENCRYPTION,
  ...OFFICE,
  ...PDF,
  ...PICTURES,
  ...SCRIPT_TARGETS,
  ...TEXTS,
  ...STREAMS,
  ...OPENER_TARGETS,
  WHOLE_SCAN,
]

/** Throws for a name that no target has. */
export function targetOf(name: string): Target {
  const target = TARGETS.find((one) => one.name === name)
  if (!target) throw new Error(`no target is named ${name}`)
  return target
}
