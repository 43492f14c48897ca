import { EXECUTABLE } from '#scanner/intake/identify.ts'
import { at, perFact, shown } from './evidence.ts'
import { runsByName } from './runs-by-name.ts'

/**
 * A file that the Windows packager wrapped into the document: a double click writes it out and opens it. Severe when the file is
 * executable by its bytes, or when a name it is written under makes the system run it.
 */
export const embeddedPackage = perFact(
  {
    id: 'embedded-package',
    candidates: ['CVE-2014-4114'],
    requires: ['an OLE Package (Ole10Native) with a file inside, or with the path of one on another host'],
    source: 'MS-OLEDS 2.3; ATT&CK T1204.002',
  },
  'package',
  (fact) => {
    const elsewhere = fact.linked || fact.bytes.length === 0 ? [fact.file, fact.label].find((name) => /^\s*(\\\\|\/\/)[^\\/]/.test(name)) : undefined
    if (elsewhere !== undefined)
      return {
        kind: 'technique',
        severity: 'high',
        summary: 'The document carries only the path of a file on another host, which the packager fetches.',
        attack: ['T1221', 'T1204.002'],
        candidate: { id: 'CVE-2014-4114', why: 'the file lies outside the document, and was not fetched' },
        proof: [{ ...at(fact), field: 'Package path', value: shown(elsewhere) }],
      }
    const names = [fact.file, fact.label, fact.temporary].filter((name) => name !== '')
    const byName = names.some(runsByName)
    const runs = EXECUTABLE.has(fact.type) || byName
    return {
      kind: 'technique',
      severity: runs ? 'high' : 'low',
      summary: runs
        ? 'The document carries a file that the system runs when it is opened.'
        : 'The document carries a file that a double click writes out and opens.',
      attack: runs ? ['T1204.002', 'T1027.009'] : ['T1204.002'],
      proof: [
        { ...at(fact), field: 'Package file', value: shown(names.join(' | ')) },
        { ...at(fact), field: 'Package content', value: `${fact.bytes.length} bytes, ${fact.type}` },
      ],
    }
  },
)
