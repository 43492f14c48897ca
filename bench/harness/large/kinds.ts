import { largeDoc, largeDocx, largeMsg } from './office.ts'
import { largeEml, largeHtml, largeScript } from './pages.ts'
import { largePdf, manyObjectsPdf } from './pdf.ts'
import { largeRtf } from './rtf.ts'

/** Documents of any size for measuring, by their format; they say nothing. */
export const LARGE: Readonly<Record<string, (bytes: number) => Buffer>> = {
  RTF: largeRtf,
  PDF: largePdf,
  'PDF of small objects': manyObjectsPdf,
  DOCX: largeDocx,
  DOC: largeDoc,
  MSG: largeMsg,
  EML: largeEml,
  HTML: largeHtml,
  JS: largeScript,
}
