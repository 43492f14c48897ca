import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PDFDocument, PDFFont } from 'pdf-lib'
import { loadFontkit } from '#program/membership/agreements/fontkit.ts'

const FILES = {
  body: 'DejaVuSans.ttf',
  bold: 'DejaVuSans-Bold.ttf',
  italic: 'DejaVuSans-Oblique.ttf',
  mono: 'DejaVuSansMono.ttf',
} as const
export type Face = keyof typeof FILES

/** Shown for a character that none of the fonts has. */
const REPLACEMENT = '\uFFFD'

/** A piece of a line in one font. */
export interface Span {
  readonly text: string
  readonly font: PDFFont
}

const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/

/**
 * Words of one font and one direction of writing as one piece, with the space between them: so words that are written from right to
 * left stand in their order, and a line takes few steps to draw.
 */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: { text: string; font: PDFFont; leftward: boolean | undefined }[] = []
  spans.forEach((span, index) => {
    const leftward = directionOf(span)
    const last = joined.at(-1)
    const next = spans.slice(index + 1).find((later) => directionOf(later) !== undefined)
    // Space belongs to a piece only between two words of its direction and font.
    const fits = leftward === undefined ? next?.font === span.font && directionOf(next) === last?.leftward : leftward === last?.leftward
    if (last && last.font === span.font && last.leftward !== undefined && fits) last.text += span.text
    else joined.push({ ...span, leftward })
  })
  return joined.map(({ text, font }) => ({ text, font }))
}

/** Undefined for white space. */
function directionOf({ text }: Span): boolean | undefined {
  return /\S/.test(text) ? RIGHT_TO_LEFT.test(text) : undefined
}

export interface Fonts {
  /** Splits text by the fonts that have its characters: the face that is asked for, otherwise the body's, otherwise a replacement is shown. */
  split(text: string, face: Face): Span[]
  /** Width in points. */
  width(spans: readonly Span[], size: number): number
}

const cache = new Map<string, Promise<Buffer>>()

function load(file: string): Promise<Buffer> {
  const known = cache.get(file)
  if (known) return known
  const read = readFile(fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${file}`)))
  cache.set(file, read)
  return read
}

/** Embeds the fonts in a document; only the characters that are used end up in it. */
export async function embedFonts(document: PDFDocument): Promise<Fonts> {
  document.registerFontkit(loadFontkit())
  const embed = async (face: Face) => {
    // Ligatures are left out: a reader who copies a word out of the document shall get its letters.
    const font = await document.embedFont(await load(FILES[face]), { subset: true, features: { liga: false, dlig: false } })
    return { font, has: new Set(font.getCharacterSet()) }
  }
  const faces = { body: await embed('body'), bold: await embed('bold'), italic: await embed('italic'), mono: await embed('mono') }
  const widths = new Map<PDFFont, Map<string, number | undefined>>()

  /** Undefined for text that the font reader cannot set: it knows no way to shape a few scripts, such as Tifinagh. */
  const unitWidth = ({ text, font }: Span): number | undefined => {
    const known = widths.get(font) ?? new Map<string, number | undefined>()
    widths.set(font, known)
    if (!known.has(text)) known.set(text, widthOf(text, font))
    return known.get(text)
  }
  const settable = (span: Span): Span =>
    unitWidth(span) === undefined ? { text: REPLACEMENT.repeat(Array.from(span.text).length), font: faces.body.font } : span
  return {
    split: (text, face) => {
      const spans: { text: string; font: PDFFont }[] = []
      for (const character of text) {
        const point = character.codePointAt(0)!
        const chosen = [faces[face], faces.body].find(({ has }) => has.has(point))
        const { font } = chosen ?? faces.body
        const shown = chosen ? character : REPLACEMENT
        const last = spans.at(-1)
        if (last?.font === font) last.text += shown
        else spans.push({ text: shown, font })
      }
      return spans.map(settable)
    },
    width: (spans, size) => spans.reduce((sum, span) => sum + (unitWidth(span) ?? 0) * size, 0),
  }
}

function widthOf(text: string, font: PDFFont): number | undefined {
  try {
    return font.widthOfTextAtSize(text, 1)
  } catch {
    return undefined
  }
}
