import { createHash } from 'node:crypto'
import { printable } from '#scanner/formats/bytes.ts'
import { openUnknownPart } from './open-control.ts'
import { openInternetShortcutPart, openShellLinkPart } from './open-link.ts'
import { openFlashPart } from './open-flash.ts'
import { openEmfPart, openJpegPart, openMediaPart, openPostScriptPart, openTiffPart, openWmfPart } from './open-media.ts'
import { openCabPart, openIsoPart, openRarPart, openSevenZipPart, openTarPart, openUdfPart } from './open-archive.ts'
import { openBiffPart, openCfbPart } from './open-cfb.ts'
import { openHtmlPart, openScriptPart } from './open-html.ts'
import { openPdfPart } from './open-pdf.ts'
import { openRtfPart } from './open-rtf.ts'
import { openActiveMimePart, openBzip2Part, openGzipPart, openTextPart, openXzPart, openZstdPart } from './open-text.ts'
import { openXmlOrXdpPart } from './open-xdp.ts'
import { openZipPart } from './open-zip.ts'
import { withScripts } from './run-scripts.ts'
import { openMimePart } from './open-mime.ts'
import { openOneNotePart } from './open-onenote.ts'
import { openTnefPart } from './open-mapi.ts'
import type { Fact, PartSource } from './fact.ts'
import { innerPath, type NotCheckedReason, type Part } from './part.ts'
import { identify, UNOPENED_CONTAINERS, type ContentType } from './identify.ts'
import { Budget, Damaged, LimitReached, type LimitName, type Limits } from './limits.ts'

/** One object that the scan looked at. */
export interface ScannedObject {
  readonly path: string
  readonly type: ContentType
  readonly via: PartSource
  readonly size: number
  readonly sha256: string
  /** Where what holds it begins in the object around it. */
  readonly offset?: number
}

/** Something that stayed unexamined. Never a negative, never a finding (scanner.md, section 2, rule 7). */
export interface NotChecked {
  readonly path: string
  readonly what: string
  readonly why: string
  readonly reason: NotCheckedReason
  readonly limit?: LimitName
}

const WHAT: Readonly<Record<NotCheckedReason, string>> = {
  limit: 'the rest of it',
  encrypted: 'what is encrypted',
  damaged: 'what could not be read',
  unsupported: 'its content',
}

export interface Unpacked {
  /** The kind of document, such as docx or xls, where the containers tell; otherwise the type of the bytes. */
  readonly kind: string
  readonly objects: readonly ScannedObject[]
  readonly facts: readonly Fact[]
  readonly notChecked: readonly NotChecked[]
}

/** What one scan goes by. The same bytes and options give the same answer. */
export interface ScanOptions {
  readonly limits: Limits
  /** What encrypted parts are tried with, beside what their own programs try. */
  readonly passwords: readonly string[]
}

type Opener = (part: Part) => void

/** Which opener reads which type; what is missing here is listed and not opened. */
export const OPENERS: Partial<Record<ContentType, Opener>> = {
  cfb: openCfbPart,
  biff: openBiffPart,
  zip: openZipPart,
  rtf: openRtfPart,
  pdf: withScripts(openPdfPart),
  xml: withScripts(openXmlOrXdpPart),
  text: openTextPart,
  csv: openTextPart,
  slk: openTextPart,
  iqy: openTextPart,
  activemime: openActiveMimePart,
  gzip: openGzipPart,
  bzip2: openBzip2Part,
  xz: openXzPart,
  zstd: openZstdPart,
  unknown: openUnknownPart,
  eps: openPostScriptPart,
  lnk: openShellLinkPart,
  'url-file': openInternetShortcutPart,
  tar: openTarPart,
  cab: openCabPart,
  iso: openIsoPart,
  udf: openUdfPart,
  '7z': openSevenZipPart,
  rar: openRarPart,
  html: openHtmlPart,
  script: openScriptPart,
  eml: openMimePart,
  mhtml: openMimePart,
  tnef: openTnefPart,
  onenote: openOneNotePart,
  swf: openFlashPart,
  tiff: openTiffPart,
  jpeg: openJpegPart,
  media: openMediaPart,
  wmf: openWmfPart,
  emf: openEmfPart,
}

/**
 * Opens a file and everything inside it, depth first, within limits, and gathers facts. Never throws: what could not be
 * opened is in `notChecked` with its reason, and everything found before stays.
 */
export function unpack(bytes: Buffer, options: ScanOptions): Unpacked {
  const run = new Unpacking(options)
  try {
    run.open({ path: '/', bytes, via: 'input', depth: 0, name: '' })
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
  }
  return { kind: run.kind ?? run.objects[0]?.type ?? 'unknown', objects: run.objects, facts: run.facts, notChecked: run.notChecked }
}

