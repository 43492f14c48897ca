import type { Budget, LimitName } from '#scanner/intake/limits.ts'
import { HexSink, hexDigit } from './hex-sink.ts'
import type { Rtf, RtfNumber, RtfObject } from './rtf.ts'
import { ASIDE, findWord, hashOn, WORD, type Word } from './rtf-words.ts'

interface ObjectState {
  offset: number
  objectClass: string
  update: boolean
  autoLink: boolean
  strict: HexSink | undefined
  /** Only once it differs from `strict`. */
  loose: HexSink | undefined
}

const SINK = { none: 0, objdata: 1, objclass: 2, fldinst: 3, template: 4, sn: 5, sv: 6, pict: 7 } as const
type Sink = (typeof SINK)[keyof typeof SINK]

/** Bits of a group: its text is no object data; it is itself, and none inside it, the object's data; no word seen yet; `\*` seen; in the font table. */
const IGNORED = 1
const HOME = 2
const FRESH = 4
const STARRED = 8
const FONTS = 16

const DEEPEST = 10_000
const LONGEST_WORD = 250
const LONGEST_TEXT = 16_384
const LONGEST_NAME = 256
const MOST_PICTURES = 1000
/** Of objects, fields, templates and properties each. */
const MOST_OF_KIND = 1500
const SMALLEST_OVERLAY = 16
/** One for `\`, `{` and `}`. */
const SPECIAL = new Uint8Array(256)
const LETTER = new Uint8Array(256)
for (const c of '\\{}') SPECIAL[c.charCodeAt(0)] = 1
for (let c = 0x61; c <= 0x7a; c++) LETTER[c] = LETTER[c - 0x20] = 1

/** One pass over an RTF; made for one document, read once. */
export class RtfReader {
  readonly #bytes: Buffer
  readonly #budget: Budget
  readonly #objects: ObjectState[] = []
  readonly #fields: { offset: number; text: string }[] = []
  readonly #templates: { offset: number; text: string }[] = []
  readonly #properties: { offset: number; name: string; text: string; length: number }[] = []
  readonly #pictures: { readonly offset: number; readonly sink: HexSink }[] = []
  #morePictures = false
  readonly #numbers = new Map<RtfNumber['word'], RtfNumber>()
  #limit: LimitName | undefined
  /** More of one kind than are kept; the reading went on for the others. */
  #over: LimitName | undefined
  #at = 0
  #skip = 0
  #end = -1
  /** The name of the shape property at hand. */
  #name = ''
  #valued = true
  #fonts = 0
  #fontsAt = 0

  // The group at hand, and below it a stack of those around it: arrays, because a document may open millions of groups.
  #depth = 0
  #deeper = 0
  #sink: Sink = SINK.none
  #flags = FRESH
  #unicodeSkip = 1
  #reset = 0
  #object: ObjectState | undefined
  readonly #sinks = new Uint8Array(DEEPEST)
  readonly #flagsOf = new Uint8Array(DEEPEST)
  readonly #unicodeSkips = new Uint8Array(DEEPEST)
  readonly #resets = new Int32Array(DEEPEST)
  readonly #objectsOf: (ObjectState | undefined)[] = []

  constructor(bytes: Buffer, budget: Budget) {
    this.#bytes = bytes
    this.#budget = budget
  }

