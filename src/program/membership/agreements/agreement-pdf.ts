import { PDFDocument } from 'pdf-lib'
import type { z } from 'zod'
import { assertNever } from '#platform/errors.ts'
import { parseMarkdown, type Block, type Inline } from '#platform/markdown/markdown.ts'
import type { SignedAgreement } from '#program/membership/agreements/contract.ts'
import { embedFonts, type Face } from '#program/membership/agreements/pdf-fonts.ts'
import { Sheet, type Run } from '#program/membership/agreements/pdf-sheet.ts'
import { signerOf } from '#program/membership/agreements/signer.ts'

type Signed = z.output<typeof SignedAgreement>
type OnLog = Signed['member']

const BODY = 10.5
const INDENT = 20
const HEADING_SIZES = [18, 15, 13, 12, 11, 11] as const

/**
 * A signed agreement as a document to keep: its text, a page of signatures, and both records as files inside. The same agreement gives
 * the same bytes each time. Pure but for the fonts; takes one that is countersigned.
 */
export async function agreementPdf(signed: Signed & { readonly countersignature: OnLog }): Promise<Buffer> {
  const document = await PDFDocument.create({ updateMetadata: false })
  const instant = new Date(signerOf(signed.countersignature.record.statement).at)
  document.setTitle(`Agreement of ${signed.organisation.name} with ${signed.operator.name}, version ${signed.version}`)
  document.setProducer('Vedette')
  document.setCreator('Vedette')
  document.setCreationDate(instant)
  document.setModificationDate(instant)
  const sheet = new Sheet(document, await embedFonts(document))
  writeBlocks(sheet, parseMarkdown(signed.text), 0)
  sheet.newPage()
  writeSignatures(sheet, signed)
  const title = `version ${signed.version} · SHA-256 ${signed.sha256.slice(0, 16)}… · agreement with ${signed.operator.name.slice(0, 60)}`
  sheet.foot((page, pages) => `${page} of ${pages} · ${title}`)
  await attach(document, signed, instant)
  return Buffer.from(await document.save({ addDefaultPage: false }))
}

async function attach(document: PDFDocument, signed: Signed, instant: Date): Promise<void> {
  const dates = { creationDate: instant, modificationDate: instant }
  const text = { mimeType: 'text/markdown', description: 'The text, exactly as it was signed', ...dates }
  await document.attach(Buffer.from(signed.text), `agreement-${signed.version}.md`, text)
  const record = { mimeType: 'application/json', description: 'Both signatures, for vedette agreement verify', ...dates }
  await document.attach(Buffer.from(`${JSON.stringify(signed, null, 2)}\n`), `agreement-${signed.version}.json`, record)
}

function writeBlocks(sheet: Sheet, blocks: readonly Block[], indent: number): void {
  for (const block of blocks) writeBlock(sheet, block, indent)
}

function writeBlock(sheet: Sheet, block: Block, indent: number): void {
  switch (block.kind) {
    case 'heading':
      return sheet.write(runsOf(block.children, 'bold'), { size: HEADING_SIZES[block.level - 1]!, indent, above: block.level < 3 ? 14 : 10 })
    case 'paragraph':
      return sheet.write(runsOf(block.children, 'body'), { size: BODY, indent, above: 6 })
    case 'quote':
      return writeBlocks(sheet, block.children, indent + INDENT)
    case 'list':
      return block.items.forEach((item, index) => writeItem(sheet, item, block.start === null ? '•' : `${block.start + index}.`, indent + INDENT))
    case 'code':
      return sheet.write([{ text: block.text, face: 'mono' }], { size: 9, indent: indent + 8, above: 6, verbatim: true })
    case 'rule':
      return sheet.rule()
    case 'table':
      return writeTable(sheet, block, indent)
    default:
      return assertNever(block)
  }
}

/** The mark stands beside the first paragraph, or on a line of its own before anything else. */
function writeItem(sheet: Sheet, item: readonly Block[], mark: string, indent: number): void {
  const [first, ...rest] = item
  const inline = first?.kind === 'paragraph' ? first.children : undefined
  sheet.write(inline ? runsOf(inline, 'body') : [{ text: '', face: 'body' }], { size: BODY, indent, above: 3, mark })
  writeBlocks(sheet, inline ? rest : item, indent)
}

