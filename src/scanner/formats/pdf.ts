import { Damaged, LimitReached, upToLimit, type Budget, type LimitName } from '#scanner/intake/limits.ts'
import { openCipher, type PdfCipher } from './pdf-crypt.ts'
import { filtersOf, parametersOf, startOf, unfilter, type Unfiltered } from './pdf-filters.ts'
import { isDict, isName, isRef, PdfLexer, pdfText, RecentNames, type PdfDict, type PdfValue, type StringReader } from './pdf-lexer.ts'
import { Entry, type EntryFile } from './pdf-entry.ts'
import { eachObjectHead, endsAt, Following } from './pdf-places.ts'
import { NumberIndex, ObjectTable } from './pdf-table.ts'

/** Where an object stands beside the document as its newest versions make it. */
export type PdfApart = 'replaced' | 'inside-stream' | 'after-end'

/** One object, wherever in the file it stands: after %%EOF, before the header, or inside an object stream. */
export interface PdfObject {
  /** Its place among the objects of the file. The object itself is made anew for every look at it. */
  readonly row: number
  /** -1 for a trailer. */
  readonly number: number
  /** Where it starts in the file, or in its object stream. */
  readonly offset: number
  /** The number of the object stream that holds it. */
  readonly within: number | undefined
  /** Where the object in the file begins that holds it, or itself. */
  readonly order: number
  /** Read anew for every asking in a large file. */
  readonly value: PdfValue
  /** The bytes of its stream as they stand in the file. */
  readonly data: Buffer | undefined
  readonly apart: PdfApart | undefined
}

export interface Pdf {
  /** Every version of every object in file order, trailers behind them. */
  readonly objects: Iterable<PdfObject>
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
  /** The first MiB of a stream that is packed by Flate alone, for one that as a whole is beyond a limit; empty for another. Throws LimitReached for its steps. */
  start(object: PdfObject): Buffer
}

/** Bytes of objects whose values are kept; beyond, they are read again. */
const KEPT_BYTES = 2 ** 20
/** Values beyond these that are known for a while, each in the place of its row: a map would keep the dead ones in reach of the collector's young half. */
const MOST_RECENT = 256
const MOST_VERSIONS = 8
const MOST_HOPS = 16
const MOST_DAMAGE = 50
/** Objects that are kept: each takes memory, however few bytes it has in the file. */
const MOST_OBJECTS = 1_000_000
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

class PdfFile implements Pdf, EntryFile {
  readonly table = new ObjectTable()
  readonly damage: string[] = []
  encrypted = false
  cut: LimitName | undefined
  readonly #bytes: Buffer
  readonly #budget: Budget
  /** What the object streams hold, by their rows. */
  readonly #contents = new Map<number, Buffer>()
  readonly #keptValues = new Map<number, PdfValue>()
  readonly #recentRows = new Int32Array(MOST_RECENT).fill(-1)
  readonly #recentValues: PdfValue[] = Array.from({ length: MOST_RECENT }, () => null)
  readonly #names = new RecentNames()
  #newest: NumberIndex
  #kept = 0
  #cipher: PdfCipher | undefined

  constructor(bytes: Buffer, budget: Budget, passwords: readonly string[]) {
    this.#bytes = bytes
    this.#budget = budget
    this.cut = upToLimit(() => budget.share(() => this.#readFile(), SHARE_OF_LISTING))
    const inFile = this.table.rows
    const trailers = this.#trailers()
    this.#newest = this.#chain()
    this.#openEncryption(trailers, passwords)
    this.cut ??= upToLimit(() => {
      for (let row = 0; row < inFile; row++) if (this.#isObjectStream(row)) this.#unpack(row)
    })
    if (this.table.rows > inFile) this.#newest = this.#chain()
    for (const offset of trailers) this.table.add({ number: -1, generation: 0, offset, body: offset + 7, home: -1 })
  }

  get objects(): Iterable<PdfObject> {
    return this.#eachObject()
  }

  *#eachObject(): Generator<PdfObject> {
    for (let row = 0; row < this.table.rows; row++) yield new Entry(this, row)
  }

  bytesOf(row: number): Buffer {
    return this.#contents.get(this.table.home(row)) ?? this.#bytes
  }

  #readFile(): void {
    const lastEnd = this.#bytes.lastIndexOf('%%EOF', undefined, 'latin1')
    const cut = upToLimit(() =>
      eachObjectHead(this.#bytes, this.#budget, (number, generation, offset, body) =>
        this.#list({ number, generation, offset, body, home: -1, ...(lastEnd !== -1 && offset > lastEnd && { apart: 'after-end' }) }),
      ),
    )
    this.#findStreams()
    if (cut) throw new LimitReached(cut)
  }

  #list(row: Parameters<ObjectTable['add']>[0]): void {
    if (this.table.rows >= MOST_OBJECTS) throw new LimitReached('objects')
    this.table.add(row)
  }

