import type { Happening } from '../contract.ts'
import { of, quoted, type Judged, type Placed, type Rule } from './signal.ts'
import { plainPath } from './subject.ts'

/** A file that was written during the run was run, or loaded as code. */
export const writeThenExecute: Rule = {
  id: 'write-then-execute',
  requires: ['a file was created, written or moved to its place', 'after that it was started as a program, executed or loaded as a library or a module'],
  attack: ['T1105', 'T1204.002'],
  weight: 'effect',
  source: 'scanner design, section 14',
  judge(run) {
    const written = new Map<string, Placed>()
    const found = new Map<string, Judged>()
    for (const one of of(run, 'file', 'process-start', 'library-call', 'module-load')) {
      if (one.kind === 'file' && (one.action === 'create' || one.action === 'write' || one.action === 'move')) written.set(plainPath(one.path), one)
      const path = pathRun(one)
      const writing = path === undefined ? undefined : written.get(path)
      if (path !== undefined && writing && !found.has(path))
        found.set(path, { why: `${quoted(path)} was written during the run, and then run.`, shownBy: [writing, one] })
    }
    return [...found.values()]
  },
}

/** The file that was run, or loaded as code. */
export function pathRun(one: Happening): string | undefined {
  const path = nameRun(one)
  return path === undefined ? undefined : plainPath(path)
}

function nameRun(one: Happening): string | undefined {
  if (one.kind === 'process-start') return one.image
  if (one.kind === 'module-load') return one.path
  if (one.kind === 'library-call') return one.call === 'dlopen' ? one.argument : undefined
  return one.kind === 'file' && one.action === 'execute' ? one.path : undefined
}
