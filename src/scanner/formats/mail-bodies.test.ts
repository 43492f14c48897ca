import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, Damaged, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { packRtf } from '#test/harness/documents/mail.ts'
import { unpackRtf } from './compressed-rtf.ts'
import { readHtmlLinks } from './html-links.ts'
import { carriesHtml, htmlOfRtf } from './rtf-html.ts'

describe('packed RTF', () => {
  it('is unpacked as the examples of its specification are', () => {
    // MS-OXRTFCP 3.1.1 and 3.1.2
    const simple = Buffer.from('2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0', 'hex')
    expect(unpackRtf(simple, new Budget()).toString()).toBe('{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n')
    const crossing = Buffer.from('1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0', 'hex')
    expect(unpackRtf(crossing, new Budget()).toString()).toBe('{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}')
  })

  it('that is stored as it is comes out as it is, and anything else is damaged', () => {
    const stored = Buffer.concat([Buffer.from('00000000000000004d454c4100000000', 'hex'), Buffer.from('{\\rtf1}')])
    expect(unpackRtf(stored, new Budget()).toString()).toBe('{\\rtf1}')
    expect(() => unpackRtf(Buffer.alloc(20), new Budget())).toThrow(Damaged)
  })

  it('ends at the limit of unpacked bytes', () => {
    const bomb = Buffer.concat([Buffer.from('00000000000000004c5a467500000000', 'hex'), Buffer.alloc(90_000, Buffer.from('ff' + '000f'.repeat(8), 'hex'))])
    expect(() => unpackRtf(bomb, new Budget({ ...LIMITS, objectBytes: 10_000 }))).toThrow(LimitReached)
  })

  const whole = packRtf('{\\rtf1 hello}')
  test.prop([fc.nat({ max: whole.length }), fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 })], { numRuns: 300 })(
    'that is cut off or changed yields something or is damaged',
    (length, changes) => {
      const copy = Buffer.from(whole)
      for (const [at, value] of changes) copy[at] = value
      try {
        unpackRtf(copy.subarray(0, length), new Budget())
      } catch (error) {
        expect(error).toBeInstanceOf(Damaged)
      }
    },
  )
})

describe('a page inside RTF', () => {
  it('is what stands in its html groups and outside what is for RTF alone', () => {
    const rtf = Buffer.from(
      '{\\rtf1\\ansi\\fromhtml1{\\fonttbl{\\f0 Arial;}}{\\*\\htmltag64 <p>}\\htmlrtf {\\b only RTF\\htmlrtf0 {\\*\\htmltag84 <a href="x\\\\y">}\\\'41\\u66?{\\*\\mhtmltag84 <a href="z">}{\\*\\htmltag92 </a>}\\par}',
    )
    expect(carriesHtml(rtf)).toBe(true)
    expect(carriesHtml(Buffer.from('{\\rtf1 hello}'))).toBe(false)
    expect(htmlOfRtf(rtf, new Budget())).toBe('<p><a href="x\\y">AB?</a>\r\n')
  })
})

describe('the links of a page', () => {
  const links = (html: string) => readHtmlLinks(html, new Budget()).links.map(({ target, text }) => [target, text])

  it('are read with any quotes, references undone, and the text that is seen', () => {
    expect(links('<A title="<b" HREF = \'http:&#x2f;/a.example/?b&amp;c\'><b>to</b>\n <i>a</i></A><a href=b>c<a href="d">e')).toEqual([
      ['http://a.example/?b&c', 'to a'],
      ['b', 'c'],
      ['d', 'e'],
    ])
    expect(links('<area href="x"><a name="y">no link</a><!-- <a href="z">gone</a> --><abbr href="q">')).toEqual([['x', '']])
  })

  test.prop([fc.array(fc.constantFrom('<a ', '<', '>', 'href=', '"', "'", '</a>', '&#', '<!--', '-->', ' ', 'x'), { maxLength: 300 })], { numRuns: 200 })(
    'of any order of tokens are read',
    (tokens) => void readHtmlLinks(tokens.join(''), new Budget()),
  )

  it.each(['<a href="', '<a ', '<', '<a href=x>', '<!--', '<a href=x><b'])('cost no more than the length of many %j', (unit) => {
    const before = process.cpuUsage().user
    readHtmlLinks(unit.repeat(100_000), new Budget())
    expect(process.cpuUsage().user - before).toBeLessThan(2e6)
  })
})
