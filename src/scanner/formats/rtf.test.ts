import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, LIMITS } from '#scanner/intake/limits.ts'
import { isRtf, readRtf } from './rtf.ts'

const read = (text: string, limits = LIMITS) => readRtf(Buffer.from(text, 'latin1'), new Budget(limits))
const readings = (text: string) => read(text).objects.map((object) => object.readings.map((bytes) => bytes.toString('hex')))
const first = (data: string) => readings(`{\\rtf1{\\object\\objemb{\\*\\objdata ${data}}}}`)[0]![0]

describe('the data of an object', () => {
  it.each([
    ['white space and line ends', '0 1\r\n0\t5'],
    ['other characters', '0-1,0;5'],
    ['control words, with numbers and without', '01\\par\\b0 0\\fs24 5'],
    ['control symbols', '01\\~\\_\\|05'],
    ['groups', '{0{1}}{}{0}5'],
    ['an ignorable group', '01{\\*\\anything abcdef}05'],
    ['a destination of the specification', '01{\\fname abcdef}05'],
    ['an ignorable group inside a destination', '01{\\comment{\\*\\b ab}cd}05'],
    ['a half byte before an escaped character', "01f\\'aa05"],
    ['raw bytes', '\\bin2 \u0001\u0005'],
    ['raw bytes behind a long number', `\\bin${'0'.repeat(200)}2 \u0001\u0005`],
    ['raw bytes of a negative number, which are none', '\\bin-3 0105'],
    ['a word longer than any that is taken, whose rest is data', `01\\${'x'.repeat(251)}05`],
    ['a group of an ignorable word that opens an object', '01{\\*\\x\\objclass ab}05'],
  ])('is the same through %s', (_, data) => expect(first(data)).toBe('0105'))

  it('is given both ways where an ignorable group may count', () => {
    expect(readings('{\\rtf1{\\*\\objdata 01{\\*\\foo 02}03}}')).toEqual([['0103', '010203']])
    expect(readings('{\\rtf1{\\*\\objdata 0103}}')).toEqual([['0103']])
  })

  it('may begin again inside itself: each is an object of its own', () => {
    expect(readings('{\\rtf1{\\object{\\*\\objdata 0102{\\object{\\*\\objdata 0a0b}}0304}}}')).toEqual([['01020304'], ['0a0b']])
  })

  it('is ended by the end of the document, wherever that comes', () => {
    expect(readings('{\\rtf1{\\*\\objdata 0105')).toEqual([['0105']])
    expect(readings('{\\rtf1{\\*\\objdata 01\\bin99999999999 ab')).toEqual([['016162']])
  })
})

