import type { StixObject } from '#exchange/stix/check.ts'
import { kindOf } from '#exchange/stix/object-types.ts'
import { literalsOf } from '#exchange/search/literals.ts'
import {
  asn,
  readAddress,
  readDomain,
  readEmail,
  readForm,
  readHash,
  readMac,
  readReference,
  readSerial,
  readText,
  readUrl,
  type Value,
} from '#exchange/search/value.ts'

/** Most values that one object is found by; the first ones are. */
export const MOST_VALUES = 5_000

type Properties = Readonly<Record<string, unknown>>
type Read = (text: string) => Value | undefined

/** Domain objects that go by names. */
const NAMED = new Set(['threat-actor', 'intrusion-set', 'malware', 'tool', 'campaign', 'attack-pattern', 'infrastructure', 'vulnerability', 'identity'])

/** Which properties of observables are values, and of which kind (STIX 2.1, section 6). What does not have the form of its kind is taken as text. */
const OBSERVABLE: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  artifact: { url: readUrl },
  'autonomous-system': { name: readText },
  directory: { path: readText },
  'domain-name': { value: readDomain },
  'email-addr': { value: readEmail, display_name: readText },
  'email-message': { subject: readText, message_id: readText },
  file: { name: readText },
  'ipv4-addr': { value: readAddress },
  'ipv6-addr': { value: readAddress },
  'mac-addr': { value: readMac },
  mutex: { name: readText },
  process: { command_line: readText },
  software: { name: readText, cpe: readText },
  url: { value: readUrl },
  'user-account': { user_id: readText, account_login: readText, display_name: readText },
  'windows-registry-key': { key: readText },
  'x509-certificate': { serial_number: readSerial, subject: readText },
}

/**
 * Every value that an object names, each once, in its normal form: what it is found by, and what it has in common with others.
 * Its id is not among them, because objects are kept by their ids. Pure; linear in the object.
 */
export function valuesOf(object: StixObject): Value[] {
  const found = new Found()
  if (object.type === 'indicator') ofPattern(found, object)
  else if (object.type === 'observed-data') ofObserved(found, object['objects'])
  else if (kindOf(object.type) === 'observable') ofObservable(found, object)
  else if (NAMED.has(object.type)) for (const name of ['name', 'aliases', 'x_mitre_aliases']) found.eachText(object[name], readName)
  ofReferences(found, object['external_references'])
  return found.values
}

/** Collects values, each once. */
class Found {
  readonly values: Value[] = []
  #seen: Set<string> | undefined

  add(value: Value | undefined): void {
    if (value === undefined || this.values.length >= MOST_VALUES) return
    // Most objects name one value: a set is made for the others only.
    if (this.values.length > 0) {
      this.#seen ??= new Set([`${this.values[0]!.kind}:${this.values[0]!.text}`])
      const place = `${value.kind}:${value.text}`
      if (this.#seen.has(place)) return
      this.#seen.add(place)
    }
    this.values.push(value)
  }

  text(text: unknown, read: Read): void {
    if (typeof text === 'string') this.add(read(text) ?? readText(text))
  }

  eachText(texts: unknown, read: Read): void {
    for (const text of Array.isArray(texts) ? (texts as unknown[]) : [texts]) this.text(text, read)
  }
}

function ofPattern(found: Found, { pattern, pattern_type: language }: Properties): void {
  if (language !== 'stix' || typeof pattern !== 'string') return
  for (const { path, text } of literalsOf(pattern)) found.text(text, kindOfPath(path))
}

const BY_TYPE: Readonly<Record<string, Read>> = {
  'domain-name:value': readDomain,
  'url:value': readUrl,
  'ipv4-addr:value': readAddress,
  'ipv6-addr:value': readAddress,
  'email-addr:value': readEmail,
  'mac-addr:value': readMac,
  'autonomous-system:number': readNumber,
  'x509-certificate:serial_number': readSerial,
}

/** How a literal is read that is compared with an object path (STIX 2.1, section 9.7). */
function kindOfPath(path: string): Read {
  const known = BY_TYPE[path]
  if (known) return known
  if (path.includes('hashes')) return readHash
  // What a reference leads to may be of several types: the value itself says which.
  return path.endsWith('.value') ? readForm : readText
}

function readNumber(text: string): Value | undefined {
  return /^\d{1,10}$/.test(text) ? asn(Number(text)) : undefined
}

function readName(text: string): Value | undefined {
  return readReference(text) ?? readText(text)
}

function ofObservable(found: Found, object: Properties): void {
  const { type } = object
  const reads = typeof type === 'string' && Object.hasOwn(OBSERVABLE, type) ? OBSERVABLE[type] : undefined
  if (reads) for (const name in reads) found.text(object[name], reads[name]!)
  ofHashes(found, object['hashes'])
  const { number } = object
  if (type === 'autonomous-system' && typeof number === 'number') found.add(asn(number))
}

function ofHashes(found: Found, hashes: unknown): void {
  if (typeof hashes !== 'object' || hashes === null) return
  for (const text of Object.values(hashes)) found.text(text, readHash)
}

/** Observables within observed data, as STIX 2.0 wrote them and 2.1 still allows. */
function ofObserved(found: Found, objects: unknown): void {
  if (typeof objects !== 'object' || objects === null) return
  for (const each of Object.values(objects)) if (typeof each === 'object' && each !== null) ofObservable(found, each as Properties)
}

function ofReferences(found: Found, references: unknown): void {
  if (!Array.isArray(references)) return
  for (const each of references as unknown[]) {
    const id = typeof each === 'object' && each !== null ? (each as Properties)['external_id'] : undefined
    found.text(id, readName)
  }
}
