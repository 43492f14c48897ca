import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Detonation, EndState, Environment, Happening } from '#scanner/detonation/contract.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { buildDocx, buildPdf, buildRtf, buildVba, equationObject, buildOle1, fontRecord } from '#test/harness/documents.ts'
import { anyHappening } from '#test/harness/detonation/any-happening.ts'
import { detonation, environment, happening } from '#test/harness/detonation/runs.ts'
import { JoinedReport, type ScanResult } from './contract.ts'
import { joinBehaviour, type Behaviour } from './join.ts'
import { JOINED_SCHEMA, SCAN_SCHEMA } from './schema.ts'

const PLAIN = scanBytes(buildPdf(['<</Type /Catalog>>']))
const MACRO = scanBytes(buildVba({ Module1: 'Sub AutoOpen()\r\nShell "calc"\r\nEnd Sub\r\n' }))
const EQUATION = scanBytes(Buffer.from(buildRtf(buildOle1('Equation.3', equationObject(fontRecord(Buffer.alloc(0x30, 0x41)))).toString('hex'))))
const shell = happening('process-start', { pid: 900, parent: 812, image: '/bin/sh', arguments: ['sh'] })
const CHOSEN = Buffer.from('edfe115a1d4b', 'hex')
const fault = (of: object) => happening('fault', { pid: 812, image: '/usr/bin/pdftoppm', signal: 'SIGSEGV', stack: ['a+0x1'], ...of })
const control = fault({ address: '0x4b1d5a11feed', access: 'write' })
const run = (where: Environment, happenings: readonly Happening[] = [], of: { macros?: boolean; end?: EndState } = {}) =>
  detonation(happenings, { environment: where, end: of.end ?? 'rendered', options: { macros: of.macros ?? false, egress: 'none', checkHeap: false } })

function join(scan: ScanResult, detonations: readonly Detonation[], more: Partial<Behaviour> = {}): JoinedReport {
  const answer = joinBehaviour(scan, { detonations, ...more })
  expect(answer.schema).toBe(JOINED_SCHEMA)
  expect(JoinedReport.parse(answer)).toEqual(answer)
  return answer as JoinedReport
}

