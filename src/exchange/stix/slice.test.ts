import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sliceObjects } from '#exchange/stix/slice.ts'

const space = fc.constantFrom('', ' ', '\n', '\t \r\n')
/** JSON of one value as somebody else might write it. */
const text = fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t')).map(([value, indent]) => JSON.stringify(value, null, indent))

describe('slicing an envelope', () => {
  it('gives each object exactly as it was written, whatever stands around it', () => {
    const property = fc.property(fc.array(text, { maxLength: 6 }), fc.array(fc.tuple(fc.string(), text), { maxLength: 3 }), space, (objects, others, gap) => {
      const members = others.filter(([key]) => key !== 'objects').map(([key, value]) => `${JSON.stringify(key)}${gap}:${gap}${value}`)
      members.splice(Math.floor(members.length / 2), 0, `${gap}"objects"${gap}:${gap}[${gap}${objects.join(`${gap},${gap}`)}${gap}]`)
      expect(sliceObjects(`${gap}{${gap}${members.join(`${gap},${gap}`)}${gap}}${gap}`)).toEqual(objects)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('reads the key however it is spelled, and is not misled by texts that look like brackets', () => {
    expect(sliceObjects('{"more":"]}\\\\\\"","\\u006fbjects":[{"a":"]},{\\"objects\\":["}, 1.50 ,[]]}')).toEqual(['{"a":"]},{\\"objects\\":["}', '1.50', '[]'])
    expect(sliceObjects('{"x":{"objects":[1]}}')).toEqual([])
    expect(sliceObjects('[{"objects":[1]}]')).toEqual([])
  })
})
