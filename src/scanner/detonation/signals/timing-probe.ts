import { of, type Rule } from './signal.ts'

/** As much as the caches of a processor, which such a program empties or fills, and more. */
const LARGE_BYTES = 8 * 2 ** 20

/** A page measures what memory it reached by how long that takes (Spectre, Rowhammer, the search for addresses): compiled code, large arrays, and a clock that is read again and again. */
export const timingProbe: Rule = {
  id: 'timing-probe',
  requires: [
    'a page runs WebAssembly',
    `a script holds a buffer of at least ${LARGE_BYTES / 2 ** 20} MiB`,
    'scripts read the clock again and again in one go; or two of these three, which weighs as odd where the clock is one of them',
  ],
  attack: ['T1203', 'T1211'],
  weight: 'active',
  source: 'scanner design, section 17.4; Kocher et al.: Spectre attacks, IEEE S&P 2019',
  judge(run) {
    const told = of(run, 'page')
    const compiled = told.filter(({ action, as }) => action === 'script' && as === 'WebAssembly').slice(0, 5)
    const large = told.filter(({ action, bytes = 0 }) => action === 'buffers' && bytes >= LARGE_BYTES).slice(0, 5)
    const clock = told.filter(({ action }) => action === 'clock').slice(0, 5)
    if (clock.length === 0 || (compiled.length === 0 && large.length === 0)) return []
    const whole = compiled.length > 0 && large.length > 0
    const holds = [...(compiled.length > 0 ? ['runs WebAssembly'] : []), ...(large.length > 0 ? ['holds large buffers'] : [])].join(' and ')
    const why = `The page ${holds}, and reads the clock in a tight loop.`
    return [{ why, shownBy: [...compiled, ...large, ...clock], ...(!whole && { weight: 'odd' as const }) }]
  },
}
