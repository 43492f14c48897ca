import { cve20102568 } from './cve-2010-2568.ts'
import { cve20120158 } from './cve-2012-0158.ts'
import { cve20152545 } from './cve-2015-2545.ts'
import { cve20163353 } from './cve-2016-3353.ts'
import { cve20170261 } from './cve-2017-0261.ts'
import { cve20170262 } from './cve-2017-0262.ts'
import { cve201711882 } from './cve-2017-11882.ts'
import { cve20180798 } from './cve-2018-0798.ts'
import { cve20180802 } from './cve-2018-0802.ts'
import { cve202140444 } from './cve-2021-40444.ts'
import { cve202336025 } from './cve-2023-36025.ts'
import { cve20259491 } from './cve-2025-9491.ts'
import { dde } from './dde.ts'
import { embeddedExecutable } from './embedded-executable.ts'
import { embeddedPackage } from './embedded-package.ts'
import type { Evidence } from './evidence.ts'
import { excel4Macro } from './excel4-macro.ts'
import { externalRelationship } from './external-relationship.ts'
import { internetShortcut } from './internet-shortcut.ts'
import { linkIcon } from './link-icon.ts'
import { oleLink } from './ole-link.ts'
import { pdfAction } from './pdf-action.ts'
import { polyglot } from './polyglot.ts'
import { remoteTemplate } from './remote-template.ts'
import { vbaAutoexec } from './vba-autoexec.ts'
import { shellLink } from './shell-link.ts'
import { watchedControl } from './watched-control.ts'
import { vbaLocked } from './vba-locked.ts'
import { vbaStomping } from './vba-stomping.ts'

/** Every evidence of this version, exploits first; the order is the order of findings. */
export const EVIDENCE: readonly Evidence[] = [
  cve201711882,
  cve20180802,
  cve20180798,
  cve202140444,
  cve20120158,
  cve20152545,
  cve20170261,
  cve20170262,
  cve20102568,
  cve20259491,
  cve202336025,
  cve20163353,
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
  watchedControl,
  shellLink,
  internetShortcut,
  linkIcon,
]
