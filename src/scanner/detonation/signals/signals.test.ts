import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHappening } from '#test/harness/detonation/any-happening.ts'
import { asks, connect, file, memory, page, start, unreported, viewer } from '#test/harness/detonation/happenings.ts'
import { environment, happening, learnedBaseline } from '#test/harness/detonation/runs.ts'
import { type Case, CASES } from '#test/harness/detonation/signal-cases.ts'
import { type EndState, type Happening, Signal } from '../contract.ts'
import { judgeRun, SIGNALS } from './all.ts'
import { type Baseline, learn } from './baseline.ts'
import { KERNEL_EVENTS, PROBES } from './probes.ts'

const judged = (of: Case, happenings: readonly Happening[], end: EndState = 'rendered', baseline?: Baseline) =>
  judgeRun({ environment: of.environment ?? environment(), options: { macros: false, egress: 'none', checkHeap: false }, end, happenings, baseline })
const options = { macros: false, egress: 'none', checkHeap: false } as const

describe('the signals', () => {
  it.each(CASES.map((one) => [`${one.id}: ${one.does}`, one] as const))('%s', (_, one) => {
    const rule = SIGNALS.find(({ id }) => id === one.id)!
    const baseline = one.environment?.viewer === 'other' ? undefined : learnedBaseline(one.environment ?? environment())
    const found = judged(one, one.happenings, one.end, baseline).filter(({ id }) => id === one.id)
    expect(found[0]).toMatchObject({ weight: one.weight ?? rule.weight, attack: rule.attack })
    for (const place of found[0]!.shown_by) expect(one.happenings[place]).toBeDefined()
    expect(judged(one, one.nearMiss, 'rendered', baseline).filter(({ id }) => id === one.id)).toEqual([])
  })

  it('have a case and a near miss each', () => {
    expect([...new Set(CASES.map(({ id }) => id))].toSorted()).toEqual(SIGNALS.map(({ id }) => id).toSorted())
    expect(new Set(SIGNALS.map(({ id }) => id)).size).toBe(SIGNALS.length)
  })

  it('weigh as worth knowing where nobody learned what is ordinary', () => {
    const where = environment('chromium')
    const happenings = [happening('attack-call', { pid: 812, call: 'unshare' }), memory({})]
    const weights = (baseline?: Baseline) => judgeRun({ environment: where, options, end: 'rendered', happenings, baseline }).map(({ weight }) => weight)
    expect(weights()).toEqual(['odd', 'odd'])
    expect(weights(learnedBaseline(where))).toEqual(['effect', 'effect'])
    // A baseline of another version says nothing of this one.
    expect(weights({ ...learnedBaseline(where), version: '1' })).toEqual(['odd', 'odd'])
  })

  it('never take the document on the disk for a file that it left', () => {
    const sha256 = 'ab'.repeat(32)
    const laid = happening('file', { path: '/home/user/Documents/a.js', action: 'create', rank: 'host', sha256 })
    const judge = (of: string) =>
      judgeRun({ environment: environment(), options, end: 'rendered', sha256: of, happenings: [laid, file('/tmp/x')] }).map(({ id }) => id)
    expect(judge(sha256)).toEqual([])
    expect(judge('cd'.repeat(32))).toEqual(['dropped-file', 'disagreement'])
  })

  it('take no host for unreported that the browser calls with harmless pages', () => {
    const where = environment('chromium')
    const happenings = [page('request', 'https://page.example/a'), connect('maker.example'), unreported('POST', 'https://maker.example/update')]
    const baseline = { ...learn(learnedBaseline(where), happenings) }
    const judge = (more: readonly Happening[]) => judgeRun({ environment: where, options, end: 'rendered', happenings: [...happenings, ...more], baseline })
    expect(judge([])).toEqual([])
    expect(judge([unreported('POST', 'https://other.example/update')])).toMatchObject([
      { id: 'unreported-traffic', weight: 'active', rank: 'host', shown_by: [3] },
    ])
  })

  it('excuse the reading of a file by nobody but the browser that was asked for it', () => {
    const [asked, key] = [asks('file:///home/user/.ssh/id_rsa'), '/home/user/.ssh/id_rsa']
    const weights = (happenings: readonly Happening[], where = environment('chromium')) =>
      judgeRun({ environment: where, options, end: 'rendered', happenings }).flatMap(({ id, weight }) => (id === 'honey-file' ? [weight] : []))
    const read = happening('file', { pid: 900, path: key, action: 'read', honey: true, rank: 'guest' })
    expect(weights([asked, read])).toEqual(['active'])
    expect(weights([asked, start('/bin/sh'), read])).toEqual(['effect'])
    expect(weights([asks('https://page.example/'), asked, read])).toEqual(['effect'])
    expect(weights([asks('file:///home/user/.ssh/%'), asks('file://share/home/user/.ssh/id_rsa'), read])).toEqual(['effect'])
    expect(weights([asked, read], environment('libreoffice'))).toEqual(['effect'])
  })

  it('name where the way out of the guest led, and not the way itself', () => {
    const door = happening('connect', { pid: 812, to: '127.0.0.1', port: 3128, protocol: 'other', rank: 'kernel' })
    const called = (happenings: readonly Happening[]) =>
      judgeRun({ environment: environment(), options: { macros: false, egress: 'none', checkHeap: false }, end: 'rendered', happenings })
        .filter(({ id }) => id === 'network-attempt')
        .map(({ why }) => why)
    expect(called([door, connect('template.example')])).toEqual([expect.stringContaining('template.example')])
    // Where the host saw nothing come out, the guest's kernel alone tells.
    expect(called([door])).toEqual([expect.stringContaining('127.0.0.1')])
  })

  it('have the rank of the highest that saw it', () => {
    const seen = [
      happening('fault', { pid: 1, image: viewer, signal: 'SIGSEGV', rank: 'guest' }),
      happening('fault', { pid: 1, image: viewer, signal: 'SIGSEGV', address: '0x1' }),
    ]
    expect(judgeRun({ environment: environment(), options, end: 'crashed', happenings: seen })).toMatchObject([
      { id: 'crash', rank: 'kernel', shown_by: [0, 1] },
    ])
  })

  it('stand in docs/signals.md as they are', async () => {
    await expect(document()).toMatchFileSnapshot('../../../../docs/signals.md')
  })
})

