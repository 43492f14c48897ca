import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { App } from '#platform/app.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'

const instance = (): Pick<App, 'keys'> => ({ keys: { master: randomBytes(32), masterId: 'test' } as App['keys'] })
const app = instance()

function opens(given: Pick<App, 'keys'>, list: string, text: string): boolean {
  try {
    openCursor(given, list, text)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_CURSOR' })
    return false
  }
}

describe('a cursor', () => {
  it('gives back the values it was made of', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.constant(null))), (list, values) => {
        expect(openCursor(app, list, sealCursor(app, list, values))).toEqual(values)
      }),
    )
  })

  it('is refused by another list and by another instance', () => {
    const text = sealCursor(app, 'people', ['a'])
    expect(opens(app, 'people', text)).toBe(true)
    expect(opens(app, 'notices', text)).toBe(false)
    expect(opens(instance(), 'people', text)).toBe(false)
  })

  it('is refused with any character changed, added or removed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...Array.from('ABCabc019-_=+/ é')), fc.constantFrom('change', 'insert', 'remove'), (at, letter, how) => {
        const text = sealCursor(app, 'people', ['2026-11-22', 7])
        const index = at % text.length
        const rest = how === 'insert' ? text.slice(index) : text.slice(index + 1)
        const forged = text.slice(0, index) + (how === 'remove' ? '' : letter) + rest
        if (forged !== text) expect(opens(app, 'people', forged)).toBe(false)
      }),
    )
  })

  it('is refused when it is any text that was not given out', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(opens(app, 'people', text)).toBe(false)
      }),
    )
  })

  it('cannot move a part of the list name into the values', () => {
    const text = sealCursor(app, 'people', 1)
    expect(opens(app, 'peopl', text)).toBe(false)
    expect(opens(app, 'people1', text)).toBe(false)
  })
})
