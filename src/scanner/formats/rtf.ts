import { LimitReached, type Budget } from '#scanner/intake/limits.ts'

/** The bytes of one `\objdata`, decoded from hexadecimal, in each way that a reader may understand its obfuscation. */
export interface RtfObject {
  /** Where `\objdata` stands in the RTF. */
  readonly offset: number
  readonly objectClass: string
  readonly update: boolean
  readonly autoLink: boolean
  /** First the reading that skips ignorable groups, then, when they differ, the one that keeps them. */
  readonly readings: readonly Buffer[]
}

export interface RtfText {
  readonly offset: number
  readonly text: string
}

export interface Rtf {
  readonly objects: readonly RtfObject[]
  /** Instructions of fields, `\fldinst`. */
  readonly fields: readonly RtfText[]
  /** Targets of `\*\template`. */
  readonly templates: readonly RtfText[]
  readonly damage: readonly string[]
}

type Sink = 'objdata' | 'objclass' | 'fldinst' | 'template'

interface Group {
  readonly sink: Sink | undefined
  readonly ignored: boolean
  readonly object: ObjectState | undefined
  readonly unicodeSkip: number
  /** Whether this group itself, and none inside it, is the object's data. */
  readonly home: boolean
  /** Whether the group has shown a control word yet. */
  fresh: boolean
  starred: boolean
}

interface ObjectState {
  offset: number
  objectClass: string
  update: boolean
  autoLink: boolean
  strict: HexSink | undefined
  loose: HexSink | undefined
}

const DEEPEST = 10_000
const LONGEST_WORD = 250
const LONGEST_TEXT = 16_384
const SINKS: Record<string, Sink> = { objdata: 'objdata', objclass: 'objclass', fldinst: 'fldinst', template: 'template' }
/** Destinations of the RTF specification whose text is never part of an object's data, even without `\\*` before them. */
const DESTINATIONS = new Set(
  (
    'aftncn aftnsep aftnsepc annotation atnauthor atndate atnicn atnid atnparent atnref atntime atrfend atrfstart author background bkmkend bkmkstart blipuid buptim ' +
    'category colorschememapping colortbl comment company creatim datafield datastore defchp defpap do doccomm docvar dptxbxtext ebcend ebcstart factoidname falt fchars ' +
    'ffdeftext ffentrymcr ffexitmcr ffformat ffhelptext ffl ffname ffstattext file filetbl fldinst fldrslt fldtype fname fontemb fontfile fonttbl footer footerf footerl ' +
    'footerr footnote formfield ftncn ftnsep ftnsepc g generator gridtbl header headerf headerl headerr hl hlfr hlinkbase hlloc hlsrc hsv htmltag info keycode keywords ' +
    'latentstyles lchars levelnumbers leveltext lfolevel linkval list listlevel listname listoverride listoverridetable listpicture liststylename listtable listtext ' +
    'lsdlockedexcept macc mailmerge manager mhtmltag nextfile nonshppict objalias objclass objname objsect objtime oleclsid operator panose password passwordhash pgp pgptbl ' +
    'picprop pict pn pnseclvl pntext pntxta pntxtb printim private propname protend protstart protusertbl pxe result revtbl revtim rsidtbl rxe shp shpgrp shpinst shppict ' +
    'shprslt shptxt sn sp staticval stylesheet subject sv svb tc template themedata title txe ud upr userprops wgrffmtfilter windowcaption writereservation ' +
    'writereservhash xe xform xmlattrname xmlattrvalue xmlclose xmlname xmlnstbl xmlopen'
  ).split(' '),
)
const HEX = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  HEX['0123456789abcdef'.charCodeAt(i)] = i
  HEX['0123456789ABCDEF'.charCodeAt(i)] = i
}

/** True for what Word opens as RTF: `{\rt` after white space. */
export function isRtf(bytes: Buffer): boolean {
  let at = 0
  while (at < 1024 && (bytes[at] === 0x20 || (bytes[at]! >= 9 && bytes[at]! <= 13))) at++
  return bytes.toString('latin1', at, at + 4).toLowerCase() === '{\\rt'
}

/**
 * Reads objects, fields and templates of an RTF as Word does: white space, control words and groups may stand anywhere in
 * the hexadecimal data, `\bin` brings raw bytes, `\'hh` drops the half byte before it. One pass. Throws LimitReached.
 */
export function readRtf(bytes: Buffer, budget: Budget): Rtf {
  return new RtfReader(bytes, budget).read()
}