describe('any happenings', () => {
  it('give signals of the contract, the same each time, and never an error', () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 60 }), fc.constantFrom(...(['rendered', 'hung', 'agent-silenced'] as const)), (happenings, end) => {
        const judge = () => judgeRun({ environment: environment('chromium'), options, end, happenings })
        for (const signal of judge()) expect(Signal.parse(signal)).toEqual(signal)
        for (const { shown_by } of judge()) for (const place of shown_by) expect(happenings[place]).toBeDefined()
        expect(judge()).toEqual(judge())
      }),
    )
  })

  it('are judged in time in proportion to their number', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => (i % 2 ? file(`/home/user/f${'x'.repeat(i % 3000)}`) : start(`/bin/${'y'.repeat(i % 3000)}`)))
    const begin = performance.now()
    expect(judgeRun({ environment: environment(), options, end: 'rendered', happenings: many }).length).toBeLessThanOrEqual(1000)
    expect(performance.now() - begin).toBeLessThan(20_000)
  }, 60_000)
})

/** docs/signals.md: every signal with what must be present, its source, and what the tests build to show it. */
function document(): string {
  const rows = SIGNALS.map(({ id, weight, requires, attack, source }) => {
    const of = CASES.filter((one) => one.id === id)
    return [
      id,
      weight,
      requires.join('; '),
      attack.join(', '),
      source,
      of.map(({ does }) => does).join('; '),
      [...new Set(of.map(({ lacks }) => lacks))].join('; '),
    ]
  })
  return [
    '# What a document is seen to do, and on what evidence',
    '',
    'Written by `src/scanner/detonation/signals/signals.test.ts`; do not edit. A signal judges what one run in one environment showed; what a viewer does with harmless files is none.',
    '`effect`: what only an exploit does. `crash`: a fault, which triage judges over two runs. `active`: content acted, by what the viewer offers. `odd`: worth knowing.',
    "What a macro did, and what stayed away in a run without macros, is the macro's doing and no exploit.",
    '',
    ...table(['signal', 'weight', 'present before it is told', 'ATT&CK', 'source', 'shown by', 'near miss that gives none'], rows),
    '',
    '## What a Linux guest traces',
    '',
    'The probes and events of the kernel whose entries `trace.ts` understands. Each probe that fetches a string is to end with `guard=\\NUMBER:x64`, a number that the viewer cannot know and that the reader is told: without it, a string of the document can pass for an entry.',
    'The agent writes `vedette-process pid=N parent=N image=PATH` into `trace_marker` for each process that runs already, then `vedette-open` when the document is handed over.',
    '',
    ...table(
      ['probe', 'definition'],
      PROBES.map(({ name, definition }) => [name, `\`${definition}\``]),
    ),
    '',
    `Events: ${KERNEL_EVENTS.map((event) => `\`${event}\``).join(', ')}; \`syscalls/sys_enter_*\` of the calls that \`linux.ts\` lists.`,
    '',
  ].join('\n')
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  return [headers, headers.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`)
}
