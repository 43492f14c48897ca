import type { Budget, LimitName } from '#scanner/intake/limits.ts'
import { RtfReader } from './rtf-reader.ts'

/** The bytes of one `\objdata`, decoded from hexadecimal, in each way that a reader may understand its obfuscation. */
export interface RtfObject {
  /** Where `\objdata` stands in the RTF. */
  readonly offset: number
  readonly objectClass: string
  /** `\objupdate`: the object is updated before it is shown, without a question. */
  readonly update: boolean
  /** `\objautlink` or `\objlink`. */
  readonly autoLink: boolean
  /** First the reading that skips ignorable groups, then, when they differ, the one that keeps them. */
  readonly readings: readonly Buffer[]
}

export interface RtfText {
  readonly offset: number
  readonly text: string
}

/** A number that the RTF states, or a count of what it defines: for each word the greatest one of the document. */
export interface RtfNumber {
  readonly word: 'listoverridecount' | 'dfrxst' | 'fonttbl'
  readonly offset: number
  readonly value: number
}

/** A shape property that is an array, as text; `text` is cut, `length` is that of the whole value in characters. */
export interface RtfProperty extends RtfText {
  readonly name: string
  readonly length: number
}

/** The bytes of one picture, `\pict`. */
export interface RtfPicture {
  readonly offset: number
  readonly bytes: Buffer
}

export interface Rtf {
  readonly objects: readonly RtfObject[]
  /** Instructions of fields, `\fldinst`. */
  readonly fields: readonly RtfText[]
  /** Targets of `\*\template`. */
  readonly templates: readonly RtfText[]
  /** The value of each pFragments of a shape. */
  readonly properties: readonly RtfProperty[]
  readonly numbers: readonly RtfNumber[]
  /** The first thousand pictures. */
  readonly pictures: readonly RtfPicture[]
  readonly morePictures: boolean
  /** What stands behind the end of the outermost group, where that is more than white space and zeros. */
  readonly overlay?: { readonly offset: number; readonly length: number }
  /** The limit that cut the reading short; what was found before stays. */
  readonly limit?: LimitName
}

const BYTES_PER_STEP = 16

/** True for what Word opens as RTF: `{\rt` after white space. */
export function isRtf(bytes: Buffer): boolean {
  let at = 0
  while (at < 1024 && (bytes[at] === 0x20 || (bytes[at]! >= 9 && bytes[at]! <= 13))) at++
  return bytes.toString('latin1', at, at + 4).toLowerCase() === '{\\rt'
}

/**
 * Reads objects, fields, templates and the numbers that exploits break of an RTF as Word does: white space, control words and
 * groups may stand anywhere in the hexadecimal data, `\bin` brings raw bytes, `\'hh` drops the half byte before it. One pass,
 * without text for what nobody asks for. A limit ends it with what was found; throws LimitReached when not even the pass is left.
 */
export function readRtf(bytes: Buffer, budget: Budget): Rtf {
  budget.step(Math.ceil(bytes.length / BYTES_PER_STEP))
  return new RtfReader(bytes, budget).read()
}
