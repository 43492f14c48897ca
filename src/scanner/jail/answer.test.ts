import { describe, expect, it } from 'vitest'
import { parseAnswer } from './answer.ts'

const parse = (text: string) => parseAnswer(Buffer.from(text))

describe('the answer of a jailed process', () => {
  it.each(['{}', '{"a":[1,"b]\\"[[[{{,,",{"c":null}]}', '["\\\\",1]', '"x"'])('%s is read as JSON', (text) => expect(parse(text)).toEqual(JSON.parse(text)))

  it('of millions of values, or of depth, is refused before it is built', () => {
    expect(() => parse(`[${'1,'.repeat(600_000)}1]`)).toThrow('too many values')
    expect(() => parse('['.repeat(100_000))).toThrow('too deep')
    expect(() => parse(`{"a":"${'\\"'.repeat(100)}`)).toThrow(SyntaxError)
  })

  it('is looked through once, however many escapes stand in it', () => {
    const started = process.cpuUsage()
    parse(`["${'\\\\'.repeat(2_000_000)}"]`)
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000)
  })
})