class RtfReader {
  readonly #bytes: Buffer
  readonly #budget: Budget
  readonly #groups: Group[] = []
  readonly #objects: ObjectState[] = []
  readonly #fields: { offset: number; text: string }[] = []
  readonly #templates: { offset: number; text: string }[] = []
  readonly #damage = new Set<string>()
  #group: Group = { sink: undefined, ignored: false, object: undefined, unicodeSkip: 1, home: false, fresh: true, starred: false }
  #at = 0
  #skip = 0

  constructor(bytes: Buffer, budget: Budget) {
    this.#bytes = bytes
    this.#budget = budget
  }

  read(): Rtf {
    const bytes = this.#bytes
    while (this.#at < bytes.length) {
      const c = bytes[this.#at]!
      if (c === 0x7b) this.#openGroup()
      else if (c === 0x7d) this.#closeGroup()
      else if (c === 0x5c) this.#control()
      else this.#plain()
    }
    if (this.#groups.length > 0) this.#damage.add('a group is not closed')
    return {
      objects: this.#objects.flatMap((object) => finish(object)),
      fields: this.#fields.filter(({ text }) => text.trim() !== ''),
      templates: this.#templates.filter(({ text }) => text.trim() !== ''),
      damage: [...this.#damage].sort(),
    }
  }

  #openGroup(): void {
    this.#budget.step()
    if (this.#groups.length >= DEEPEST) {
      this.#damage.add('groups are nested too deeply')
      this.#at++
      return
    }
    this.#groups.push(this.#group)
    this.#group = { ...this.#group, home: false, fresh: true, starred: false }
    this.#skip = 0
    this.#at++
  }

  #closeGroup(): void {
    this.#at++
    this.#skip = 0
    const above = this.#groups.pop()
    if (above) this.#group = above
    else this.#damage.add('a group is closed that was not open')
  }

  #control(): void {
    this.#budget.step()
    const bytes = this.#bytes
    const offset = this.#at++
    const c = bytes[this.#at]
    if (c === undefined) return
    if (!isLetter(c)) return this.#symbol(c)
    const from = this.#at
    while (this.#at < bytes.length && this.#at - from < LONGEST_WORD && isLetter(bytes[this.#at]!)) this.#at++
    const word = bytes.toString('latin1', from, this.#at)
    const number = this.#number()
    if (bytes[this.#at] === 0x20) this.#at++
    this.#word(word, number, offset)
  }

  #number(): number | undefined {
    const bytes = this.#bytes
    const from = this.#at
    if (bytes[this.#at] === 0x2d) this.#at++
    const digits = this.#at
    while (this.#at < bytes.length && this.#at - digits < LONGEST_WORD && bytes[this.#at]! >= 0x30 && bytes[this.#at]! <= 0x39) this.#at++
    if (this.#at === digits) {
      this.#at = from
      return undefined
    }
    return Number(bytes.toString('latin1', from, this.#at))
  }

  #symbol(c: number): void {
    this.#at++
    if (c === 0x2a) this.#group.starred = true
    else if (c === 0x27) this.#hexCharacter()
    else if (c === 0x5c || c === 0x7b || c === 0x7d) this.#text(String.fromCharCode(c))
    else if (c === 0x7e) this.#text(' ')
  }

  #hexCharacter(): void {
    const high = HEX[this.#bytes[this.#at] ?? 0]!
    const low = HEX[this.#bytes[this.#at + 1] ?? 0]!
    if (high < 0 || low < 0) return
    this.#at += 2
    if (this.#group.sink === 'objdata') {
      this.#group.object?.strict?.drop()
      this.#group.object?.loose?.drop()
    } else if (this.#skip > 0) this.#skip--
    else this.#text(String.fromCharCode(high * 16 + low))
  }

  #word(word: string, number: number | undefined, offset: number): void {
    const group = this.#group
    const first = group.fresh
    group.fresh = false
    if (word === 'bin') return this.#binary(number ?? 0)
    if (word === 'uc') {
      this.#group = { ...group, unicodeSkip: Math.min(64, Math.max(0, number ?? 1)) }
      return
    }
    if (word === 'u' && number !== undefined) {
      this.#text(String.fromCharCode(number & 0xffff))
      this.#skip = group.unicodeSkip
      return
    }
    if (word === 'object') this.#group = { ...group, object: { offset, objectClass: '', update: false, autoLink: false, strict: undefined, loose: undefined } }
    const { object } = this.#group
    if (object && word === 'objupdate') object.update = true
    if (object && (word === 'objautlink' || word === 'objlink')) object.autoLink = true
    const sink = SINKS[word]
    if (group.sink === 'objdata' && !group.home && DESTINATIONS.has(word)) this.#group = { ...this.#group, ignored: true }
    else if (sink) this.#begin(sink, offset)
    else if (group.starred && first && group.sink !== 'objdata') this.#group = { ...this.#group, sink: undefined }
    else if (group.starred && first) this.#group = { ...this.#group, ignored: true }
  }

  #begin(sink: Sink, offset: number): void {
    if (sink === 'fldinst') this.#fields.push({ offset, text: '' })
    if (sink === 'template') this.#templates.push({ offset, text: '' })
    if (sink === 'objdata') this.#beginObject(offset)
    else this.#group = { ...this.#group, sink, ignored: false }
    this.#budget.step(16)
    if (this.#fields.length + this.#objects.length + this.#templates.length > this.#budget.limits.facts) this.#budget.takeObject(0)
  }

  #beginObject(offset: number): void {
    this.#budget.takeFact()
    const known = this.#group.object
    const object: ObjectState =
      known && !known.strict ? known : { offset, objectClass: '', update: false, autoLink: false, strict: undefined, loose: undefined }
    object.offset = offset
    const room = this.#budget.room
    object.strict = new HexSink(room)
    object.loose = new HexSink(room)
    this.#objects.push(object)
    this.#group = { ...this.#group, sink: 'objdata', ignored: false, home: true, object }
  }

  #binary(length: number): void {
    const count = Math.max(0, Math.min(length, this.#bytes.length - this.#at))
    const { sink, object, ignored } = this.#group
    if (sink === 'objdata' && object) {
      const raw = this.#bytes.subarray(this.#at, this.#at + count)
      object.loose?.raw(raw)
      if (!ignored) object.strict?.raw(raw)
    }
    this.#at += count
  }

  /** Characters up to the next control, brace or end. */
  #plain(): void {
    const bytes = this.#bytes
    const from = this.#at
    let at = from
    while (at < bytes.length && bytes[at] !== 0x5c && bytes[at] !== 0x7b && bytes[at] !== 0x7d) at++
    this.#at = at
    const { sink, object, ignored } = this.#group
    if (!sink) return
    if (sink === 'objdata' && object) {
      object.loose?.hex(bytes, from, at)
      if (!ignored) object.strict?.hex(bytes, from, at)
      return
    }
    const text = bytes.toString('latin1', from, Math.min(at, from + LONGEST_TEXT)).replaceAll(/[\r\n]/g, '')
    const shown = text.slice(this.#skip)
    this.#skip = Math.max(0, this.#skip - text.length)
    this.#text(shown)
  }

  #text(text: string): void {
    const { sink, object } = this.#group
    if (sink === 'objclass' && object && object.objectClass.length < 256) object.objectClass += text
    const list = sink === 'fldinst' ? this.#fields : sink === 'template' ? this.#templates : undefined
    const last = list?.at(-1)
    if (last && last.text.length < LONGEST_TEXT) last.text += text
  }
}

function finish({ offset, objectClass, update, autoLink, strict, loose }: ObjectState): RtfObject[] {
  if (!strict || !loose) return []
  const first = strict.bytes()
  const second = loose.bytes()
  const readings = first.equals(second) ? [first] : [first, second]
  return [{ offset, objectClass: objectClass.trim(), update, autoLink, readings }]
}

/** Collects half bytes; `drop` forgets a half byte that waits for its partner. */
class HexSink {
  #buffer = Buffer.alloc(0)
  #length = 0
  #half = -1
  readonly #room: number

  constructor(room: number) {
    this.#room = room
  }

  hex(source: Buffer, from: number, to: number): void {
    this.#grow(((to - from) >> 1) + 1)
    let half = this.#half
    for (let at = from; at < to; at++) {
      const value = HEX[source[at]!]!
      if (value < 0) continue
      if (half < 0) half = value
      else {
        this.#buffer[this.#length++] = half * 16 + value
        half = -1
      }
    }
    this.#half = half
  }

  raw(source: Buffer): void {
    this.#grow(source.length)
    source.copy(this.#buffer, this.#length)
    this.#length += source.length
  }

  drop(): void {
    this.#half = -1
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #grow(more: number): void {
    const wanted = this.#length + more
    if (wanted > this.#room) throw new LimitReached('objectBytes')
    if (wanted <= this.#buffer.length) return
    const larger = Buffer.alloc(Math.min(Math.max(wanted, this.#buffer.length * 2, 256), this.#room + 1))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

function isLetter(c: number): boolean {
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a)
}
