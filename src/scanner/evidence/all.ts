import { archiveTrick } from './archive-trick.ts'
import { builtInPassword } from './built-in-password.ts'
import { cve201711882 } from './cve-2017-11882.ts'
import { cve20180798 } from './cve-2018-0798.ts'
import { cve20180802 } from './cve-2018-0802.ts'
import { cve202140444 } from './cve-2021-40444.ts'
import { cve201816858 } from './cve-2018-16858.ts'
import { cve20199848 } from './cve-2019-9848.ts'
import { cve20199850 } from './cve-2019-9850.ts'
import { cve20199851 } from './cve-2019-9851.ts'
import { cve20199852 } from './cve-2019-9852.ts'
import { cve202338831 } from './cve-2023-38831.ts'
import { cve20258088 } from './cve-2025-8088.ts'
import { dde } from './dde.ts'
import { embeddedExecutable } from './embedded-executable.ts'
import { embeddedPackage } from './embedded-package.ts'
import type { Evidence } from './evidence.ts'
import { excel4Macro } from './excel4-macro.ts'
import { externalRelationship } from './external-relationship.ts'
import { oleLink } from './ole-link.ts'
import { odfLink } from './odf-link.ts'
import { odfScript } from './odf-script.ts'
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
  cve201816858,
  cve20199848,
  cve20199850,
  cve20199851,
  cve20199852,
  cve202338831,
  cve20258088,
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
  builtInPassword,
  archiveTrick,
  odfScript,
  odfLink,
]
