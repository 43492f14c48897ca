/**
 * Documents to hand to the scanner: inert, and built here so that everybody sees what is in them. All are plain text, so the
 * console's guide, the demonstration and the example script share them.
 */
export interface ExampleDocument {
  readonly name: string
  /** What it shows, in one sentence. */
  readonly shows: string
  readonly text: string
}

const hex = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0))
const u16 = (value: number): number[] => [value & 0xff, value >> 8]
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)]

/** An OLE 1.0 object as RTF carries it (MS-OLEDS 2.2.5). */
function ole1(className: string, data: readonly number[]): number[] {
  const name = [...ascii(className), 0]
  return [...u32(0x501), ...u32(2), ...u32(name.length), ...name, ...u32(0), ...u32(0), ...u32(data.length), ...data]
}

/** The 28 bytes of EQNOLEFILEHDR, MTEF 3, a FONT record with this name, and the end of the records. */
function equation(fontName: string): number[] {
  const header = [...u16(28), ...u32(0x00020000), ...Array.from({ length: 22 }, () => 0)]
  return [...header, 3, 1, 1, 3, 10, 10, 1, 8, 0x5a, 0x5a, ...ascii(fontName), 0, 0, 0]
}

function rtf(text: string, object = ''): string {
  return `{\\rtf1\\ansi ${text}${object === '' ? '' : `{\\object\\objemb{\\*\\objclass Equation.3}{\\*\\objdata ${object}}}`}}`
}

/** A PDF of these objects, numbered from 1, with the first as its catalog. */
function pdf(objects: readonly string[]): string {
  const body = objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`).join('')
  return `%PDF-1.7\n${body}trailer\n<</Root 1 0 R>>\n%%EOF\n`
}

export const EXPLOIT: ExampleDocument = {
  name: 'remittance-advice.rtf',
  shows: 'An equation whose font name is longer than the buffer it is copied into (CVE-2017-11882). The name is the letter A, repeated.',
  text: rtf('Remittance advice', hex(ole1('Equation.3', equation('A'.repeat(60))))),
}

export const TECHNIQUE: ExampleDocument = {
  name: 'application-form.pdf',
  shows: 'JavaScript that runs when the document is opened; it shows a greeting.',
  text: pdf(['<</Type /Catalog /Pages 2 0 R /OpenAction <</S /JavaScript /JS (app.alert\\("Welcome"\\))>>>>', '<</Type /Pages /Kids [] /Count 0>>']),
}

export const NOTHING: ExampleDocument = {
  name: 'meeting-minutes.rtf',
  shows: 'Text, and an equation as the editor writes it.',
  text: rtf('Minutes of the meeting', hex(ole1('Equation.3', equation('Times New Roman')))),
}

export const EXAMPLE_DOCUMENTS: readonly ExampleDocument[] = [EXPLOIT, TECHNIQUE, NOTHING]