function writeTable(sheet: Sheet, { header, rows }: Extract<Block, { kind: 'table' }>, indent: number): void {
  const line = (cells: readonly (readonly Inline[])[], face: Face): Run[] =>
    cells.flatMap((cell, index) => [...(index > 0 ? [{ text: '  |  ', face: 'body' } as const] : []), ...runsOf(cell, face)])
  sheet.write(line(header, 'bold'), { size: BODY, indent, above: 6 })
  for (const row of rows) sheet.write(line(row, 'body'), { size: BODY, indent, above: 2 })
}

/** What was struck out stands in brackets that say so: a line through words is easily overlooked. */
function runsOf(inlines: readonly Inline[], face: Face): Run[] {
  return inlines.flatMap((inline): Run[] => {
    switch (inline.kind) {
      case 'text':
        return [{ text: inline.text.replaceAll('\n', ' '), face }]
      case 'code':
        return [{ text: inline.text, face: 'mono' }]
      case 'break':
        return [{ text: '\n', face }]
      case 'strong':
        return runsOf(inline.children, 'bold')
      case 'emphasis':
        return runsOf(inline.children, face === 'bold' ? 'bold' : 'italic')
      case 'strike':
        return [{ text: '[struck out: ', face }, ...runsOf(inline.children, face), { text: ']', face }]
      case 'link':
        return withAddress(inline, face)
      default:
        return assertNever(inline)
    }
  })
}

/** On paper a link is its words and its address. */
function withAddress({ href, children }: Extract<Inline, { kind: 'link' }>, face: Face): Run[] {
  const words = runsOf(children, face)
  const shown = words.map(({ text }) => text).join('')
  return href === shown || href === `${shown}/` || href === `mailto:${shown}` ? words : [...words, { text: ` (${href})`, face }]
}

function writeSignatures(sheet: Sheet, signed: Signed & { readonly countersignature: OnLog }): void {
  const { member, countersignature, operator, organisation, version, sha256 } = signed
  sheet.write([{ text: 'Signatures', face: 'bold' }], { size: 18 })
  writeFacts(sheet, [
    ['Agreement', `with ${operator.name}, version ${version}`],
    ['SHA-256 of the text', sha256],
  ])
  writeSignature(sheet, `For the member: ${organisation.name}`, organisation.id, member)
  writeSignature(sheet, `For the operator: ${operator.name}`, operator.id, countersignature)
  sheet.write([{ text: 'How to verify', face: 'bold' }], { size: 13, above: 14 })
  for (const step of VERIFY) sheet.write([{ text: step, face: 'body' }], { size: 9, above: 4 })
}

const VERIFY = [
  'This document holds two files: the text as it was signed, and the record of both signatures. Save the record and run: vedette agreement verify FILE. Or verify by hand:',
  '1. The SHA-256 of the text is the one that both statements name.',
  '2. The challenge in the client data of each signature is the SHA-256 of its statement, in base64url. Its origin, and the hash at the beginning of the authenticator data, are those of the site that the statement names.',
  '3. The signature is by the public key over the authenticator data followed by the SHA-256 of the client data (W3C Web Authentication, section 7.2). The statement names the SHA-256 of that key.',
  '4. The statement of the operator names the SHA-256 of the statement of the member.',
  '5. That the keys were those people’s, and when, is proved by the audit log: its leaves with the indices above bind the records.',
] as const

function writeSignature(sheet: Sheet, title: string, id: string, { record, leaf }: OnLog): void {
  const { name, id: person, at } = signerOf(record.statement)
  sheet.write([{ text: title, face: 'bold' }], { size: 13, above: 14 })
  writeFacts(sheet, [
    ['Signed by', `${name} (${person})`],
    ['For', id],
    ['At', `${at.slice(0, 10)} ${at.slice(11, 23)} UTC`],
    ['Leaf of the audit log', String(leaf)],
    ['Passkey', record.credentialId],
    ['Public key (COSE)', record.publicKey],
    ['Signature', record.signature],
    ['Authenticator data', record.authenticatorData],
    ['Client data', Buffer.from(record.clientDataJSON, 'base64url').toString()],
    ['Statement', record.statement],
  ])
}

function writeFacts(sheet: Sheet, facts: readonly (readonly [name: string, value: string])[]): void {
  for (const [name, value] of facts) {
    const short = name === 'Signed by' || name === 'Agreement' || name === 'At' || name === 'Leaf of the audit log'
    const run = { text: value, face: short ? 'body' : 'mono' } as const
    sheet.write([{ text: `${name}: `, face: 'bold' }, run], { size: short ? 9.5 : 8, above: 3 })
  }
}
