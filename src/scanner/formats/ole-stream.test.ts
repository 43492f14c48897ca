import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { compositeMoniker, fileMoniker, newMoniker, oleStream, scriptMoniker, soapMoniker, urlMoniker } from '#test/harness/documents/ole-links.ts'
import { classBytes, readOleStream } from './ole-stream.ts'

const shown = (stream: Buffer) => readOleStream(stream).monikers.map(({ kind, target }) => [kind, target])

describe('the stream of a linked object', () => {
  it('gives each moniker with where it points', () => {
    expect(shown(oleStream(urlMoniker('http://host.example/ä')))).toEqual([['url', 'http://host.example/ä']])
    expect(shown(oleStream(scriptMoniker('script:http://host.example/')))).toEqual([['script', 'script:http://host.example/']])
    expect(shown(oleStream(soapMoniker('wsdl=http://host.example/')))).toEqual([['soap', 'wsdl=http://host.example/']])
    expect(shown(oleStream(compositeMoniker(fileMoniker('C:\\a.sct'), newMoniker())))).toEqual([
      ['composite', ''],
      ['file', 'C:\\a.sct'],
      ['new', ''],
    ])
  })

  it('takes the wide path of a file moniker, which is the one that counts', () => {
    expect(shown(oleStream(fileMoniker('C:\\A~1.SCT', '\\\\host\\share\\ähm.sct')))).toEqual([['file', '\\\\host\\share\\ähm.sct']])
  })

  it('tells a link that is updated by itself from one that waits', () => {
    expect(readOleStream(oleStream(urlMoniker('http://host.example/'), 1))).toMatchObject({ linked: true, automatic: true })
    expect(readOleStream(oleStream(urlMoniker('http://host.example/'), 3))).toMatchObject({ linked: true, automatic: false })
    const embedded = oleStream(urlMoniker('http://host.example/'), 1)
    embedded.writeUInt32LE(0, 4)
    expect(readOleStream(embedded)).toMatchObject({ linked: false, automatic: false })
  })

  it('is read where its sizes lie', () => {
    const stream = oleStream(urlMoniker('http://host.example/'))
    stream.writeUInt32LE(1, 24)
    expect(shown(stream)).toEqual([['url', 'http://host.example/']])
    stream.writeUInt32LE(0xffffffff, 28 + 16)
    expect(shown(stream)[0]![1]).toContain('http://host.example/')
  })

  it('holds no more monikers than anybody follows', () => {
    const mark = classBytes('ECABAFC6-7F19-11D2-978E-0000F8757E2A')
    expect(readOleStream(Buffer.concat(Array.from({ length: 5000 }, () => mark))).monikers).toHaveLength(64)
  })

  const whole = oleStream(compositeMoniker(fileMoniker('C:\\a.sct', 'C:\\a.sct'), soapMoniker('wsdl=x'), urlMoniker('http://host.example/')))
  it('is read cut off at every byte', () => {
    for (let i = 0; i <= whole.length; i++) expect(Array.isArray(readOleStream(whole.subarray(0, i)).monikers)).toBe(true)
  })
  test.prop([fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 })], { numRuns: 300 })(
    'is read when bytes are changed',
    (changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      expect(readOleStream(copy).monikers.length).toBeLessThan(65)
    },
  )
})
