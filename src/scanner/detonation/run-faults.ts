import { createHash } from 'node:crypto'
import { Detonation } from './contract.ts'
import type { Job } from './sandbox.ts'

/** What a run claims that cannot be true, or holds more of than it may; empty for one that keeps the promises of the port. Pure. */
export function runFaults(run: unknown, job: Job): string[] {
  const read = Detonation.safeParse(run)
  if (!read.success) return read.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.')}: ${message}`)
  const { environment, options, end, happenings, sha256, signals, why_ended: why } = read.data
  const faults: string[] = []
  if (environment.name !== job.environment) faults.push(`it ran in ${environment.name} and not in ${job.environment}`)
  if (JSON.stringify(options) !== JSON.stringify(job.options)) faults.push('it was opened otherwise than asked for')
  if (sha256 !== subjectHash(job)) faults.push('it names another subject')
  if (why.trim() === '') faults.push('it does not say why it ended')
  const silences = happenings.filter(({ kind, rank }) => kind === 'silence' && rank === 'host')
  if (end === 'agent-silenced' && silences.length === 0 && !why.includes('said so itself')) faults.push('the agent was lost, and nothing that happened says so')
  if (end !== 'agent-silenced' && silences.some((one) => 'of' in one && one.of === 'agent')) faults.push('the agent was lost, and the end does not say so')
  for (const { id, shown_by: shownBy } of signals)
    if (shownBy.some((place) => place >= happenings.length)) faults.push(`the signal ${id} is shown by what is not there`)
  return faults
}

/** What a report names its subject by: a document by its bytes, a page by its address. */
export function subjectHash({ subject }: Pick<Job, 'subject'>): string {
  return createHash('sha256')
    .update('url' in subject ? subject.url : subject.document)
    .digest('hex')
}
