import { EXECUTABLE } from '#scanner/intake/identify.ts'
import { at, perFact, shown, type Judged } from './evidence.ts'

const RUNS_BY_NAME =
  /\.(exe|scr|com|pif|cpl|dll|bat|cmd|ps1|vbs|vbe|js|jse|wsf|wsh|hta|lnk|url|jar|msi|sct|chm|reg|settingcontent-ms|iqy|slk|xll|iso|img|vhdx?|application|appref-ms|library-ms|search-ms)$/i
const OFFICE = /\.(doc|xls|ppt|dot|xlt|pot)[xmb]?$|\.(rtf|xlam|xla|ppam|pps[xm]?|one|mdb|accdb|pub)$/i

/**
 * A file that the document carries and that something runs: by its name, or an Office file, which brings its own macros and
 * objects. A program by its bytes is the finding of embedded-executable, and everything is looked at for itself.
 */
export const pdfAttachment = perFact(
  {
    id: 'pdf-attachment',
    requires: ['an embedded file of a PDF', 'whose name or bytes are those of a script, a file that the system runs, or an Office document'],
    source: 'PDF 32000-1, 7.11.4; ATT&CK T1204.002',
  },
  'pdf-attachment',
  (fact): Judged | undefined => {
    const name = fact.name.trim().replace(/[. ]{1,20}$/, '')
    const runs = RUNS_BY_NAME.test(name) || (EXECUTABLE.has(fact.type) && (fact.type === 'script' || fact.type === 'lnk'))
    if (!runs && !OFFICE.test(name) && fact.type !== 'cfb' && fact.type !== 'rtf') return undefined
    return {
      kind: 'technique',
      severity: runs ? 'high' : 'low',
      summary: runs ? 'The document carries a file that the system runs when it is opened.' : 'The document carries an Office file.',
      attack: ['T1204.002', 'T1027.009'],
      proof: [{ ...at(fact), field: 'embedded file', value: shown(`${fact.name === '' ? '(no name)' : fact.name}: ${fact.size} bytes, ${fact.type}`) }],
    }
  },
)
