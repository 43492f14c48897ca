import { expect, it } from 'vitest'
import { PRESET_RULES } from '#program/releases/rules/contract.ts'
import { inWords } from './rules-words.ts'

it('says in words when a programme releases', () => {
  const { rules } = PRESET_RULES[0]!
  expect(inWords(rules)).toEqual([
    'Releases on the second Tuesday of every month at 10:00, America/Los_Angeles.',
    'Windows open at the same time of day: validate 14 calendar days before, advance 3 business days before, and entry 1 business day before.',
    'Business days leave out Saturdays, Sundays and US federal holidays as observed (us-federal@1).',
    'A release day that is a holiday still releases.',
  ])
  const calendar = { id: 'own@1', from: '2026-01-01', to: '2028-12-31', dates: ['2026-12-24'] }
  const quarterly = inWords({ ...rules, months: [10, 1, 4, 7], nth: 3, minute: 5, calendar, onHoliday: 'no-release', minimumHours: { entry: 20 } })
  expect(quarterly[0]).toBe('Releases on the third Tuesday of January, April, July, and October at 10:05, America/Los_Angeles.')
  expect(quarterly.slice(2)).toEqual([
    'Business days leave out Saturdays, Sundays and the one day of own@1, which is complete from 2026-01-01 to 2028-12-31.',
    'A release day that is a holiday has no release.',
    'Each cycle gives at least these hours: 20 to entry.',
  ])
})
