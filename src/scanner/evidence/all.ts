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
import { cve20075659 } from './cve-2007-5659.ts'
import { cve20082992 } from './cve-2008-2992.ts'
import { cve20090927 } from './cve-2009-0927.ts'
import { cve20091492 } from './cve-2009-1492.ts'
import { cve20091493 } from './cve-2009-1493.ts'
import { cve20094324 } from './cve-2009-4324.ts'
import { cve20100188 } from './cve-2010-0188.ts'
import { cve20104091 } from './cve-2010-4091.ts'
import { cve20130640 } from './cve-2013-0640.ts'
import { cve20132729 } from './cve-2013-2729.ts'
import { cve20133346 } from './cve-2013-3346.ts'
import { cve20188174 } from './cve-2018-8174.ts'
import { cve202230190Page } from './cve-2022-30190-page.ts'
import { clipboardCommand } from './clipboard-command.ts'
import { pageProtocol } from './page-protocol.ts'
import { scriptExecution } from './script-execution.ts'
import { heapSpray } from './heap-spray.ts'
import { sameStructure } from './same-structure.ts'

/** Every evidence of this version, exploits first; the order is the order of findings. */
export const EVIDENCE: readonly Evidence[] = [
  cve201711882,
  cve20180802,
  cve20180798,
  cve202140444,
  cve20075659,
  cve20082992,
  cve20090927,
  cve20091492,
  cve20091493,
  cve20094324,
  cve20100188,
  cve20104091,
  cve20130640,
  cve20132729,
  cve20133346,
  cve20188174,
  cve202230190Page,
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
  heapSpray,
  scriptExecution,
  clipboardCommand,
  pageProtocol,
  sameStructure,
]
