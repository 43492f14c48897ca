import { isDocument, of, perSubject, quoted, weighed, type Rule } from './signal.ts'
import { plainPath } from './subject.ts'

/** What Chromium writes of its own accord: its profile, what is downloaded, passing files, and what it tells the kernel of itself. */
const OWN =
  /^(?:\/home\/user\/(?:profile|Downloads|\.cache|\.config|\.local|\.pki)(?:\/|$)|\/tmp\/|\/dev\/(?!fd\/)|\/proc\/(?!.*\/(?:root|cwd|fd)\/)|memfd:|\/memfd:)/
const DONE = { create: 'made', write: 'opened for writing', move: 'moved', delete: 'deleted' } as const

/** The browser changes files that are none of its own: its pages have no way to do so. */
export const outsideProfile: Rule = {
  id: 'outside-profile',
  requires: [
    'the kernel saw a process of Chromium make, write, move or delete a file outside of its profile and of the folders for downloads and passing files',
    'or the disk holds such a change below /home, by whatever name and links it was made',
    'the browser never does so with harmless pages: it has a learned baseline',
  ],
  attack: ['T1203', 'T1611'],
  weight: 'effect',
  source: 'scanner design, section 17.4',
  judge(run) {
    if (run.environment.viewer !== 'chromium') return []
    const changed = of(run, 'file').filter(
      (one) =>
        (one.rank === 'kernel' || (one.rank === 'host' && one.path.startsWith('/home/'))) &&
        !isDocument(one, run) &&
        !one.honey &&
        Object.hasOwn(DONE, one.action) &&
        one.path.startsWith('/') &&
        !OWN.test(plainPath(one.path)) &&
        !run.ordinary.has(one),
    )
    return weighed(
      perSubject(
        changed,
        ({ action, path }) => `${action} ${path}`,
        ({ action, path }) => `The browser changed a file that is none of its own: ${quoted(path)} was ${DONE[action as keyof typeof DONE]}.`,
      ),
      run,
    )
  },
}