interface Input {
  readonly path: string
  readonly bytes: Buffer
  readonly via: PartSource
  readonly depth: number
  readonly name: string
  readonly offset?: number
}

/** Passwords that letters name; each is a derived key for every lock inside. */
const MOST_HINTS = 8

/** Facts of one kind, of all that may be told: a document full of one kind still tells of the others. */
const SHARE_OF_KIND = 0.4

class Unpacking {
  readonly objects: ScannedObject[] = []
  readonly facts: Fact[] = []
  readonly notChecked: NotChecked[] = []
  kind: string | undefined
  readonly #budget: Budget
  readonly #passwords: readonly string[]
  readonly #hints: string[] = []
  readonly #seen = new Map<string, string>()
  readonly #told = new Map<Fact['kind'], number>()
  readonly #limited = new Set<string>()

  constructor({ limits, passwords }: ScanOptions) {
    this.#budget = new Budget(limits)
    this.#passwords = passwords
  }

  open(input: Input): void {
    const { path, bytes, via, depth, name, offset } = input
    if (depth === 0 && bytes.length > this.#budget.limits.inputBytes) return this.#limit(path, new LimitReached('inputBytes'))
    const known = this.#guard(path, () => {
      this.#budget.takeObject(depth)
      return true
    })
    if (!known) return
    const [type, ...others] = identify(bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    this.objects.push({ path, type, via, size: bytes.length, sha256, ...(offset !== undefined && { offset }) })
    const place = { path, ...(offset !== undefined && { offset }) }
    this.#say({ kind: 'part', ...place, type, bytes, via, name })
    if (others.length > 0) this.#say({ kind: 'polyglot', ...place, types: [type, ...others] })
    // The same bytes twice in one document say nothing new; they are listed, and opened once.
    if (this.#seen.has(sha256)) return
    this.#seen.set(sha256, path)
    for (const one of [type, ...others]) this.#openAs(one, input)
  }

  #openAs(type: ContentType, { path, bytes, depth, via }: Input): void {
    const opener = OPENERS[type]
    const unread = !opener || type === 'unknown'
    const wanted = UNOPENED_CONTAINERS.has(type) || depth === 0 || (via === 'package' && type === 'unknown')
    if (unread && wanted) this.#miss(path, 'unsupported', type === 'unknown' ? 'its format is not known' : `no reader opens ${type}`)
    if (!opener) return
    const open = () =>
      opener({
        path,
        depth,
        bytes,
        budget: this.#budget,
        passwords: this.#passwords,
        hints: this.#hints,
        hint: (password) => {
          if (this.#hints.length < MOST_HINTS && !this.#hints.includes(password)) this.#hints.push(password)
        },
        say: (fact) => this.#say(fact),
        miss: (at, reason, detail) => this.#miss(at, reason, detail),
        attempt: (at, work) => this.#guard(at, work),
        kind: (name) => {
          if (depth === 0) this.kind ??= name
        },
        child: (name, inner, from, offset) =>
          this.open({ path: innerPath(path, name), bytes: inner, via: from, depth: depth + 1, name, ...(offset !== undefined && { offset }) }),
      })
    // What a part inside uses up is its own share: what stands behind it is still opened.
    this.#guard(path, () => (depth === 0 ? open() : this.#budget.share(open)))
  }

  #say(fact: Fact): void {
    this.#guard(fact.path, () => {
      if (fact.kind !== 'part') {
        const told = this.#told.get(fact.kind) ?? 0
        if (told >= this.#budget.limits.facts * SHARE_OF_KIND) return this.#limit(fact.path, new LimitReached('facts'))
        this.#told.set(fact.kind, told + 1)
        this.#budget.takeFact()
      }
      this.facts.push(fact)
    })
  }

  /** One object's damage or limit ends that object, and nothing else. */
  #guard<T>(path: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (error instanceof LimitReached) {
        this.#limit(path, error)
        // What the part at hand may cost is used up: going on would only find that out again for every object in it.
        if (this.#budget.isSpent(error.limit)) throw error
      } else if (error instanceof Damaged) this.#miss(path, 'damaged', error.message)
      else throw error
      return undefined
    }
  }

  #limit(path: string, { limit }: LimitReached): void {
    if (this.#limited.has(`${limit} ${path}`)) return
    // A thousand objects past the same limit are one statement.
    if (this.notChecked.filter((one) => one.limit === limit).length >= 20) return
    this.#limited.add(`${limit} ${path}`)
    this.notChecked.push({ path, what: WHAT.limit, why: `limit reached: ${limit}`, reason: 'limit', limit })
  }

  #miss(path: string, reason: NotCheckedReason, detail: string): void {
    if (this.notChecked.length < 500) this.notChecked.push({ path, what: WHAT[reason], why: printable(detail, 200), reason })
  }
}
