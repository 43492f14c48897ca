import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openEnvelope, readEnvelope, type Sliced } from '#exchange/stix/envelope.ts'
import type { Problem } from '#platform/errors.ts'
import { Turns } from '#platform/turns.ts'

const read = (text: string | Buffer, most?: number) => readEnvelope(Buffer.from(text as string), most).objects
const texts = (sliced: readonly Sliced[]) => sliced.map(({ bytes }) => bytes.toString())
const faults = (...objects: string[]) => read(`{"objects":[${objects.join(',')}]}`).map(({ fault }) => fault)

function problem(text: string | Buffer, most?: number): string {
  try {
    read(text, most)
  } catch (error) {
    return `${(error as Problem).code} ${(error as Problem).fields.map(({ field }) => field).join()}`
  }
  return 'read'
}

const space = fc.constantFrom('', ' ', '\n', '\t \r\n')
/** JSON of one value as somebody else might write it. */
const json = fc
  .tuple(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent))
const acceptable = json.filter((text) => !/\\u0000|\\ud[89a-f]|__proto__|constructor/i.test(text))

describe('reading an envelope', () => {
  it('gives each object exactly as it was written, and what it says, whatever stands around it', () => {
    const property = fc.property(
      fc.array(acceptable, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.string(), acceptable), { maxLength: 3 }),
      space,
      (objects, others, gap) => {
        const kept = new Map(others.filter(([key]) => !['objects', '__proto__'].includes(key) && !key.includes('\0')))
        const members = [...kept].map(([key, value]) => `${JSON.stringify(key)}${gap}:${gap}${value}`)
        members.splice(Math.floor(members.length / 2), 0, `${gap}"objects"${gap}:${gap}[${gap}${objects.join(`${gap},${gap}`)}${gap}]`)
        const sliced = read(`${gap}{${gap}${members.join(`${gap},${gap}`)}${gap}}${gap}`)
        expect(texts(sliced)).toEqual(objects)
        expect(sliced.map(({ value, fault }) => fault ?? value)).toEqual(objects.map((text) => JSON.parse(text) as unknown))
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  it('judges every text as the parser does that knows nothing of envelopes', () => {
    const letter = fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', ' ', '1', '-', 'e', 't', 'true', 'null', '"a":', '"a"', '\u{1f6e1}', '\n')
    const property = fc.property(
      fc.array(letter, { maxLength: 12 }).map((letters) => letters.join('')),
      (text) => {
        const whole = `{"objects":[${text}]}`
        let parsed: unknown[] | undefined
        try {
          parsed = (JSON.parse(whole) as { objects: unknown[] }).objects
        } catch {
          parsed = undefined
        }
        let sliced: readonly Sliced[] | undefined
        try {
          sliced = read(whole)
        } catch {
          sliced = undefined
        }
        if (parsed === undefined) expect(sliced === undefined || sliced.some(({ fault }) => fault !== undefined)).toBe(true)
        else if (parsed.length > 0) expect(sliced!.map(({ value }) => value)).toEqual(parsed)
      },
    )
    fc.assert(property, { numRuns: 3000 })
  })

  it('finds the objects however their key is spelled, and is not misled by texts that look like brackets', () => {
    expect(texts(read('{"more":"]}\\\\\\"","\\u006fbjects":[{"a":"]},{\\"objects\\":["}, 1.50 ,[]]}'))).toEqual(['{"a":"]},{\\"objects\\":["}', '1.50', '[]'])
    expect(texts(read('{"type":"bundle","id":"bundle--1","objects":[{}],"x":{"objects":[1]}}'))).toEqual(['{}'])
  })

  it('keeps numbers that a double does not hold, in the bytes', () => {
    const [one] = read('{"objects":[{"x_a":9007199254740993,"x_b":0.10000000000000000001}]}')
    expect(one!.fault).toBeUndefined()
    expect(one!.bytes.toString()).toBe('{"x_a":9007199254740993,"x_b":0.10000000000000000001}')
  })

  it('gives views, not copies', () => {
    const bytes = Buffer.from('{"objects":[{"a":1},{"b":2}]}')
    for (const slice of readEnvelope(bytes).objects) expect(slice.bytes.buffer).toBe(bytes.buffer)
  })
})

describe('a bad object', () => {
  it('costs only itself, and is named by its fault', () => {
    expect(
      faults(
        '{"good":1}',
        '{"a":1,"a":2}',
        '{"b":[{},{"c/d":{"e":1,"f":2,"\\u0065":3}}]}',
        '{"a":1,}',
        '{"a":tru}',
        '{"a":"\\ud800"}',
        '{"\\udc00":1}',
        '{"a":["\\u0000"]}',
        '{"a":1e999}',
        '{"__proto__":1}',
        '{"constructor":{"prototype":1}}',
        '{"constructor":"a"}',
        '{"a":"\\ud83d\\ude00"}',
        `{"a":"\u0001"}`,
        '01',
        '"text"',
      ),
    ).toEqual([
      undefined,
      '/a: a key that is named twice',
      '/b/1/c~1d/e: a key that is named twice',
      expect.stringMatching(/^not JSON at its character \d+$/),
      expect.stringMatching(/^not JSON/),
      '/a: text that holds half a surrogate pair',
      '/\ufffd: text that holds half a surrogate pair',
      '/a/0: text that holds the character U+0000',
      '/a: a number that cannot be kept',
      '/__proto__: a key that is never accepted',
      '/constructor: a key that is never accepted',
      undefined,
      undefined,
      expect.stringMatching(/^not JSON/),
      expect.stringMatching(/^not JSON/),
      undefined,
    ])
  })

  it('may be bytes that are not UTF-8', () => {
    const bad = Buffer.concat([Buffer.from('{"objects":[{"a":"\u00e9"},{"a":"'), Buffer.from([0xff]), Buffer.from('"},{"b":1}]}')])
    expect(readEnvelope(bad).objects.map(({ fault }) => fault)).toEqual([undefined, 'bytes that are not UTF-8', undefined])
  })

  it('may be nested 10,000 levels deep, or as deep as the envelope may be', () => {
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    expect(faults(deep(10_000), deep(62), deep(63), `${'{"a":'.repeat(62)}1${'}'.repeat(62)}`)).toEqual([
      'nested more than 64 deep',
      undefined,
      'nested more than 64 deep',
      undefined,
    ])
  })
})

describe('what is no envelope', () => {
  it.each([
    ['[]', 'UNPROCESSABLE /body/objects'],
    ['{}', 'UNPROCESSABLE /body/objects'],
    ['{"objects":[]}', 'UNPROCESSABLE /body/objects'],
    ['{"objects":{}}', 'UNPROCESSABLE /body/objects'],
    ['"objects"', 'UNPROCESSABLE /body/objects'],
    ['null', 'UNPROCESSABLE /body/objects'],
    ['', 'MALFORMED_JSON /body'],
    ['{"objects":[{}]', 'MALFORMED_JSON /body/objects'],
    ['{"objects":[{}]}}', 'MALFORMED_JSON /body'],
    ['{"objects":[{},]}', 'MALFORMED_JSON /body/objects/1'],
    ['{"objects":[,{}]}', 'MALFORMED_JSON /body/objects/0'],
    ['{"objects":[{} {}]}', 'MALFORMED_JSON /body/objects/0'],
    ['{"objects":[{"a":"]}', 'MALFORMED_JSON /body/objects/0'],
    ['{"objects":[{"a":[1]}', 'MALFORMED_JSON /body/objects/0'],
    ['{"a":9007199254740993,"b":"\\ud800","objects":[{}]}', 'NUMBER_OUT_OF_RANGE /body/a'],
    ['{"objects":[{}],"objects":[{}]}', 'DUPLICATE_KEY /body/objects'],
    ['{"a":1,"a":1,"objects":[{}]}', 'DUPLICATE_KEY /body/a'],
    ['{"a":01,"objects":[{}]}', 'MALFORMED_JSON /body/a'],
    ['\ufeff{"objects":[{}]}', 'MALFORMED_JSON /body'],
    [`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},"objects":[{}]}`, `TOO_DEEP /body/a${'/0'.repeat(63)}`],
  ])('is refused whole: %s', (text, refusal) => {
    expect(problem(text)).toBe(refusal)
  })

  it('is refused for bytes around the objects that are not UTF-8', () => {
    expect(problem(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('","objects":[{}]}')]))).toBe('INVALID_UTF8 /body')
  })
})

describe('large envelopes', () => {
  /** CPU seconds and megabytes that some work takes. */
  function cost(work: () => void): { seconds: number; megabytes: number } {
    const [before, memory] = [process.cpuUsage(), process.memoryUsage()]
    work()
    const { user, system } = process.cpuUsage(before)
    const after = process.memoryUsage()
    return { seconds: (user + system) / 1e6, megabytes: (after.heapUsed + after.external - memory.heapUsed - memory.external) / 1e6 }
  }

  it('of a million objects are refused before one is parsed', () => {
    const body = Buffer.from(`{"objects":[${'{},'.repeat(999_999)}{}]}`)
    const { seconds } = cost(() => expect(problem(body, 10_000)).toBe('UNPROCESSABLE /body/objects'))
    expect(seconds).toBeLessThan(1)
  })

  it('of 100 MB are read in time and memory that grow with them', () => {
    const object = `{"a":"${'a'.repeat(100_000)}"}`
    const body = Buffer.from(`{"objects":[${`${object},`.repeat(999)}${object}]}`)
    const { seconds, megabytes } = cost(() => expect(readEnvelope(body, 10_000).objects).toHaveLength(1000))
    expect(seconds).toBeLessThan(5)
    expect(megabytes).toBeLessThan(400)
  })

  it('of very many objects let others have their turns meanwhile', async () => {
    const body = Buffer.from(`{"objects":[${'{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},'.repeat(399_999)}{}]}`)
    const turnsOfOthers = async (turns: Pick<Turns, 'next'>) => {
      let [count, ended] = [0, false]
      const turn = () => void (ended || (count++, setImmediate(turn)))
      setImmediate(turn)
      expect((await openEnvelope(body, 400_000, turns)).count).toBe(400_000)
      ended = true
      return count
    }
    expect(await turnsOfOthers(new Turns())).toBeGreaterThan(0)
    expect(await turnsOfOthers({ next: async () => undefined })).toBe(0)
  })

  it('of 100 MB that never end are refused', () => {
    const body = Buffer.alloc(100_000_000, '[')
    body.write('{"objects":')
    const { seconds } = cost(() => expect(problem(body)).toBe('MALFORMED_JSON /body/objects/0'))
    expect(seconds).toBeLessThan(5)
  })
})
