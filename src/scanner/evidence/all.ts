import { cve20103333 } from './cve-2010-3333.ts'
import { cve20141761 } from './cve-2014-1761.ts'
import { cve20167193 } from './cve-2016-7193.ts'
import { cve20170199 } from './cve-2017-0199.ts'
import { cve20178570 } from './cve-2017-8570.ts'
import { cve20178759 } from './cve-2017-8759.ts'
import { cve202321716 } from './cve-2023-21716.ts'
import { cve202621509 } from './cve-2026-21509.ts'
import { oleClass } from './ole-class.ts'
import { rtfDisguise } from './rtf-disguise.ts'
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

/** Every evidence of this version, exploits first; the order is the order of findings. */
export const EVIDENCE: readonly Evidence[] = [
  cve201711882,
  cve20180802,
  cve20180798,
  cve202140444,
  cve20170199,
  cve20178570,
  cve20178759,
  cve20103333,
  cve20141761,
  cve20167193,
  cve202321716,
  cve202621509,
  vbaAutoexec,
  vbaStomping,
  vbaLocked,
  excel4Macro,
  dde,
  externalRelationship,
  remoteTemplate,
  oleLink,
  oleClass,
  rtfDisguise,
  embeddedPackage,
  embeddedExecutable,
  pdfAction,
  polyglot,
]
