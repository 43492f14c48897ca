import { EXECUTABLE } from '#scanner/intake/identify.ts'
import { at, perFact } from './evidence.ts'

const IN_DOCUMENTS = new Set([
  'ole-stream',
  'rtf-object',
  'powerpoint-object',
  'pdf-embedded-file',
  'xml-data',
  'zip-entry',
  'archive-entry',
  'decrypted',
  'appended',
  'rtf-overlay',
  'mail-attachment',
  'web-archive',
])

/** A program inside a document, by its bytes and whatever it is called. One inside a package is the package's finding. */
export const embeddedExecutable = perFact(
  { id: 'embedded-executable', requires: ['an object inside the document whose bytes are those of a program'], source: 'ATT&CK T1027.009' },
  'part',
  (fact) => {
    if (!EXECUTABLE.has(fact.type) || !IN_DOCUMENTS.has(fact.via) || fact.type === 'script' || fact.type === 'url-file') return undefined
    return {
      kind: 'technique',
      severity: 'high',
      summary: 'The document carries a program.',
      attack: ['T1027.009'],
      proof: [{ ...at(fact), field: 'embedded file', value: `${fact.bytes.length} bytes, ${fact.type}` }],
    }
  },
)
