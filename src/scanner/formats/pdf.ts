import { Damaged, LimitReached, type Budget, upToLimit, type LimitName } from '#scanner/intake/limits.ts'
import { openCipher, type PdfCipher } from './pdf-crypt.ts'
import { filtersOf, parametersOf, unfilter, type Unfiltered } from './pdf-filters.ts'
import { isDict, isName, isRef, PdfLexer, pdfText, RecentNames, type PdfDict, type PdfValue, type StringReader } from './pdf-lexer.ts'
import { Entry } from './pdf-entry.ts'
import { endsAt, Following, objectHeads } from './pdf-places.ts'

/** Where an object stands beside the document as its newest versions make it. */
export type PdfApart = 'replaced' | 'inside-stream' | 'after-end'

/** One object, wherever in the file it stands: after %%EOF, before the header, or inside an object stream. */
export interface PdfObject {
  /** -1 for a trailer. */
  readonly number: number
  /** Where it starts in the file, or in its object stream. */
  readonly offset: number
  /** The number of the object stream that holds it. */
  readonly within?: number
  /** Read anew for every asking in a large file. */
  readonly value: PdfValue
  /** The bytes of its stream as they stand in the file. */
  readonly data: Buffer | undefined
  readonly apart?: PdfApart
}

export interface Pdf {
  /** Every version of every object in file order, trailers behind them. */
  readonly objects: readonly PdfObject[]
  /** Encrypted, and by none of the passwords opened: strings are empty and streams stay packed. */
  readonly encrypted: boolean
  /** Encrypted are the embedded files alone, and by none of the passwords opened. */
  readonly filesLocked: boolean
  /** The limit that ended the listing of its objects. */
  readonly cut: LimitName | undefined
  /** Streams and objects that could not be read, or only in part, each with why; grows as streams are decoded. */
  readonly damage: readonly string[]
  /** The newest object of a number, references followed; undefined for a circle or a hole. */
  resolve(value: PdfValue | undefined): PdfObject | undefined
  /** All versions of an object, newest first, at most 8. */
  versions(value: PdfValue | undefined): readonly PdfObject[]
  /** What a value is once references are followed; null for a hole. */
  follow(value: PdfValue | undefined): PdfValue | undefined
  /** The unpacked bytes of a stream. Throws Damaged, LimitReached. */
  decode(object: PdfObject): Buffer
  /** The bytes of a stream as the first filter that only an image reader undoes is fed with them. Throws LimitReached. */
  unfilter(object: PdfObject): Unfiltered
}

/** Bytes of objects whose values are kept; beyond, they are read again. */
const KEPT_BYTES = 4 * 2 ** 20
const MOST_VERSIONS = 8
const MOST_HOPS = 16
const MOST_DAMAGE = 50
/** Objects that are kept: each takes memory, however few bytes it has in the file. */
const MOST_OBJECTS = 600_000
/** Of what may be spent on the file, for finding its objects; the rest is for reading them. */
const SHARE_OF_LISTING = 0.8

/** The header may stand anywhere in the first kilobyte (PDF 32000-1, annex H.3, note 13). */
export function isPdf(bytes: Buffer): boolean {
  const at = bytes.subarray(0, 1024).indexOf('%PDF-', 0, 'latin1')
  return at !== -1
}

/**
 * Reads every `n g obj` of the file in one pass, whatever cross-reference tables say, then the objects inside object
 * streams. Damage to one object leaves the others readable. Throws LimitReached.
 */
export function openPdf(bytes: Buffer, budget: Budget, passwords: readonly string[] = []): Pdf {
  return new PdfFile(bytes, budget, passwords)
}

class PdfFile implements Pdf {
  readonly objects: Entry[] = []
  readonly damage: string[] = []
  encrypted = false
  cut: LimitName | undefined
  readonly #bytes: Buffer
  readonly #budget: Budget
  readonly #newest = new Map<number, Entry>()
  readonly #recent = new Map<Entry, PdfValue>()
  readonly #names = new RecentNames()
  #kept = 0
  #cipher: PdfCipher | undefined

