import { expect, it } from 'vitest'
import { formatInZone } from './format-instant.ts'

it('shows an instant as clocks of its zone show it, with that instant’s own offset', () => {
  const zone = 'America/Los_Angeles'
  expect(formatInZone(Date.parse('2026-12-08T18:00:00Z'), zone)).toBe('Tue 2026-12-08 10:00 PST')
  expect(formatInZone(Date.parse('2026-07-14T17:00:30Z'), zone)).toBe('Tue 2026-07-14 10:00:30 PDT')
  expect(formatInZone(Date.parse('2026-07-14T22:00:00Z'), 'Asia/Tokyo')).toBe('Wed 2026-07-15 07:00 GMT+9')
  expect(formatInZone(Date.parse('2026-07-14T00:00:00Z'), 'UTC')).toBe('Tue 2026-07-14 00:00 UTC')
})
