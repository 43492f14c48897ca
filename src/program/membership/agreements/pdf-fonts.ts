import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fontkit from '@pdf-lib/fontkit'
import type { PDFDocument, PDFFont } from 'pdf-lib'

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
  document.registerFontkit(fontkit)
  const embed = async (face: Face) => {
    // Ligatures are left out: a reader who copies a word out of the document shall get its letters.
    const font = await document.embedFont(await load(FILES[face]), { subset: true, features: { liga: false, dlig: false } })
    return { font, has: new Set(font.getCharacterSet()) }
  }
  const faces = { body: await embed('body'), bold: await embed('bold'), italic: await embed('italic'), mono: await embed('mono') }
  const widths = new Map<PDFFont, Map<string, number>>()

  const unitWidth = ({ text, font }: Span): number => {
    const known = widths.get(font) ?? new Map<string, number>()
    widths.set(font, known)
    const width = known.get(text) ?? font.widthOfTextAtSize(text, 1)
    known.set(text, width)
    return width
  }
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
      return spans
    },
    width: (spans, size) => spans.reduce((sum, span) => sum + unitWidth(span) * size, 0),
  }
}
