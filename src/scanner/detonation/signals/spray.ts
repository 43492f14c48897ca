import { of, quoted, type Rule } from './signal.ts'

/** As of the static evidence of the same name. */
export const SPRAYED_BYTES = 16 * 2 ** 20
/** Zeroes are what fresh memory holds, and one opaque colour (its last byte is ff) what a picture does; as an address neither leads anywhere, in 32 or 64 bits. */
const PLAIN = /^(?:0x)?(?:(?:00)*|([0-9a-f]{6}ff)\1*)$/

/** Memory was filled with one content over and over, so that a wrong address leads into it. */
export const spray: Rule = {
  id: 'spray',
  requires: [
    `pages of the same content, which is neither fresh memory nor one opaque colour, of at least ${SPRAYED_BYTES / 2 ** 20} MiB together in one process`,
  ],
  attack: ['T1203'],
  weight: 'active',
  source: 'scanner design, section 14; Ratanaworabhan, Livshits, Zorn: NOZZLE, USENIX Security 2009',
  judge(run) {
    return of(run, 'spray')
      .filter(({ bytes, pattern }) => bytes >= SPRAYED_BYTES && !PLAIN.test(pattern))
      .map((one) => ({ why: `${Math.floor(one.bytes / 2 ** 20)} MiB of memory hold ${quoted(one.pattern)} over and over.`, shownBy: [one] }))
  },
}
