import { Problem } from '#platform/errors.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { importCsaf } from '#program/advisories/import-csaf.ts'
import { importCve } from '#program/advisories/import-cve.ts'
import { refused, type ImportedAdvisory } from '#program/advisories/imported.ts'

/** Largest document that is read, in bytes: 15 MB as CSAF 2.0 (appendix C.1) advises. */
export const MAX_ADVISORY_BYTES = 15_000_000

/**
 * The content of a package draft from a CSAF 2.0 or 2.1 document or a CVE record of version 5, told apart by what they say they
 * are. Throws Problem PAYLOAD_TOO_LARGE, those of parseStrictJson, and VALIDATION_FAILED whose fields name by JSON Pointer what
 * does not fit.
 */
export function importAdvisory(bytes: Uint8Array): ImportedAdvisory {
  if (bytes.length > MAX_ADVISORY_BYTES) throw new Problem('PAYLOAD_TOO_LARGE', `An advisory has at most ${MAX_ADVISORY_BYTES} bytes.`)
  const raw = parseStrictJson(bytes)
  if (member(raw, 'dataType') !== undefined) return importCve(raw)
  const document = member(raw, 'document')
  if (typeof document !== 'object' || document === null)
    throw refused('CSAF or CVE', [
      { field: '/document', message: 'neither a CSAF document, which has a document object, nor a CVE record, which has a dataType' },
    ])
  return importCsaf(raw, member(document, 'csaf_version'))
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}
