import { at, perFact } from './evidence.ts'
import { escaped } from './script-call.ts'

/** Bytes of equal texts from which on a heap is filled rather than used; the exploits known fill 50 to 400 MiB. */
export const SPRAY_BYTES = 16 * 2 ** 20
const FEWEST_TEXTS = 16

/** JavaScript that fills the heap with one text over and over, so that a wrong address leads into it. */
export const heapSpray = perFact(
  {
    id: 'heap-spray',
    requires: [
      'JavaScript that was run keeps long texts, each built anew, in arrays or members',
      'each repeats a few characters over and over',
      `they are at least ${FEWEST_TEXTS}, of ${SPRAY_BYTES / 2 ** 20} MiB together; what is counted was not built`,
    ],
    source: 'Ratanaworabhan, Livshits, Zorn: NOZZLE, USENIX Security 2009',
  },
  'script-run',
  (fact) => {
    const { texts, bytes, unit: repeated } = fact.spray
    if (texts < FEWEST_TEXTS || bytes < SPRAY_BYTES) return undefined
    return {
      kind: 'technique',
      severity: 'high',
      summary: `A script fills the heap with ${Math.floor(bytes / 2 ** 20)} MiB of texts that repeat themselves.`,
      attack: ['T1203', 'T1059.007'],
      proof: [
        { ...at(fact), field: 'bytes of repeated texts', value: bytes, limit: SPRAY_BYTES },
        { ...at(fact), field: 'texts', value: texts },
        { ...at(fact), field: 'repeated', value: escaped(repeated.slice(0, 16)) },
      ],
    }
  },
)
