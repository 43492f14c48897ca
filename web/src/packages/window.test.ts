import { describe, expect, it } from 'vitest'
import { formatSpan, standingOf } from './window.ts'

const release = { instant: '2026-12-08T18:00:00.000Z', zone: 'America/Los_Angeles', rule: 'update-tuesday@1' }
const windows = { validate: '2026-11-24T18:00:00.000Z', advance: '2026-12-03T18:00:00.000Z', entry: '2026-12-07T18:00:00.000Z' }
const at = (text: string) => Date.parse(text)

describe('where a version stands', () => {
  it('changes at the first opening and at the release, to the millisecond', () => {
    const version = { release, windows, openedAt: null }
    expect(standingOf(version, at(windows.validate) - 1)).toBe('before-any-window')
    expect(standingOf(version, at(windows.validate))).toBe('window-open')
    expect(standingOf(version, at(release.instant) - 1)).toBe('window-open')
    expect(standingOf(version, at(release.instant))).toBe('published')
  })

  it('follows a contact’s own window where no other is told', () => {
    const version = { release, windows: null, openedAt: windows.entry }
    expect(standingOf(version, at(windows.entry) - 1)).toBe('before-any-window')
    expect(standingOf(version, at(windows.entry))).toBe('window-open')
  })

  it('is unknown without a release', () => {
    expect(standingOf({ release: null, windows: null, openedAt: null }, 0)).toBeUndefined()
  })
})

it('tells a span in its two largest units', () => {
  const shown = [-5, 0, 59_999, 60_000, 725_000, 3 * 86_400_000 + 4 * 3_600_000 + 59_000, 2 * 86_400_000 + 59_000].map(formatSpan)
  expect(shown).toEqual(['0 s', '0 s', '59 s', '1 min', '12 min 5 s', '3 d 4 h', '2 d'])
})
