import { at, perFact, shown, type Judged } from './evidence.ts'

const MOST_SEARCHED = 2 ** 20
const CALL = /\b(launchURL|getURL)\s{0,20}\(\s{0,20}(["'])([^"'\r\n]{1,300})\2/g
/** A program of the machine instead of an address. */
const PROGRAM =
  /^(file:|[a-z]:[\\/]|\\\\|\/(bin|usr|system|applications)\/|(?!https?:|mailto:|ftp:)[^:/]{0,200}\.(exe|com|bat|cmd|scr|ps1|vbs|js|hta|app|lnk)\b)/i
const MOST_CALLS = 50

/**
 * A script that has the system open a program where an address is expected. Foxit Reader ran it (CVE-2017-10951); whether the call is
 * reached, and in which reader, only a run shows, so that the CVE stays a candidate.
 */
export const launchUrl = perFact(
  {
    id: 'launch-url',
    candidates: ['CVE-2017-10951'],
    requires: ['a script of a PDF', 'a call of app.launchURL or getURL with the path of a program'],
    source: 'Acrobat JavaScript reference, app.launchURL; ZDI-17-691',
  },
  'pdf-javascript',
  (fact): Judged | undefined => {
    const source = fact.source.slice(0, MOST_SEARCHED)
    let calls = 0
    for (const call of source.matchAll(CALL)) {
      if (++calls > MOST_CALLS) break
      const target = call[3]!.replaceAll('\\\\', '\\')
      if (!PROGRAM.test(target)) continue
      return {
        kind: 'technique',
        severity: 'high',
        summary: 'A script has the system open a program by its path.',
        attack: ['T1059.007', 'T1204.002'],
        ...(call[1] === 'launchURL' && {
          candidate: { id: 'CVE-2017-10951', why: 'The call has to be reached, and in a Foxit Reader, which a document does not show.' },
        }),
        proof: [{ ...at(fact), field: `JavaScript ${call[1]}`, value: shown(target) }],
      }
    }
    return undefined
  },
)
