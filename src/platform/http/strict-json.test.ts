import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problem } from '#platform/errors.ts'
import { MAX_DEPTH, parseStrictJson, pointerToken } from '#platform/http/strict-json.ts'
import { ACCEPTED, REFUSED, RULED } from '#test/vectors/json/bodies.ts'

const encode = (text: string) => new TextEncoder().encode(text)

function refusal(bytes: Uint8Array): Problem {
  try {
    parseStrictJson(bytes)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('accepted')
}

function nativeAccepts(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('what is not JSON', () => {
  it.each(Object.entries(REFUSED))('refuses %s', (_, bytes) => {
    expect(['MALFORMED_JSON', 'INVALID_UTF8']).toContain(refusal(bytes).code)
  })

  it('tells line and column of the first fault', () => {
    expect(refusal(encode('{\n  "a": 1,\n  "b" 2\n}'))).toMatchObject({
      code: 'MALFORMED_JSON',
      fields: [{ field: '/body/b', message: 'not JSON at line 3, column 7' }],
    })
  })
})

describe('what is JSON', () => {
  it.each(Object.entries(ACCEPTED))('accepts %s', (_, bytes) => {
    expect(parseStrictJson(bytes)).toEqual(JSON.parse(new TextDecoder().decode(bytes)))
  })

  it.each(Object.entries(RULED))('refuses %s with its code and place', (_, { body, code, field }) => {
    expect(refusal(body)).toMatchObject({ code, fields: [{ field }] })
  })

  it('gives an object that inherits nothing from a body', () => {
    const parsed = parseStrictJson(encode('{"constructor":{"name":"x"}}')) as object
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

/** Values that stay inside the limits: safe integers written as such, whole text, keys that are accepted. */
const plainText = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !text.includes('\0'))
const key = plainText.filter((text) => text !== '__proto__' && text !== 'prototype')
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n) || Number.isSafeInteger(n)),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', maxDepth: 20 },
    fc.constant(null),
    fc.boolean(),
    number,
    plainText,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  ),
}))

describe('every JSON text', () => {
  it('is accepted within the limits, and read as the native parser reads it', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2, '\t'), (original, indent) => {
        const text = JSON.stringify(original, null, indent)
        expect(parseStrictJson(encode(text))).toEqual(JSON.parse(text))
      }),
      { numRuns: 400 },
    )
  })

  it('is refused when cut short, or read as the native parser reads the rest', () => {
    fc.assert(
      fc.property(value, fc.double({ min: 0, max: 1, noNaN: true }), (original, share) => {
        const bytes = encode(JSON.stringify(original))
        const cut = bytes.subarray(0, Math.floor(bytes.length * share))
        const text = new TextDecoder().decode(cut)
        if (nativeAccepts(text) && text.isWellFormed() && !text.includes('\ufffd')) expect(parseStrictJson(cut)).toEqual(JSON.parse(text))
        else if (!nativeAccepts(text)) expect(() => parseStrictJson(cut)).toThrow(Problem)
      }),
      { numRuns: 300 },
    )
  })

  it('is refused at every length shorter than its own', () => {
    const bytes = encode('{"a":[1,-2.5e3,true,null,"x\\u0041\\ud83d\\ude39é"],"b":{"c":{}}}')
    for (let length = 0; length < bytes.length; length++) expect(['MALFORMED_JSON', 'INVALID_UTF8']).toContain(refusal(bytes.subarray(0, length)).code)
  })
})

describe('any bytes', () => {
  const soup = fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:0123456789.-+eE\\u/ \n\ttruefalsn')), maxLength: 40 })

  it('are accepted only if the native parser accepts them, and refused only with a code', () => {
    fc.assert(
      fc.property(soup, (text) => {
        try {
          const parsed = parseStrictJson(encode(text))
          expect(parsed).toEqual(JSON.parse(text))
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
          // A rule may refuse what is JSON; what is called malformed never is.
          if ((error as Problem).code === 'MALFORMED_JSON') expect(nativeAccepts(text)).toBe(false)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('that are not UTF-8 are refused as such', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        const valid = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).equals(Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)))
        if (!valid) expect(refusal(bytes).code).toBe('INVALID_UTF8')
      }),
    )
  })
})

describe('the rules', () => {
  it('refuse a key named twice wherever it lies', () => {
    fc.assert(
      fc.property(key, value, value, fc.array(fc.constantFrom('[', '{"k":'), { maxLength: 20 }), (name, first, second, path) => {
        const close = path.map((step) => (step === '[' ? ']' : '}')).reverse()
        const text = path.join('') + `{${JSON.stringify(name)}:${JSON.stringify(first)},${JSON.stringify(name)}:${JSON.stringify(second)}}` + close.join('')
        expect(refusal(encode(text)).code).toBe('DUPLICATE_KEY')
      }),
    )
  })

  it('refuse whatever is nested deeper than the limit, and nothing at it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.infiniteStream(fc.boolean()), (depth, kinds) => {
        const arrays = [...kinds.take(depth)]
        const text =
          arrays.map((array) => (array ? '[' : '{"a":')).join('') +
          '1' +
          arrays
            .map((array) => (array ? ']' : '}'))
            .reverse()
            .join('')
        if (depth <= MAX_DEPTH) expect(parseStrictJson(encode(text))).toEqual(JSON.parse(text))
        else expect(refusal(encode(text)).code).toBe('TOO_DEEP')
      }),
    )
  })

  it('refuse a hundred thousand levels in well under 50 ms of processor time', () => {
    const body = encode('['.repeat(100_000) + ']'.repeat(100_000))
    refusal(body)
    const before = process.cpuUsage()
    for (let run = 0; run < 10; run++) expect(refusal(body).code).toBe('TOO_DEEP')
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000 / 10).toBeLessThan(25)
  })

  it('never repeat a value, and shorten a long key', () => {
    const long = 'k'.repeat(5000)
    const { fields, message } = refusal(encode(`{"${long}":"canary","${long}":"canary"}`))
    expect(JSON.stringify([fields, message])).not.toContain('canary')
    expect(fields[0]!.field.length).toBeLessThan(100)
    expect(pointerToken('a/b~c')).toBe('a~1b~0c')
  })
})
