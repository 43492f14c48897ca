import { utf16 } from '#scanner/formats/bytes.ts'
import { FLASH_CLASS } from '#scanner/formats/flash/movie-state.ts'
import { classBytes } from '#scanner/formats/ole-stream.ts'
import type { Fact, FactOf, PartSource } from '#scanner/intake/fact.ts'
import type { Finding, OtherFinding } from '#scanner/verdict/finding.ts'
import { FEWEST_CONNECTS } from './cve-2018-4878.ts'
import { at, shown, type Evidence } from './evidence.ts'

const ID = 'embedded-flash'
const CANDIDATE = 'CVE-2018-4878'
/** Its documents had the control fetch the movie. */
const REMOTE = 'CVE-2018-5002'
const LONGEST_STATE = 64 * 1024
const ADDRESS = /https?:\/\/[\x21-\x7e]{4,300}/i
const MOVIE_PROPERTY = /name="movie"\s{1,8}\w{0,10}:?value="((?:https?:|\/\/|\\\\)[^"]{3,300})"/i
const CLASS_BYTES = classBytes(FLASH_CLASS)
/** Archives and messages hold movies as files; these places show one as part of a document. */
const SHOWN: ReadonlySet<PartSource> = new Set([
  'flash-control',
  'ole-stream',
  'rtf-object',
  'powerpoint-object',
  'xml-data',
  'pdf-embedded-file',
  'onenote-file',
])
const OFFICE_PLACE = /\/(?:activeX|embeddings|media)\/[^/]{1,200}$/

/**
 * Flash in a document: the player is gone from systems that are kept up to date, and documents carried it for attacks far more than for
 * pictures. What its structure proves is named by evidence of its own; here stands that there is a movie, and what speaks for more.
 */
export const embeddedFlash: Evidence = {
  id: ID,
  candidates: [CANDIDATE, REMOTE],
  requires: ['a Flash movie shown by a document, or the Flash control (D27CDB6E) in one'],
  source: 'SWF File Format Specification 19; Microsoft, end of support for Adobe Flash Player; ATT&CK T1203',
  judge: (facts) => {
    const vias = new Map(facts.flatMap((fact) => (fact.kind === 'part' && isShown(fact) ? [[fact.path, fact.via] as const] : [])))
    const movies = facts.flatMap((fact) => (fact.kind === 'flash' && vias.has(fact.path) ? [movieFinding(fact)] : []))
    return movies.length > 0 ? movies : controls(facts).slice(0, 1)
  },
}

function isShown({ via, path, type }: FactOf<'part'>): boolean {
  return type === 'swf' && (SHOWN.has(via) || (via === 'zip-entry' && OFFICE_PLACE.test(path)))
}

function movieFinding(fact: FactOf<'flash'>): OtherFinding {
  const { version, packing, scripts, loads, listens, listeners } = fact.movie
  const proof = [
    { ...at(fact), field: 'Flash movie', value: `version ${version}, ${packing === 'none' ? 'not packed' : packing}` },
    { ...at(fact), field: 'tags with ActionScript 3', value: scripts },
    ...(loads ? [{ ...at(fact), field: 'function that the scripts name', value: 'loadBytes' }] : []),
  ]
  const base = { id: ID, kind: 'technique', severity: loads ? 'high' : 'medium', attack: ['T1203'], proof } as const
  const summary = loads ? 'The document shows a Flash movie that runs another one from memory.' : 'The document shows a Flash movie.'
  if (!listens || listeners.some(({ connects }) => connects >= FEWEST_CONNECTS)) return { ...base, summary }
  const why =
    listeners.length > 0
      ? 'a listener of the DRM manager is given up behind its handing over; that the player is made to collect it was not seen'
      : 'a class listens for the DRM manager, as players of protected video have too; that a listener is given up was not seen'
  return { ...base, summary, candidate: { id: CANDIDATE, why } }
}

/** The control without a movie in it: what it shows lies elsewhere. */
function controls(facts: readonly Fact[]): Finding[] {
  return facts.flatMap((fact): Finding[] => {
    if (fact.kind === 'ole-class' && fact.clsid === FLASH_CLASS) return [control(fact, fact.by, fact.state && addressIn(fact.state))]
    if (fact.kind !== 'part' || !declares(fact)) return []
    return [control(fact, 'class id', fact.type === 'xml' ? MOVIE_PROPERTY.exec(fact.bytes.toString('latin1'))?.[1] : addressIn(fact.bytes))]
  })
}

function control(fact: Fact, by: string, address: string | undefined): Finding {
  const proof = [{ ...at(fact), field: `control by its ${by}`, value: FLASH_CLASS }]
  const base = { id: ID, kind: 'technique', attack: ['T1203'] } as const
  if (address === undefined) return { ...base, severity: 'medium', summary: 'The document embeds the Flash control; its movie is not in it.', proof }
  return {
    ...base,
    severity: 'high',
    summary: 'The document embeds the Flash control, which fetches its movie from elsewhere.',
    candidate: { id: REMOTE, why: 'the control fetches its movie, as documents with this exploit did; the movie itself is not in the document' },
    proof: [...proof, { ...at(fact), field: 'address of the movie', value: shown(address) }],
  }
}

function declares({ via, type, bytes }: FactOf<'part'>): boolean {
  if (via === 'input' || bytes.length < 16) return false
  if (type === 'unknown') return bytes.subarray(0, 16).equals(CLASS_BYTES)
  return type === 'xml' && bytes.length < LONGEST_STATE && /classid="\{d27cdb6e-ae6d-11cf-96b8-444553540000\}"/i.test(bytes.toString('latin1'))
}

/** An address in a state, in one or two bytes a character. */
function addressIn(state: Buffer): string | undefined {
  const looked = state.subarray(0, LONGEST_STATE)
  const wide = [0, 1].map((from) => utf16(looked, from))
  return [looked.toString('latin1'), ...wide].map((text) => ADDRESS.exec(text)?.[0]).find((text) => text !== undefined)
}
