import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { EnvelopeStream, type Said } from '#exchange/remotes/envelope-stream.ts'

function read(text: string | Buffer, cuts: readonly number[] = []): { elements: (string | undefined)[]; said: Said } {
  const bytes = Buffer.from(text)
  const stream = new EnvelopeStream()
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  const elements = ends.flatMap((end, n) => stream.take(bytes.subarray(n === 0 ? 0 : ends[n - 1], end)).map((one) => one?.toString('utf8')))
  return { elements, said: stream.end() }
}

const codeOf = (text: string | Buffer) => {
  try {
    read(text)
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

describe('the stream of an envelope', () => {
  const space = fc.array(fc.constantFrom(' ', '\n', '\t', '\r'), { maxLength: 3 }).map((list) => list.join(''))
  const cuts = fc.array(fc.nat(), { maxLength: 12 })
  test.prop([fc.array(fc.json({ maxDepth: 3 })), space, cuts, fc.option(fc.string()), fc.string().map((text) => JSON.stringify(text))])(
    'cuts out the exact text of each element wherever the bytes are divided',
    (elements, gap, cut, next, other) => {
      const list = elements.join(`${gap},${gap}`)
      const text = `${gap}{"x_other":${other},${gap}"objects"${gap}:${gap}[${gap}${list}${gap}]${gap},"more":true,"next":${JSON.stringify(next)}}${gap}`
      const result = read(text, cut)
      expect(result.elements).toEqual(elements.map((one) => one.trim()))
      expect(result.said).toEqual({ more: true, next: next === null || next === '' ? undefined : next })
    },
  )

  it('reads what is empty, what has no objects, and a bundle', () => {
    expect(read('{}')).toEqual({ elements: [], said: { more: undefined, next: undefined } })
    expect(read('{"objects":[ ]}').elements).toEqual([])
    expect(read('{"objects":null,"more":false}').said.more).toBe(false)
    expect(read('{"type":"bundle","id":"bundle--1","objects":[{"a":"]"},{"b":[1,{"objects":[2]}]}]}').elements).toEqual([
      '{"a":"]"}',
      '{"b":[1,{"objects":[2]}]}',
    ])
    expect(read('{"x":{"objects":[1]},"\\u006fbjects":["a\\"]"]}').elements).toEqual(['"a\\"]"'])
  })

  it('leaves what is wrong with one element to whoever reads it, and refuses what is wrong with the envelope', () => {
    expect(read('{"objects":[{"a":1 "b"},nonsense,{"ok":true}]}').elements).toEqual(['{"a":1 "b"}', 'nonsense', '{"ok":true}'])
    for (const text of [
      '',
      'null',
      '[]',
      '{',
      '{"objects":[',
      '{"objects":[1',
      '{"objects":[,1]}',
      '{"objects":[1,]}',
      '{"objects":[1,,2]}',
      '{"objects":[}]}',
      '{"objects":{}}',
      '{"objects":[1]]}',
      '{"more":true,"more":false}',
      '{"objects":[1],"objects":[2]}',
      '<html>',
    ])
      // prettier-ignore
      expect([text, codeOf(text)]).toEqual([text, expect.any(String)])
    expect(codeOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe('INVALID_UTF8')
    expect(codeOf(`{"next":"${'n'.repeat(5000)}"}`)).toBe('VALIDATION_FAILED')
    expect(codeOf(`{"x":"${'n'.repeat(1024 * 1024)}"}`)).toBe('PAYLOAD_TOO_LARGE')
  })

  it('keeps no element that is too long, and goes on after it', () => {
    const { elements } = read(`{"objects":["${'x'.repeat(10 * 1024 * 1024)}",1]}`)
    expect(elements).toEqual([undefined, '1'])
  })

  it('holds no more than what is kept, however small the pieces are in which a hostile server sends it', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heldAfter = (keep: (piece: Buffer) => void) => {
      const used = () => {
        collect()
        return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
      }
      const before = used()
      for (let n = 0; n < COUNT; n++) keep(PIECE)
      return (used() - before) / COUNT
    }
    const PIECE = Buffer.from('x')
    const COUNT = 300_000
    const stream = new EnvelopeStream()
    stream.take(Buffer.from('{"objects":["'))
    expect(heldAfter((piece) => stream.take(piece))).toBeLessThan(8)
    expect(stream.take(Buffer.from('"]')).map((one) => one?.length)).toEqual([COUNT + 2])
    // The control: pieces that are kept one by one weigh far more than what they hold.
    const pieces: Buffer[] = []
    expect(heldAfter((piece) => pieces.push(Buffer.from(piece)))).toBeGreaterThan(60)
  })

  it('passes over an element that is too long and reads the next', () => {
    const stream = new EnvelopeStream()
    const found = [...stream.take(Buffer.from('{"objects":["'))]
    const mebibyte = Buffer.alloc(1024 * 1024, 'x')
    for (let n = 0; n < 12; n++) found.push(...stream.take(mebibyte))
    found.push(...stream.take(Buffer.from('",{"id":"next"}]}')))
    expect(found.map((one) => one?.toString())).toEqual([undefined, '{"id":"next"}'])
  })
})