describe('the answer for a submission', () => {
  it('without environments is the scan itself, byte for byte', () => {
    for (const scan of [PLAIN, EQUATION]) {
      expect(JSON.stringify(joinBehaviour(scan, { detonations: [] }))).toBe(JSON.stringify(scan))
      expect(scan.schema).toBe(SCAN_SCHEMA)
    }
    expect(join(PLAIN, [run(environment())]).seen.structure).toEqual(PLAIN)
  })

  it('says where nothing was seen, and never that a document is clean', () => {
    const answer = join(PLAIN, [run(environment()), run(environment('libreoffice'))], { notTried: [{ environment: 'mupdf-debian12', why: 'no image' }] })
    expect(answer).toMatchObject({ exploit: 'none-seen', basis: null, not_checked: [{ environment: 'mupdf-debian12', what: 'not tried', why: 'no image' }] })
    expect(answer.reasons).toEqual(['The structure shows nothing in what was examined.', 'Not seen in Poppler 22.12.0.', 'Not seen in LibreOffice 7.4.7.'])
  })

  it('says with "not seen" what was not watched', () => {
    const blind = ['the disk', 'v_system', 'v_popen', 'v_dlopen', 'v_move'].map((what) => ({ what, why: 'no library exports it' }))
    const answer = join(PLAIN, [{ ...run(environment()), not_watched: blind }])
    expect(answer.environments[0]!.said).toBe('Not seen in Poppler 22.12.0 (not watched: the disk, v_system, v_popen, v_dlopen and 1 more).')
    expect(answer.not_checked.map(({ what }) => what)).toEqual(blind.map(({ what }) => what))
  })

  it('says so where nothing was tried', () => {
    expect(join(PLAIN, [], { notTried: [{ environment: 'poppler-debian12', why: 'QEMU is missing' }] })).toMatchObject({
      exploit: 'none-seen',
      environments: [],
      not_checked: [{ environment: 'poppler-debian12' }],
    })
  })

  it('does not say "not seen" of a run that ended otherwise or lost events', () => {
    for (const end of ['hung', 'killed', 'agent-silenced'] as const) {
      const answer = join(PLAIN, [run(environment(), [], { end })])
      expect(answer.environments[0]!.showed).toBe('undecided')
      expect(answer.reasons.join(' ')).not.toContain('Not seen')
      expect(answer.not_checked).toMatchObject([{ environment: 'poppler-debian12' }])
    }
    expect(join(PLAIN, [run(environment(), [happening('dropped', { of: 'trace', count: 1 })])]).environments[0]!.showed).toBe('undecided')
  })

  it('does not say "not seen" of a document that the viewer did not open, and says why it did not', () => {
    const refused = happening('viewer', { state: 'refused', detail: 'it needs a password' })
    const answer = join(PLAIN, [run(environment('libreoffice'), [refused], { end: 'idle' })])
    expect(answer.environments[0]).toMatchObject({
      showed: 'undecided',
      said: 'LibreOffice 7.4.7 says nothing about the document: it did not open it (it needs a password).',
    })
    expect(answer.not_checked).toMatchObject([{ environment: 'libreoffice-debian12' }])
    const shown = happening('viewer', { state: 'rendered' })
    expect(join(PLAIN, [run(environment('libreoffice'), [refused, shown])]).environments[0]!.showed).toBe('not-seen')
    // What the host knows not to have come stays so, whatever was drawn in its place.
    const denied = happening('viewer', { state: 'refused', detail: 'the page could not be had: 127.0.0.1', rank: 'host' })
    expect(join(PLAIN, [run(environment('chromium'), [shown, denied])]).environments[0]).toMatchObject({
      showed: 'undecided',
      said: expect.stringContaining('it did not open it (the page could not be had: 127.0.0.1)') as unknown,
    })
  })

  it('is confirmed by an effect, and by a crash only where its control repeats', () => {
    expect(join(PLAIN, [run(environment(), [shell])])).toMatchObject({ exploit: 'confirmed', basis: 'behaviour' })
    const crashed = () => run(environment(), [control], { end: 'crashed' })
    const inputs = [CHOSEN]
    expect(join(PLAIN, [crashed(), crashed()], { inputs })).toMatchObject({ exploit: 'confirmed', basis: 'behaviour' })
    expect(join(PLAIN, [crashed()], { inputs })).toMatchObject({ exploit: 'none-seen', environments: [{ showed: 'crash' }] })
    const nullRead = run(environment(), [fault({ address: '0x0', access: 'read' })], { end: 'crashed' })
    const answer = join(PLAIN, [nullRead, nullRead])
    expect(answer).toMatchObject({ exploit: 'none-seen', environments: [{ showed: 'crash' }] })
    expect(answer.reasons.join(' ')).toContain('A null read is a crash, and no exploit.')
    expect(answer.reasons.join(' ')).not.toContain('Not seen in')
  })

  it('holds a macro to be the author of what stays away without it', () => {
    const where = environment('libreoffice')
    const on = run(where, [shell], { macros: true })
    expect(join(MACRO, [on, run(where)])).toMatchObject({ exploit: 'technique-only', basis: 'both', seen: { behaviour: [{ by: 'macro' }] } })
    // Where none was found, an exploit that needs luck is as likely.
    const lucky = join(PLAIN, [on, run(where)])
    expect(lucky).toMatchObject({ exploit: 'technique-only', basis: 'behaviour', seen: { behaviour: [{ by: 'unknown' }] } })
    expect(lucky.environments[0]!.said).toContain('whether it was a macro is not known')
    expect(lucky.not_checked).toEqual([])
    expect(join(PLAIN, [on, run(where, [shell])])).toMatchObject({ exploit: 'confirmed' })
    expect(join(PLAIN, [on])).toMatchObject({
      exploit: 'technique-only',
      seen: { behaviour: [{ by: 'unknown' }] },
      not_checked: [{ what: 'a run without macros' }],
    })
    expect(join(PLAIN, [on, run(where, [], { end: 'hung' })])).toMatchObject({ exploit: 'technique-only', seen: { behaviour: [{ by: 'unknown' }] } })
    // Poppler runs no macros, whatever the option says.
    expect(join(PLAIN, [run(environment(), [shell], { macros: true })])).toMatchObject({ exploit: 'confirmed' })
  })

  it('says who did it once, and of many things the gravest', () => {
    const where = environment('libreoffice')
    const called = ['a', 'b', 'c', 'd'].map((argument) => happening('library-call', { pid: 1, call: 'system', argument }))
    const [{ said } = { said: '' }] = join(MACRO, [run(where, [...called, shell], { macros: true }), run(where)]).environments
    expect(said).toBe(
      'LibreOffice 7.4.7: The viewer started "/bin/sh" with "sh". system was called with "a". system was called with "b". And 2 more. (A macro did it: without macros it stayed away.)',
    )
  })

  it('raises a CVE that the structure names only by its own program', () => {
    expect(EQUATION.verdict).toMatchObject({ exploit: 'attempted', cve: [{ id: 'CVE-2017-11882' }] })
    const windows = environment('other')
    const editor = happening('process-start', { pid: 7, parent: 5, image: 'C:\\Office\\EQNEDT32.EXE', arguments: [] })
    const child = happening('process-start', { pid: 8, parent: 7, image: 'C:\\Windows\\System32\\cmd.exe', arguments: ['cmd'] })
    expect(join(EQUATION, [run(windows, [editor, child])])).toMatchObject({
      exploit: 'confirmed',
      basis: 'both',
      cve: [{ id: 'CVE-2017-11882', basis: 'both' }],
    })
    expect(join(EQUATION, [run(environment('libreoffice'))])).toMatchObject({ exploit: 'attempted', basis: 'structure', cve: [{ basis: 'structure' }] })
    // An effect in LibreOffice, which has no equation editor, is another one's.
    expect(join(EQUATION, [run(environment('libreoffice'), [shell])])).toMatchObject({
      exploit: 'confirmed',
      basis: 'behaviour',
      cve: [{ basis: 'structure' }],
    })
  })

  it('names what was fixed as candidates, and a zero day after repetition', () => {
    const [old, now] = [environment('poppler', 'older'), environment('poppler')]
    const fixes = { poppler: [{ cve: 'CVE-2022-38784', version: '22.12.0-1', source: 'changelog' }] }
    const only = join(PLAIN, [run(old, [shell]), run(old, [shell]), run(now), run(now)], { fixes })
    expect(only).toMatchObject({ exploit: 'confirmed', cve: [], candidates: [{ id: 'CVE-2022-38784' }], zero_day: [] })
    const both = [run(old, [shell]), run(old, [shell]), run(now, [shell]), run(now, [shell])]
    expect(join(PLAIN, both, { fixes })).toMatchObject({ candidates: [], zero_day: [{ line: 'poppler', environment: 'poppler-debian12' }] })
    const once = join(PLAIN, both.slice(0, 3), { fixes })
    expect(once).toMatchObject({ zero_day: [], not_checked: [{ what: 'the comparison of versions' }] })
    // Whoever asks for the current version alone escapes neither; what does not react there is compared with nothing.
    expect(join(PLAIN, both.slice(2), { fixes })).toMatchObject({ zero_day: [{ line: 'poppler', environment: 'poppler-debian12' }] })
    expect(join(PLAIN, [run(now), run(now)], { fixes })).toMatchObject({ zero_day: [], not_checked: [] })
  })

  it('keeps what the static scan did not examine', () => {
    const scan: ScanResult = { schema: SCAN_SCHEMA, outcome: 'not-scanned', reason: { code: 'crash', detail: 'the reader ended' } }
    expect(join(scan, [run(environment())])).toMatchObject({ exploit: 'none-seen', not_checked: [{ path: '/', reason: 'crash' }] })
    const cut = scanBytes(buildDocx({}), { passwords: [] })
    const broken: ScanResult = { ...cut, verdict: { ...cut.verdict, not_checked: [{ path: '/', what: 'a', why: 'b', reason: 'encrypted' }] } }
    expect(join(broken, [run(environment('libreoffice'))]).not_checked).toContainEqual({ path: '/', what: 'a', why: 'b', reason: 'encrypted' })
  })
})

