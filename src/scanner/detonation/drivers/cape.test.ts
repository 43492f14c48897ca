import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CAPE_TOKEN, openCapeServer, type CapeServer, type Script } from '#test/harness/cape-server.ts'
import { StartupError } from '#platform/errors.ts'
import { runFaults } from '../run-faults.ts'
import { NoEnvironment, type Job } from '../sandbox.ts'
import { describeSandbox } from '../sandbox.suite.ts'
import { openCape, type CapeOptions } from './cape.ts'
import { parseCapeSettings, readCapeSettings, type CapeSettings } from './cape/settings.ts'

const REPORT = JSON.parse(readFileSync('test/vectors/cape-report.json', 'utf8')) as Record<string, unknown>
/** Pending, running, completed, reported: one step for each time that it is asked for. */
const steps = ['pending', 'running', 'completed', 'reported']
const reported =
  (report: unknown): Script =>
  ({ asked }) => ({ status: steps[Math.min(asked - 1, 3)] ?? 'reported', report })

const lie = {
  rank: 'host',
  info: { timeout: 'yes', duration: -5 },
  behavior: {
    processes: [
      {
        process_id: 1,
        process_name: 'A'.repeat(100_000),
        parent_id: 'x',
        first_seen: 'tomorrow',
        calls: [{ api: '__proto__', arguments: 'none' }, { api: 'constructor' }, 7, null],
      },
      { process_id: -3, module_path: '../../../etc/passwd', calls: {} },
      {
        process_id: 2,
        process_name: '\u001b[2J\u0000',
        rank: 'host',
        calls: [{ api: 'DeleteFileW', rank: 'host', arguments: [{ name: 'FileName', value: '../../x' }] }],
      },
      null,
    ],
  },
  network: { tcp: [{ dst: 'x'.repeat(9999), dport: 99_999_999, time: -1 }], dns: 'all', udp: [[]] },
  dropped: [{ guest_paths: '..', sha256: 'Z'.repeat(64) }, { name: { a: 1 } }],
  signatures: [{ name: '<script>', description: 'x'.repeat(5000) }, { name: 5 }],
  debug: { errors: [5, 'one\n'.repeat(1000)] },
}
const calls = Array.from({ length: 60_000 }, (_, n) => ({ api: 'DeleteFileW', status: true, arguments: [{ name: 'FileName', value: `C:\\${n}` }] }))
const flood = { ...REPORT, behavior: { processes: [{ process_id: 4, process_name: 'WINWORD.EXE', parent_id: 1, first_seen: '2026-11-20 09:00:00', calls }] } }

const SCRIPTS: Record<string, Script> = {
  ordinary: reported(REPORT),
  another: reported({ ...REPORT, dropped: [] }),
  endless: ({ asked }) => ({ status: asked > 1 ? 'running' : 'pending' }),
  queued: () => ({ status: 'pending' }),
  hostile: reported(lie),
  silent: reported({ ...REPORT, behavior: { processes: [] } }),
  flooding: reported(flood),
  broken: () => ({ status: 'failed_analysis' }),
  garbled: reported('{"behavior": [[['),
  crashing: reported({
    ...REPORT,
    behavior: {
      processes: [
        { process_id: 4012, process_name: 'WINWORD.EXE', parent_id: 1, first_seen: '2026-11-20 09:00:00', calls: [] },
        {
          process_id: 4100,
          module_path: 'C:\\Windows\\SysWOW64\\WerFault.exe',
          parent_id: 4012,
          first_seen: '2026-11-20 09:00:03',
          environ: { CommandLine: 'WerFault.exe -u -p 4012 -s 1180' },
        },
      ],
    },
  }),
}

const settingsFor = (url: string, change: object = {}): CapeSettings =>
  parseCapeSettings(
    JSON.stringify({
      url,
      token: CAPE_TOKEN,
      private_hosts: ['127.0.0.1'],
      environments: [
        {
          name: 'office2016-windows10',
          viewer: 'other',
          version: 'Office 16.0.4266',
          os: 'Windows 10',
          line: 'office',
          age: 'older',
          machine: 'win10-office',
          macros: true,
          pages: true,
        },
      ],
      ...change,
    }),
    'cape.json',
  )
const quick = { judge: () => [], pollMs: 20, againMs: [5, 5, 5, 5] } satisfies CapeOptions
const docx = (text: string): Job['subject'] => ({ document: Buffer.from(text), name: 'annual report.docx' })

let server: CapeServer
beforeAll(async () => {
  server = await openCapeServer(SCRIPTS)
})
afterAll(() => server.close())

describeSandbox(
  'CAPE',
  async () => {
    const sandbox = openCape({ ...settingsFor(server.url), run_seconds: 1 }, quick)
    return {
      sandbox,
      environment: 'office2016-windows10',
      leftovers: async () => [...server.tasks.keys()].map((id) => `task ${id}`),
      close: () => sandbox.close(),
    }
  },
  {
    subjects: {
      ordinary: docx('ordinary'),
      another: docx('another'),
      endless: docx('endless'),
      hostile: docx('hostile'),
      silent: docx('silent'),
      flooding: docx('flooding'),
    },
    withinMs: 15_000,
    abortedWithinMs: 2_000,
  },
)

