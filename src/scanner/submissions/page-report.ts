import { createHash } from 'node:crypto'
import type { ScanReport } from '#scanner/verdict/contract.ts'
import { decide } from '#scanner/verdict/decide.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'

/** What can be said of a page by its address alone: nothing, and that it has to be opened for an answer. Pure. */
export function pageReport(url: Uint8Array): ScanReport {
  const notChecked = [
    { path: '/', what: 'the page', why: 'A page has no bytes before it is loaded: what is said of it was seen in a browser.', reason: 'unsupported' as const },
  ]
  return {
    schema: SCAN_SCHEMA,
    outcome: 'incomplete',
    sha256: createHash('sha256').update(url).digest('hex'),
    size: url.length,
    type: 'page',
    verdict: decide([], notChecked),
    extracted: [],
  }
}
