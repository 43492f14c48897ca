import { cve20102568 } from './cve-2010-2568.ts'
import { cve20150096 } from './cve-2015-0096.ts'
import { cve20178464 } from './cve-2017-8464.ts'
import { cve20120158 } from './cve-2012-0158.ts'
import { cve20152545 } from './cve-2015-2545.ts'
import { cve20163353 } from './cve-2016-3353.ts'
import { cve20170261 } from './cve-2017-0261.ts'
import { cve20170262 } from './cve-2017-0262.ts'
import { cve20093129 } from './cve-2009-3129.ts'
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
import { archiveTrick } from './archive-trick.ts'
import { builtInPassword } from './built-in-password.ts'
import { cve201711882 } from './cve-2017-11882.ts'
import { cve20180798 } from './cve-2018-0798.ts'
import { cve20180802 } from './cve-2018-0802.ts'
import { cve202140444 } from './cve-2021-40444.ts'
import { cve202336025 } from './cve-2023-36025.ts'
import { cve202533053 } from './cve-2025-33053.ts'
import { cve20259491 } from './cve-2025-9491.ts'
import { cve201816858 } from './cve-2018-16858.ts'
import { cve20199848 } from './cve-2019-9848.ts'
import { cve20199850 } from './cve-2019-9850.ts'
import { cve20199851 } from './cve-2019-9851.ts'
import { cve20199852 } from './cve-2019-9852.ts'
import { cve202338831 } from './cve-2023-38831.ts'
import { cve20258088 } from './cve-2025-8088.ts'
import { cve20144114 } from './cve-2014-4114.ts'
import { cve20146352 } from './cve-2014-6352.ts'
import { cve20151641 } from './cve-2015-1641.ts'
import { cve201711826 } from './cve-2017-11826.ts'
import { cve202142292 } from './cve-2021-42292.ts'
import { cve202336884 } from './cve-2023-36884.ts'
import { dde } from './dde.ts'
import { embeddedExecutable } from './embedded-executable.ts'
import { embeddedPackage } from './embedded-package.ts'
import type { Evidence } from './evidence.ts'
import { excel4Macro } from './excel4-macro.ts'
import { externalRelationship } from './external-relationship.ts'
import { internetShortcut } from './internet-shortcut.ts'
import { linkIcon } from './link-icon.ts'
import { oleLink } from './ole-link.ts'
import { odfLink } from './odf-link.ts'
import { odfScript } from './odf-script.ts'
import { pdfAction } from './pdf-action.ts'
import { polyglot } from './polyglot.ts'
import { remoteTemplate } from './remote-template.ts'
import { vbaAutoexec } from './vba-autoexec.ts'
import { shellLink } from './shell-link.ts'
import { watchedControl } from './watched-control.ts'
import { cve20090658 } from './cve-2009-0658.ts'
import { cve20093459 } from './cve-2009-3459.ts'
import { cve20093953 } from './cve-2009-3953.ts'
import { cve20102883 } from './cve-2010-2883.ts'
import { cve201710951 } from './cve-2017-10951.ts'
import { cve20184990 } from './cve-2018-4990.ts'
import { cve20184993 } from './cve-2018-4993.ts'
import { cve20197089 } from './cve-2019-7089.ts'
import { cve202130860 } from './cve-2021-30860.ts'
import { cve20244367 } from './cve-2024-4367.ts'
import { cve202634621 } from './cve-2026-34621.ts'
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
import { postscriptHidden } from './postscript-hidden.ts'
import { wordSmartTag } from './word-smart-tag.ts'
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
import { cve202323397 } from './cve-2023-23397.ts'
import { cve202421413 } from './cve-2024-21413.ts'
import { deceptiveLink } from './deceptive-link.ts'
import { fileLink } from './file-link.ts'
import { oneNoteFile } from './onenote-file.ts'
import { reminderSound } from './reminder-sound.ts'
import { webQuery } from './web-query.ts'
import { archivePassword } from './archive-password.ts'
import { webArchiveDocument } from './web-archive-document.ts'
import { cve20040200 } from './cve-2004-0200.ts'
import { cve20054560 } from './cve-2005-4560.ts'
import { cve20133906 } from './cve-2013-3906.ts'
import { controlSpray } from './control-spray.ts'
import { cve20050416 } from './cve-2005-0416.ts'
import { cve20070038 } from './cve-2007-0038.ts'
import { cve20070071 } from './cve-2007-0071.ts'
import { cve20121535 } from './cve-2012-1535.ts'
import { cve20130634 } from './cve-2013-0634.ts'
import { cve20184878 } from './cve-2018-4878.ts'
import { embeddedFlash } from './embedded-flash.ts'

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
  cve20150096,
  cve20178464,
  cve20259491,
  cve202533053,
  cve202336025,
  cve20163353,
  cve201816858,
  cve20199848,
  cve20199850,
  cve20199851,
  cve20199852,
  cve202338831,
  cve20258088,
  cve20093129,
  cve20144114,
  cve20146352,
  cve20151641,
  cve201711826,
  cve202142292,
  cve202336884,
  cve20170199,
  cve20178570,
  cve20178759,
  cve20103333,
  cve20141761,
  cve20167193,
  cve202321716,
  cve202621509,
  cve20090658,
  cve20093459,
  cve20093953,
  cve20102883,
  cve201710951,
  cve20184990,
  cve20184993,
  cve20197089,
  cve202130860,
  cve20244367,
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
  cve202634621,
  cve20188174,
  cve202230190Page,
  cve202323397,
  cve202421413,
  cve20133906,
  cve20054560,
  cve20040200,
  cve20070038,
  cve20050416,
  cve20184878,
  cve20130634,
  cve20121535,
  cve20070071,
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
  watchedControl,
  shellLink,
  internetShortcut,
  linkIcon,
  wordSmartTag,
  postscriptHidden,
  builtInPassword,
  archiveTrick,
  odfScript,
  odfLink,
  formcalcRequest,
  launchUrl,
  pdf3dModel,
  pdfAttachment,
  pdfCoverLink,
  pdfHiddenNames,
  pdfMedia,
  pdfShadow,
  heapSpray,
  scriptExecution,
  clipboardCommand,
  pageProtocol,
  sameStructure,
  reminderSound,
  fileLink,
  deceptiveLink,
  oneNoteFile,
  webArchiveDocument,
  controlSpray,
  embeddedFlash,
  archivePassword,
  webQuery,
]
