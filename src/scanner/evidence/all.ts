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
import { cve20090658 } from './cve-2009-0658.ts'
import { cve20093459 } from './cve-2009-3459.ts'
import { cve20093953 } from './cve-2009-3953.ts'
import { cve20102883 } from './cve-2010-2883.ts'
import { cve20184990 } from './cve-2018-4990.ts'
import { cve20184993 } from './cve-2018-4993.ts'
import { cve20197089 } from './cve-2019-7089.ts'
import { cve202130860 } from './cve-2021-30860.ts'
import { cve20244367 } from './cve-2024-4367.ts'
import { formcalcRequest } from './formcalc-request.ts'
import { launchUrl } from './launch-url.ts'
import { pdf3dModel } from './pdf-3d-model.ts'
import { pdfAttachment } from './pdf-attachment.ts'
import { pdfCoverLink } from './pdf-cover-link.ts'
import { pdfHiddenNames } from './pdf-hidden-names.ts'
import { pdfMedia } from './pdf-media.ts'
import { pdfShadow } from './pdf-shadow.ts'
import { vbaLocked } from './vba-locked.ts'
import { vbaStomping } from './vba-stomping.ts'

/** Every evidence of this version, exploits first; the order is the order of findings. */
export const EVIDENCE: readonly Evidence[] = [
  cve201711882,
  cve20180802,
  cve20180798,
  cve202140444,
  cve20090658,
  cve20093459,
  cve20093953,
  cve20102883,
  cve20184990,
  cve20184993,
  cve20197089,
  cve202130860,
  cve20244367,
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
  formcalcRequest,
  launchUrl,
  pdf3dModel,
  pdfAttachment,
  pdfCoverLink,
  pdfHiddenNames,
  pdfMedia,
  pdfShadow,
]
