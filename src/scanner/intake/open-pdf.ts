import { openPdf } from '#scanner/formats/pdf.ts'
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
  for (const object of pdf.objects) {
    eachDict(part, object.value, (dictionary) => {
      actions.visit(object, dictionary)
      content.visit(object, dictionary)
      pages.visit(object, dictionary)
    })
    content.stream(object)
  }
  actions.finish()
  content.finish()
  pages.finish()
  for (const detail of pdf.damage) part.miss(part.path, 'damaged', detail)
}
