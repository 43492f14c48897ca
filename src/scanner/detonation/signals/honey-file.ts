import { of, perSubject, quoted, type Rule } from './signal.ts'

const DONE = { create: 'made', write: 'written', move: 'moved', delete: 'deleted', execute: 'executed', read: 'read' } as const

/** A file was touched that lies there only to be stolen. */
export const honeyFile: Rule = {
  id: 'honey-file',
  requires: ['a file that nobody has a reason to touch (a key, a profile, a list of documents) was read, changed, moved or deleted'],
  attack: ['T1005', 'T1552.001'],
  weight: 'effect',
  source: 'scanner design, section 14: credentials, canaries',
  judge(run) {
    return perSubject(
      of(run, 'file').filter(({ honey }) => honey),
      ({ path, action }) => `${action} ${path}`,
      ({ path, action }) => `${quoted(path)}, which nobody has a reason to touch, was ${DONE[action]}.`,
    )
  },
}
