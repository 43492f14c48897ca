import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { decodeStream } from './pdf-filters.ts'
import { isDict, isName, isRef, PdfLexer, type PdfDict, type PdfValue } from './pdf-lexer.ts'

/** One object, wherever in the file it stands: after %%EOF, before the header, or inside an object stream. */
export interface PdfObject {
  readonly number: number
  /** Where it starts in the file, or in its object stream. */
  readonly offset: number
  /** The number of the object stream that holds it. */
  readonly within?: number
  readonly value: PdfValue
  readonly data?: Buffer
}

export interface Pdf {
  /** Every version of every object in file order. */
  readonly objects: readonly PdfObject[]
  readonly encrypted: boolean
  /** Streams and objects that could not be read, each with why. */
  readonly damage: readonly string[]
  /** The newest object of a number, references followed; undefined for a circle or a hole. */
  resolve(value: PdfValue | undefined): PdfObject | undefined
  /** The unpacked bytes of a stream. Throws Damaged, LimitReached. */
  decode(object: PdfObject): Buffer
}

const LOOK_BACK = 24

/** The header may stand anywhere in the first kilobyte (PDF 32000-1, annex H.3, note 13). */
export function isPdf(bytes: Buffer): boolean {
  const at = bytes.subarray(0, 1024).indexOf('%PDF-', 0, 'latin1')
  return at !== -1
}

/**
 * Reads every `n g obj` of the file in one pass, whatever cross-reference tables say, then the objects inside object
 * streams. Damage to one object leaves the others readable. Throws LimitReached.
 */
export function openPdf(bytes: Buffer, budget: Budget): Pdf {
  const objects: PdfObject[] = []
  const damage: string[] = []
  const streams = new StreamEnds(bytes)
  let encrypted = false
  for (let at = bytes.indexOf('obj', 0, 'latin1'); at !== -1; at = bytes.indexOf('obj', at + 3, 'latin1')) {
    budget.step()
    const head = objectHead(bytes, at)
    if (head) objects.push(readObject(bytes, { ...head, body: at + 3 }, streams, budget))
  }
  const newest = new Map<number, PdfObject>(objects.map((object) => [object.number, object]))
  for (const { dict } of trailers(bytes, budget)) if (dict.has('Encrypt')) encrypted = true
  for (const { value } of objects) if (isDict(value) && isName(value.dict.get('Type'), 'XRef') && value.dict.has('Encrypt')) encrypted = true
  const inner = objects.flatMap((object) =>
    isDict(object.value) && isName(object.value.dict.get('Type'), 'ObjStm') && !encrypted ? unpackObjects(object, damage, budget) : [],
  )
  for (const object of inner) if (!newest.has(object.number)) newest.set(object.number, object)
  return {
    objects: [...objects, ...inner],
    encrypted,
    damage,
    resolve(value) {
      const seen = new Set<number>()
      let found: PdfObject | undefined
      for (let next = value; isRef(next) && !seen.has(next.ref) && seen.size < 16; next = found?.value) {
        seen.add(next.ref)
        found = newest.get(next.ref)
      }
      return found && !isRef(found.value) ? found : undefined
    },
    decode: (object) => (object.data && isDict(object.value) ? decodeStream(object.value, object.data, budget) : Buffer.alloc(0)),
  }
}

/** The number before "obj" and where it starts; undefined for "endobj" and for a mere word. */
function objectHead(bytes: Buffer, at: number): { number: number; offset: number } | undefined {
  let p = at - 1
  const lowest = Math.max(0, at - LOOK_BACK)
  const spaces = () => {
    const from = p
    while (p >= lowest && (bytes[p] === 32 || bytes[p] === 0 || (bytes[p]! >= 9 && bytes[p]! <= 13))) p--
    return from !== p
  }
  const digits = () => {
    const from = p
    while (p >= lowest && bytes[p]! >= 0x30 && bytes[p]! <= 0x39) p--
    return bytes.toString('latin1', p + 1, from + 1)
  }
  spaces()
  const generation = digits()
  if (generation === '' || !spaces()) return undefined
  const number = digits()
  return number === '' || number.length > 10 ? undefined : { number: Number(number), offset: p + 1 }
}

function readObject(bytes: Buffer, { number, offset, body }: { number: number; offset: number; body: number }, streams: StreamEnds, budget: Budget): PdfObject {
  const lexer = new PdfLexer(bytes, body, budget)
  const value = lexer.value() ?? null
  if (!isDict(value)) return { number, offset, value }
  lexer.skipSpace()
  if (bytes.toString('latin1', lexer.at, lexer.at + 6) !== 'stream') return { number, offset, value }
  let from = lexer.at + 6
  if (bytes[from] === 13) from++
  if (bytes[from] === 10) from++
  const stated = value.dict.get('Length')
  const end = typeof stated === 'number' && endsAt(bytes, from + stated) ? from + stated : streams.endAfter(from)
  return { number, offset, value, data: bytes.subarray(from, Math.max(from, end)) }
}

function endsAt(bytes: Buffer, at: number): boolean {
  return (
    at >= 0 &&
    at <= bytes.length &&
    bytes
      .toString('latin1', at, at + 13)
      .trimStart()
      .startsWith('endstream')
  )
}

/** Finds the next "endstream" for rising places without looking at any byte twice. */
class StreamEnds {
  readonly #bytes: Buffer
  #from = 0
  #found = -2

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  endAfter(at: number): number {
    if (this.#found === -2 || at < this.#from || (this.#found !== -1 && this.#found < at)) {
      this.#from = at
      this.#found = this.#bytes.indexOf('endstream', at, 'latin1')
    }
    return this.#found === -1 ? this.#bytes.length : this.#found
  }
}

function* trailers(bytes: Buffer, budget: Budget): Generator<PdfDict> {
  for (let at = bytes.indexOf('trailer', 0, 'latin1'); at !== -1; at = bytes.indexOf('trailer', at + 7, 'latin1')) {
    budget.step()
    const value = new PdfLexer(bytes, at + 7, budget).value()
    if (isDict(value)) yield value
  }
}

/** The objects of an object stream (PDF 32000-1, 7.5.7): pairs of number and place, then the objects. */
function unpackObjects(stream: PdfObject, damage: string[], budget: Budget): PdfObject[] {
  const { dict } = stream.value as PdfDict
  const first = dict.get('First')
  const count = dict.get('N')
  if (typeof first !== 'number' || typeof count !== 'number' || !stream.data) return []
  let data: Buffer
  try {
    data = decodeStream(stream.value as PdfDict, stream.data, budget)
  } catch (error) {
    if (error instanceof LimitReached || !(error instanceof Damaged)) throw error
    damage.push(`object ${stream.number}: ${error.message}`)
    return []
  }
  const index = new PdfLexer(data, 0, budget)
  const objects: PdfObject[] = []
  for (let i = 0; i < count && index.at < data.length; i++) {
    budget.step()
    const number = index.value()
    const place = index.value()
    if (typeof number !== 'number' || typeof place !== 'number') break
    const offset = Math.trunc(first + place)
    if (offset < 0 || offset > data.length) continue
    objects.push({ number, offset, within: stream.number, value: new PdfLexer(data, offset, budget).value() ?? null })
  }
  return objects
}
