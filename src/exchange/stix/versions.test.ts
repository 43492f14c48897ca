import { describe, expect, it } from 'vitest'
import { faultOfNextVersion } from '#exchange/stix/versions.ts'
import { idOf, versioned } from '#test/harness/stix.ts'

const version = (modified: string, properties: object = {}) => versioned('tool', { name: 'n', modified, ...properties })
const [first, second] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00Z']

describe('versions of one object', () => {
  it('follow one another, also when the older comes late', () => {
    expect(faultOfNextVersion(version(first), version(second, { name: 'm', revoked: true }))).toBeUndefined()
    expect(faultOfNextVersion(version(second), version(first))).toBeUndefined()
    expect(faultOfNextVersion(version(first), version(second, { created: '2026-01-01T00:00:00Z' }))).toBeUndefined()
  })

  it('end with a revocation', () => {
    expect(faultOfNextVersion(version(first, { revoked: true }), version(second))).toBe('/revoked: was revoked, which is final')
    expect(faultOfNextVersion(version(second), version(first, { revoked: true }))).toBe('/revoked: a later version is there, and revocation is final')
    expect(faultOfNextVersion(version(second, { revoked: true }), version(first))).toBeUndefined()
  })

  it('have one creation and one creator', () => {
    expect(faultOfNextVersion(version(first), version(second, { created: second }))).toMatch(/^\/created: /)
    expect(faultOfNextVersion(version(first), version(second, { created_by_ref: idOf('identity') }))).toMatch(/^\/created_by_ref: /)
    expect(faultOfNextVersion(version(first, { created_by_ref: idOf('identity') }), version(second))).toMatch(/^\/created_by_ref: /)
  })

  it('are none of a marking: what objects are marked with would change behind them', () => {
    const marking = versioned('marking-definition', { definition_type: 'statement', definition: { statement: 's' } })
    expect(faultOfNextVersion(marking, { ...marking, modified: second })).toMatch(/^\/modified: /)
  })
})
