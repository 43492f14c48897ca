import { of, type Rule } from './signal.ts'

/** Fewer bytes are what a page with pictures or sounds holds. */
const SPRAYED_BYTES = 16 * 2 ** 20
const MOST_ORDINARY = 64

/** A page's scripts hold many buffers of one size: memory is laid out so that a wrong index or a stale pointer leads into one of them. */
export const equalBuffers: Rule = {
  id: 'equal-buffers',
  requires: [`at least ${MOST_ORDINARY} ArrayBuffers of one size in one page, of together at least ${SPRAYED_BYTES / 2 ** 20} MiB`],
  attack: ['T1203'],
  weight: 'active',
  source: 'scanner design, section 17.4',
  judge(run) {
    return of(run, 'page')
      .filter(({ action, bytes = 0, count = 0 }) => action === 'buffers' && count >= MOST_ORDINARY && bytes * count >= SPRAYED_BYTES)
      .map((one) => ({ why: `Scripts of the page hold ${one.count} buffers of ${one.bytes} bytes each.`, shownBy: [one] }))
  },
}