describe('any runs', () => {
  const anyRun = fc
    .tuple(
      fc.constantFrom('poppler', 'libreoffice', 'chromium', 'other'),
      fc.constantFrom('older', 'current'),
      fc.array(anyHappening, { maxLength: 8 }),
      fc.boolean(),
      fc.constantFrom<EndState[]>('rendered', 'idle', 'crashed', 'hung', 'killed', 'agent-silenced'),
    )
    .map(([viewer, age, happenings, macros, end]) => run(environment(viewer, age), happenings, { macros, end }))

  it('give an answer of the contract that keeps its rules', () => {
    fc.assert(
      fc.property(fc.constantFrom(PLAIN, EQUATION), fc.array(anyRun, { minLength: 1, maxLength: 6 }), (scan, runs) => {
        const answer = join(scan, runs)
        // Behaviour alone names nothing, and nothing that the structure names is lost.
        expect(answer.cve.map(({ id }) => id)).toEqual(scan.verdict.cve.map(({ id }) => id))
        if (scan.verdict.exploit === 'attempted') expect(['attempted', 'confirmed']).toContain(answer.exploit)
        expect(answer.basis === null).toBe(answer.exploit === 'none-seen')
        if (answer.exploit === 'confirmed') expect(answer.environments.some(({ showed }) => showed === 'effect' || showed === 'crash')).toBe(true)
        // "Not seen" is said only of viewers all of whose runs ended as any document's does.
        for (const { environment: where, said } of answer.environments.filter(({ showed }) => showed === 'not-seen')) {
          expect(said).toMatch(/^Not seen in \S+ \S+\.$/)
          expect(runs.filter((one) => one.environment.name === where.name).every(({ end }) => end === 'rendered' || end === 'idle')).toBe(true)
        }
        expect(answer.reasons.join(' ')).not.toMatch(/\b(?:clean|safe|benign|harmless)\b/i)
        expect(joinBehaviour(scan, { detonations: runs })).toEqual(answer)
      }),
    )
  })
})
