import { createHash } from 'node:crypto'
import { uuidV5 } from '#platform/uuid-v5.ts'
import type { ScanLine, Tlp, Verdict } from '#scanner/verdict/contract.ts'

/** Namespace of observables (STIX 2.1, section 2.9). */
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7'
/** Namespace of the ids that follow from what the scanner says. */
const NAMESPACE = '0f0b3c52-7d2e-4f0e-9a3b-2d1c6e5f8a47'
/**
 * The instant of every object. STIX wants one, and an answer has none: it is the same whenever it is given. It stands for the version of
 * the scan result; ids follow from the whole content, so that other content is another object and never another version of the same.
 */
const INSTANT = '2026-11-26T00:00:00.000Z'

/** OASIS's definitions of TLP 2.0. */
const MARKINGS: Readonly<Record<Tlp, string>> = {
  CLEAR: 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
  GREEN: 'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  AMBER: 'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  'AMBER+STRICT': 'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003',
  RED: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1',
}
const NARROWEST: readonly Tlp[] = ['RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR']

/** Nothing seen is never called benign: a scanner that sees nothing has proved nothing (STIX 2.1, section 10.15). */
const RESULTS: Readonly<Record<Verdict['exploit'], 'malicious' | 'suspicious' | 'unknown'>> = {
  confirmed: 'malicious',
  attempted: 'malicious',
  'technique-only': 'suspicious',
  'none-seen': 'unknown',
}

interface StixObject {
  readonly type: string
  readonly id: string
}

/**
 * The answers as one STIX 2.1 bundle, written as they come: each file by its hash, its analysis, a note of what was seen and what was not
 * examined, and for a named vulnerability that vulnerability, an indicator and what exploits it. No file name is in it. The
 * same answers give the same text. `tlp` is what whoever handed the files in marked them with: every object carries it, or a narrower one.
 */
export function stixBundle(version: string, tlp?: Tlp): { line(line: ScanLine): string; end(): string } {
  const written = new Set<string>()
  const all = createHash('sha256')
  const write = (object: StixObject) => {
    if (written.has(object.id)) return ''
    const comma = written.size === 0 ? '' : ','
    written.add(object.id)
    all.update(object.id)
    return comma + JSON.stringify(object)
  }
  let begun = false
  const head = () => (begun ? '' : ((begun = true), '{"type":"bundle","objects":['))
  return {
    line: (line) => head() + objectsOf(line, version, tlp).map(write).join(''),
    end: () => `${head()}],"id":"bundle--${uuidV5(NAMESPACE, all.digest('hex'))}"}\n`,
  }
}

function objectsOf(line: ScanLine, version: string, tlp: Tlp | undefined): StixObject[] {
  const { sha256, size, verdict } = line
  // A file that could not be read has nothing that an object could speak of.
  if (sha256 === null) return []
  const marking = markingOf(verdict, tlp)
  const make = (type: string, content: object): StixObject => {
    const object = { type, spec_version: '2.1', created: INSTANT, modified: INSTANT, ...content, ...(marking && { object_marking_refs: [MARKINGS[marking]] }) }
    return { ...object, id: `${type}--${uuidV5(NAMESPACE, JSON.stringify(object))}` }
  }
  const hashes = { 'SHA-256': sha256 }
  const file = {
    type: 'file',
    spec_version: '2.1',
    id: `file--${uuidV5(OBSERVABLES, JSON.stringify({ hashes }))}`,
    hashes,
    ...(size !== null && { size }),
    // A file's hash says nothing of what a rule found in it.
    ...(tlp && { object_marking_refs: [MARKINGS[tlp]] }),
  }
  const labels = [...new Set(verdict.techniques.map(({ id }) => id))].sort()
  const analysis = make('malware-analysis', {
    product: 'vedette-scanner',
    version,
    analysis_engine_version: line.schema,
    result: RESULTS[verdict.exploit],
    sample_ref: file.id,
    ...(labels.length > 0 && { labels }),
  })
  const note = make('note', { abstract: `Vedette: ${verdict.exploit}, ${line.outcome}`, content: contentOf(line), object_refs: [analysis.id, file.id] })
  return [file, analysis, note, ...namedObjects(verdict, file.id, analysis.id, sha256, make)]
}

function namedObjects(verdict: Verdict, file: string, analysis: string, sha256: string, make: (type: string, content: object) => StixObject): StixObject[] {
  if (verdict.cve.length === 0) return []
  const link = (source: string, relationship: string, target: string) =>
    make('relationship', { relationship_type: relationship, source_ref: source, target_ref: target })
  const names = verdict.cve.map(({ id }) => id)
  const malware = make('malware', { is_family: false, sample_refs: [file] })
  const indicator = make('indicator', {
    name: `A document that exploits ${names.join(', ')}`.slice(0, 500),
    indicator_types: ['malicious-activity'],
    pattern: `[file:hashes.'SHA-256' = '${sha256}']`,
    pattern_type: 'stix',
    valid_from: INSTANT,
    confidence: Math.max(...verdict.cve.map(({ confidence }) => confidence)),
  })
  const vulnerabilities = names.map((id) => make('vulnerability', { name: id, external_references: [{ source_name: 'cve', external_id: id }] }))
  return [
    malware,
    indicator,
    ...vulnerabilities,
    link(indicator.id, 'indicates', malware.id),
    link(analysis, 'static-analysis-of', malware.id),
    ...vulnerabilities.map(({ id }) => link(malware.id, 'exploits', id)),
  ]
}

/** What the report says in words: every reason, and what was not examined. */
function contentOf({ verdict, type, outcome }: ScanLine): string {
  return [
    `Type: ${type ?? 'unknown'}. Outcome: ${outcome}.`,
    ...verdict.reasons,
    ...verdict.candidates.map(({ id, why }) => `Possibly ${id}: ${why}.`),
    ...verdict.not_checked.slice(0, 100).map(({ path, what, why }) => `Not examined: ${what} at ${path}, because ${why}.`),
  ].join('\n')
}

/** The narrowest of the submitter's marking and those of the rules that found something. */
function markingOf({ techniques, notes }: Verdict, tlp: Tlp | undefined): Tlp | undefined {
  const markings = new Set([tlp, ...[...techniques, ...notes].map((one) => one.tlp)])
  return NARROWEST.find((one) => markings.has(one))
}