const jobFor = (subject: Job['subject'], change: Partial<Job['options']> = {}): Job => ({
  environment: 'office2016-windows10',
  subject,
  options: { macros: true, egress: 'none', checkHeap: false, ...change },
})
const detonate = (job: Job, change: object = {}, options: Partial<CapeOptions> = {}) =>
  openCape(settingsFor(server.url, change), { ...quick, ...options }).detonate(job)

describe('what CAPE tells', () => {
  it('is told in the words of the schema, with who saw it', async () => {
    const seen = await detonate(jobFor(docx('ordinary')))
    const kinds = (kind: string) => seen.happenings.filter((one) => one.kind === kind)
    // The child of the equation editor: the parent is named by its number, and its own start says what it is.
    const editor = kinds('process-start').find((one) => 'image' in one && one.image?.endsWith('EQNEDT32.EXE'))
    expect(editor).toMatchObject({ pid: 5120, parent: 640, t: 3.5, rank: 'guest' })
    expect(kinds('process-start')).toContainEqual({
      t: 4,
      rank: 'guest',
      kind: 'process-start',
      pid: 5200,
      parent: 5120,
      image: 'C:\\Windows\\System32\\cmd.exe',
      arguments: ['cmd.exe /c calc.exe'],
    })
    expect(kinds('memory')).toEqual([
      { t: 3.88, rank: 'guest', kind: 'memory', pid: 5120, call: 'mprotect', address: '0x18f000', length: 4096, protection: 'rwx' },
    ])
    expect(kinds('registry')).toMatchObject([{ action: 'set', pid: 5120, value: 'C:\\Users\\user\\AppData\\Roaming\\updater.exe' }])
    expect(kinds('connect')).toContainEqual({ t: 9.25, rank: 'host', kind: 'connect', protocol: 'tcp', to: '198.51.100.7', port: 443 })
    expect(kinds('connect')).toContainEqual({ t: 0.88, rank: 'guest', kind: 'connect', pid: 4012, protocol: 'tcp', to: 'template.example', port: 443 })
    expect(kinds('module-load')).toHaveLength(1)
    // What the call could not do did not happen.
    expect(JSON.stringify(seen.happenings)).not.toContain('never.tmp')
    expect(kinds('file')).toMatchObject([{ action: 'create', path: 'C:\\Users\\user\\AppData\\Roaming\\updater.exe', size: 4096 }])
    expect(seen).toMatchObject({ end: 'idle', dwell_ms: 70_000, signals: [{ id: 'cape-office_eqnedt_child', weight: 'odd' }] })
    expect(seen.not_watched.map(({ what }) => what)).toContain('what CAPE says went wrong')
  })

  it('is a crash where Windows reported one', async () => {
    const seen = await detonate(jobFor(docx('crashing')))
    expect(seen.end).toBe('crashed')
    expect(seen.happenings).toContainEqual({ t: 3, rank: 'guest', kind: 'fault', pid: 4012, image: 'WINWORD.EXE', signal: 'error-report' })
  })

  it('counts what is too much', async () => {
    const seen = await detonate(jobFor(docx('flooding')))
    expect(seen.happenings).toContainEqual(expect.objectContaining({ kind: 'dropped', of: 'file', rank: 'host', count: 50_001 }))
  })

  it('goes to the judge as it is', async () => {
    const judge: CapeOptions['judge'] = ({ happenings, end }) => [
      { id: 'judged', weight: 'odd', rank: 'guest', attack: [], why: `${end} ${happenings.length > 5}`, shown_by: [0] },
    ]
    const seen = await detonate(jobFor(docx('ordinary')), {}, { judge })
    expect(seen.signals[0]).toMatchObject({ id: 'judged', why: 'idle true' })
  })
})

describe('what goes out to CAPE', () => {
  it('is the document without its name, and how it is to be opened', async () => {
    await detonate(jobFor(docx('ordinary'), { egress: 'simulated' }))
    const task = server.made.at(-1)!
    expect(task.fileName).toBe('document.docx')
    expect(Object.fromEntries(task.fields)).toEqual({
      timeout: '60',
      route: 'inetsim',
      machine: 'win10-office',
      custom: expect.stringMatching(/^vedette-/) as string,
    })
  })

  it('is the address of a page', async () => {
    const seen = await detonate(jobFor({ url: 'https://page.example/ordinary' }))
    expect(seen.end).toBe('idle')
    expect(server.made.at(-1)!.fields.get('url')).toBe('https://page.example/ordinary')
  })

  it.each<[string, Job, object]>([
    ['macros as the machine has them not', jobFor(docx('ordinary'), { macros: false }), {}],
    ['a check of the heap', jobFor(docx('ordinary'), { checkHeap: true }), {}],
    ['a way out that the farm has not', jobFor(docx('ordinary'), { egress: 'upstream' }), {}],
  ])('is nothing where it asks for %s', async (_what, job, change) => {
    const before = server.requests.length
    await expect(detonate(job, change)).rejects.toBeInstanceOf(NoEnvironment)
    expect(server.requests.length).toBe(before)
  })

  it('is nothing where the address is one of a private network that is not named', async () => {
    const before = server.requests.length
    await expect(detonate(jobFor(docx('ordinary')), { private_hosts: [] })).rejects.toThrow(/CAPE takes no task: an address without TLS/)
    await expect(detonate(jobFor(docx('ordinary')), { private_hosts: [], url: server.url.replace('http:', 'https:') })).rejects.toThrow(/private network/)
    expect(server.requests.length).toBe(before)
  })
})

