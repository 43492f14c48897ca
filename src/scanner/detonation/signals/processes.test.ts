import { expect, it } from 'vitest'
import { start, viewer } from '#test/harness/detonation/happenings.ts'
import { environment, happening } from '#test/harness/detonation/runs.ts'
import type { Happening } from '../contract.ts'
import { emptyBaseline, Ordinary } from './baseline.ts'
import { foreignPids, strangers } from './processes.ts'

const where = environment('chromium')
const judge = (...happenings: Happening[]) => {
  const run = { environment: where, options: { macros: false, egress: 'none', checkHeap: false }, end: 'rendered', happenings } as const
  const judged = { ...run, sha256: undefined, ordinary: new Ordinary(emptyBaseline(where.name, where.version)) }
  return { strangers: strangers(judged).map(({ pid, image }) => [pid, image]), foreign: [...foreignPids(judged)] }
}
const fork = (pid: number, parent: number) => happening('process-start', { pid, parent, image: '' })

it('are what they were when they run themselves once more, whoever they are', () => {
  expect(judge(fork(900, 812), start('/proc/self/exe', { pid: 900 }))).toEqual({ strangers: [], foreign: [] })
  // A stranger, its copy, and the copy of that.
  const stranger = [start('/bin/sh', { pid: 900 }), fork(901, 900), fork(902, 901), start('/proc/self/exe', { pid: 902, parent: 901 })]
  expect(judge(...stranger)).toEqual({
    strangers: [
      [900, '/bin/sh'],
      [902, '/proc/self/exe'],
    ],
    foreign: [900, 902],
  })
  // Whose number a process of the viewer's has later.
  expect(judge(...stranger, fork(902, 812), start('/proc/self/exe', { pid: 902 }))).toMatchObject({ foreign: [900, 902] })
  expect(judge(start('/bin/sh', { pid: 900 }), start('/usr/bin/chromium', { pid: 900 }), start('/proc/self/exe', { pid: 900 }))).toMatchObject({
    foreign: [900],
  })
  // Any other way there is another file.
  expect(judge(start('/proc/900/exe'), start('/proc/self/fd/3'), start(viewer)).strangers).toHaveLength(3)
})