  constructor(bytes: Buffer, budget: Budget, passwords: readonly string[]) {
    this.#bytes = bytes
    this.#budget = budget
    this.cut = upToLimit(() => budget.share(() => this.#readFile(), SHARE_OF_LISTING))
    const trailers = this.#trailers()
    this.#chain()
    this.#openEncryption(trailers, passwords)
    const containers = this.objects.filter(isObjectStream)
    this.cut ??= upToLimit(() => {
      for (const stream of containers) for (const entry of this.#unpack(stream)) this.#list(entry)
    })
    this.#chain()
    for (const trailer of trailers) this.objects.push(trailer)
  }

  #readFile(): void {
    const bytes = this.#bytes
    const lastEnd = bytes.lastIndexOf('%%EOF', undefined, 'latin1')
    const last = new Map<number, Entry>()
    const cut = upToLimit(() => {
      for (const head of objectHeads(bytes, this.#budget)) {
        const entry = new Entry(this, { ...head, bytes, order: head.offset, ...(lastEnd !== -1 && head.offset > lastEnd && { apart: 'after-end' }) })
        last.set(entry.number, entry)
        this.#list(entry)
      }
    })
    this.#findStreams(last)
    if (cut) throw new LimitReached(cut)
  }

  #list(entry: Entry): void {
    if (this.objects.length >= MOST_OBJECTS) throw new LimitReached('objects')
    this.objects.push(entry)
  }

  /** Finds the stream of each object that has one, and which objects stand inside streams. Only these are read for it. */
  #findStreams(last: ReadonlyMap<number, Entry>): void {
    const starts = new Following(this.#bytes, 'stream')
    const ends = new Following(this.#bytes, 'endstream')
    let covered = 0
    for (const [index, entry] of this.objects.entries()) {
      if (entry.offset < covered) entry.apart = 'inside-stream'
      const next = this.objects[index + 1]?.offset ?? this.#bytes.length
      if (starts.after(entry.body) >= next) continue
      if (this.#findStream(entry, last, ends) && entry.stream!.end > covered) covered = entry.stream!.end
    }
  }

  /** Finds the stream of an object; true where it has the length that it states. */
  #findStream(entry: Entry, last: ReadonlyMap<number, Entry>, ends: Following): boolean {
    const { bytes } = entry
    const lexer = new PdfLexer(bytes, entry.body, this.#budget, pdfText, this.#names)
    const value = lexer.value() ?? null
    this.#keep(entry, value, lexer.at - entry.body)
    if (!isDict(value)) return false
    lexer.skipSpace()
    if (bytes.toString('latin1', lexer.at, lexer.at + 6) !== 'stream') return false
    let from = lexer.at + 6
    if (bytes[from] === 13) from++
    if (bytes[from] === 10) from++
    const length = this.#length(value.dict.get('Length'), last)
    const stated = length !== undefined && endsAt(bytes, from + length)
    const end = stated ? from + length : ends.after(from)
    entry.stream = { from, end: Math.max(from, end) }
    return stated
  }

  #length(value: PdfValue | undefined, last: ReadonlyMap<number, Entry>): number | undefined {
    const entry = isRef(value) ? last.get(value.ref) : undefined
    const length = entry ? this.#numberAt(entry.body) : value
    return typeof length === 'number' && Number.isInteger(length) && length >= 0 ? length : undefined
  }

  /** A number where one stands; anything else is not read, for thousands of streams may refer to one large object. */
  #numberAt(at: number): PdfValue | undefined {
    const lexer = new PdfLexer(this.#bytes, at, this.#budget)
    lexer.skipSpace()
    const c = this.#bytes[lexer.at] ?? 0
    return c >= 0x30 && c <= 0x39 ? lexer.value() : undefined
  }

  #keep(entry: Entry, value: PdfValue, size: number): void {
    if (this.#kept > KEPT_BYTES) return
    this.#kept += size + 32
    entry.kept = value
  }

  /** The value of one of its entries. Throws LimitReached. */
  read(entry: Entry): PdfValue {
    if (entry.kept !== undefined) return entry.kept
    const recent = this.#recent.get(entry)
    if (recent !== undefined) return recent
    const lexer = new PdfLexer(entry.bytes, entry.body, this.#budget, this.#textOf(entry), this.#names)
    const value = lexer.value() ?? null
    // Objects of an object stream may overlap, so that their bytes are read many times.
    if (entry.within !== undefined) this.#budget.step((lexer.at - entry.body) >> 3)
    this.#keep(entry, value, lexer.at - entry.body)
    if (entry.kept === undefined) {
      if (this.#recent.size >= 256) this.#recent.clear()
      this.#recent.set(entry, value)
    }
    return value
  }

  #textOf(entry: Entry): StringReader {
    if (this.encrypted) return () => ''
    const cipher = entry.within === undefined && entry.number >= 0 ? this.#cipher : undefined
    return cipher ? (raw) => pdfText(cipher.string(entry.number, entry.generation, raw)) : pdfText
  }

  #trailers(): Entry[] {
    const bytes = this.#bytes
    const found: Entry[] = []
    for (let at = bytes.indexOf('trailer', 0, 'latin1'); at !== -1; at = bytes.indexOf('trailer', at + 7, 'latin1')) {
      this.#budget.step()
      if (bytes.toString('latin1', Math.max(0, at - 5), at) === 'start') continue
      const entry = new Entry(this, { number: -1, generation: 0, offset: at, body: at + 7, bytes, order: at })
      if (isDict(entry.value)) found.push(entry)
    }
    return found
  }

  #openEncryption(trailers: readonly Entry[], passwords: readonly string[]): void {
    const references = this.objects.filter((entry) => entry.stream && isDict(entry.value) && isName(entry.value.dict.get('Type'), 'XRef'))
    const holders = [...references, ...trailers]
    const wanting = holders.filter(({ value }) => isDict(value) && value.dict.has('Encrypt'))
    if (wanting.length === 0) return
    this.#cipher = this.#findCipher(wanting.slice(-MOST_VERSIONS), holders, passwords)
    this.encrypted = this.#cipher === undefined
    // What was read before the key was known.
    for (const entry of this.objects) entry.kept = undefined
    this.#recent.clear()
    this.#kept = 0
  }

  #findCipher(wanting: readonly Entry[], holders: readonly Entry[], passwords: readonly string[]): PdfCipher | undefined {
    const ids = new Map(holders.flatMap((holder) => [this.#id(holder)]).map((id) => [id.toString('hex'), id]))
    for (const holder of wanting.toReversed()) {
      const found = this.#rawValue(this.#raw(holder)?.dict.get('Encrypt'), 0)
      if (!isDict(found)) continue
      for (const id of [...ids.values()].slice(0, 4)) {
        const cipher = openCipher(found, id, passwords)
        if (cipher) return cipher
      }
    }
    return undefined
  }

  /** The first half of a file's identifier. */
  #id(holder: Entry): Buffer {
    const id = this.#raw(holder)?.dict.get('ID')
    const first = Array.isArray(id) ? id[0] : undefined
    return typeof first === 'string' ? Buffer.from(first, 'latin1') : Buffer.alloc(0)
  }

  /** A value with its references replaced by what they lead to, three deep, strings raw. */
  #rawValue(value: PdfValue | undefined, depth: number): PdfValue | undefined {
    if (depth > 3) return undefined
    if (isRef(value)) {
      const entry = this.resolve(value) as Entry | undefined
      return entry && this.#rawValue(new PdfLexer(entry.bytes, entry.body, this.#budget, rawText).value(), depth)
    }
    if (!isDict(value)) return value
    const entries = [...value.dict].slice(0, 64).map(([key, inner]): [string, PdfValue] => [key, this.#rawValue(inner, depth + 1) ?? null])
    return { dict: new Map(entries), at: value.at }
  }

  #raw(entry: Entry | undefined): PdfDict | undefined {
    const value = entry && new PdfLexer(entry.bytes, entry.body, this.#budget, rawText).value()
    return isDict(value) ? value : undefined
  }

  /** The objects of an object stream (PDF 32000-1, 7.5.7): pairs of number and place, then the objects. */
  *#unpack(stream: Entry): Generator<Entry> {
    const { dict } = stream.value as PdfDict
    const first = this.follow(dict.get('First'))
    const count = this.follow(dict.get('N'))
    const stated = typeof first === 'number' && typeof count === 'number'
    if (!stated) this.#say(stream, 'an object stream does not say what it holds')
    const bytes = stated ? this.#attempt(stream) : undefined
    if (stated && bytes) yield* this.#inside(stream, bytes, first, count)
  }

  *#inside(stream: Entry, bytes: Buffer, first: number, count: number): Generator<Entry> {
    const index = new PdfLexer(bytes, 0, this.#budget)
    const places = new Set<number>()
    for (let i = 0; i < count && index.at < bytes.length; i++) {
      this.#budget.step()
      const number = index.value()
      const place = index.value()
      if (typeof number !== 'number' || typeof place !== 'number') break
      const offset = Math.trunc(first + place)
      if (offset < 0 || offset > bytes.length || places.has(offset)) continue
      places.add(offset)
      const apart = stream.apart && { apart: stream.apart }
      yield new Entry(this, { number, generation: 0, offset, body: offset, bytes, order: stream.order, within: stream.number, ...apart })
    }
  }

  #attempt(stream: Entry): Buffer | undefined {
    try {
      return this.decode(stream)
    } catch (error) {
      if (error instanceof LimitReached && this.#budget.isSpent(error.limit)) throw error
      if (!(error instanceof Damaged) && !(error instanceof LimitReached)) throw error
      this.#say(stream, error.message)
      return undefined
    }
  }

  #say({ number }: PdfObject, what: string): void {
    const said = `object ${number}: ${what}`
    if (this.damage.length < MOST_DAMAGE && !this.damage.includes(said)) this.damage.push(said)
  }

  /** Orders the versions of each number: the last in the file is the newest, what stands inside a stream the oldest. */
  #chain(): void {
    this.#newest.clear()
    const rank = ({ apart, order }: Entry) => (apart === 'inside-stream' ? order - this.#bytes.length : order)
    const inOrder = this.objects.every((entry, i) => i === 0 || rank(this.objects[i - 1]!) <= rank(entry))
    for (const entry of inOrder ? this.objects : this.objects.toSorted((a, b) => rank(a) - rank(b))) {
      const older = this.#newest.get(entry.number)
      if (older) {
        entry.older = older
        older.apart ??= 'replaced'
      } else entry.older = undefined
      this.#newest.set(entry.number, entry)
    }
  }

  get filesLocked(): boolean {
    return this.#cipher?.filesLocked ?? false
  }

  resolve(value: PdfValue | undefined): PdfObject | undefined {
    let found: Entry | undefined
    let next = value
    for (let hops = 0; isRef(next) && hops < MOST_HOPS; hops++) {
      found = this.#newest.get(next.ref)
      next = found?.value
    }
    return found && !isRef(next) ? found : undefined
  }

  versions(value: PdfValue | undefined): readonly PdfObject[] {
    const found: PdfObject[] = []
    if (isRef(value)) for (let one = this.#newest.get(value.ref); one && found.length < MOST_VERSIONS; one = one.older) found.push(one)
    const [newest] = found
    return newest && isRef(newest.value) ? [this.resolve(newest.value), ...found.slice(1)].filter((one) => one !== undefined) : found
  }

  follow(value: PdfValue | undefined): PdfValue | undefined {
    return isRef(value) ? (this.resolve(value)?.value ?? null) : value
  }

  decode(object: PdfObject): Buffer {
    const { bytes, left, damage } = this.unfilter(object)
    if (left.length > 0) throw new Damaged(`the filter ${left[0]!.slice(0, 40)} is not supported`)
    if (damage && bytes.length === 0) throw new Damaged(damage)
    return bytes
  }

  unfilter(object: PdfObject): Unfiltered {
    const { data, dictionary } = this.#packed(object)
    if (!dictionary || !data) return { bytes: Buffer.alloc(0), left: [] }
    const found = unfilter(dictionary, data, this.#budget, (value) => this.follow(value))
    if (found.damage) this.#say(object, found.damage)
    return found
  }

  /** The stream of an object, decrypted. */
  #packed(object: PdfObject): { readonly data?: Buffer; readonly dictionary?: PdfDict } {
    const { value, data } = object
    if (!isDict(value) || !data) return {}
    const filter = this.#ownFilter(value)
    const type = value.dict.get('Type')
    const open = isName(type, 'XRef') || filter === 'Identity'
    if (open || !(this.encrypted || this.#cipher)) return { data, dictionary: value }
    if (!this.#cipher) return {}
    this.#budget.takeBytes(data.length)
    const own = { ...(filter !== undefined && { filter }), file: isName(type, 'EmbeddedFile') }
    return { data: this.#cipher.stream(object.number, (object as Entry).generation, data, own), dictionary: value }
  }

  /** The crypt filter that a stream names for itself (PDF 32000-1, 7.4.10). */
  #ownFilter(dictionary: PdfDict): string | undefined {
    const follow = (value: PdfValue | undefined) => this.follow(value)
    if (filtersOf(dictionary, follow)[0] !== 'Crypt') return undefined
    const [parameters] = parametersOf(dictionary, follow)
    const name = isDict(parameters) ? parameters.dict.get('Name') : undefined
    return isName(name) ? name.name : 'Identity'
  }
}

function rawText(bytes: Buffer): string {
  return bytes.toString('latin1')
}

function isObjectStream(object: PdfObject): boolean {
  if (object.data === undefined || !isDict(object.value)) return false
  const { dict } = object.value
  return isName(dict.get('Type'), 'ObjStm') || (dict.has('First') && dict.has('N'))
}
