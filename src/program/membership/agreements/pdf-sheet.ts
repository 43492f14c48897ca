import { rgb, type PDFDocument, type PDFPage } from 'pdf-lib'
import { joinSpans, type Face, type Fonts, type Span } from '#program/membership/agreements/pdf-fonts.ts'

/** A4 in points. */
const WIDTH = 595.28
const HEIGHT = 841.89
const MARGIN = 56
const INK = rgb(0.1, 0.1, 0.12)
const PALE = rgb(0.42, 0.42, 0.46)
const LINE_FACTOR = 1.42

/** A stretch of text in one face; `\n` breaks the line. */
export interface Run {
  readonly text: string
  readonly face: Face
}

export interface Style {
  readonly size: number
  /** Points from the left margin. */
  readonly indent?: number
  readonly above?: number
  /** Words at the left of the first line, such as the number of a list's item. */
  readonly mark?: string
  /** Keeps white space as it is. */
  readonly verbatim?: boolean
  readonly pale?: boolean
}

interface Piece {
  readonly spans: readonly Span[]
  readonly width: number
  readonly blank: boolean
}

/** Puts text on pages from top to bottom; begins a new page where it must. */
export class Sheet {
  readonly #document: PDFDocument
  readonly #fonts: Fonts
  #page: PDFPage
  #y = HEIGHT - MARGIN

  constructor(document: PDFDocument, fonts: Fonts) {
    this.#document = document
    this.#fonts = fonts
    this.#page = document.addPage([WIDTH, HEIGHT])
  }

  newPage(): void {
    this.#page = this.#document.addPage([WIDTH, HEIGHT])
    this.#y = HEIGHT - MARGIN
  }

  rule(): void {
    this.#room(16)
    this.#y -= 8
    this.#page.drawLine({ start: { x: MARGIN, y: this.#y }, end: { x: WIDTH - MARGIN, y: this.#y }, thickness: 0.6, color: PALE })
    this.#y -= 8
  }

  /** One paragraph, wrapped. */
  write(runs: readonly Run[], { size, indent = 0, above = 0, mark, verbatim = false, pale = false }: Style): void {
    const lines = this.#wrap(runs, { size, width: WIDTH - 2 * MARGIN - indent, verbatim })
    // A heading or a first line alone at the foot of a page helps nobody.
    this.#room(above + size * LINE_FACTOR * Math.min(2, lines.length))
    if (this.#y < HEIGHT - MARGIN) this.#y -= above
    lines.forEach((line, index) => {
      this.#room(size * LINE_FACTOR)
      this.#y -= size * LINE_FACTOR
      if (index === 0 && mark !== undefined) {
        const spans = this.#fonts.split(mark, 'body')
        this.#draw(spans, MARGIN + indent - this.#fonts.width(spans, size) - 5, size, pale)
      }
      this.#draw(line, MARGIN + indent, size, pale)
    })
  }

  /** A line at the foot of every page; `text` is told the page's number and how many there are. */
  foot(text: (page: number, pages: number) => string): void {
    const pages = this.#document.getPages()
    pages.forEach((page, index) => {
      this.#page = page
      this.#y = MARGIN / 2
      this.#draw(this.#fonts.split(text(index + 1, pages.length), 'body'), MARGIN, 7.5, true)
    })
  }

  #room(points: number): void {
    if (this.#y - points < MARGIN) this.newPage()
  }

  #draw(spans: readonly Span[], left: number, size: number, pale: boolean): void {
    let x = left
    for (const span of joinSpans(spans)) {
      this.#page.drawText(span.text, { x, y: this.#y, size, font: span.font, color: pale ? PALE : INK })
      x += this.#fonts.width([span], size)
    }
  }

  #wrap(runs: readonly Run[], { size, width, verbatim }: { size: number; width: number; verbatim: boolean }): Span[][] {
    const lines: Span[][] = [[]]
    let used = 0
    for (const piece of this.#pieces(runs, size, width)) {
      if (piece === 'break') {
        lines.push([])
        used = 0
        continue
      }
      if (used + piece.width > width && used > 0 && !piece.blank) {
        lines.push([])
        used = 0
      }
      if (piece.blank && used === 0 && !verbatim) continue
      lines.at(-1)!.push(...piece.spans)
      used += piece.width
    }
    return lines
  }

  /** Words and the space between them; what is wider than a line is cut. */
  #pieces(runs: readonly Run[], size: number, width: number): (Piece | 'break')[] {
    return runs.flatMap(({ text, face }) =>
      (text.replaceAll('\t', '    ').match(/\n|[^\S\n]+|\S+/g) ?? []).flatMap((word): (Piece | 'break')[] => {
        if (word === '\n') return ['break']
        return this.#cut(word, face, size, width)
      }),
    )
  }

  #cut(word: string, face: Face, size: number, width: number): Piece[] {
    const piece = this.#piece(word, face, size)
    if (piece.width <= width) return [piece]
    const characters = Array.from(word)
    const fits = Math.max(1, Math.floor((characters.length * width) / piece.width) - 1)
    const parts: Piece[] = []
    for (let at = 0; at < characters.length; at += fits) parts.push(...this.#narrow(characters.slice(at, at + fits), face, size, width))
    return parts
  }

  #narrow(characters: readonly string[], face: Face, size: number, width: number): Piece[] {
    const piece = this.#piece(characters.join(''), face, size)
    if (piece.width <= width || characters.length === 1) return [piece]
    const half = Math.ceil(characters.length / 2)
    return [...this.#narrow(characters.slice(0, half), face, size, width), ...this.#narrow(characters.slice(half), face, size, width)]
  }

  #piece(text: string, face: Face, size: number): Piece {
    const spans = this.#fonts.split(text, face)
    return { spans, width: this.#fonts.width(spans, size), blank: /^\s+$/.test(text) }
  }
}
