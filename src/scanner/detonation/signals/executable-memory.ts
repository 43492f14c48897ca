import type { HappeningOf } from '../contract.ts'
import { foreignPids } from './processes.ts'
import { of, perSubject, weighed, type Placed, type Rule, type Run } from './signal.ts'
import { isEngineRange } from './subject.ts'

type Memory = Placed<HappeningOf<'memory'>>

/**
 * The ranges in which the script engine of Chromium keeps the code that it makes: it puts each as a whole under a protection key before its first use, and
 * changes pages within it from then on (V8, `ThreadIsolation`).
 */
function ofScriptEngine(run: Run): (one: Memory) => boolean {
  if (run.environment.viewer !== 'chromium') return () => false
  const foreign = foreignPids(run)
  const ranges = of(run, 'memory').filter((one) => isEngineRange(one) && one.address !== undefined && !foreign.has(one.pid))
  return (one) => ranges.some((range) => range.pid === one.pid && range.place <= one.place && within(one, range))
}

function within(one: Memory, range: Memory): boolean {
  if (one.address === undefined) return false
  const [at, from] = [BigInt(one.address), BigInt(range.address!)]
  return at >= from && at + BigInt(one.length ?? 0) <= from + BigInt(range.length ?? 0)
}

/** Memory that a program may run, and that no file holds. */
export const executableMemory: Rule = {
  id: 'executable-memory',
  requires: [
    'memory of no file was made executable (mmap, mprotect)',
    'in Chromium: outside of the ranges, of hundreds of MiB, that its script engine keeps under a protection key',
    'smaller ranges under such a key weigh as odd where the page has WebAssembly, whose code the engine keeps so',
    'the viewer never does so with harmless files: it has a learned baseline',
  ],
  attack: ['T1055', 'T1203'],
  weight: 'effect',
  source: 'scanner design, section 14',
  judge(run) {
    const ordinary = ofScriptEngine(run)
    const made = of(run, 'memory').filter(
      (one) => (one.call === 'mmap' || one.call === 'mprotect' || one.call === 'pkey_mprotect') && !run.ordinary.has(one) && !ordinary(one),
    )
    const found = weighed(
      perSubject(
        made.filter(({ protection }) => protection === undefined || protection.includes('x')),
        ({ call, protection, key }) => `${call} ${protection} ${key === undefined ? '' : 'keyed'}`,
        ({ call, protection }, all) =>
          `Memory of no file became executable${protection ? ` (${protection})` : ''} by ${call}, ${all.length} time${all.length === 1 ? '' : 's'}.`,
      ),
      run,
    )
    if (!mayHaveWebAssembly(run)) return found
    const foreign = foreignPids(run)
    const keyed = (one: Placed): boolean => one.kind === 'memory' && one.key !== undefined && !foreign.has(one.pid)
    return found.map((one) => (one.shownBy.every(keyed) ? { ...one, weight: 'odd' as const } : one))
  },
}

/** A page has it; or so many scripts that not all were told. */
function mayHaveWebAssembly(run: Run): boolean {
  const told = of(run, 'page').some((one) => one.action === 'script' && (one.as === 'WebAssembly' || one.detail.startsWith('WebAssembly')))
  return told || of(run, 'dropped').some((one) => one.of === 'page' || one.of === 'page script')
}
