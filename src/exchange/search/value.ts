import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { STIX_ID } from '#exchange/stix/contract.ts'

/** What a value is. `text` is everything that is compared letter by letter: names of files, mutexes, people, programs; registry keys; paths. */
export const VALUE_KINDS = [
  'md5',
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'ipv4',
  'ipv6',
  'network',
  'mac',
  'asn',
  'domain',
  'url',
  'email',
  'cve',
  'attack',
  'id',
  'text',
] as const
export type ValueKind = (typeof VALUE_KINDS)[number]

/** Something that objects name, in its normal form: what makes two spellings one value. */
export interface Value {
  readonly kind: ValueKind
  readonly text: string
}

/** Longest value that is looked up; what is longer is found by its words. */
export const LONGEST_VALUE = 4_000

const HASHES: Readonly<Record<number, ValueKind>> = { 32: 'md5', 40: 'sha1', 56: 'sha224', 64: 'sha256', 96: 'sha384', 128: 'sha512' }
const HEX = /^[0-9a-f]+$/i
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/
const MAC = /^(?:[0-9a-f]{2}(?:([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4})|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})$/i
const CVE = /^CVE-\d{4}-\d{4,19}$/i
/** Techniques, tactics, software, groups, mitigations, campaigns and data sources of ATT&CK. */
const ATTACK = /^(?:T\d{4}(?:\.\d{3})?|TA\d{4}|[SGMC]\d{4}|DS\d{4})$/i
const ASN = /^AS ?(\d{1,10})$/i
const SCHEME = /^[a-z][a-z0-9+.-]{1,20}:\/\//i
const ASCII = /^[\x20-\x7e]*$/
const SPACES = /\s\s|[^\S ]/

/** A hash by its length; undefined for what is not hexadecimal digits of a known length. */
export function readHash(text: string): Value | undefined {
  const kind = HASHES[text.length]
  return kind !== undefined && HEX.test(text) ? { kind, text: text.toLowerCase() } : undefined
}

/** An address, or a network in CIDR form by its first address; an IPv4 address mapped into IPv6 is that address (RFC 4291, section 2.5.5.2). */
export function readAddress(text: string): Value | undefined {
  if (isIPv4(text)) return { kind: 'ipv4', text }
  const slash = text.indexOf('/')
  if (slash > 0) return readNetwork(text.slice(0, slash), text.slice(slash + 1))
  return text.includes(':') && isIPv6(text) && !text.includes('%') ? ofIPv6(wordsOf(text)) : undefined
}

export function readDomain(text: string): Value | undefined {
  if (!text.includes('.') || text.length > 1000) return undefined
  const lower = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase()
  const ascii = ASCII.test(lower) ? lower : domainToASCII(lower)
  return DOMAIN.test(ascii) ? { kind: 'domain', text: ascii } : undefined
}

/** A URL as the WHATWG standard writes it. */
export function readUrl(text: string): Value | undefined {
  if (!SCHEME.test(text) || text.length > LONGEST_VALUE) return undefined
  const href = URL.parse(text)?.href
  return href === undefined ? undefined : { kind: 'url', text: href }
}

export function readEmail(text: string): Value | undefined {
  const at = text.lastIndexOf('@')
  if (at < 1 || at > 64 || /[\s<>/]/.test(text)) return undefined
  const domain = readDomain(text.slice(at + 1))
  return domain && { kind: 'email', text: `${text.slice(0, at).toLowerCase()}@${domain.text}` }
}

export function readMac(text: string): Value | undefined {
  if (text.length < 14 || text.length > 17 || !MAC.test(text)) return undefined
  const digits = text.replaceAll(/[^0-9a-f]/gi, '').toLowerCase()
  return { kind: 'mac', text: digits.replaceAll(/..(?=.)/g, '$&:') }
}

const HIVES: Readonly<Record<string, string>> = {
  hklm: 'hkey_local_machine',
  hkcu: 'hkey_current_user',
  hkcr: 'hkey_classes_root',
  hku: 'hkey_users',
  hkcc: 'hkey_current_config',
}

/** Text in one spelling: compatible characters as one (NFKC), lower-case, single spaces, hives of the registry by their long names. Undefined for nothing, and for what is too long. */
export function readText(text: string): Value | undefined {
  if (text.length > LONGEST_VALUE) return undefined
  let normal = (ASCII.test(text) ? text : text.normalize('NFKC')).toLowerCase().trim()
  if (SPACES.test(normal)) normal = normal.replaceAll(/\s+/g, ' ')
  if (normal.startsWith('hk')) {
    const end = normal.indexOf('\\')
    const hive = end > 0 ? HIVES[normal.slice(0, end)] : undefined
    if (hive !== undefined) normal = hive + normal.slice(end)
  }
  return normal === '' ? undefined : { kind: 'text', text: normal }
}

/** Serial numbers of certificates are written with colons or without. */
export function readSerial(text: string): Value | undefined {
  return readText(/^[0-9a-f]{2}(?::[0-9a-f]{2})+$/i.test(text) ? text.replaceAll(':', '') : text)
}

export function readReference(text: string): Value | undefined {
  if (CVE.test(text)) return { kind: 'cve', text: text.toUpperCase() }
  return ATTACK.test(text) ? { kind: 'attack', text: text.toUpperCase() } : undefined
}

/** What a text is by its own form, other than mere text; undefined where it has none. */
export function readForm(text: string): Value | undefined {
  const hash = readHash(text)
  if (hash) return hash
  const address = readAddress(text)
  if (address) return address
  if (text.includes('://')) return readUrl(text)
  if (text.includes('@')) return readEmail(text)
  if (text.includes('--') && STIX_ID.test(text)) return { kind: 'id', text }
  return readDomain(text) ?? readReference(text) ?? readAsn(text) ?? readMac(text)
}

