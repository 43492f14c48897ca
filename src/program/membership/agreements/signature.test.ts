import { spawnSync } from 'node:child_process'
import { fc, test } from '@fast-check/vitest'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PDFArray, PDFDict, PDFDocument, PDFFont, PDFHexString, PDFName, PDFRawStream, PDFString, decodePDFRawStream } from 'pdf-lib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import { passkeyDigests, statementDigest, verifyStatement, type SignedStatement } from '#platform/auth/signed-statement.ts'
import { agreementPdf } from '#program/membership/agreements/agreement-pdf.ts'
import { joinSpans } from '#program/membership/agreements/pdf-fonts.ts'
import { countersignatureFacts, faultsOf, says, signatureFacts, textDigest, verifySignature } from '#program/membership/agreements/agreement-statement.ts'
import { Authenticator, type Faults } from '#test/harness/authenticator.ts'

const ORIGIN = 'https://programme.example'
const RP = 'programme.example'
const TEXT =
  '# Agreement\n\nKeep **it** to _yourself_.\n\n1. one\n2. two\n   - deep\n\n| a | b |\n|-|-|\n| c | d |\n\n> quoted `code`\n\n[terms](https://x.example/)\n'
const matter = {
  operator: { id: '018f0000-0000-7000-8000-000000000001', name: 'Operator A' },
  organisation: { id: '018f0000-0000-7000-8000-000000000002', name: 'Vendor A' },
  version: 3,
  sha256: textDigest(TEXT),
}
const AT = '2026-11-25T12:00:00.000Z'

/** A passkey with its public key, as it is enrolled. */
function passkey() {
  const authenticator = new Authenticator(ORIGIN)
  const created = authenticator.create({ challenge: 'AAAA', rp: { id: RP }, user: { id: 'AAAA' } })
  const object = Buffer.from((created.response as { attestationObject: string }).attestationObject, 'base64url')
  const id = authenticator.credentialId
  return { authenticator, id, publicKey: object.subarray(object.indexOf(id) + id.length) }
}

function sign(key: ReturnType<typeof passkey>, facts: Record<string, never>, name: string, faults: Faults = {}): SignedStatement {
  const statement = canonicalJson({
    ...facts,
    person: { id: '018f0000-0000-7000-8000-000000000003', name },
    passkeys: [passkeyDigests({ credentialId: key.id, publicKey: key.publicKey })],
    relyingParty: { id: RP, origin: ORIGIN },
    nonce: 'bm9uY2U',
    at: AT,
  })
  const { response } = key.authenticator.get({ challenge: statementDigest(statement).toString('base64url'), rpId: RP }, faults)
  const { authenticatorData, clientDataJSON, signature } = response as { authenticatorData: string; clientDataJSON: string; signature: string }
  const bytes = { credentialId: key.id.toString('base64url'), publicKey: key.publicKey.toString('base64url') }
  return { statement, authenticatorData, clientDataJSON, signature, ...bytes }
}

const KEY = passkey()
const RECORD = sign(KEY, signatureFacts(matter) as never, 'Admin')
const OPERATORS = sign(passkey(), countersignatureFacts(matter, RECORD.statement) as never, 'Officer of Łódź, Αθήνα, Київ, 東京')
const SIGNED = {
  type: 'vedette signed agreement v1' as const,
  ...matter,
  text: TEXT,
  member: { record: RECORD, leaf: 17 },
  countersignature: { record: OPERATORS, leaf: 21 },
}

