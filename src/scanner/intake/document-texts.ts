import type { DocumentTexts } from '#scanner/formats/javascript/acrobat.ts'
import { openPdf } from '#scanner/formats/pdf.ts'
import { isDict, isName, type PdfDict } from '#scanner/formats/pdf-lexer.ts'
import type { Part } from './part.ts'

const INFO = ['Title', 'Author', 'Subject', 'Keywords', 'Creator', 'Producer']
/** Texts of an annotation, and the names by which scripts read them. */
const ANNOTATION: Readonly<Record<string, string>> = { Contents: 'contents', Subj: 'subject', NM: 'name', T: 'author' }
const MOST_ANNOTATIONS = 200

/** What scripts of a PDF can read of it: scripts that hide their code in a title or an annotation read it there. Read when a script asks. */
export function documentTexts(part: Part): () => DocumentTexts {
  let known: DocumentTexts | undefined
  return () => (known ??= part.attempt(part.path, () => read(part)) ?? { info: {}, annotations: [], fields: {} })
}

function read(part: Part): DocumentTexts {
  const pdf = openPdf(part.bytes, part.budget)
  const info: Record<string, string> = {}
  const annotations: Record<string, string>[] = []
  const fields: Record<string, string> = {}
  const textOf = (dict: PdfDict['dict'], key: string): string | undefined => {
    const target = pdf.resolve(dict.get(key))
    const value = target ? target.value : dict.get(key)
    if (typeof value === 'string') return value
    if (isName(value)) return value.name
    return target?.data ? part.attempt(part.path, () => pdf.decode(target).toString('latin1')) : undefined
  }
  for (const { value } of pdf.objects) {
    part.budget.step()
    if (!isDict(value)) continue
    const { dict } = value
    const name = dict.get('T')
    if (typeof name === 'string' && dict.has('V') && !name.startsWith('__')) fields[name.slice(0, 80)] = textOf(dict, 'V') ?? ''
    if (isName(dict.get('Type'), 'Annot') || (dict.has('Rect') && dict.has('Subtype'))) {
      const texts = Object.entries(ANNOTATION).flatMap(([key, name]) => {
        const text = textOf(dict, key)
        return text === undefined ? [] : [[name, text] as const]
      })
      if (texts.length > 0 && annotations.length < MOST_ANNOTATIONS) annotations.push(Object.fromEntries(texts))
    } else if (!dict.has('Type') && INFO.some((key) => dict.has(key)))
      for (const [key, raw] of dict) {
        const text = typeof raw === 'object' ? textOf(dict, key) : raw
        if (typeof text === 'string' && /^[A-Za-z]\w{0,40}$/.test(key)) info[key] = text
      }
  }
  return { info, annotations, fields }
}
