import { buildZip, type ZipFile } from '#test/harness/documents.ts'
import { buildVbaProject } from '#test/harness/documents/vba.ts'

/** Whole documents, which an office opens and shows: those of `odf.ts` and `ooxml.ts` have only what a scanner reads. */

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const OPEN_DOCUMENT = 'urn:oasis:names:tc:opendocument:xmlns:'
const NAMES = [
  ...['office', 'text', 'table', 'draw', 'form', 'script'].map((name) => `xmlns:${name}="${OPEN_DOCUMENT}${name === 'draw' ? 'drawing' : name}:1.0"`),
  `xmlns:svg="${OPEN_DOCUMENT}svg-compatible:1.0"`,
  'xmlns:xlink="http://www.w3.org/1999/xlink"',
  'xmlns:dom="http://www.w3.org/2001/xml-events"',
  'xmlns:ooo="http://openoffice.org/2004/office"',
].join(' ')

export interface OpenDocument {
  readonly kind: 'text' | 'spreadsheet'
  /** Source of a module of Basic whose procedures events may name. */
  readonly basic?: string
  /** Source of a script of Python whose functions events may name. */
  readonly python?: string
  /** Event (`dom:load`, `dom:unload`) to what it runs, such as `basic Main` or `python main`. */
  readonly events?: Readonly<Record<string, string>>
  /** What stands in the text beside a sentence, as XML. */
  readonly body?: string
}

function scriptOf(told: string): string {
  const [language, name] = told.split(' ') as [string, string]
  const place = language === 'basic' ? `Standard.Module1.${name}?language=Basic` : `run.py$${name}?language=Python`
  return escaped(`vnd.sun.star.script:${place}&location=document`)
}

function listenerOf([event, told]: readonly [string, string]): string {
  return `<script:event-listener script:language="ooo:script" script:event-name="${event}" xlink:href="${scriptOf(told)}" xlink:type="simple"/>`
}

/** A text or a spreadsheet of OpenDocument, with macros and what starts them. */
export function buildOpenDocument({ kind, basic, python, events = {}, body = '' }: OpenDocument): Buffer {
  const text = `<text:p>An ordinary sentence.</text:p>${body}`
  const table = `<table:table table:name="Sheet1"><table:table-row><table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row></table:table>${body}`
  const bound = Object.entries(events).map(listenerOf).join('')
  const scripts = `<office:scripts><office:event-listeners>${bound}</office:event-listeners></office:scripts>`
  const content = `<?xml version="1.0" encoding="UTF-8"?><office:document-content ${NAMES} office:version="1.2">${scripts}<office:body><office:${kind}>${kind === 'text' ? text : table}</office:${kind}></office:body></office:document-content>`
  const parts = {
    'content.xml': content,
    ...(basic !== undefined && basicParts(basic)),
    ...(python !== undefined && { 'Scripts/python/run.py': python }),
  }
  const type = `application/vnd.oasis.opendocument.${kind}`
  return zipOf({ mimetype: type, ...parts, 'META-INF/manifest.xml': manifestOf(type, Object.keys(parts)) })
}

function basicParts(source: string): Record<string, string> {
  const doctype = (root: string, dtd: string) =>
    `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE ${root} PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "${dtd}">`
  const library = 'xmlns:library="http://openoffice.org/2000/library"'
  return {
    'Basic/script-lc.xml': `${doctype('library:libraries', 'libraries.dtd')}<library:libraries ${library} xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/></library:libraries>`,
    'Basic/Standard/script-lb.xml': `${doctype('library:library', 'library.dtd')}<library:library ${library} library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/></library:library>`,
    'Basic/Standard/Module1.xml': `${doctype('script:module', 'module.dtd')}<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">${escaped(source)}</script:module>`,
  }
}

function manifestOf(type: string, names: readonly string[]): string {
  const folders = [
    ...new Set(
      names.flatMap((name) =>
        name
          .split('/')
          .slice(0, -1)
          .map((_, at, all) => `${all.slice(0, at + 1).join('/')}/`),
      ),
    ),
  ]
  const entry = (path: string, media: string) => `<manifest:file-entry manifest:full-path="${path}" manifest:media-type="${media}"/>`
  const entries = [entry('/', type), ...folders.map((name) => entry(name, '')), ...names.map((name) => entry(name, name.endsWith('.xml') ? 'text/xml' : ''))]
  return `<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="${OPEN_DOCUMENT}manifest:1.0" manifest:version="1.2">${entries.join('')}</manifest:manifest>`
}

function zipOf(parts: Readonly<Record<string, string | Buffer>>): Buffer {
  return buildZip(Object.entries(parts).map(([name, bytes]): ZipFile => ({ name, bytes: Buffer.from(bytes) })))
}

const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships'
const OFFICE_RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const VBA_RELATION = 'http://schemas.microsoft.com/office/2006/relationships/vbaProject'

function relationsOf(relations: readonly (readonly [id: string, type: string, target: string])[]): string {
  const all = relations.map(([id, type, target]) => `<Relationship Id="${id}" Type="${type}" Target="${target}"/>`)
  return `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="${RELATIONSHIPS}">${all.join('')}</Relationships>`
}

function projectOf(document: string, source: string): Buffer {
  const told = `ID="{00000000-0000-0000-0000-000000000000}"\r\nDocument=${document}/&H00000000\r\nModule=Module1\r\nName="Project"\r\n`
  return buildVbaProject(
    [
      { name: document, source: '' },
      { name: 'Module1', source, procedural: true },
    ],
    [{ path: ['PROJECT'], bytes: Buffer.from(told) }],
  )
}

const TYPES = [
  '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>',
  '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>',
  '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>',
  '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>',
].join('')

/** An Excel workbook with a module of VBA. */
export function buildMacroWorkbook(source: string): Buffer {
  const names = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${OFFICE_RELATIONS}"`
  const head = '<?xml version="1.0" encoding="UTF-8"?>'
  return zipOf({
    '[Content_Types].xml': `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${TYPES}</Types>`,
    '_rels/.rels': relationsOf([['rId1', `${OFFICE_RELATIONS}/officeDocument`, 'xl/workbook.xml']]),
    'xl/workbook.xml': `${head}<workbook ${names}><workbookPr codeName="ThisWorkbook"/><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/worksheets/sheet1.xml': `${head}<worksheet ${names}><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>`,
    'xl/_rels/workbook.xml.rels': relationsOf([
      ['rId1', `${OFFICE_RELATIONS}/worksheet`, 'worksheets/sheet1.xml'],
      ['rId2', VBA_RELATION, 'vbaProject.bin'],
    ]),
    'xl/vbaProject.bin': projectOf('ThisWorkbook', source),
  })
}
