/** Clocks agree when they are no further apart than this (docs/promises.md, clock rule 3). */
export const AGREEMENT_MS = 60_000
/** Machines that did not take the confirmation themselves adopt it while it is this fresh; a machine samples every 5 s. */
const FRESH_MS = 30_000
/** A database clock may go back a little between a confirmation and the sample after it. */
const SLIGHTLY_BACK_MS = 5_000

/** What one sample finds, all at the same moment, in milliseconds. */
export interface Readings {
  readonly wallMs: number
  /** The database's clock, at the middle of the round trip that asked for it. */
  readonly databaseMs: number
  readonly uptimeMs: number
}

/** What is stored durably, as read by one sample. Instants in milliseconds; undefined: never written. */
export interface Memory {
  /** High-water mark of the trusted instant over all machines. */
  readonly markMs: number | undefined
  /** This boot's line: the instant at which the uptime was 0. */
  readonly zeroMs: number | undefined
  /** How far this boot itself got. */
  readonly trustedMs: number | undefined
  /** The confirmation that this boot's line comes from. */
  readonly confirmationId: string | undefined
  /** The newest confirmation by people. */
  readonly confirmation: Confirmation | undefined
}

export interface Confirmation {
  readonly id: string
  /** The instant that people stated, and what the database's clock showed when they did. */
  readonly instantMs: number
  readonly databaseMs: number
}

/**
 * Why the trusted instant stands still.
 * WALL_AND_DATABASE: the two clocks are apart. WALL_AND_LINE: the wall clock advanced otherwise than the uptime.
 * LEAP: after a boot both clocks are far from the last agreed instant, and nothing explains it. MARK_AHEAD: what
 * was reached, stored or by this process, lies ahead of clocks that agree. DATABASE_SILENT: its clock could not be read for too long.
 */
export type DisagreementKind = 'WALL_AND_DATABASE' | 'WALL_AND_LINE' | 'LEAP' | 'MARK_AHEAD' | 'DATABASE_SILENT'

export interface Judgement {
  readonly readings: Readings
  readonly markMs: number | undefined
  readonly zeroMs: number | undefined
  readonly lineMs: number | undefined
  readonly confirmationId: string | undefined
  /** The trusted instant at this sample. */
  readonly trustedMs: number
  readonly disagreement: DisagreementKind | undefined
}

/**
 * Decides one sample; pure. The *line* of a boot is the instant agreed for uptime 0, plus the uptime: nothing but a
 * confirmation by people ever moves it, so a clock that creeps by jumps below the tolerance pulls nothing along.
 * The trusted instant is the earliest of wall clock, database clock and line, never less than before, and stands
 * still while they disagree. With a line that was true when it was agreed it is therefore never ahead of true time.
 * `heldMs` is the process's own last trusted instant, undefined in its first sample. Source: docs/promises.md, clock rules.
 */
export function judge(readings: Readings, memory: Memory, heldMs: number | undefined): Judgement {
  const confirmed = confirmationToAdopt(readings, memory)
  const zeroMs = confirmed ? confirmed.instantMs - readings.uptimeMs : (memory.zeroMs ?? newZero(readings, memory.markMs))
  const lineMs = zeroMs === undefined ? undefined : zeroMs + readings.uptimeMs
  const floorMs = heldMs ?? startingFloor(readings, memory, lineMs)
  const disagreement = compare(readings, lineMs) ?? compareReached(readings, lineMs!, Math.max(floorMs, memory.markMs ?? floorMs))
  const trustedMs = disagreement ? floorMs : Math.max(floorMs, memory.markMs ?? floorMs, earliest(readings, lineMs!))
  return { readings, markMs: memory.markMs, zeroMs, lineMs, confirmationId: confirmed?.id ?? memory.confirmationId, trustedMs, disagreement }
}

/**
 * The trusted instant between samples, from the last judgement, the wall clock, and the monotonic milliseconds since.
 * Pure. A clock that leaps between two samples stops it at once.
 */
