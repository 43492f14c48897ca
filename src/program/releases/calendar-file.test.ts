import { spawnSync } from 'node:child_process'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { calendarFile, sequenceOf, type CalendarEvent } from '#program/releases/calendar-file.ts'
import { readCalendar } from '#test/harness/strict-calendar.ts'

const event = (change: Partial<CalendarEvent> = {}): CalendarEvent => ({
  uid: 'release.2026-12.operator@vedette',
  at: new Date('2026-12-08T18:00:00Z'),
  summary: 'Operator: release',
  description: 'By the calendar.',
  url: 'https://vedette.example/releases',
  cancelled: false,
  changedAt: new Date('2026-11-22T12:00:00Z'),
  ...change,
})
const file = (...events: CalendarEvent[]) => calendarFile({ name: 'Operator', zone: 'America/Los_Angeles', events })
const read = (text: string) => readCalendar(Buffer.from(text))

describe('a calendar file', () => {
  it('has the lines of RFC 5545 in a fixed order', () => {
    expect(file(event())).toBe(
      [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//Vedette//Programme calendar//EN',
        'CALSCALE:GREGORIAN',
        'X-WR-CALNAME:Operator',
        'X-WR-TIMEZONE:America/Los_Angeles',
        'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
        'X-PUBLISHED-TTL:PT1H',
        'BEGIN:VEVENT',
        'UID:release.2026-12.operator@vedette',
        'DTSTAMP:20261122T120000Z',
        'LAST-MODIFIED:20261122T120000Z',
        'SEQUENCE:217512000',
        'DTSTART:20261208T180000Z',
        'DURATION:PT0S',
        'SUMMARY:Operator: release',
        'DESCRIPTION:By the calendar.',
        'URL:https://vedette.example/releases',
        'STATUS:CONFIRMED',
        'TRANSP:TRANSPARENT',
        'END:VEVENT',
        'END:VCALENDAR',
        '',
      ].join('\r\n'),
    )
  })

  it('says the same bytes for the same facts in any order, and marks what was called off', () => {
    const later = event({ uid: 'b', at: new Date('2027-01-12T18:00:00Z'), cancelled: true })
    expect(file(later, event())).toBe(file(event(), later))
    expect(read(file(later)).events[0]).toMatchObject({ STATUS: 'CANCELLED', DTSTART: '2027-01-12T18:00:00.000Z' })
  })

  const anyText = fc.string({ unit: 'binary', maxLength: 300 })
  test.prop([anyText, anyText])('gives back whatever text stands in it, folded within no character', (summary, description) => {
    const [found] = read(file(event({ summary, description }))).events
    const kept = (text: string) =>
      text
        .toWellFormed()
        .replace(/\r\n?/g, '\n')
        .replace(/(?!\n)[\p{Cc}\u2028\u2029]/gu, ' ')
    expect(found).toMatchObject({ SUMMARY: kept(summary), DESCRIPTION: kept(description) })
  })

  test.prop([fc.date({ min: new Date('2020-01-01'), max: new Date('2087-12-31'), noInvalidDate: true }), fc.integer({ min: 1000, max: 10 ** 10 })])(
    'has a sequence that rises with each later decision',
    (at, ms) => {
      expect(sequenceOf(new Date(at.getTime() + ms))).toBeGreaterThan(sequenceOf(at))
      expect(sequenceOf(at)).toBeLessThan(2 ** 31)
    },
  )

  it('the strict reader refuses what is not allowed', () => {
    const good = file(event())
    for (const [wrong, by] of [
      ['\r\n', '\n'],
      ['UID:', `X-LONG:${'x'.repeat(75)}\r\nUID:`],
      ['SUMMARY:Operator: release', 'SUMMARY:a;b'],
      ['DTSTART:20261208T180000Z', 'DTSTART:20261308T180000Z'],
      ['END:VEVENT\r\n', ''],
      ['STATUS:CONFIRMED', 'STATUS:CONFIRMED\r\nSTATUS:CONFIRMED'],
    ] as const)
      expect(() => read(good.replace(wrong, by)), wrong).toThrow()
  })

  const python = spawnSync('python3', ['--version']).status === 0
  it.runIf(python)('says the same to a second reader, in another language', () => {
    const text = file(event({ summary: `Ünïcode; comma, back\\slash\nline ${'é'.repeat(80)}` }), event({ uid: 'b', cancelled: true }))
    const { stdout, status } = spawnSync('python3', ['test/harness/read-calendar.py'], { input: text, encoding: 'utf8' })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual(read(text).events)
  })
})
