import { readFileSync } from 'node:fs'
import { duplexPair } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { WindowsManifest } from '../drivers/windows/manifest.ts'
import type { Artefact, Job } from '../sandbox.ts'
import { judgeRun } from '../signals/all.ts'
import { Frames } from '#scanner/jail/frames.ts'
import { RECORD_LIMITS } from './record.ts'
import { runGuest } from './run.ts'

const PAGE = readFileSync('docs/guest-agent.md', 'utf8')
const MANIFEST = /```json\n([^]*?)```/.exec(PAGE)![1]!
const RUN = /```\n(< [^]*?)```/.exec(PAGE)![1]!
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const job: Job = {
  environment: 'office2016-windows10',
  subject: { document: Buffer.from('not empty'), name: 'document.docx' },
  options: { macros: true, egress: 'none', checkHeap: false },
}
const frame = (bytes: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

describe('the page about the agent', () => {
  it('shows a manifest that is one', () => {
    expect(WindowsManifest.safeParse(JSON.parse(MANIFEST)).error).toBeUndefined()
  })

  it('shows a run that is one', async () => {
    const lines = RUN.trim().split('\n')
    const [controlHost, controlGuest] = duplexPair()
    const [eventsHost, eventsGuest] = duplexPair()
    const heard: string[] = []
    const said = lines.filter((line) => line.startsWith('> ')).map((line) => line.slice(2))
    const answer = (texts: readonly string[]) => {
      for (const text of texts) eventsGuest.write(frame(/^\(70 bytes\)$/.test(text) ? PICTURE : Buffer.from(text)))
    }
    const frames = new Frames(2 ** 20, 'BE')
    const closing = said.findIndex((text) => text.includes('"closed"'))
    controlGuest.on('data', (chunk: Buffer) => {
      for (const one of frames.take(chunk)) {
        heard.push(one.toString())
        if (heard.length === 2) answer(said.slice(0, closing))
        if (one.includes('"close"')) answer(said.slice(closing))
      }
    })
    const artefacts: Artefact[] = []
    const limits = { dwell: { quietMs: 50, capMs: 5_000, silentMs: 5_000, closingMs: 5_000 }, record: RECORD_LIMITS, eventBytes: 2 ** 20, traceBytes: 0 }
    const { open } = WindowsManifest.parse(JSON.parse(MANIFEST))
    const guest = { control: controlHost, events: eventsHost, ended: new Promise<string>(() => undefined), told: { command: open['docx']!.command } }
    const run = await runGuest(guest, job, new Date(0), limits, { artefact: (one) => artefacts.push(one) })

    const expected = lines.filter((line) => line.startsWith('< ')).map((line) => line.slice(2))
    expect(JSON.parse(heard[0]!)).toMatchObject(JSON.parse(expected[0]!) as object)
    expect([`(${heard[1]!.length} bytes)`, heard[2]]).toEqual(expected.slice(1))
    expect([run.end, artefacts.length]).toEqual(['rendered', 1])
    // All that was said is in the report, with the rank that the host gave it.
    expect(run.happenings.map(({ kind }) => kind)).toEqual([
      'viewer',
      'process-start',
      'process-start',
      'process-start',
      'viewer',
      'picture',
      'viewer',
      'viewer',
      'viewer',
    ])
    expect(new Set(run.happenings.map(({ rank }) => rank))).toEqual(new Set(['guest']))
    const environment = {
      name: job.environment,
      viewer: 'other',
      version: 'Microsoft Word',
      os: 'Windows 10',
      line: 'office',
      age: 'older',
      driver: 'windows',
    } as const
    const signals = judgeRun({ environment, options: job.options, end: run.end, happenings: run.happenings })
    expect(signals).toContainEqual(expect.objectContaining({ id: 'unexpected-process', weight: 'effect', shown_by: [3] }))
  })
})
