import { describe, expect, it } from 'vitest'
import type { Detonation } from './contract.ts'
import { runFaults, subjectHash } from './run-faults.ts'
import type { Job } from './sandbox.ts'

const job: Job = {
  environment: 'office-windows10',
  subject: { document: Buffer.from('a document'), name: 'a.docx' },
  options: { macros: true, egress: 'none', checkHeap: false },
}
const truthful: Detonation = {
  schema: 'vedette.detonation/1',
  sha256: subjectHash(job),
  environment: { name: 'office-windows10', viewer: 'other', version: '16.0', os: 'Windows 10', line: 'office', age: 'current', driver: 'windows' },
  options: job.options,
  end: 'idle',
  why_ended: 'the viewer was idle',
  dwell_ms: 12,
  signals: [],
  happenings: [{ t: 1, rank: 'guest', kind: 'viewer', state: 'opened' }],
  not_watched: [],
}

describe('the faults of a run', () => {
  it('are none where it keeps the promises', () => {
    expect(runFaults(truthful, job)).toEqual([])
  })

  it.each<[string, object]>([
    ['runs elsewhere', { environment: { ...truthful.environment, name: 'another' } }],
    ['opens it otherwise', { options: { ...job.options, macros: false } }],
    ['opens another document', { sha256: '0'.repeat(64) }],
    ['does not say why', { why_ended: ' ' }],
    ['has no end', { end: 'clean' }],
    ['loses the agent without a trace', { end: 'agent-silenced' }],
    ['hides that the agent was lost', { happenings: [{ t: 1, rank: 'host', kind: 'silence', of: 'agent', detail: 'gone' }] }],
    ['believes the guest that it is silent', { end: 'agent-silenced', happenings: [{ t: 1, rank: 'guest', kind: 'silence', of: 'agent', detail: 'gone' }] }],
    ['holds too much', { happenings: Array.from({ length: 20_001 }, () => truthful.happenings[0]) }],
    ['shows a signal by nothing', { signals: [{ id: 'x', weight: 'odd', rank: 'guest', attack: [], why: 'x', shown_by: [1] }] }],
  ])('are seen where it %s', (_what, change) => {
    expect(runFaults({ ...truthful, ...change }, job)).not.toEqual([])
  })
})
