import type { FieldProblem } from '#platform/errors.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import { CveRecord, type CnaContainer } from '#program/advisories/cve-5.ts'
import { readAffected } from '#program/advisories/cve-versions.ts'
import { asContent, isWebAddress, refused, uniqueBy, UNTIL_PUBLISHED, type ImportedAdvisory } from '#program/advisories/imported.ts'
import { leftOut, outermost, type Carried } from '#program/advisories/left-out.ts'

const FORMAT = 'CVE'
const CNA = '/containers/cna'
const SAID: Carried = { lang: true, value: true }
const CVSS: Carried = { version: true, vectorString: true, baseScore: true, baseSeverity: true }

const CARRIED: Carried = {
  dataType: true,
  dataVersion: true,
  cveMetadata: true,
  containers: {
    cna: {
      providerMetadata: true,
      title: true,
      datePublic: true,
      descriptions: SAID,
      affected: {
        vendor: true,
        product: true,
        packageName: true,
        packageURL: true,
        cpes: true,
        defaultStatus: true,
        versions: { version: true, status: true, lessThan: true, lessThanOrEqual: true, changes: true },
      },
      problemTypes: { descriptions: { cweId: true, description: true, lang: true, type: true } },
      references: { url: true, name: true },
      metrics: { format: true, cvssV3_0: CVSS, cvssV3_1: CVSS, cvssV4_0: CVSS },
      configurations: SAID,
      workarounds: SAID,
      solutions: SAID,
      credits: { lang: true, value: true, type: true },
    },
  },
}

/**
 * The content of a package draft from a published CVE record of version 5.0 to 5.2: what its CNA says. What others added (`adp`) is
 * left out. Throws Problem VALIDATION_FAILED whose fields name by JSON Pointer what does not fit.
 */
export function importCve(raw: unknown): ImportedAdvisory {
  const parsed = CveRecord.safeParse(raw)
  if (!parsed.success) throw refused(FORMAT, fieldsOf(parsed.error, ''))
  const { cveMetadata: metadata, containers, dataVersion } = parsed.data
  const { cna } = containers
  const missing = leftOut(raw, CARRIED)
  const { products, affected, fixed } = readAffected(cna.affected, missing)
  const finders = findersOf(cna, missing)
  const disclosed = cna.datePublic ?? metadata.datePublished
  const content = asContent(
    FORMAT,
    {
      title: cna.title ?? metadata.cveId,
      vulnerabilities: [
        {
          cve: metadata.cveId,
          title: cna.title ?? null,
          description: textOf(cna.descriptions, 'descriptions', missing),
          cwes: weaknessesOf(cna, missing),
          cvss: uniqueBy(scoresOf(cna), ({ vector }) => vector),
          triggerConditions: textOf(cna.configurations, 'configurations', missing),
          fixes: [...fixesOf('available', cna.solutions, 'solutions', missing), ...fixesOf('workaround', cna.workarounds, 'workarounds', missing)],
          statedDisclosure: disclosed === undefined ? null : asInstant(disclosed),
          affected,
          fixed,
        },
      ],
      products,
      references: referencesOf(cna, missing),
      credit: { finders },
      tlp: UNTIL_PUBLISHED,
    },
    cvePointer,
  )
  const publisher = metadata.assignerShortName ?? cna.providerMetadata.shortName ?? 'not named'
  const source = { id: metadata.cveId, version: dataVersion, publisher, status: metadata.state.toLowerCase() }
  // A record has no marking: it is for everybody, and the package is what members hold before.
  return { content, source, leftOut: outermost(missing), statedTlp: null, assumed: ['/cveMetadata/state'] }
}

function asInstant(date: string): string {
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(date) ? date : `${date}Z`).toISOString()
}

type Said = CnaContainer['descriptions']

/** English where there is any: what is said again in another language is left out. */
function english(texts: Said | undefined, field: string, missing: string[]): Said {
  if (!texts) return []
  const chosen = texts.filter(({ lang }) => /^en\b/i.test(lang))
  const kept = chosen.length > 0 ? chosen : texts
  texts.forEach((each, at) => kept.includes(each) || missing.push(`${CNA}/${field}/${at}`))
  return kept
}

function textOf(texts: Said | undefined, field: string, missing: string[]): string {
  return english(texts, field, missing)
    .map(({ value }) => value)
    .join('\n\n')
}

function fixesOf(kind: 'available' | 'workaround', texts: Said | undefined, field: string, missing: string[]) {
  return english(texts, field, missing).map(({ value }) => ({ kind, details: value }))
}

function weaknessesOf({ problemTypes = [] }: CnaContainer, missing: string[]) {
  const found = problemTypes.flatMap(({ descriptions }, at) =>
    descriptions.flatMap(({ cweId: id, description }, n) => {
      if (id !== undefined) return [{ id, name: description.startsWith(`${id} `) ? description.slice(id.length + 1).trim() || id : description }]
      missing.push(`${CNA}/problemTypes/${at}/descriptions/${n}`)
      return []
    }),
  )
  return uniqueBy(found, ({ id }) => id)
}

function scoresOf({ metrics = [] }: CnaContainer) {
  const stated = metrics.flatMap(({ cvssV4_0, cvssV3_1, cvssV3_0 }) => [cvssV4_0, cvssV3_1, cvssV3_0])
  return stated.flatMap((score) => (score ? [{ vector: score.vectorString, statedScore: score.baseScore }] : []))
}

function referencesOf({ references }: CnaContainer, missing: string[]) {
  references.forEach(({ url }, at) => isWebAddress(url) || missing.push(`${CNA}/references/${at}`))
  const kept = references.filter(({ url }) => isWebAddress(url))
  return uniqueBy(kept, ({ url }) => url).map(({ url, name }) => ({ url, summary: name ?? '' }))
}

/** Who fixed, coordinated or paid is thanked elsewhere. */
function findersOf({ credits = [] }: CnaContainer, missing: string[]) {
  const found = credits.filter(({ type }, at) => {
    const isFinder = type === undefined || type === 'finder' || type === 'reporter'
    if (!isFinder) missing.push(`${CNA}/credits/${at}`)
    return isFinder
  })
  return uniqueBy(found, ({ value }) => value).map(({ value }) => ({ name: value, organisation: null }))
}

/** Where in the record a part of the content came from, for what only the whole content shows. */
function cvePointer({ field, message }: FieldProblem): FieldProblem {
  const at = field
    .replace(/^\/vulnerabilities\/0\/description.*$/, `${CNA}/descriptions`)
    .replace(/^\/vulnerabilities\/0\/triggerConditions.*$/, `${CNA}/configurations`)
    .replace(/^\/vulnerabilities\/0\/cwes.*$/, `${CNA}/problemTypes`)
    .replace(/^\/vulnerabilities\/0\/cvss.*$/, `${CNA}/metrics`)
    .replace(/^\/vulnerabilities\/0\/fixes.*$/, `${CNA}/solutions`)
    .replace(/^\/vulnerabilities\/0\/(affected|fixed).*$|^\/products.*$/, `${CNA}/affected`)
    .replace(/^\/references/, `${CNA}/references`)
    .replace(/^\/credit.*$/, `${CNA}/credits`)
  return { field: at, message }
}
