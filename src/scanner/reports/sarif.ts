import { isAbsolute, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Extracted, NotChecked, ScanLine, Seen, Tlp, Verdict } from '#scanner/verdict/contract.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** Statements of one file on what stayed unexamined, at most; the JSON report has all. */
const MOST_NOTIFICATIONS = 100

type Level = 'error' | 'warning' | 'note'

/** What a place in a document belongs to. */
interface Belonging {
  readonly rule: string
  readonly level: Level
  readonly properties: object
}

/**
 * The answers as one SARIF 2.1.0 log, written as they come: one result for each place of a proof, with its region; the files, and the
 * objects inside as artifacts with their parent; what was not examined as notifications. The same answers give the same text. `tlp` is what
 * whoever handed the files in marked them with.
 */
export function sarifLog(version: string, tlp?: Tlp): { line(line: ScanLine): string; end(): string } {
  const artifacts: object[] = []
  const notifications: object[] = []
  const rules = new Map<string, number>()
  let complete = true
  let results = 0
  const ruleIndex = (id: string) => rules.get(id) ?? (rules.set(id, rules.size), rules.size - 1)

  function resultsOf(line: ScanLine): string {
    const indexes = addArtifacts(line, artifacts)
    if (line.outcome === 'not-scanned') complete = false
    notifications.push(...line.verdict.not_checked.slice(0, MOST_NOTIFICATIONS).map((one) => notificationOf(one, line, indexes)))
    const types = new Map<string, string | null>([['/', line.type], ...line.extracted.map(({ path, type }): [string, string] => [path, type])])
    const belongings = belongingsOf(line.verdict)
    return line.verdict.seen
      .map((seen, index) => {
        const { rule, level, properties } = belongings[index] ?? { rule: 'vedette', level: 'note', properties: {} }
        const result = {
          ruleId: rule,
          ruleIndex: ruleIndex(rule),
          level,
          message: { text: seen.why },
          locations: [locationOf(seen, indexes, types)],
          properties: { ...properties, field: seen.field, value: seen.value, ...(seen.limit !== undefined && { limit: seen.limit }) },
        }
        return `${results++ === 0 ? '' : ','}${JSON.stringify(result)}`
      })
      .join('')
  }

  let begun = false
  const head = () => {
    if (begun) return ''
    begun = true
    return `{"$schema":${JSON.stringify(SCHEMA)},"version":"2.1.0","runs":[{"columnKind":"utf16CodeUnits","results":[`
  }
  return {
    line: (line) => head() + resultsOf(line),
    end() {
      const driver = { name: 'Vedette', version, rules: [...rules.keys()].map(ruleOf) }
      const invocations = [{ executionSuccessful: complete, toolExecutionNotifications: notifications }]
      const rest = JSON.stringify({ artifacts, invocations, tool: { driver }, ...(tlp && { properties: { tlp } }) })
      return `${head()}],${rest.slice(1, -1)}}]}\n`
    },
  }
}

function ruleOf(id: string): object {
  const cve = id.startsWith('CVE-')
  return {
    id,
    shortDescription: { text: cve ? `The structure that triggers ${id} is present.` : `Active or deceptive content: ${id}.` },
    ...(cve && { helpUri: `https://nvd.nist.gov/vuln/detail/${id}` }),
  }
}

/** Of each place what it belongs to; a name outranks a technique, and that a note. */
function belongingsOf({ cve, candidates, techniques, notes, seen }: Verdict): readonly (Belonging | undefined)[] {
  const of: (Belonging | undefined)[] = seen.map(() => undefined)
  const put = (findings: readonly number[], belonging: Belonging) => {
    for (const index of findings) of[index] ??= belonging
  }
  for (const { id, basis, confidence, findings } of cve) put(findings, { rule: id, level: 'error', properties: { basis, confidence } })
  const candidateOf = (findings: readonly number[]) => candidates.filter((one) => one.findings.some((index) => findings.includes(index))).map(({ id }) => id)
  for (const [list, level] of [
    [techniques, 'warning'],
    [notes, 'note'],
  ] as const)
    for (const { id, attack, severity, findings, tlp } of list)
      put(findings, { rule: id, level, properties: { attack, severity, candidates: candidateOf(findings), ...(tlp && { tlp }) } })
  return of
}

/** Adds the file and what was found in it; the index of each by its path. */
function addArtifacts({ path, sha256, size, type, verdict, outcome, extracted }: ScanLine, artifacts: object[]): ReadonlyMap<string, number> {
  const top = artifacts.length
  const indexes = new Map<string, number>([['/', top]])
  const about = { verdict: verdict.exploit, outcome, reasons: verdict.reasons, ...(type !== null && { type }) }
  artifacts.push({ location: { uri: uriOf(path) }, ...measures(sha256, size), properties: about })
  for (const one of extracted) {
    if (!indexes.has(one.path)) indexes.set(one.path, artifacts.length)
    artifacts.push({
      location: { uri: innerUri(one.path) },
      parentIndex: parentOf(one, indexes) ?? top,
      ...(one.offset !== undefined && { offset: one.offset }),
      ...measures(one.sha256, one.size),
      properties: { type: one.type, via: one.via, path: one.path },
    })
  }
  // What a proof speaks of is not always an object of its own: a stream of a container is part of that.
  for (const { path: part } of [...verdict.seen, ...verdict.not_checked]) {
    if (indexes.has(part)) continue
    indexes.set(part, artifacts.length)
    artifacts.push({ location: { uri: innerUri(part) }, parentIndex: parentOf({ path: part }, indexes) ?? top, properties: { path: part } })
  }
  return indexes
}

function measures(sha256: string | null, size: number | null): object {
  return { ...(size !== null && { length: size }), ...(sha256 !== null && { hashes: { 'sha-256': sha256 } }) }
}

/** A path leads through containers: `/a.bin!/b` stands in `/a.bin`. */
function parentOf({ path }: Pick<Extracted, 'path'>, indexes: ReadonlyMap<string, number>): number | undefined {
  const inner = path.lastIndexOf('!/')
  return inner === -1 ? indexes.get('/') : indexes.get(path.slice(0, inner))
}

function locationOf(seen: Seen, indexes: ReadonlyMap<string, number>, types: ReadonlyMap<string, string | null>): object {
  const { path, offset, length } = seen
  // Places in XML count characters, all others bytes.
  const [from, long] = types.get(path) === 'xml' ? ['charOffset', 'charLength'] : ['byteOffset', 'byteLength']
  const region = offset === undefined ? undefined : { [from]: offset, ...(length !== undefined && { [long]: length }) }
  return {
    physicalLocation: { artifactLocation: { index: indexes.get(path)! }, ...(region && { region }) },
    logicalLocations: [{ fullyQualifiedName: path }],
  }
}

function notificationOf(one: NotChecked, { outcome }: ScanLine, indexes: ReadonlyMap<string, number>): object {
  return {
    level: outcome === 'not-scanned' ? 'error' : 'warning',
    message: { text: `Not examined: ${one.what}, because ${one.why}.` },
    locations: [{ physicalLocation: { artifactLocation: { index: indexes.get(one.path)! } }, logicalLocations: [{ fullyQualifiedName: one.path }] }],
    properties: { reason: one.reason, ...(one.limit !== undefined && { limit: one.limit }) },
  }
}

function uriOf(path: string): string {
  return isAbsolute(path) ? pathToFileURL(path).href : innerUri(normalize(path))
}

/** A relative reference: each segment encoded, so that no name says a scheme, a host or a query. */
function innerUri(path: string): string {
  return path
    .replace(/^\/+/, '')
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/')
}
