import type { Pdf, PdfObject } from '#scanner/formats/pdf.ts'
import { isDict, isName, isRef, pdfText, type PdfDict, type PdfValue } from '#scanner/formats/pdf-lexer.ts'
import type { PdfStanding } from './fact.ts'
import { innerPath, type Part } from './part.ts'

const DEEPEST = 48

/** What the walks over a PDF share: where things stand, and what values lead to. */
export class PdfDocument {
  readonly part: Part
  readonly pdf: Pdf

  constructor(part: Part, pdf: Pdf) {
    this.part = part
    this.pdf = pdf
  }

  /** Where an object stands: in the file, or in the object stream that holds it. */
  placeOf({ offset, within }: PdfObject): { path: string; offset: number } {
    return { path: this.pathIn(within), offset }
  }

  /** Where a dictionary stands. */
  place({ within }: PdfObject, { at }: PdfDict): { path: string; offset: number } {
    return { path: this.pathIn(within), offset: at }
  }

  /** The path of the unpacked stream of an object. */
  streamPath({ number }: PdfObject): string {
    return innerPath(this.part.path, `object-${number}`)
  }

  pathIn(within: number | undefined): string {
    return within === undefined ? this.part.path : innerPath(this.part.path, `object-${within}`)
  }

  /** A value and the object that it lies in: its own, or the one that it refers to. */
  target(value: PdfValue | undefined): { value: PdfValue | undefined; object?: PdfObject } {
    if (!isRef(value)) return { value }
    const object = this.pdf.resolve(value)
    return object ? { value: object.value, object } : { value: undefined }
  }

  /** The text of a string or of a stream, cut at `longest` characters. */
  text(value: PdfValue | undefined, longest = 4096): string {
    const { value: found, object } = this.target(value)
    if (typeof found === 'string') return found.slice(0, longest)
    if (!object?.data || this.pdf.encrypted) return ''
    return this.part.attempt(this.part.path, () => pdfText(this.pdf.decode(object).subarray(0, longest))) ?? ''
  }

  /** The text of a script, and whether it is longer than `longest` characters. */
  script(value: PdfValue | undefined, longest: number): { readonly source: string; readonly cut: boolean } {
    const { value: found, object } = this.target(value)
    if (typeof found === 'string') return { source: found.slice(0, longest), cut: found.length > longest }
    if (!object?.data || this.pdf.encrypted) return { source: '', cut: false }
    const bytes = this.part.attempt(this.part.path, () => this.pdf.decode(object)) ?? Buffer.alloc(0)
    return { source: pdfText(bytes.subarray(0, longest)), cut: bytes.length > longest }
  }

  /** The file that a file specification names (PDF 32000-1, 7.11). */
  fileName(value: PdfValue | undefined): string {
    const { value: found } = this.target(value)
    if (!isDict(found)) return this.text(value)
    for (const key of ['UF', 'F', 'Unix', 'Mac', 'DOS']) if (found.dict.has(key)) return this.text(found.dict.get(key))
    return ''
  }
}

/** How an object stands, as facts say it. */
export function standing({ apart }: PdfObject): PdfStanding {
  return apart ? { apart } : {}
}

/** Every dictionary in an object, outer ones first. */
export function eachDict(part: Part, value: PdfValue, visit: (dictionary: PdfDict) => void, depth = 0): void {
  if (depth > DEEPEST || typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    part.budget.step(value.length >> 3)
    for (const item of value) if (typeof item === 'object') eachDict(part, item, visit, depth + 1)
  } else if (isDict(value)) {
    part.budget.step()
    visit(value)
    for (const inner of value.dict.values()) if (typeof inner === 'object') eachDict(part, inner, visit, depth + 1)
  }
}

/** Four numbers in either order of their corners; undefined for anything else. */
export function rectangle(value: PdfValue | undefined): { width: number; height: number } | undefined {
  if (!Array.isArray(value) || value.length !== 4) return undefined
  const [a, b, c, d] = value
  if (typeof a !== 'number' || typeof b !== 'number' || typeof c !== 'number' || typeof d !== 'number') return undefined
  return { width: Math.abs(c - a), height: Math.abs(d - b) }
}

export function nameOf(value: PdfValue | undefined): string | undefined {
  return isName(value) ? value.name : undefined
}