describe('a signed statement', () => {
  it('verifies from its record alone', async () => {
    expect(await verifySignature(RECORD)).toBe(true)
    expect(await faultsOf(SIGNED)).toEqual([])
  })

  const changed = fc.record({
    field: fc.constantFrom(...(Object.keys(RECORD) as (keyof SignedStatement)[])),
    at: fc.nat(),
    by: fc.integer({ min: 1, max: 255 }),
  })

  it('verifies no more with any bit of the signature, the key or the authenticator data changed', async () => {
    for (const field of ['signature', 'publicKey', 'authenticatorData', 'credentialId'] as const) {
      const bytes = Buffer.from(RECORD[field], 'base64url')
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes)
        changed[bit >> 3]! ^= 1 << (bit & 7)
        expect(await verifySignature({ ...RECORD, [field]: changed.toString('base64url') }), `${field}, bit ${bit}`).toBe(false)
      }
    }
  })

  test.prop([changed], { numRuns: 400 })('verifies no more with any byte changed', async ({ field, at, by }) => {
    const isText = field === 'statement'
    const bytes = Buffer.from(RECORD[field], isText ? 'utf8' : 'base64url')
    bytes[at % bytes.length]! ^= by
    const value = bytes.toString(isText ? 'utf8' : 'base64url')
    if (value === RECORD[field]) return
    expect(await verifySignature({ ...RECORD, [field]: value })).toBe(false)
  })

  test.prop([changed], { numRuns: 200 })('verifies no more with any character of the record changed', async ({ field, at, by }) => {
    const text = RECORD[field]
    const index = at % text.length
    const value = text.slice(0, index) + String.fromCharCode(text.charCodeAt(index) ^ (by % 128 || 1)) + text.slice(index + 1)
    expect(await verifySignature({ ...RECORD, [field]: value })).toBe(false)
  })

  it('does not verify with another person’s key, however well it is signed', async () => {
    const other = sign(passkey(), signatureFacts(matter) as never, 'Admin')
    const { credentialId, publicKey } = RECORD
    expect(await verifySignature({ ...other, credentialId, publicKey })).toBe(false)
    expect(await verifySignature({ ...RECORD, credentialId: other.credentialId, publicKey: other.publicKey })).toBe(false)
    expect(await verifySignature(other)).toBe(true)
  })

  it.each([
    ['an unverified person', { unverifiedUser: true }],
    ['another site', { origin: 'https://other.example' }],
    ['another relying party', { rpId: 'other.example' }],
    ['another challenge', { challenge: 'AAAA' }],
  ] as const)('does not verify when it was made for %s', async (_, faults) => {
    expect(await verifyStatement(sign(KEY, signatureFacts(matter) as never, 'Admin', faults))).toBeUndefined()
  })

  it('is about exactly one text between two', async () => {
    expect(says(RECORD.statement, signatureFacts(matter))).toBe(true)
    expect(says(RECORD.statement, signatureFacts({ ...matter, version: 4 }))).toBe(false)
    expect(says(RECORD.statement, countersignatureFacts(matter, RECORD.statement))).toBe(false)
    expect(await faultsOf({ ...SIGNED, countersignature: null })).toEqual(['the operator has not countersigned'])
    const elsewhere = sign(KEY, countersignatureFacts(matter, '{}') as never, 'Officer')
    expect(await faultsOf({ ...SIGNED, countersignature: { record: elsewhere, leaf: 1 } })).toEqual(['the statement of the operator is about something else'])
  })
})

describe('vedette agreement verify', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-agreement-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['that holds', SIGNED, 0, /^Version 3 of the agreement with Operator A.*\nFor Vendor A: Admin, .*leaf 17.*\nFor Operator A: Officer .*leaf 21/],
    ['with another text', { ...SIGNED, text: 'another' }, 1, /^FAULT the text does not have the hash that was signed\n$/],
  ])('says of a record %s what it is', (name, record, code, said) => {
    const file = join(folder, `${name}.json`)
    writeFileSync(file, JSON.stringify(record))
    const { status, stdout } = spawnSync('bin/vedette', ['agreement', 'verify', file], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
    expect(stdout).toMatch(said)
    expect(status).toBe(code)
  })
})

