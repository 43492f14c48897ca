import type { FieldProblem } from '#platform/errors.ts'

/** Nothing was seen before this: earlier instants are mistakes of a clock or a format. */
const EARLIEST = new Date('1990-01-01T00:00:00.000Z')

export interface Seen {
  readonly firstSeen: Date
  readonly lastSeen: Date
}

/** What is wrong with when something was seen; nothing is seen in the future of the trusted instant. Undefined when nothing is. */
export function faultOfSeen({ firstSeen, lastSeen }: Seen, now: Date): FieldProblem | undefined {
  if (firstSeen < EARLIEST) return { field: '/firstSeen', message: 'before 1990' }
  if (lastSeen > now) return { field: '/lastSeen', message: 'in the future' }
  return firstSeen > lastSeen ? { field: '/firstSeen', message: 'after lastSeen' } : undefined
}
