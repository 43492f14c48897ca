import { describe, expect, it } from 'vitest'
import { cvssRating, cvssScore } from '#program/packages/cvss-score.ts'

describe('the score of a vector', () => {
  // Published with the specifications: CVSS 3.1 and 4.0 examples of FIRST.
  it.each([
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', '3.1', 9.8, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', '3.1', 6.4, 'medium'],
    ['CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H', '3.0', 5.5, 'medium'],
    ['CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N', '3.1', 0, 'none'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', '4.0', 9.3, 'critical'],
    ['CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', '4.0', 7.3, 'high'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N', '4.0', 0, 'none'],
  ] as const)('%s', (vector, version, base, rating) => {
    const score = cvssScore(vector)!
    expect(score).toMatchObject({ version, base })
    expect(cvssRating(score.base)).toBe(rating)
  })

  it('with threat metrics is lower than that of its base', () => {
    const vector = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U'
    expect(cvssScore(vector)).toMatchObject({ base: 9.3, overall: 8.1 })
  })

  it('does not exist for what does not parse', () => {
    for (const text of ['', 'AV:N', 'CVSS:3.1/AV:N', 'CVSS:2.0/AV:N/AC:L/Au:N/C:C/I:C/A:C', 'CVSS:4.0/AV:N/AC:L/PR:N']) expect(cvssScore(text)).toBeUndefined()
  })
})