describe('the document', () => {
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

  it('is the same bytes each time, and a PDF with pages', async () => {
    const first = await agreementPdf(SIGNED)
    expect(digest(await agreementPdf(SIGNED))).toBe(digest(first))
    expect(digest(await agreementPdf({ ...SIGNED, member: { record: RECORD, leaf: 18 } }))).not.toBe(digest(first))
    const document = await PDFDocument.load(first, { updateMetadata: false })
    expect(document.getPageCount()).toBeGreaterThanOrEqual(2)
    expect(document.getTitle()).toBe('Agreement of Vendor A with Operator A, version 3')
    expect(document.getCreationDate()).toEqual(new Date(AT))
  })

  it('is the same bytes by the Node that serves, which has no __proto__, in scripts that have to be shaped', async () => {
    const signed = { ...SIGNED, text: 'العربية עברית ߒߞߏ հայերեն ქართული Ελληνικά हिन्दी 한국어 ᠮᠣᠩᠭᠣᠯ' }
    const script = `import { agreementPdf } from '#program/membership/agreements/agreement-pdf.ts'
      import { createHash } from 'node:crypto'
      if ('__proto__' in {}) throw new Error('this Node has __proto__')
      const pdf = await agreementPdf(${JSON.stringify(signed)})
      if ('__proto__' in {}) throw new Error('it was left behind')
      process.stdout.write(createHash('sha256').update(pdf).digest('hex'))`
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--disable-proto=delete', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    expect(stdout).toBe(digest(await agreementPdf(signed)))
  })

  it('holds the text and the record as files, exactly', async () => {
    const files = await filesIn(await agreementPdf(SIGNED))
    expect(files.get('agreement-3.md')).toBe(TEXT)
    expect(JSON.parse(files.get('agreement-3.json')!)).toEqual(SIGNED)
  })

  it.each([
    ['scripts that the font reader cannot shape', 'ⴿⵣ ⴰⵎⴰⵣⵉⵖ'],
    ['characters that no font has', 'Ω 𓀀 東京 \u{10FFFF} ﷽ עברית العربية'],
    ['a word longer than a line', 'x'.repeat(4000)],
    ['nothing but marks', '---\n\n- \n\n> \n\n```\n```\n'],
    ['many pages', '## Section\n\nWords and words and words.\n\n'.repeat(400)],
  ])('takes a text of %s', async (_, text) => {
    const document = await PDFDocument.load(await agreementPdf({ ...SIGNED, text }))
    expect(document.getPageCount()).toBeGreaterThanOrEqual(2)
  })
})

describe('the words of a line', () => {
  const body = 'body' as unknown as PDFFont
  const bold = 'bold' as unknown as PDFFont
  const join = (...spans: [text: string, font?: PDFFont][]) => joinSpans(spans.map(([text, font = body]) => ({ text, font }))).map(({ text }) => text)

  it('are one piece while font and direction stay, so that those written to the left keep their order', () => {
    expect(join(['one'], [' '], ['two'], [' '], ['three', bold])).toEqual(['one two', ' ', 'three'])
    expect(join(['one'], [' '], ['עברית'], [' '], ['עוד'], [' '], ['two'])).toEqual(['one', ' ', 'עברית עוד', ' ', 'two'])
    expect(join([' '], ['one'], [' '])).toEqual([' ', 'one', ' '])
  })
})

/** Embedded files of a PDF by name. */
async function filesIn(bytes: Buffer): Promise<Map<string, string>> {
  const { context, catalog } = await PDFDocument.load(bytes)
  const names = catalog.lookup(PDFName.of('Names'), PDFDict).lookup(PDFName.of('EmbeddedFiles'), PDFDict).lookup(PDFName.of('Names'), PDFArray)
  const files = new Map<string, string>()
  for (let index = 0; index < names.size(); index += 2) {
    const name = names.lookup(index) as PDFHexString | PDFString
    const spec = names.lookup(index + 1, PDFDict).lookup(PDFName.of('EF'), PDFDict)
    const stream = context.lookup(spec.get(PDFName.of('F'))) as PDFRawStream
    files.set(name.decodeText(), Buffer.from(decodePDFRawStream(stream).decode()).toString())
  }
  return files
}
