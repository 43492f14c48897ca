import type { Rank } from '../contract.ts'
import { MOST_ALIKE } from './budget.ts'
import { fileName } from './processes.ts'
import { isDocument, of, quoted, type Judged, type Placed, type Rule, type Run } from './signal.ts'
import { generalPath } from './subject.ts'

const HIGHER: Readonly<Record<Rank, number>> = { host: 2, kernel: 1, guest: 0 }

/** Two that watched the same say different things. The higher one counts; that they differ is itself worth knowing. */
export const disagreement: Rule = {
  id: 'disagreement',
  requires: [
    'the host found a file on the disk that the guest, which told of others, did not tell of, and that was not held open before',
    'or the host saw traffic while the kernel, whose trace told of everything, saw no call for it',
    'or the guest tells of a process that the trace of the kernel does not know',
    'or the guest says that the document was rendered after the kernel saw the process of the viewer die of a fault',
  ],
  attack: ['T1014', 'T1562.006'],
  weight: 'odd',
  source: 'scanner design, section 14: order of trust',
  judge: (run) => [...hiddenFiles(run), ...hiddenTraffic(run), ...unknownProcesses(run), ...renderedAfterDeath(run)],
}

const dropped = (run: Run, ...kinds: readonly string[]): boolean => of(run, 'dropped').some((one) => kinds.includes(one.of)) || of(run, 'silence').length > 0

function hiddenFiles(run: Run): Judged[] {
  const files = of(run, 'file')
  const told = files.filter(({ rank }) => HIGHER[rank] < HIGHER.host)
  if (told.length === 0 || dropped(run, 'file', 'trace', 'entries')) return []
  // A process names files as it likes, from the folder in which it stands.
  const names = new Set(told.map(({ path }) => fileName(path)))
  const alike = Map.groupBy(told, ({ path }) => generalPath(path))
  return files
    .filter(
      (one) =>
        one.rank === 'host' &&
        (one.action === 'create' || one.action === 'write') &&
        !one.held &&
        !names.has(fileName(one.path)) &&
        // Of so many alike the others are not told.
        (alike.get(generalPath(one.path))?.length ?? 0) < MOST_ALIKE &&
        !run.ordinary.has(one) &&
        !isDocument(one, run),
    )
    .map((one) => ({ why: `${quoted(one.path)} lies on the disk, and nobody in the guest told of it.`, shownBy: [one] }))
}

function hiddenTraffic(run: Run): Judged[] {
  const calls = of(run, 'connect')
  const traced = run.happenings.some(({ rank }) => rank === 'kernel')
  if (!traced || calls.some(({ rank }) => rank === 'kernel') || dropped(run, 'connect', 'trace', 'entries')) return []
  const seen = calls.filter((one) => one.rank === 'host' && !run.ordinary.has(one))
  return seen.length === 0 ? [] : [{ why: 'Traffic came out of the machine, and the trace of its kernel knows no call for it.', shownBy: seen }]
}

function unknownProcesses(run: Run): Judged[] {
  const starts = of(run, 'process-start')
  const traced = new Set(starts.filter(({ rank }) => rank === 'kernel').map(({ pid }) => pid))
  if (traced.size === 0 || dropped(run, 'process-start', 'trace', 'entries')) return []
  return starts
    .filter(({ rank, pid }) => rank === 'guest' && !traced.has(pid))
    .map((one) => ({ why: `The guest tells of ${quoted(one.image)}, which the trace of the kernel does not know.`, shownBy: [one] }))
}

function renderedAfterDeath(run: Run): Judged[] {
  const faults = of(run, 'fault').filter(({ rank }) => rank === 'kernel')
  const ends = of(run, 'process-end').filter(({ rank, signal, pid }) => rank === 'kernel' && signal !== undefined && faults.some((fault) => fault.pid === pid))
  const dead = ends[0] as Placed | undefined
  if (!dead) return []
  const said = of(run, 'viewer').filter(({ rank, state, t }) => rank === 'guest' && state === 'rendered' && t > dead.t + 1)
  const again = of(run, 'process-start').some(({ t }) => t > dead.t)
  return said.length === 0 || again
    ? []
    : [{ why: 'The guest says that the document was rendered after its viewer had died of a fault.', shownBy: [dead, ...said] }]
}
