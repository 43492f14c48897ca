import { cve201711882 } from './cve-2017-11882.ts'
import { cve20180798 } from './cve-2018-0798.ts'
import { cve20180802 } from './cve-2018-0802.ts'
import { cve202140444 } from './cve-2021-40444.ts'
import { dde } from './dde.ts'
import { embeddedExecutable } from './embedded-executable.ts'
import { embeddedPackage } from './embedded-package.ts'
import type { Evidence } from './evidence.ts'
import { excel4Macro } from './excel4-macro.ts'
import { externalRelationship } from './external-relationship.ts'
import { oleLink } from './ole-link.ts'
import { pdfAction } from './pdf-action.ts'
import { polyglot } from './polyglot.ts'
import { remoteTemplate } from './remote-template.ts'
import { vbaAutoexec } from './vba-autoexec.ts'
import { vbaLocked } from './vba-locked.ts'
import { vbaStomping } from './vba-stomping.ts'
import { cve202323397 } from './cve-2023-23397.ts'
import { cve202421413 } from './cve-2024-21413.ts'
import { deceptiveLink } from './deceptive-link.ts'
import { fileLink } from './file-link.ts'
import { oneNoteFile } from './onenote-file.ts'
import { reminderSound } from './reminder-sound.ts'
import { webArchiveDocument } from './web-archive-document.ts'

/** Every evidence of this version, exploits first; the order is the order of findings. */
export const EVIDENCE: readonly Evidence[] = [
  cve201711882,
  cve20180802,
  cve20180798,
  cve202140444,
  cve202323397,
  cve202421413,
  vbaAutoexec,
  vbaStomping,
  vbaLocked,
  excel4Macro,
  dde,
  externalRelationship,
  remoteTemplate,
  oleLink,
  embeddedPackage,
  embeddedExecutable,
  pdfAction,
  polyglot,
  reminderSound,
  fileLink,
  deceptiveLink,
  oneNoteFile,
  webArchiveDocument,
]
