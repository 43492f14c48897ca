import { instantsAt } from '#program/releases/zoned-time.ts'

/** A civil date and time as a form holds them; `later` chooses the second of two instants that show the same time. */
export interface CivilInput {
  readonly date: string
  readonly time: string
  readonly later: boolean
}
export const NO_TIME: CivilInput = { date: '', time: '', later: false }

/** What a civil time means in a zone: clocks leap over some times and show others twice (program.md, E5). */
type Meaning =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'never' }
  | { readonly kind: 'once'; readonly instant: string }
  | { readonly kind: 'twice'; readonly first: string; readonly second: string; readonly instant: string }

/** The instant, or why there is none. A date outside 1900 to 2199 is as incomplete as none. */
export function meaningOf({ date, time, later }: CivilInput, zone: string): Meaning {
  const [year, month, day] = date.split('-').map(Number)
  const [hour, minute] = time.split(':').map(Number)
  if (year === undefined || month === undefined || day === undefined || hour === undefined || minute === undefined) return { kind: 'incomplete' }
  const instants = instantsOrNone({ year, month, day, hour, minute }, zone)
  if (!instants) return { kind: 'incomplete' }
  const [first, second] = instants.map((instant) => instant.toISOString())
  if (first === undefined) return { kind: 'never' }
  if (second === undefined) return { kind: 'once', instant: first }
  return { kind: 'twice', first, second, instant: later ? second : first }
}

/** The instant that a civil time means; undefined while there is none. */
export function instantOf(input: CivilInput, zone: string): string | undefined {
  const meaning = meaningOf(input, zone)
  return 'instant' in meaning ? meaning.instant : undefined
}

function instantsOrNone(time: Parameters<typeof instantsAt>[0], zone: string): Date[] | undefined {
  try {
    return instantsAt(time, zone)
  } catch {
    // A date that is still being typed.
    return undefined
  }
}