  /** Finds the stream of each object that has one, and which objects stand inside streams. Only these are read for it. */
  #findStreams(): void {
    const { table } = this
    const starts = new Following(this.#bytes, 'stream')
    const ends = new Following(this.#bytes, 'endstream')
    let last: NumberIndex | undefined
    const lastOf = (number: number) => (last ??= this.#lastOfEach()).get(number)
    let covered = 0
    for (let row = 0; row < table.rows; row++) {
      if (table.offset(row) < covered) table.setApart(row, 'inside-stream')
      const next = row + 1 < table.rows ? table.offset(row + 1) : this.#bytes.length
      if (starts.after(table.body(row)) >= next) continue
      if (this.#findStream(row, lastOf, ends) && table.streamEnd(row) > covered) covered = table.streamEnd(row)
    }
  }

  #lastOfEach(): NumberIndex {
    const index = new NumberIndex(this.table)
    for (let row = 0; row < this.table.rows; row++) index.set(row)
    return index
  }

  /** Finds the stream of an object; true where it has the length that it states. */
  #findStream(row: number, lastOf: (number: number) => number, ends: Following): boolean {
    const bytes = this.#bytes
    const body = this.table.body(row)
    const lexer = new PdfLexer(bytes, body, this.#budget, pdfText, this.#names)
    const value = lexer.value() ?? null
    this.#keep(row, value, lexer.at - body)
    if (!isDict(value)) return false
    lexer.skipSpace()
    if (bytes.toString('latin1', lexer.at, lexer.at + 6) !== 'stream') return false
    let from = lexer.at + 6
    if (bytes[from] === 13) from++
    if (bytes[from] === 10) from++
    const length = this.#length(value.dict.get('Length'), lastOf)
    const stated = length !== undefined && endsAt(bytes, from + length)
    const end = stated ? from + length : ends.after(from)
    this.table.setStream(row, from, Math.max(from, end))
    return stated
  }

  #length(value: PdfValue | undefined, lastOf: (number: number) => number): number | undefined {
    const row = isRef(value) ? lastOf(value.ref) : -1
    const length = row < 0 ? value : this.#numberAt(this.table.body(row))
    return typeof length === 'number' && Number.isInteger(length) && length >= 0 ? length : undefined
  }

  /** A number where one stands; anything else is not read, for thousands of streams may refer to one large object. */
  #numberAt(at: number): PdfValue | undefined {
    const lexer = new PdfLexer(this.#bytes, at, this.#budget)
    lexer.skipSpace()
    const c = this.#bytes[lexer.at] ?? 0
    return c >= 0x30 && c <= 0x39 ? lexer.value() : undefined
  }

  #keep(row: number, value: PdfValue, size: number): boolean {
    if (this.#kept > KEPT_BYTES) return false
    this.#kept += size + 64
    this.#keptValues.set(row, value)
    return true
  }

  /** The value of one of its objects. Throws LimitReached. */
  read(row: number): PdfValue {
    const recent = row % MOST_RECENT
    if (this.#recentRows[recent] === row) return this.#recentValues[recent] ?? null
    const kept = this.#keptValues.get(row)
    if (kept !== undefined) return kept
    const body = this.table.body(row)
    const lexer = new PdfLexer(this.bytesOf(row), body, this.#budget, this.#textOf(row), this.#names)
    const value = lexer.value() ?? null
    // Objects of an object stream may overlap, so that their bytes are read many times.
    if (this.table.home(row) >= 0) this.#budget.step((lexer.at - body) >> 3)
    if (this.#keep(row, value, lexer.at - body)) return value
    this.#recentRows[recent] = row
    this.#recentValues[recent] = value
    return value
  }

  #textOf(row: number): StringReader {
    if (this.encrypted) return () => ''
    const { table } = this
    const cipher = table.home(row) < 0 && table.number(row) >= 0 ? this.#cipher : undefined
    return cipher ? (raw) => pdfText(cipher.string(table.number(row), table.generation(row), raw)) : pdfText
  }

  /** The places of the trailers that hold a dictionary. */
  #trailers(): number[] {
    const bytes = this.#bytes
    const found: number[] = []
    for (let at = bytes.indexOf('trailer', 0, 'latin1'); at !== -1; at = bytes.indexOf('trailer', at + 7, 'latin1')) {
      this.#budget.step()
      if (bytes.toString('latin1', Math.max(0, at - 5), at) === 'start') continue
      if (isDict(new PdfLexer(bytes, at + 7, this.#budget, pdfText, this.#names).value())) found.push(at)
    }
    return found
  }

  #openEncryption(trailers: readonly number[], passwords: readonly string[]): void {
    const holders: PdfDict[] = []
    for (let row = 0; row < this.table.rows; row++) {
      const value = this.table.streamFrom(row) > 0 ? this.read(row) : undefined
      if (isDict(value) && isName(value.dict.get('Type'), 'XRef')) holders.push(...this.#raw(this.table.body(row)))
    }
    for (const at of trailers) holders.push(...this.#raw(at + 7))
    const wanting = holders.filter(({ dict }) => dict.has('Encrypt'))
    if (wanting.length === 0) return
    this.#cipher = this.#findCipher(wanting.slice(-MOST_VERSIONS), holders, passwords)
    this.encrypted = this.#cipher === undefined
    // What was read before the key was known.
    this.#keptValues.clear()
    this.#recentRows.fill(-1)
    this.#kept = 0
  }

  #findCipher(wanting: readonly PdfDict[], holders: readonly PdfDict[], passwords: readonly string[]): PdfCipher | undefined {
    const ids = new Map(holders.map((holder) => firstId(holder)).map((id) => [id.toString('hex'), id]))
    for (const holder of wanting.toReversed()) {
      const found = this.#rawValue(holder.dict.get('Encrypt'), 0)
      if (!isDict(found)) continue
      for (const id of [...ids.values()].slice(0, 4)) {
        const cipher = openCipher(found, id, passwords)
        if (cipher) return cipher
      }
    }
    return undefined
  }

  /** A value with its references replaced by what they lead to, three deep, strings raw. */
  #rawValue(value: PdfValue | undefined, depth: number): PdfValue | undefined {
    if (depth > 3) return undefined
    if (isRef(value)) {
      const row = this.#resolved(value)
      return row < 0 ? undefined : this.#rawValue(new PdfLexer(this.bytesOf(row), this.table.body(row), this.#budget, rawText).value(), depth)
    }
    if (!isDict(value)) return value
    const entries = [...value.dict].slice(0, 64).map(([key, inner]): [string, PdfValue] => [key, this.#rawValue(inner, depth + 1) ?? null])
    return { dict: new Map(entries), at: value.at }
  }

  /** The dictionary at a place of the file, strings raw; none where something else stands there. */
  #raw(at: number): PdfDict[] {
    const value = new PdfLexer(this.#bytes, at, this.#budget, rawText).value()
    return isDict(value) ? [value] : []
  }

  #isObjectStream(row: number): boolean {
    if (this.table.streamFrom(row) === 0) return false
    const value = this.read(row)
    return isDict(value) && (isName(value.dict.get('Type'), 'ObjStm') || (value.dict.has('First') && value.dict.has('N')))
  }

  /** Adds the objects of an object stream (PDF 32000-1, 7.5.7): pairs of number and place, then the objects. */
  #unpack(home: number): void {
    const { dict } = this.read(home) as PdfDict
    const first = this.follow(dict.get('First'))
    const count = this.follow(dict.get('N'))
    if (typeof first !== 'number' || typeof count !== 'number') return this.#say(new Entry(this, home), 'an object stream does not say what it holds')
    const bytes = this.#attempt(new Entry(this, home))
    if (!bytes) return
    this.#contents.set(home, bytes)
    const index = new PdfLexer(bytes, 0, this.#budget)
    const apart = this.table.apart(home)
    const places = new Set<number>()
    for (let i = 0; i < count && index.at < bytes.length; i++) {
      this.#budget.step()
      const number = index.value()
      const place = index.value()
      if (typeof number !== 'number' || typeof place !== 'number') break
      const offset = Math.trunc(first + place)
      if (offset < 0 || offset > bytes.length || places.has(offset)) continue
      places.add(offset)
      this.#list({ number, generation: 0, offset, body: offset, home, ...(apart && { apart }) })
    }
  }

  #attempt(stream: PdfObject): Buffer | undefined {
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
  #chain(): NumberIndex {
    const { table } = this
    const newest = new NumberIndex(table)
    const link = (row: number) => {
      const older = newest.set(row)
      table.setOlder(row, older)
      if (older >= 0 && table.apart(older) === undefined) table.setApart(older, 'replaced')
    }
    const rank = (row: number) => {
      const home = table.home(row)
      const order = table.offset(home < 0 ? row : home)
      return table.apart(row) === 'inside-stream' ? order - this.#bytes.length : order
    }
    let sorted = true
    for (let row = 1; row < table.rows && sorted; row++) sorted = rank(row - 1) <= rank(row)
    if (sorted) for (let row = 0; row < table.rows; row++) link(row)
    else for (const row of Int32Array.from({ length: table.rows }, (_, i) => i).sort((a, b) => rank(a) - rank(b) || a - b)) link(row)
    return newest
  }

  get filesLocked(): boolean {
    return this.#cipher?.filesLocked ?? false
  }

  /** The row that a reference leads to, further references followed; -1 for a circle or a hole. */
  #resolved(value: PdfValue | undefined): number {
    let row = -1
    let next = value
    for (let hops = 0; isRef(next) && hops < MOST_HOPS; hops++) {
      row = this.#newest.get(next.ref)
      next = row < 0 ? undefined : this.read(row)
    }
    return isRef(next) ? -1 : row
  }

  resolve(value: PdfValue | undefined): PdfObject | undefined {
    const row = this.#resolved(value)
    return row < 0 ? undefined : new Entry(this, row)
  }

  versions(value: PdfValue | undefined): readonly PdfObject[] {
    const found: PdfObject[] = []
    if (!isRef(value)) return found
    for (let row = this.#newest.get(value.ref); row >= 0 && found.length < MOST_VERSIONS; row = this.table.older(row)) found.push(new Entry(this, row))
    const [newest] = found
    return newest && isRef(newest.value) ? [this.resolve(newest.value), ...found.slice(1)].filter((one) => one !== undefined) : found
  }

  follow(value: PdfValue | undefined): PdfValue | undefined {
    if (!isRef(value)) return value
    const row = this.#resolved(value)
    return row < 0 ? null : this.read(row)
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

  start(object: PdfObject): Buffer {
    const { data, dictionary } = this.#packed(object)
    return dictionary && data ? startOf(dictionary, data, this.#budget, (value) => this.follow(value)) : Buffer.alloc(0)
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
    return { data: this.#cipher.stream(object.number, this.table.generation(object.row), data, own), dictionary: value }
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

/** The first half of a file's identifier. */
function firstId({ dict }: PdfDict): Buffer {
  const id = dict.get('ID')
  const first = Array.isArray(id) ? id[0] : undefined
  return typeof first === 'string' ? Buffer.from(first, 'latin1') : Buffer.alloc(0)
}