describe('an RTF', () => {
  it.each(['{\\rtf1', '{\\rt', '{\\rtX', ' \r\n{\\RTF', '{\\rt\u0000'])('%j is one', (head) => expect(isRtf(Buffer.from(head, 'latin1'))).toBe(true))
  it.each(['{\\r', 'x{\\rtf1', '\\rtf1', ''])('%j is none', (head) => expect(isRtf(Buffer.from(head, 'latin1'))).toBe(false))

  it('says of an object what its group says, before the data and behind them', () => {
    expect(read('{\\rtf1{\\object\\objautlink{\\*\\objclass Word.{\\b Doc}ument\\u46 ?8}{\\*\\objdata 01}\\objupdate}}').objects).toMatchObject([
      { objectClass: 'Word.Document.8', update: true, autoLink: true, offset: 67 },
    ])
    expect(read('{\\rtf1{\\object{\\*\\objdata 01}}\\objupdate}').objects).toMatchObject([{ update: false, autoLink: false }])
  })

  it('gives the greatest number of each word that exploits break', () => {
    const { numbers } = read(
      '{\\rtf1{\\fonttbl{\\f0 A;}{\\f1 B;}}{\\f2}\\listoverridecount9 \\listoverridecount25 \\listoverridecount1 \\dfrxst1\\dfrxst2{\\dfrxst3}{}\\dfrxst3\\dfrstart1\\dfrxst1}',
    )
    expect(Object.fromEntries(numbers.map(({ word, value }) => [word, value]))).toEqual({ fonttbl: 2, listoverridecount: 25, dfrxst: 3 })
    expect(read('{\\rtf1\\listoverridecount-7 }').numbers).toMatchObject([{ value: -7 }])
  })

  it('gives the value of pFragments, however its name is written', () => {
    expect(read('{\\rtf1{\\sp{\\sn pib}{\\sv 7}}{\\sp{\\sn3 pFRAG{}ments}{\\sv 1;2;a{\\*\\x y}b}}}').properties).toMatchObject([
      { name: 'pFRAGments', text: '1;2;ab' },
    ])
    expect(read(`{\\rtf1{\\sp{\\sn pFragments}{\\sv 1;2;${'a'.repeat(100_000)}}}}`).properties[0]).toMatchObject({ length: 100_004 })
  })

  it('gives the bytes of pictures, without what stands beside them in their groups', () => {
    const { pictures } = read('{\\rtf1{\\pict{\\*\\picprop{\\sp{\\sn a}{\\sv ff}}}\\jpegblip\\picw9{\\*\\blipuid 00}ff\\bin2 ab d8}{\\pict 4}}')
    expect(pictures.map(({ offset, bytes }) => [offset, bytes.toString('latin1')])).toEqual([
      [7, '\u00ffab\u00d8'],
      [expect.any(Number), ''],
    ])
    const many = read(`{\\rtf1${'{\\pict 41}'.repeat(1500)}}`)
    expect([many.pictures.length, many.morePictures]).toEqual([1000, true])
  })

  it('tells what stands behind its end from white space', () => {
    expect(read('{\\rtf1 x}\r\n\0 ').overlay).toBeUndefined()
    expect(read('{\\rtf1 x} \n0123456789abcdef').overlay).toEqual({ offset: 11, length: 16 })
    expect(read('{\\rtf1 x{').overlay).toBeUndefined()
  })

  it('keeps what it found before a limit', () => {
    const many = read(`{\\rtf1${'{\\field{\\*\\fldinst DDE}}'.repeat(50)}`, { ...LIMITS, facts: 20 })
    expect([many.limit, many.fields.length]).toEqual(['facts', 20])
    const large = read(`{\\rtf1{\\*\\objdata ${'41'.repeat(500)}}`, { ...LIMITS, objectBytes: 100 })
    expect([large.limit, large.objects[0]!.readings[0]!.length]).toEqual(['objectBytes', 100])
  })

  it('closes as many groups as it opened beyond the deepest that is kept', () => {
    expect(readings(`{\\rtf1${'{'.repeat(30_000)}${'}'.repeat(30_000)}{\\*\\objdata 0105}}`)).toEqual([['0105']])
  })

  it('is read in a time that its length bounds, whatever it repeats', () => {
    const size = 2_000_000
    const before = process.cpuUsage()
    for (const unit of [
      '{',
      '}',
      '\\',
      '\\*',
      "\\'",
      "\\'4",
      '\\u1 ',
      '\\bin1 ',
      '{\\*\\objdata 0',
      '{\\sp{\\sn pFragments}{\\sv 1',
      '{\\*\\x 1',
      '{\\object',
      '0',
    ])
      read(`{\\rtf1{\\*\\objdata ${unit.repeat(Math.floor(size / unit.length / 13))}`)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3)
  })

  test.prop(
    [
      fc.array(
        fc.constantFrom(
          '{',
          '}',
          '\\',
          '*',
          '\\*',
          "\\'4",
          "'",
          'a',
          '0',
          '1',
          ' ',
          '\n',
          '\\object',
          '\\objdata ',
          '\\objclass ',
          '\\objupdate',
          '\\bin3 ',
          '\\uc2',
          '\\u8',
          '\\sn ',
          '\\sv ',
          '\\fldinst ',
        ),
        { maxLength: 200 },
      ),
    ],
    { numRuns: 400 },
  )('of any order of tokens is read', (tokens) => {
    const { objects, limit } = read(`{\\rt${tokens.join('')}`)
    expect(limit).toBeUndefined()
    for (const { readings: both } of objects) expect(both.length === 1 || !both[0]!.equals(both[1]!)).toBe(true)
  })
})
