import { of, quoted, type Rule } from './signal.ts'

const IN_MEMORY = /^(?:\/memfd:|memfd:|\/proc\/(?:self|thread-self|\d+)\/fd\/\d+$|\/dev\/fd\/\d+$)/

/** A program ran that exists in memory alone. */
export const memfdExec: Rule = {
  id: 'memfd-exec',
  requires: [
    'a file in memory alone was made (memfd_create)',
    'after that a process started whose program is such a file or was given by its descriptor, or execveat was called by the same process',
  ],
  attack: ['T1620'],
  weight: 'effect',
  source: 'scanner design, section 14; memfd_create(2), execveat(2)',
  judge(run) {
    const all = of(run, 'memory', 'process-start')
    const made = all.find((one) => one.kind === 'memory' && one.call === 'memfd_create')
    if (!made) return []
    const makers = new Set(all.flatMap((one) => (one.kind === 'memory' && one.call === 'memfd_create' ? [one.pid] : [])))
    const ran = all.filter(
      (one) => one.place > made.place && (one.kind === 'process-start' ? IN_MEMORY.test(one.image) : one.call === 'execveat' && makers.has(one.pid)),
    )
    if (ran.length === 0) return []
    const start = ran.find((one) => one.kind === 'process-start')
    return [{ why: `A file in memory alone was run${start?.kind === 'process-start' ? ` as ${quoted(start.image)}` : ''}.`, shownBy: [made, ...ran] }]
  },
}
