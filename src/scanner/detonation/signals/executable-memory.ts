import { of, perSubject, weighed, type Rule } from './signal.ts'

/** Memory that a program may run, and that no file holds. */
export const executableMemory: Rule = {
  id: 'executable-memory',
  requires: ['memory of no file was made executable (mmap, mprotect)', 'the viewer never does so with harmless files: it has a learned baseline'],
  attack: ['T1055', 'T1203'],
  weight: 'effect',
  source: 'scanner design, section 14',
  judge(run) {
    const made = of(run, 'memory').filter((one) => (one.call === 'mmap' || one.call === 'mprotect' || one.call === 'pkey_mprotect') && !run.ordinary.has(one))
    return weighed(
      perSubject(
        made.filter(({ protection }) => protection === undefined || protection.includes('x')),
        ({ call, protection }) => `${call} ${protection}`,
        ({ call, protection }, all) =>
          `Memory of no file became executable${protection ? ` (${protection})` : ''} by ${call}, ${all.length} time${all.length === 1 ? '' : 's'}.`,
      ),
      run,
    )
  },
}
