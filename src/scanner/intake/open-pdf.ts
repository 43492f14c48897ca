import { openPdf } from '#scanner/formats/pdf.ts'
import { LimitReached, upToLimit } from './limits.ts'
import type { Part } from './part.ts'
import { PdfActions } from './pdf-actions.ts'
import { PdfContent } from './pdf-content.ts'
import { eachDict, PdfDocument } from './pdf-document.ts'
import { PdfPages } from './pdf-pages.ts'

/** Reports the actions of a PDF with what starts them, what its streams hold, and opens the files embedded in it. */
export function openPdfPart(part: Part): void {
  part.kind('pdf')
  const pdf = openPdf(part.bytes, part.budget, part.passwords)
  if (pdf.encrypted) part.miss(part.path, 'encrypted', 'strings and streams are encrypted')
  else if (pdf.filesLocked) part.miss(part.path, 'encrypted', 'the embedded files are encrypted')
  const document = new PdfDocument(part, pdf)
  const actions = new PdfActions(document)
  const content = new PdfContent(document)
  const pages = new PdfPages(document)
  const visited = upToLimit(() => {
    for (const object of pdf.objects) {
      eachDict(part, object.value, (dictionary) => {
        actions.visit(object, dictionary)
        content.visit(object, dictionary)
        pages.visit(object, dictionary)
      })
      content.stream(object)
    }
  })
  const finished = [actions, content, pages].map((one) => upToLimit(() => one.finish()))
  for (const detail of pdf.damage) part.miss(part.path, 'damaged', detail)
  const cut = pdf.cut ?? visited ?? finished.find((limit) => limit !== undefined)
  if (cut) throw new LimitReached(cut)
}
