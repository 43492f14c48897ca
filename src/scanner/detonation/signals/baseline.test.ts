import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHappening } from '#test/harness/detonation/any-happening.ts'
import { file, keyed, memory, start } from '#test/harness/detonation/happenings.ts'
import { detonation, environment, happening, learnedBaseline } from '#test/harness/detonation/runs.ts'
import type { Detonation, Environment, Happening } from '../contract.ts'
import { judgeRun } from './all.ts'
import { Baseline, emptyBaseline, learn } from './baseline.ts'
import { learnRun } from './learn-run.ts'
import { subjectOf } from './subject.ts'

const options = { macros: false, egress: 'none', checkHeap: false } as const

describe('what is ordinary', () => {
  const ordinaryKinds = new Set(['outside-profile', 'executable-memory', 'sandbox-attack', 'dropped-file', 'network-attempt', 'library-call', 'unusual'])

  it('is no finding once it was learned, whatever it was', () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 20 }), (happenings) => {
        const where = environment('chromium')
        // What changes a process or the kernel, and a program, is never ordinary.
        const never = (one: Happening) => (one.kind === 'attack-call' || one.kind === 'file') && (subjectOf(one) === undefined || 'program' in one)
        const harmless = happenings.filter((one) => one.kind !== 'fault' && !never(one))
        const baseline = Array.from({ length: 20 }).reduce<Baseline>((known) => learn(known, harmless), emptyBaseline(where.name, where.version))
        expect(Baseline.parse(baseline)).toEqual(baseline)
        const of = (with_: Baseline) =>
          judgeRun({ environment: where, options, end: 'rendered', happenings: harmless, baseline: with_ }).filter(({ id }) => ordinaryKinds.has(id))
        expect(of(baseline)).toEqual([])
      }),
    )
    // The control: without having learned it, it is one.
    const where = environment('chromium')
    expect(judgeRun({ environment: where, options, end: 'rendered', happenings: [memory({})], baseline: learnedBaseline(where) })).toMatchObject([
      { id: 'executable-memory', weight: 'effect' },
    ])
  })

  it('adds programs to a viewer that nobody listed, and to no other', () => {
    const judge = (where: Environment, image: string) => {
      const baseline = { ...learn(emptyBaseline(where.name, where.version), [start(image)]), runs: 20 }
      return judgeRun({ environment: where, options, end: 'rendered', happenings: [start(image)], baseline }).map(({ id, weight }) => `${id} ${weight}`)
    }
    expect(judge(environment('other'), 'C:\\Windows\\splwow64.exe')).toEqual([])
    expect(judge(environment(), '/bin/sh')).toEqual(['unexpected-process effect'])
  })

  it('is learned of runs that ended as a viewer ends, and showed nothing that only an exploit does', () => {
    const where = environment()
    const empty = emptyBaseline(where.name, where.version)
    const lesson = (happenings: readonly Happening[], of: Partial<Detonation> = {}) => learnRun(empty, detonation(happenings, of))
    expect(lesson([file('/tmp/a.png')])).toEqual({ baseline: { ...empty, runs: 1, ordinary: { file: ['create /tmp/*.png'] } } })
    // A viewer without a script engine makes no code, whatever a file that is held to be harmless showed.
    expect(lesson([memory({})])).toMatchObject({ refused: expect.stringContaining('became executable') as unknown })
    const browser = environment('chromium')
    expect(learnRun(emptyBaseline(browser.name, browser.version), detonation([memory({})], { environment: browser }))).toMatchObject({
      baseline: { ordinary: { memory: ['mprotect rwx'] } },
    })
    // Whom a page calls is up to it.
    const called = [happening('connect', { protocol: 'other', to: '127.0.0.1', port: 3128 }), file('/tmp/a.png')]
    const visit = detonation(called, { environment: browser, options: { ...options, egress: 'direct' } })
    expect(learnRun(emptyBaseline(browser.name, browser.version), visit)).toMatchObject({ baseline: { ordinary: { file: ['create /tmp/*.png'] } } })
    expect(learnRun(emptyBaseline(browser.name, browser.version), visit)).not.toHaveProperty('baseline.ordinary.connect')
    expect(lesson([start('/bin/sh')])).toEqual({ refused: 'The viewer started "/bin/sh" with "/bin/sh".' })
    expect(lesson([file('/tmp/a'), start('/tmp/a')])).toMatchObject({ refused: expect.stringContaining('written during the run') as unknown })
    expect(lesson([], { end: 'hung' })).toEqual({ refused: 'it ended as hung' })
    expect(lesson([], { environment: environment('chromium') })).toMatchObject({ refused: expect.stringContaining('chromium') as unknown })
    expect(lesson([happening('dropped', { of: 'file', count: 1 })])).toEqual({ refused: 'not everything that happened was kept' })
    // What Debian mends in a version leaves the ways of its viewer as they are.
    expect(lesson([], { environment: { ...where, version: '22.12.0-2+deb12u9' } })).toMatchObject({ baseline: { runs: 1 } })
  })

  it('never covers a file that lies there to be stolen, a pivot or a file that was written and run', () => {
    const where = environment()
    const bad = [file('/home/user/.ssh/id_rsa', 'read', 'kernel', true), memory({ pivoted: true }), file('/tmp/a'), start('/tmp/a')]
    const baseline = { ...learn(emptyBaseline(where.name, where.version), bad), runs: 20 }
    const ids = judgeRun({ environment: where, options, end: 'rendered', happenings: bad, baseline }).map(({ id }) => id)
    expect(ids).toEqual(['unexpected-process', 'write-then-execute', 'stack-pivot', 'honey-file'])
  })

  it('is no range under a key that is too small for a script engine, whatever was learned', () => {
    const where = environment('chromium')
    const baseline = learn(learnedBaseline(where), [keyed(0x2000_0000), keyed(4096)])
    const judge = (length: number) => judgeRun({ environment: where, options, end: 'rendered', happenings: [keyed(length)], baseline })
    expect(judge(0x2000_0000)).toEqual([])
    expect(judge(4096)).toMatchObject([{ id: 'executable-memory', weight: 'effect' }])
  })

  it('is what a browser keeps of one site, learned from another, and nothing else of its profile', () => {
    const where = environment('chromium')
    const of = (host: string, made: string) =>
      [
        `Cache/Cache_Data/${made}_0`,
        `Code Cache/js/${made}_0`,
        `IndexedDB/http_${host}_0.indexeddb.leveldb/000003.log`,
        `Service Worker/CacheStorage/${made}/index.txt`,
      ].map((name) => file(`/home/user/profile/Default/${name}`, 'create', 'host'))
    const baseline = learn(learnedBaseline(where), [...of('www.example.com', '66e4edf71cbd0f1b'), file('/tmp/pulse-PKdhtXMmr18n', 'create', 'host')])
    const judge = (happenings: readonly Happening[]) => judgeRun({ environment: where, options, end: 'rendered', happenings, baseline }).map(({ id }) => id)
    expect(judge([...of('second.example', 'e118cd4fbe3826b4'), file('/tmp/pulse-aB3dEfGhIjKl', 'create', 'host')])).toEqual([])
    expect(judge([file('/tmp/other', 'create', 'host')])).toEqual(['dropped-file'])
    expect(judge([file('/home/user/profile/Default/Extensions/abc/manifest.json', 'create', 'host')])).toEqual(['dropped-file'])
  })

  it('is known again under other numbers and passing names', () => {
    const where = environment('libreoffice')
    const made = (name: string) => [`/home/user/.config/4/${name}`, `/home/user/profile/.settings.${name}`, `/tmp/.settings.${name}`].map((path) => file(path))
    const run = (a: string, b: string) => [file(`/tmp/lu${a}.tmp/lu${b}.tmp`), file(`/home/user/.config/4/${a}9-cache`), ...made('a1Bc3d')]
    const baseline = { ...learn(emptyBaseline(where.name, where.version), run('8123abc', '1d')), runs: 20 }
    expect(judgeRun({ environment: where, options, end: 'rendered', happenings: [...run('77xyz1', '9k'), ...made('QbTxyz')], baseline })).toEqual([])
    expect(judgeRun({ environment: where, options, end: 'rendered', happenings: [file('/home/user/.bashrc')], baseline })).toMatchObject([
      { id: 'dropped-file', weight: 'active' },
    ])
  })
})