function readAsn(text: string): Value | undefined {
  const number = ASN.exec(text)?.[1]
  return number === undefined ? undefined : asn(Number(number))
}

export function asn(number: number): Value {
  return { kind: 'asn', text: String(number) }
}

const DEFANGED = /[[({](?:\.|dot|at|@|:|:\/\/|\/)[\])}]|^[^:]{0,10}hxx?ps?\b|^fxp/i

/** Undoes what people do to values so that nobody follows them by mistake: `hxxp`, `[.]`, `(dot)`, `[at]`, `[:]`. */
export function refang(text: string): string {
  if (!DEFANGED.test(text)) return text
  return text
    .replace(/^h(?:xx|tx|xt)p(s?)(?=[[(:])/i, 'http$1')
    .replace(/^fxp(?=[[(:])/i, 'ftp')
    .replaceAll(/[[({](?:\.|dot)[\])}]/gi, '.')
    .replaceAll(/ ?[[({](?:@|at)[\])}] ?/gi, '@')
    .replaceAll(/[[({](:\/\/|:|\/)[\])}]/g, '$1')
}

/** Everything that a text can be when a person asks for it, the most telling first: its form, and mere text. */
export function readingsOf(asked: string): Value[] {
  const text = refang(asked.trim())
  if (text === '' || text.length > LONGEST_VALUE) return []
  const form = readForm(text)
  const plain = readText(text)
  return [...(form ? [form] : []), ...(plain && form?.kind !== 'id' ? [plain] : [])]
}

/** A text as the kind that it is said to be; undefined where it is not one. */
export function readAs(kind: ValueKind, asked: string): Value | undefined {
  const text = refang(asked.trim())
  if (kind === 'text') return readText(text)
  const form = kind === 'asn' && /^\d{1,10}$/.test(text) ? asn(Number(text)) : readForm(text)
  return form?.kind === kind ? form : undefined
}

/** An address, or the first of a network of so many bits, as eight groups of sixteen: an IPv4 address as it is mapped into IPv6. */
export interface Address {
  readonly four: boolean
  readonly words: readonly number[]
  readonly bits: number
}

/** Of a value that is an address or a network, in its normal form. */
export function addressOf({ kind, text }: Value): Address | undefined {
  if (kind === 'ipv4') return { four: true, words: mapped(text), bits: 32 }
  if (kind === 'ipv6') return { four: false, words: wordsOf(text), bits: 128 }
  if (kind !== 'network') return undefined
  const slash = text.indexOf('/')
  const [first, bits] = [text.slice(0, slash), Number(text.slice(slash + 1))]
  const four = isIPv4(first)
  return { four, words: four ? mapped(first) : wordsOf(first), bits }
}

function readNetwork(address: string, length: string): Value | undefined {
  const four = isIPv4(address)
  if (!/^\d{1,3}$/.test(length) || (!four && (!isIPv6(address) || address.includes('%')))) return undefined
  const [bits, most] = [Number(length), four ? 32 : 128]
  if (bits > most) return undefined
  const words = four ? mapped(address) : wordsOf(address)
  if (bits === most) return ofIPv6(words)
  if (!four && isMapped(words) && bits >= 96) return networkOf({ words, four: true }, bits - 96)
  return networkOf({ words, four }, bits)
}

/** The network of the first so many bits of an address; of all of them, the address. */
export function networkOf({ words, four }: Pick<Address, 'words' | 'four'>, bits: number): Value {
  if (bits === (four ? 32 : 128)) return ofIPv6(words)
  const kept = bits + (four ? 96 : 0)
  const masked = words.map((word, at) => word & (0xffff << Math.min(16, Math.max(0, 16 * (at + 1) - kept))) & 0xffff)
  return { kind: 'network', text: `${four ? dotted(masked) : compressed(masked)}/${bits}` }
}

function ofIPv6(words: readonly number[]): Value {
  return isMapped(words) ? { kind: 'ipv4', text: dotted(words) } : { kind: 'ipv6', text: compressed(words) }
}

function isMapped(words: readonly number[]): boolean {
  return words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0)
}

function mapped(four: string): number[] {
  const [a, b, c, d] = four.split('.').map(Number)
  return [0, 0, 0, 0, 0, 0xffff, (a! << 8) | b!, (c! << 8) | d!]
}

function dotted(words: readonly number[]): string {
  const [high, low] = [words[6]!, words[7]!]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** The eight groups of an address that `isIPv6` accepted. */
function wordsOf(text: string): number[] {
  const last = text.slice(text.lastIndexOf(':') + 1)
  const plain = last.includes('.') ? text.slice(0, -last.length) + mapped(last).slice(6).map(hex).join(':') : text
  const [before, after] = plain.split('::').map((part) => (part === '' ? [] : part.split(':').map((word) => parseInt(word, 16))))
  return after === undefined ? before! : [...before!, ...Array<number>(8 - before!.length - after.length).fill(0), ...after]
}

/** As RFC 5952 writes it: the longest run of two or more zero groups is left out, the first of equals. */
function compressed(words: readonly number[]): string {
  let [from, length] = [0, 1]
  for (let at = 0; at < 8; at++) {
    let end = at
    while (end < 8 && words[end] === 0) end++
    if (end - at > length) [from, length] = [at, end - at]
    at = Math.max(at, end)
  }
  if (length < 2) return words.map(hex).join(':')
  return `${words.slice(0, from).map(hex).join(':')}::${words
    .slice(from + length)
    .map(hex)
    .join(':')}`
}

function hex(word: number): string {
  return word.toString(16)
}
