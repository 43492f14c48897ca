import { fileName, strangers } from './processes.ts'
import { of, perSubject, quoted, type Rule } from './signal.ts'

const EQUATION_EDITOR = /^eqnedt32\.exe$/i

/** The viewer started a program that it has no reason to start. */
export const unexpectedProcess: Rule = {
  id: 'unexpected-process',
  requires: [
    "a process whose program is none of the viewer's own, and that was never started by it with a harmless file",
    'in an environment whose programs nobody listed (a Windows guest, CAPE): a learned baseline, or a child of the equation editor',
  ],
  attack: ['T1203', 'T1059'],
  weight: 'effect',
  source: 'scanner design, section 14: the strongest single sign',
  judge(run) {
    const starts = strangers(run)
    const editors = new Set(of(run, 'process-start').flatMap(({ pid, image }) => (EQUATION_EDITOR.test(fileName(image)) ? [pid] : [])))
    const known = run.environment.viewer !== 'other' && run.environment.driver === 'qemu'
    return perSubject(
      starts,
      ({ image }) => image,
      ({ image, arguments: given }) => `The viewer started ${quoted(image)}${given && given.length > 0 ? ` with ${quoted(given.join(' '))}` : ''}.`,
    ).map((judged) => {
      const telling = known || run.ordinary.learned || judged.shownBy.some((start) => start.kind === 'process-start' && editors.has(start.parent))
      return telling ? judged : { ...judged, weight: 'odd' as const }
    })
  },
}
