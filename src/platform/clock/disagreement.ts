import { assertNever } from '#platform/errors.ts'
import type { DisagreementKind, Judgement } from '#platform/clock/judge.ts'

/** What the clocks show at the moment the sentence is made, in milliseconds. */
export interface Shown {
  readonly wallMs: number
  readonly databaseMs: number
  readonly lineMs: number | undefined
  readonly trustedMs: number
}

const CONFIRM = 'until the clock is set right, two publishers confirm the time, or somebody runs vedette clock confirm on the machine'

/** The sentence for people: the readings that disagree, in UTC, and what ends it. */
export function disagreementText(kind: DisagreementKind, last: Judgement, shown: Shown): string {
  const wall = `The wall clock of this machine shows ${utc(shown.wallMs)}`
  const still = `The trusted time stands still at ${utc(shown.trustedMs)}`
  switch (kind) {
    case 'WALL_AND_DATABASE':
      return `${wall} and the database's clock ${utc(shown.databaseMs)}, ${span(shown.wallMs - shown.databaseMs)} apart. ${still} until they agree.`
    case 'WALL_AND_LINE':
      return `${wall}; counted from the last agreed reading it is ${utc(shown.lineMs!)}, ${span(shown.wallMs - shown.lineMs!)} apart. ${still} ${CONFIRM}.`
    case 'LEAP':
      return `${wall}, but the last agreed reading was ${utc(last.markMs!)}, and nothing on this machine explains the ${span(shown.wallMs - last.markMs!)} between them. ${still} ${CONFIRM}.`
    case 'MARK_AHEAD': {
      const reachedMs = Math.max(last.markMs ?? shown.trustedMs, shown.trustedMs)
      return `${wall} and the other clocks agree, but ${utc(reachedMs)} was reached before, ${span(reachedMs - shown.wallMs)} ahead. ${still} until the clocks get there or somebody runs vedette clock confirm --lower-mark on the machine and starts Vedette again.`
    }
    case 'DATABASE_SILENT':
      return `The database's clock could not be read for over a minute; ${wall.charAt(0).toLowerCase()}${wall.slice(1)}. ${still} until the database answers.`
    default:
      return assertNever(kind)
  }
}

/** `2026-11-22 11:38:00 UTC` */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** The size of a difference in its largest whole unit: `5 days`, `61 seconds` below two minutes. */
function span(ms: number): string {
  const size = Math.abs(ms)
  const [name, unitMs] = UNITS.find(([, unit]) => size >= 2 * unit) ?? UNITS[3]
  const count = Math.round(size / unitMs)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