export function advance(last: Judgement, heldMs: number, wallMs: number, elapsedMs: number): number {
  if (standsStill(last, wallMs, elapsedMs)) return heldMs
  return Math.max(heldMs, Math.min(wallMs, last.readings.databaseMs + elapsedMs, last.lineMs! + elapsedMs))
}

/** Why it stands still between samples, if it does. */
export function standsStill(last: Judgement, wallMs: number, elapsedMs: number): DisagreementKind | undefined {
  if (last.disagreement) return last.disagreement
  if (elapsedMs > AGREEMENT_MS) return 'DATABASE_SILENT'
  if (apart(wallMs, last.readings.databaseMs + elapsedMs)) return 'WALL_AND_DATABASE'
  if (apart(wallMs, last.lineMs! + elapsedMs)) return 'WALL_AND_LINE'
  return undefined
}

export function apart(a: number, b: number): boolean {
  return Math.abs(a - b) > AGREEMENT_MS
}

/** People's word counts for a machine whose own clocks agree with it; the older one of two sentences is never taken. */
function confirmationToAdopt(readings: Readings, memory: Memory): Confirmation | undefined {
  const { confirmation } = memory
  if (!confirmation || confirmation.id === memory.confirmationId) return undefined
  const ageMs = readings.databaseMs - confirmation.databaseMs
  if (ageMs < -SLIGHTLY_BACK_MS || ageMs > FRESH_MS) return undefined
  return agreeWith(readings, confirmation.instantMs) ? confirmation : undefined
}

/**
 * The line of a boot that has none. On the very first start the clocks have only each other to agree with. Later they
 * must agree with the high-water mark, which live machines keep fresh: a machine that joins them starts from it, and so
 * does one that booted within the tolerance. The mark is taken as it stands, not the clocks: so a line is never ahead
 * of the one it comes from, however often machines boot.
 */
function newZero(readings: Readings, markMs: number | undefined): number | undefined {
  if (markMs === undefined) return apart(readings.wallMs, readings.databaseMs) ? undefined : Math.min(readings.wallMs, readings.databaseMs) - readings.uptimeMs
  return agreeWith(readings, markMs) ? markMs - readings.uptimeMs : undefined
}

function agreeWith(readings: Readings, instantMs: number): boolean {
  return !apart(readings.wallMs, instantMs) && !apart(readings.databaseMs, instantMs) && !apart(readings.wallMs, readings.databaseMs)
}

/**
 * Where a process begins: at the high-water mark, so that a clock that went back closes nothing that was open. Only
 * when this boot's own line contradicts the mark does the process begin where this boot itself had got to: whoever
 * put that mark there, it was not reached by time passing.
 */
function startingFloor(readings: Readings, memory: Memory, lineMs: number | undefined): number {
  const { markMs } = memory
  if (markMs === undefined) return Math.min(readings.wallMs, readings.databaseMs, lineMs ?? readings.wallMs)
  if (lineMs !== undefined && markMs > lineMs + AGREEMENT_MS) return memory.trustedMs ?? earliest(readings, lineMs)
  return markMs
}

function compare(readings: Readings, lineMs: number | undefined): DisagreementKind | undefined {
  if (apart(readings.wallMs, readings.databaseMs)) return 'WALL_AND_DATABASE'
  if (lineMs === undefined) return 'LEAP'
  return apart(readings.wallMs, lineMs) ? 'WALL_AND_LINE' : undefined
}

/** Whether clocks that agree lie far behind what was reached, by this process or by any. */
function compareReached(readings: Readings, lineMs: number, reachedMs: number): DisagreementKind | undefined {
  return reachedMs > earliest(readings, lineMs) + AGREEMENT_MS ? 'MARK_AHEAD' : undefined
}

function earliest(readings: Readings, lineMs: number): number {
  return Math.min(readings.wallMs, readings.databaseMs, lineMs)
}
