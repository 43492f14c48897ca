import { describe, expect, it } from 'vitest'
import { environmentsFor, planFirst, planFurther } from '#scanner/detonation/plan.ts'
import { environment, POPPLER, seen, signal } from '#test/harness/replay-sandbox.ts'

const writer = (age: 'current' | 'older') => environment(`libreoffice-${age}`, age, { viewer: 'libreoffice', line: 'libreoffice' })
const chromium = environment('chromium-debian12', 'current', { viewer: 'chromium', line: 'chromium' })
const windows = environment('windows-office', 'current', { viewer: 'other', line: 'office', driver: 'windows' })
const cape = environment('cape-pages', 'current', { viewer: 'other', line: 'cape', driver: 'cape', macros: 'on', pages: true })
const ALL = [...POPPLER, writer('current'), writer('older'), chromium, windows]
const named = (plan: readonly { environment: { name: string }; macros: boolean; checkHeap: boolean; run: number }[]) =>
  plan.map(({ environment: { name }, macros, checkHeap, run }) =>
    [name, ...(macros ? ['macros'] : []), ...(checkHeap ? ['heap'] : []), ...(run === 2 ? ['again'] : [])].join(' '),
  )
const none = { macros: false, egress: 'none', checkHeap: false } as const

describe('where a document is opened', () => {
  it.each([
    ['pdf', ['poppler-debian12', 'poppler-debian11', 'chromium-debian12', 'windows-office']],
    ['docx', ['libreoffice-current', 'libreoffice-older', 'windows-office']],
    ['html', ['chromium-debian12', 'windows-office']],
    ['page', ['chromium-debian12']],
    ['zip', []],
    ['unknown', []],
  ])('%s: %j', (type, names) => {
    expect(environmentsFor(type, ALL).map(({ name }) => name)).toEqual(names)
  })

  it('is of the environments of others what their operators say', () => {
    const word = { ...windows, opens: ['doc', 'docx'] }
    expect(environmentsFor('page', [...ALL, cape]).map(({ name }) => name)).toEqual(['chromium-debian12', 'cape-pages'])
    expect(['docx', 'word2', 'pdf'].map((type) => environmentsFor(type, [word]).length)).toEqual([1, 1, 0])
  })

  it('is opened with macros or without where only one of them can be had, and nowhere where the other was asked for', () => {
    const plan = (asked: Parameters<typeof planFirst>[2]) =>
      named(planFirst({ type: 'docx', reason: true }, [cape, { ...cape, name: 'off', macros: 'off' }], asked))
    expect(plan({})).toEqual(['cape-pages macros', 'off'])
    expect(plan({ macros: 'on' })).toEqual(['cape-pages macros'])
    expect(plan({ macros: 'off' })).toEqual(['off'])
    const ended = seen('0'.repeat(64), cape, { ...none, macros: true }, { signals: [signal('effect')] })
    expect(planFurther([ended], {})).toEqual([])
  })

  it('is every environment of both ages, and without macros too only where something in it acts', () => {
    const office = [writer('current'), writer('older')]
    expect(named(planFirst({ type: 'docx', reason: false }, office, {}))).toEqual(['libreoffice-current macros', 'libreoffice-older macros'])
    expect(named(planFirst({ type: 'docx', reason: true }, office, {}))).toEqual([
      'libreoffice-current macros',
      'libreoffice-current',
      'libreoffice-older macros',
    ])
    expect(named(planFirst({ type: 'docx', reason: true }, office, { macros: 'off' }))).toEqual(['libreoffice-current', 'libreoffice-older'])
    expect(named(planFirst({ type: 'docx', reason: true }, office, { macros: 'on' }))).toEqual(['libreoffice-current macros', 'libreoffice-older macros'])
    expect(named(planFirst({ type: 'pdf', reason: true }, ALL, { environments: ['poppler-debian11', 'libreoffice-older'] }))).toEqual(['poppler-debian11'])
  })
})

describe('what follows', () => {
  const run = (which: (typeof ALL)[number], more = {}, options: { macros: boolean; egress: 'none'; checkHeap: boolean } = none) =>
    seen('0'.repeat(64), which, options, more)

  it('is nothing where nothing was seen', () => {
    expect(
      planFurther(
        POPPLER.map((which) => run(which)),
        {},
      ),
    ).toEqual([])
    expect(
      planFurther(
        POPPLER.map((which) => run(which, { signals: [signal('odd')] })),
        {},
      ),
    ).toEqual([])
  })

  it('of a crash is that run and its sibling once more, and the current one with a checked heap', () => {
    const crashed = { signals: [signal('crash')] }
    expect(named(planFurther([run(POPPLER[0], crashed), run(POPPLER[1]), run(chromium)], {})).toSorted()).toEqual([
      'poppler-debian11 again',
      'poppler-debian12 again',
      'poppler-debian12 heap',
    ])
    expect(named(planFurther([run(POPPLER[0]), run(POPPLER[1], crashed)], {})).toSorted()).toEqual(['poppler-debian11 again', 'poppler-debian12 again'])
  })

  it('of what acted with macros is a run without them, unless the submitter wants none or it was planned', () => {
    const on = { ...none, macros: true }
    const acted = run(writer('current'), { signals: [signal('active')] }, on)
    expect(named(planFurther([acted], {}))).toEqual(['libreoffice-current'])
    expect(planFurther([acted], { macros: 'on' })).toEqual([])
    expect(planFurther([acted, run(writer('current'))], {})).toEqual([])
    const reacted = run(writer('current'), { signals: [signal('effect')] }, on)
    expect(named(planFurther([reacted, run(writer('older'), {}, on)], {}))).toEqual(['libreoffice-current', 'libreoffice-older'])
    // Whether it is the macro's doing is not for the submitter to leave open.
    expect(named(planFurther([reacted], { macros: 'on' }))).toEqual(['libreoffice-current'])
  })

  it('comes to an end', () => {
    const crashed = { signals: [signal('crash')] }
    let ended = POPPLER.map((which) => run(which, crashed))
    const begun = new Set<string>()
    for (let round = 0; round < 5; round++) {
      const fresh = planFurther(ended, {}).filter((planned) => !begun.has(JSON.stringify(planned)))
      for (const planned of fresh) begun.add(JSON.stringify(planned))
      ended = [
        ...ended,
        ...fresh.map(({ environment: which, macros, egress, checkHeap }) => run(which as never, crashed, { macros, egress: egress as 'none', checkHeap })),
      ]
      if (round > 1) expect(fresh).toEqual([])
    }
  })
})
