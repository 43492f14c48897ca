import { createCipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { ScanReport } from '#scanner/verdict/contract.ts'
import { buildOdt, listener, odfContent } from '#test/harness/documents/odf.ts'
import { buildRawZip } from '#test/harness/documents/archives.ts'

const scan = (bytes: Buffer, ...passwords: string[]) => ScanReport.parse(scanBytes(bytes, { passwords }))
const seen = ({ verdict: { techniques, notes } }: ScanReport) => [techniques.map(({ id }) => id), notes.map(({ id }) => id)]
const BASIC = 'vnd.sun.star.script:Standard.Module1.Main?language=Basic&location=document'

describe('an OpenDocument file', () => {
  it('that runs a script by itself is a technique, and one that waits for a click a note', () => {
    expect(seen(scan(buildOdt({ scripts: listener('dom:load', BASIC) })))).toEqual([['odf-script'], []])
    expect(seen(scan(buildOdt({ body: listener('dom:click', BASIC) })))).toEqual([[], ['odf-script']])
    expect(seen(scan(buildOdt({ body: `<text:a xlink:href="${BASIC.replace('&', '&amp;')}"/>` })))).toEqual([[], ['odf-script']])
    expect(seen(scan(buildOdt({ body: '<text:p>vnd.sun.star.script:Standard.Module1.Main</text:p>' })))).toEqual([[], []])
  })

  it('is read in its flat form, and in the words of its first version', () => {
    const flat = odfContent({ scripts: listener('office:load-finished', BASIC) }).replaceAll('document-content', 'document')
    expect(seen(scan(Buffer.from(flat)))).toEqual([['odf-script'], []])
    const old = '<script:event script:language="StarBasic" script:event-name="on-load" script:macro-name="Standard.Module1.Main" script:location="document"/>'
    expect(seen(scan(buildOdt({ scripts: old })))).toEqual([['odf-script'], []])
  })

  it('that fetches a frame or an object from another host is a technique', () => {
    const frame = (href: string) => scan(buildOdt({ body: `<draw:floating-frame xlink:href="${href}"/>` }))
    expect(frame('http://page.example/a').verdict).toMatchObject({ exploit: 'technique-only', cve: [], candidates: [{ id: 'CVE-2023-2255' }] })
    expect(seen(frame('./Object 1'))).toEqual([[], []])
    expect(seen(frame('../other.odt'))).toEqual([[], []])
  })

  it('that starts a program by DDE is found in fields and in formulas', () => {
    expect(seen(scan(buildOdt({ body: '<text:dde-connection-decl office:dde-application="cmd" office:dde-topic="/c x" office:dde-item="a"/>' })))).toEqual([
      ['dde'],
      [],
    ])
    expect(seen(scan(buildOdt({ body: '<table:table-cell table:formula="of:=DDE(&quot;cmd&quot;;&quot;/c x&quot;;&quot;a&quot;)"/>' })))).toEqual([['dde'], []])
    expect(seen(scan(buildOdt({ body: '<text:dde-connection-decl office:dde-application="soffice" office:dde-topic="a.ods" office:dde-item="a"/>' })))).toEqual(
      [[], ['dde']],
    )
  })
})

describe('an encrypted OpenDocument file', () => {
  const locked = (content: string, password: string): Buffer => {
    const [salt, iv] = [Buffer.alloc(16, 5), Buffer.alloc(16, 6)]
    const packed = deflateRawSync(content)
    const padding = 16 - (packed.length % 16)
    const start = createHash('sha256').update(password).digest()
    const engine = createCipheriv('aes-256-cbc', pbkdf2Sync(start, salt, 1000, 32, 'sha1'), iv).setAutoPadding(false)
    const bytes = engine.update(Buffer.concat([packed, Buffer.alloc(padding, padding)]))
    const checksum = createHash('sha256').update(packed.subarray(0, 1024)).digest('base64')
    const manifest = `<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data manifest:checksum-type="urn:sha256-1k" manifest:checksum="${checksum}"><manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" manifest:initialisation-vector="${iv.toString('base64')}"/><manifest:key-derivation manifest:key-derivation-name="PBKDF2" manifest:key-size="32" manifest:iteration-count="1000" manifest:salt="${salt.toString('base64')}"/><manifest:start-key-generation manifest:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/></manifest:encryption-data></manifest:file-entry></manifest:manifest>`
    return buildRawZip([
      { name: 'mimetype', bytes: Buffer.from('application/vnd.oasis.opendocument.text'), stored: true },
      { name: 'content.xml', bytes, stored: true },
      { name: 'META-INF/manifest.xml', bytes: Buffer.from(manifest) },
    ])
  }
  const bytes = locked(odfContent({ scripts: listener('dom:load', BASIC) }), 'secret')

  it('opens with its password alone', () => {
    expect(seen(scan(bytes, 'wrong', 'secret'))).toEqual([['odf-script'], []])
    expect(scan(bytes, 'wrong').verdict).toMatchObject({ exploit: 'none-seen', not_checked: [{ path: '/content.xml', reason: 'encrypted' }] })
  })

  test.prop([fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })], { numRuns: 60 })(
    'is answered when bytes are changed',
    (changes) => {
      const copy = Buffer.from(bytes)
      for (const [at, value] of changes) copy[at] = value
      scan(copy, 'secret')
    },
  )
})

test.prop(
  [
    fc.array(
      fc.constantFrom('<a ', 'xlink:href="', 'vnd.sun.star.script:', '%2e', '../', '"', '>', '?', '=DDE("', 'formula="', '<script:event-listener ', '&#x2e;'),
      { maxLength: 60 },
    ),
  ],
  {
    numRuns: 100,
  },
)('any order of tokens in a part is answered', (tokens) => {
  scan(Buffer.from(`<?xml version="1.0"?><a xmlns="urn:oasis:names:tc:opendocument"/>${tokens.join('')}`))
})
