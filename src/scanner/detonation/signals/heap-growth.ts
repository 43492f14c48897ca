import { of, type Rule } from './signal.ts'

/** Large pages of ordinary sites stay below it. */
const GROWN_BYTES = 256 * 2 ** 20

/** The memory of a page's scripts rises steeply. Whether what fills it is the same over and over is said by `spray` and `equal-buffers`. */
export const heapGrowth: Rule = {
  id: 'heap-growth',
  requires: [`what scripts of a page hold grew by at least ${GROWN_BYTES / 2 ** 20} MiB while it was open`],
  attack: ['T1203'],
  weight: 'odd',
  source: 'scanner design, section 17.4',
  judge(run) {
    const sizes = of(run, 'page').filter(({ action, bytes }) => action === 'heap' && bytes !== undefined)
    const first = sizes[0]
    const largest = sizes.toSorted((a, b) => b.bytes! - a.bytes!)[0]
    if (!first || !largest || largest.bytes! - first.bytes! < GROWN_BYTES) return []
    return [{ why: `What scripts of the page hold grew from ${mib(first.bytes!)} to ${mib(largest.bytes!)} MiB.`, shownBy: [first, largest] }]
  },
}

const mib = (bytes: number) => Math.floor(bytes / 2 ** 20)