  read(): Rtf {
    const bytes = this.#bytes
    const length = bytes.length
    while (this.#at < length && this.#limit === undefined) {
      const c = bytes[this.#at]!
      if (c === 0x5c) this.#control()
      else if (c === 0x7b) this.#openGroup()
      else if (c === 0x7d) this.#closeGroup()
      else this.#plain()
    }
    const overlay = this.#overlay()
    const limit = this.#limit ?? this.#over
    return {
      objects: this.#objects.map(finish),
      fields: this.#fields.filter(({ text }) => text.trim() !== ''),
      templates: this.#templates.filter(({ text }) => text.trim() !== ''),
      properties: this.#properties,
      numbers: [...this.#numbers.values()],
      pictures: this.#pictures.map(({ offset, sink }) => ({ offset, bytes: sink.bytes() })),
      morePictures: this.#morePictures,
      ...(overlay && { overlay }),
      ...(limit && { limit }),
    }
  }

  #openGroup(): void {
    this.#at++
    this.#skip = 0
    if (this.#depth >= DEEPEST) {
      this.#deeper++
      return
    }
    const depth = this.#depth++
    this.#sinks[depth] = this.#sink
    this.#flagsOf[depth] = this.#flags
    this.#unicodeSkips[depth] = this.#unicodeSkip
    this.#resets[depth] = this.#reset
    this.#objectsOf[depth] = this.#object
    this.#flags = (this.#flags & (IGNORED | FONTS)) | FRESH
  }

  #closeGroup(): void {
    this.#at++
    this.#skip = 0
    if (this.#deeper > 0) {
      this.#deeper--
      return
    }
    if (this.#depth === 0) return
    const depth = --this.#depth
    this.#sink = this.#sinks[depth] as Sink
    this.#flags = this.#flagsOf[depth]!
    this.#unicodeSkip = this.#unicodeSkips[depth]!
    this.#reset = this.#resets[depth]!
    this.#object = this.#objectsOf[depth]
    if (depth === 0 && this.#end < 0) this.#end = this.#at
  }

  #control(): void {
    const bytes = this.#bytes
    const offset = this.#at
    let at = offset + 1
    if (at >= bytes.length) {
      this.#at = at
      return
    }
    if (LETTER[bytes[at]!] === 0) return this.#symbol(bytes[at]!)
    const from = at
    const last = Math.min(bytes.length, from + LONGEST_WORD)
    let hash = 0
    while (at < last && LETTER[bytes[at]!] === 1) hash = hashOn(hash, bytes[at++]!)
    const word = findWord(bytes, from, at, hash)
    this.#at = at
    const number = this.#number()
    if (bytes[this.#at] === 0x20) this.#at++
    this.#word(word, number, offset)
  }

  /** The number behind a word; undefined where none stands. Larger than any that fits is the largest. */
  #number(): number | undefined {
    const bytes = this.#bytes
    let at = this.#at
    const negative = bytes[at] === 0x2d
    if (negative) at++
    const digits = at
    const last = Math.min(bytes.length, digits + LONGEST_WORD)
    let value = 0
    while (at < last && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) value = Math.min(0x7fffffff, value * 10 + bytes[at++]! - 0x30)
    if (at === digits) return undefined
    this.#at = at
    return negative ? -value : value
  }

  #symbol(c: number): void {
    this.#at += 2
    if (c === 0x2a) this.#flags |= STARRED
    else if (c === 0x27) this.#hexCharacter()
    else if (this.#sink > SINK.objdata && (SPECIAL[c] === 1 || c === 0x7e)) this.#text(c === 0x7e ? ' ' : String.fromCharCode(c))
  }

  #hexCharacter(): void {
    const high = hexDigit(this.#bytes[this.#at] ?? 0)
    const low = hexDigit(this.#bytes[this.#at + 1] ?? 0)
    if (high < 0 || low < 0) return
    this.#at += 2
    if (this.#sink === SINK.objdata) {
      this.#object?.strict?.drop()
      this.#object?.loose?.drop()
    } else if (this.#skip > 0) this.#skip--
    else if (this.#sink !== SINK.none) this.#text(String.fromCharCode(high * 16 + low))
  }

  #word(found: number, number: number | undefined, offset: number): void {
    const word = (found & ~ASIDE) as Word
    const first = (this.#flags & FRESH) !== 0
    this.#flags &= ~FRESH
    if (word !== WORD.unknown && this.#acts(word, number, offset)) return
    const inData = this.#sink === SINK.objdata
    if (inData && (this.#flags & HOME) === 0 && (found & ASIDE) !== 0) this.#flags |= IGNORED
    else if (word >= WORD.objdata && this.#begins(word, offset)) return
    else if (first && (this.#flags & STARRED) !== 0) {
      if (inData) this.#flags |= IGNORED
      else this.#sink = SINK.none
    }
  }

  /** What a word does beside opening a destination; true when it is that and nothing more. */
  #acts(word: Word, number: number | undefined, offset: number): boolean {
    switch (word) {
      case WORD.bin:
        this.#binary(number ?? 0)
        return true
      case WORD.uc:
        this.#unicodeSkip = Math.min(64, Math.max(0, number ?? 1))
        return true
      case WORD.u:
        if (number === undefined) return false
        if (this.#sink > SINK.objdata) this.#text(String.fromCharCode(number & 0xffff))
        this.#skip = this.#unicodeSkip
        return true
      case WORD.object:
        this.#object = newObject(offset)
        return false
      case WORD.objupdate:
        if (this.#object) this.#object.update = true
        return false
      case WORD.objautlink:
      case WORD.objlink:
        if (this.#object) this.#object.autoLink = true
        return false
      case WORD.listoverridecount:
        this.#greatest('listoverridecount', number ?? 0, offset)
        return true
      case WORD.dfrstart:
        this.#reset = 0
        return true
      case WORD.dfrxst:
        this.#greatest('dfrxst', ++this.#reset, offset)
        return true
      case WORD.fonttbl:
        this.#flags |= FONTS
        this.#fonts = 0
        this.#fontsAt = offset
        return false
      case WORD.f:
        if ((this.#flags & FONTS) !== 0) this.#greatest('fonttbl', ++this.#fonts, this.#fontsAt)
        return true
      default:
        return false
    }
  }

  /** Opens the destination that a word names; false for a word that names none. */
  #begins(word: Word, offset: number): boolean {
    switch (word) {
      case WORD.objdata:
        this.#beginObject(offset)
        return true
      case WORD.objclass:
        this.#sink = SINK.objclass
        break
      case WORD.fldinst:
        if (this.#isFull(this.#fields)) return true
        this.#fields.push({ offset, text: '' })
        this.#sink = SINK.fldinst
        break
      case WORD.template:
        if (this.#isFull(this.#templates)) return true
        this.#templates.push({ offset, text: '' })
        this.#sink = SINK.template
        break
      case WORD.sn:
        // Until its value stands, a name goes on: in words of its own and in groups of its own.
        if (this.#valued) this.#name = ''
        this.#valued = false
        this.#sink = SINK.sn
        break
      case WORD.sv:
        this.#sink = SINK.none
        this.#valued = true
        return this.#beginProperty(offset)
      case WORD.pict:
        return this.#beginPicture(offset)
      default:
        return false
    }
    this.#flags &= ~IGNORED
    return true
  }

  /** The value of pFragments, whatever stands between the letters of that name. */
  #beginProperty(offset: number): boolean {
    const name = this.#name.replaceAll(/[^a-z0-9]/gi, '')
    if (!/pfragments/i.test(name)) return true
    if (this.#isFull(this.#properties)) return true
    this.#properties.push({ offset, name, text: '', length: 0 })
    this.#sink = SINK.sv
    this.#flags &= ~IGNORED
    return true
  }

  #beginPicture(offset: number): boolean {
    if (this.#sink === SINK.objdata) return false
    this.#morePictures ||= this.#pictures.length >= MOST_PICTURES
    this.#sink = this.#morePictures ? SINK.none : SINK.pict
    if (!this.#morePictures) this.#pictures.push({ offset, sink: new HexSink(this.#budget.room) })
    return true
  }

  /** A document full of one kind still tells of the others: what goes beyond is passed over, and said. */
  #isFull(list: readonly unknown[]): boolean {
    if (list.length < Math.min(MOST_OF_KIND, this.#budget.limits.facts)) return false
    this.#over = 'facts'
    this.#sink = SINK.none
    return true
  }

  #greatest(word: RtfNumber['word'], value: number, offset: number): void {
    const known = this.#numbers.get(word)
    if (!known || Math.abs(value) > Math.abs(known.value)) this.#numbers.set(word, { word, offset, value })
  }

  #beginObject(offset: number): void {
    if (this.#isFull(this.#objects)) return
    const known = this.#object
    const object = known && !known.strict ? known : newObject(offset)
    object.offset = offset
    object.strict = new HexSink(this.#budget.room)
    this.#objects.push(object)
    this.#object = object
    this.#sink = SINK.objdata
    this.#flags = (this.#flags & ~IGNORED) | HOME
  }

  #binary(length: number): void {
    const from = this.#at
    this.#at = Math.min(this.#bytes.length, from + Math.max(0, length))
    if (this.#sink === SINK.objdata) this.#data((sink) => sink.raw(this.#bytes.subarray(from, this.#at)))
    if (this.#sink === SINK.pict) this.#picture((sink) => sink.raw(this.#bytes.subarray(from, this.#at)))
  }

  /** Gives what stands in the object's data to the reading that skips ignorable groups and to the one that does not. */
  #data(give: (sink: HexSink) => void): void {
    const object = this.#object
    if (!object?.strict) return
    if ((this.#flags & IGNORED) !== 0) object.loose ??= object.strict.copy()
    else give(object.strict)
    if (object.loose) give(object.loose)
    if (object.strict.full || object.loose?.full) this.#limit = 'objectBytes'
  }

  #picture(give: (sink: HexSink) => void): void {
    const { sink } = this.#pictures.at(-1)!
    give(sink)
    if (sink.full) this.#limit = 'objectBytes'
  }

  /** Characters up to the next control, brace or end. */
  #plain(): void {
    const bytes = this.#bytes
    const from = this.#at
    let at = from + 1
    while (at < bytes.length && SPECIAL[bytes[at]!] === 0) at++
    this.#at = at
    if (this.#sink === SINK.none) return
    if (this.#sink === SINK.objdata) return this.#data((sink) => sink.hex(bytes, from, at))
    if (this.#sink === SINK.pict) return this.#picture((sink) => sink.hex(bytes, from, at))
    const text = bytes.toString('latin1', from, Math.min(at, from + LONGEST_TEXT)).replaceAll(/[\r\n]/g, '')
    const shown = text.slice(this.#skip)
    this.#skip = Math.max(0, this.#skip - text.length)
    this.#text(shown, at - from)
  }

  #text(text: string, length = text.length): void {
    if (this.#sink === SINK.objclass && this.#object && this.#object.objectClass.length < LONGEST_NAME) this.#object.objectClass += text
    if (this.#sink === SINK.sn && this.#name.length < LONGEST_NAME) this.#name += text
    if (this.#sink === SINK.fldinst) append(this.#fields.at(-1), text)
    if (this.#sink === SINK.template) append(this.#templates.at(-1), text)
    if (this.#sink === SINK.sv) {
      const last = this.#properties.at(-1)!
      last.length += length
      append(last, text)
    }
  }

  #overlay(): Rtf['overlay'] {
    if (this.#end < 0 || this.#limit !== undefined) return undefined
    let from = this.#end
    let to = this.#bytes.length
    while (from < to && this.#bytes[from]! <= 0x20) from++
    while (to > from && this.#bytes[to - 1]! <= 0x20) to--
    return to - from < SMALLEST_OVERLAY ? undefined : { offset: from, length: to - from }
  }
}

function newObject(offset: number): ObjectState {
  return { offset, objectClass: '', update: false, autoLink: false, strict: undefined, loose: undefined }
}

function append(to: { text: string } | undefined, text: string): void {
  if (to && to.text.length < LONGEST_TEXT) to.text += text.slice(0, LONGEST_TEXT)
}

function finish({ offset, objectClass, update, autoLink, strict, loose }: ObjectState): RtfObject {
  const first = strict!.bytes()
  const readings = loose && !first.equals(loose.bytes()) ? [first, loose.bytes()] : [first]
  return { offset, objectClass: objectClass.trim(), update, autoLink, readings }
}
