import { of, perSubject, quoted, type Rule } from './signal.ts'

/** A page hands out a file; its bytes are scanned in turn. */
export const download: Rule = {
  id: 'download',
  requires: ['the browser was given a file to keep, without a person asking for it'],
  attack: ['T1105', 'T1189'],
  weight: 'odd',
  source: 'scanner design, section 17.2',
  judge(run) {
    return perSubject(
      of(run, 'page').filter(({ action }) => action === 'download'),
      ({ detail }) => detail,
      ({ detail, sha256 }) => `The page hands out ${quoted(detail)}${sha256 ? ` (SHA-256 ${sha256})` : ''}.`,
    )
  },
}
