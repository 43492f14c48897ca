import { buildZip } from '#test/harness/documents.ts'

/** Documents that a real office opens, pictures and runs: whole packages, where a reader of single parts needs less. */

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'

const packed = (parts: Readonly<Record<string, string>>) => buildZip(Object.entries(parts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })))

const SENTENCE = 'The quarterly figures of the northern branch were compared with those of the year before, and the differences explained. '

/** One page: a heading, a table, and paragraphs until it is full. */
function page(number: number): string {
  const run = (text: string, bold = false) => `<w:r>${bold ? '<w:rPr><w:b/></w:rPr>' : ''}<w:t xml:space="preserve">${text}</w:t></w:r>`
  const heading = `<w:p><w:pPr><w:pStyle w:val="Heading1"/>${number > 1 ? '<w:pageBreakBefore/>' : ''}</w:pPr>${run(`Part ${number}`)}</w:p>`
  const cell = (text: string) => `<w:tc><w:tcPr><w:tcW w:w="3000" w:type="dxa"/></w:tcPr><w:p>${run(text)}</w:p></w:tc>`
  const row = (n: number) => `<w:tr>${cell(`Item ${n}`)}${cell(String(n * number))}${cell(`${n * 7} %`)}</w:tr>`
  const table = `<w:tbl><w:tblPr><w:tblW w:w="9000" w:type="dxa"/></w:tblPr><w:tblGrid><w:gridCol w:w="3000"/><w:gridCol w:w="3000"/><w:gridCol w:w="3000"/></w:tblGrid>${[1, 2, 3, 4].map(row).join('')}</w:tbl>`
  const paragraph = (n: number) => `<w:p>${run(`${number}.${n} `, true)}${run(SENTENCE.repeat(3))}</w:p>`
  return heading + table + [1, 2, 3, 4, 5, 6].map(paragraph).join('')
}

/** An ordinary .docx of so many pages, with headings, tables and a footer. */
export function buildPages(pages: number): Buffer {
  const names = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="${OFFICE}/relationships"`
  const body = Array.from({ length: pages }, (_, n) => page(n + 1)).join('')
  const section =
    '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134"/></w:sectPr>'
  const relation = (id: number, type: string, target: string) => `<Relationship Id="rId${id}" Type="${OFFICE}/relationships/${type}" Target="${target}"/>`
  return packed({
    '[Content_Types].xml': `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${WORD}.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="${WORD}.styles+xml"/><Override PartName="/word/footer1.xml" ContentType="${WORD}.footer+xml"/></Types>`,
    '_rels/.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships">${relation(1, 'officeDocument', 'word/document.xml')}</Relationships>`,
    'word/_rels/document.xml.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships">${relation(1, 'styles', 'styles.xml')}${relation(2, 'footer', 'footer1.xml')}</Relationships>`,
    'word/document.xml': `${XML}<w:document ${names}><w:body>${body}${section}</w:body></w:document>`,
    'word/footer1.xml': `${XML}<w:ftr ${names}><w:p><w:r><w:t>Northern branch</w:t></w:r></w:p></w:ftr>`,
    'word/styles.xml': `${XML}<w:styles ${names}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="22"/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style></w:styles>`,
  })
}
