import { expect, it } from 'vitest'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildCfb, buildDocx } from '#test/harness/documents.ts'
import { buildSwf, drmScript, FLASH_CONTROL, flashObject, flashState, movieData, script } from '#test/harness/documents/flash.ts'

const of = (bytes: Buffer) => {
  const { techniques, candidates, exploit } = scanBytes(bytes).verdict
  return { exploit, techniques: techniques.map(({ id, severity }) => [id, severity]), candidates: candidates.map(({ id }) => id) }
}
const movie = buildSwf([script({ names: ['play'] })])

it('names a movie that a document shows, kept in a storage, in a stream or behind the class', () => {
  const shown = { exploit: 'technique-only', techniques: [['embedded-flash', 'medium']], candidates: [] }
  expect(of(buildDocx({ 'word/activeX/activeX1.bin': flashObject(movie) }))).toEqual(shown)
  expect(of(buildDocx({ 'word/activeX/activeX1.bin': Buffer.concat([Buffer.from(FLASH_CONTROL, 'hex'), flashState(movie)]) }))).toEqual(shown)
  expect(of(buildDocx({ 'xl/embeddings/oleObject1.bin': movie }))).toEqual(shown)
})

it('names the control by its class where no movie is in it', () => {
  const shown = { exploit: 'technique-only', techniques: [['embedded-flash', 'medium']], candidates: [] }
  const xml = '<ax:ocx ax:classid="{D27CDB6E-AE6D-11CF-96B8-444553540000}" ax:persistence="persistPropertyBag"/>'
  expect(of(buildDocx({ 'word/activeX/activeX1.xml': xml }))).toEqual(shown)
  expect(of(buildCfb([{ path: ['Contents'], bytes: Buffer.alloc(64, 1) }], { '': FLASH_CONTROL }))).toEqual(shown)
})

it('names an address from which the control fetches its movie', () => {
  const fetched = { exploit: 'technique-only', techniques: [['embedded-flash', 'high']], candidates: ['CVE-2018-5002'] }
  const control = (value: string) =>
    `<ax:ocx ax:classid="{D27CDB6E-AE6D-11CF-96B8-444553540000}" xmlns:ax="http://schemas.example/"><ax:ocxPr ax:name="Movie" ax:value="${value}"/></ax:ocx>`
  expect(of(buildDocx({ 'word/activeX/activeX1.xml': control('http://movie.example/a') }))).toEqual(fetched)
  expect(of(buildDocx({ 'word/activeX/activeX1.xml': control('a.swf') })).candidates).toEqual([])
  const state = Buffer.concat([Buffer.alloc(33, 1), Buffer.from('http://movie.example/a.swf', 'utf16le')])
  expect(of(buildCfb([{ path: ['Contents'], bytes: state }], { '': FLASH_CONTROL }))).toEqual(fetched)
})

it('lists a candidate for a listener of the DRM manager, and rates a movie that loads another one higher', () => {
  expect(of(buildDocx({ 'word/activeX/activeX1.bin': flashObject(buildSwf([drmScript({ drops: false, connects: 0 })])) })).candidates).toEqual([
    'CVE-2018-4878',
  ])
  const loader = buildSwf([script({ names: ['loadBytes'] }), movieData(movie)])
  expect(of(buildDocx({ 'word/activeX/activeX1.bin': flashObject(loader) })).techniques).toEqual([['embedded-flash', 'high']])
})

it('says nothing of a movie that is a file by itself', () => {
  expect(of(movie)).toEqual({ exploit: 'none-seen', techniques: [], candidates: [] })
})
