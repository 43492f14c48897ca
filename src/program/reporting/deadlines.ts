/**
 * Deadlines of the Cyber Resilience Act, Article 14, for a vulnerability that is exploited: absolute hours from the awareness instant,
 * across weekends, holidays and changes of clocks (program.md, section 12; I21). Sources disagree on what the final report counts
 * from, so that it is a setting: by default 14 days from when a corrective measure is available.
 */
export const FILING_STEPS = ['early-warning', 'notification', 'final-report'] as const
export type FilingStep = (typeof FILING_STEPS)[number]
export const FINAL_FROM = ['corrective-measure', 'awareness', 'notification'] as const
export const DEFAULT_FINAL = { days: 14, from: 'corrective-measure' } as const

const HOUR_MS = 3_600_000
/** Hours before a deadline at which people are reminded of it; at 0 it has passed. */
export const REMINDED_HOURS = [168, 48, 24, 12, 4, 1, 0] as const

export interface ClockFacts {
  readonly awarenessAt: Date
  readonly final: { readonly days: number; readonly from: (typeof FINAL_FROM)[number] }
  /** When a corrective measure was available. */
  readonly correctiveAt: Date | undefined
  /** When the notification was filed. */
  readonly notifiedAt: Date | undefined
}

/** When a step is due; undefined while what it counts from has not happened. */
export function dueAt({ awarenessAt, final, correctiveAt, notifiedAt }: ClockFacts, step: FilingStep): Date | undefined {
  if (step === 'early-warning') return later(awarenessAt, 24)
  if (step === 'notification') return later(awarenessAt, 72)
  const from = { 'corrective-measure': correctiveAt, awareness: awarenessAt, notification: notifiedAt }[final.from]
  return from && later(from, final.days * 24)
}

/** Of which number of hours before a deadline people are to be reminded now: the nearest, so that who was away is not told of all. */
export function reminderAt(due: Date, now: Date): number | undefined {
  const left = due.getTime() - now.getTime()
  return REMINDED_HOURS.filter((hours) => left <= hours * HOUR_MS).at(-1)
}

function later(instant: Date, hours: number): Date {
  return new Date(instant.getTime() + hours * HOUR_MS)
}
