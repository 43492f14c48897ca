import { describe, expect, it } from 'vitest'
import { reasonIn } from './packages.ts'

describe('why packages cannot be had', () => {
  it.each([
    ['E: Unable to locate package nonesuch\nE: mmdebstrap failed to run', 'E: Unable to locate package nonesuch'],
    [
      'Get:1 ...\nErr:2 http://m/debian bookworm Release\n  404  Not Found [IP: 1.2.3.4 80]\n',
      'Err:2 http://m/debian bookworm Release; 404  Not Found [IP: 1.2.3.4 80]',
    ],
    ['dpkg: error processing archive /x.deb (--unpack):\n cannot write: No space left on device', 'No space left on device'],
    ['', 'without a word'],
    ['first\nsecond\nthird\nfourth', 'second; third; fourth'],
  ])('%j', (said, reason) => {
    const text = reasonIn(said, 'http://m')
    expect(text).toContain(reason)
    expect(text).toContain('from http://m: ')
  })

  it('is one line of bounded length, whatever was said', () => {
    expect(reasonIn(`E: \u001b[2J${'x'.repeat(100_000)}`, 'm').length).toBeLessThan(1600)
    expect(reasonIn('E: \u001b[2J', 'm')).not.toContain('\u001b')
  })
})