describe('a CAPE that fails', () => {
  it('is asked again for what can be asked again', async () => {
    server.fail('tasks/status/', 3, (response) => response.writeHead(503).end())
    server.fail('tasks/get/report/', 1, (response) => void response.destroy())
    expect((await detonate(jobFor(docx('ordinary')))).end).toBe('idle')
  })

  it('loses no task whose number did not arrive', async () => {
    const made = server.made.length
    server.fail('tasks/create/', 1, (response) => void response.destroy(), 'done')
    await expect(detonate(jobFor(docx('ordinary')))).rejects.toThrow(/CAPE takes no task/)
    expect(server.made.length).toBe(made + 1)
    expect([...server.tasks.keys()]).toEqual([])
  })

  it('that refuses the token is no environment', async () => {
    await expect(detonate(jobFor(docx('ordinary')), { token: 'another-token' })).rejects.toThrow('CAPE takes no task: Invalid token.')
  })

  it('that refuses the document is no environment', async () => {
    await expect(detonate(jobFor(docx('nothing that it knows')))).rejects.toThrow('CAPE takes no task: Error adding task to database')
  })

  it('that cannot be reached is no environment', async () => {
    await expect(detonate(jobFor(docx('ordinary')), { url: 'http://127.0.0.1:9/apiv2' })).rejects.toThrow(/ECONNREFUSED/)
  })

  it('that has no machine in time is no environment, and keeps no task', async () => {
    const sandbox = openCape({ ...settingsFor(server.url), queue_seconds: 0.2 }, quick)
    await expect(sandbox.detonate(jobFor(docx('queued')))).rejects.toThrow(/no machine/)
    expect([...server.tasks.keys()]).toEqual([])
  })

  it.each([
    ['broken', 'killed', /failed_analysis/],
    ['garbled', 'killed', /no JSON/],
  ])('ends a %s task truthfully', async (text, end, why) => {
    const job = jobFor(docx(text))
    const seen = await detonate(job)
    expect(runFaults(seen, job)).toEqual([])
    expect(seen.end).toBe(end)
    expect(seen.why_ended).toMatch(why)
  })

  it('is asked for the short report where the whole is too long, and no further', async () => {
    const before = server.requests.length
    const seen = await detonate(jobFor(docx('flooding')), {}, { reportBytes: 100_000 })
    expect(server.requests.slice(before).filter((one) => one.includes('litereport'))).toHaveLength(1)
    expect(seen).toMatchObject({ end: 'killed', why_ended: "CAPE's report cannot be had: an answer that is too long" })
  })
})

describe('the settings of a CAPE', () => {
  it.each<[string, object, RegExp]>([
    ['no address', { url: 'cape' }, /url: an http or https address/],
    ['a token with spaces', { token: 'a b' }, /token: a token of 8 to 200/],
    ['no environments', { environments: [] }, /environments/],
    ['more time than a job has', { queue_seconds: 601 }, /queue_seconds: together with run_seconds more than 1500 s/],
    ['what it does not know', { verify: false }, /verify/],
  ])('with %s are refused, and the fault is named', (_what, change, why) => {
    expect(() => settingsFor(server.url, change)).toThrow(why)
    expect(() => settingsFor(server.url, change)).toThrow(StartupError)
  })

  it('give a task as long as a job has, unless they say less', () => {
    expect(settingsFor(server.url)).toMatchObject({ queue_seconds: 600, run_seconds: 900 })
    expect(settingsFor(server.url, { queue_seconds: 1_000, run_seconds: 500 })).toMatchObject({ queue_seconds: 1_000 })
  })

  it('are read from a file that nobody else reads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-cape-'))
    const file = join(folder, 'cape.json')
    expect(readCapeSettings(file)).toBeUndefined()
    writeFileSync(file, JSON.stringify(settingsFor(server.url)), { mode: 0o600 })
    expect(readCapeSettings(file)?.token).toBe(CAPE_TOKEN)
    chmodSync(file, 0o644)
    expect(() => readCapeSettings(file)).toThrow(/can be read by others/)
    rmSync(folder, { recursive: true })
  })
})
