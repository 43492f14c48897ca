import { of, quoted, type Rule } from './signal.ts'

/** As of the static evidence of the same name. */
export const SPRAYED_BYTES = 16 * 2 ** 20
/** Zeroes are what fresh memory holds, and ones a white picture; as an address neither leads anywhere. */
const BLANK = /^(?:0x)?(?:(?:00)*|(?:ff)*)$/

/** Memory was filled with one content over and over, so that a wrong address leads into it. */
export const spray: Rule = {
  id: 'spray',
  requires: [`pages of the same content that are not blank, of at least ${SPRAYED_BYTES / 2 ** 20} MiB together in one process`],
  attack: ['T1203'],
  weight: 'active',
  source: 'scanner design, section 14; Ratanaworabhan, Livshits, Zorn: NOZZLE, USENIX Security 2009',
  judge(run) {
    return of(run, 'spray')
      .filter(({ bytes, pattern }) => bytes >= SPRAYED_BYTES && !BLANK.test(pattern))
      .map((one) => ({ why: `${Math.floor(one.bytes / 2 ** 20)} MiB of memory hold ${quoted(one.pattern)} over and over.`, shownBy: [one] }))
  },
}
