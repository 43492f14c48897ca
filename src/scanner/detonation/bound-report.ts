import type { Detonation, Happening, Rank } from './contract.ts'

/** Largest report of one detonation that is kept, in characters: of its happenings, and of what reached the proxy. */
export const MOST_REPORT_CHARS = 16 * 2 ** 20
const MOST_HAPPENINGS = 20_000
/** What is said of those that do not fit. */
const SAID = 3
const RANKS: readonly Rank[] = ['host', 'kernel', 'guest']

/** The report within limits, saying what was dropped to keep it so, and how many artefacts were. Pure. */
export function boundReport(report: Detonation, droppedArtefacts: number, limit = MOST_REPORT_CHARS): Detonation {
  const { happenings, network } = report
  const kept = fitting(happenings, limit)
  const requests = network && firstFitting(network, limit)
  const dropped = [
    { of: 'happenings', count: happenings.length - kept.length },
    { of: 'requests', count: (network?.length ?? 0) - (requests?.length ?? 0) },
    { of: 'artefacts', count: droppedArtefacts },
  ].filter(({ count }) => count > 0)
  if (dropped.length === 0) return report
  const t = report.dwell_ms / 1000
  const now = new Map(kept.map((place, at) => [place, at]))
  return {
    ...report,
    happenings: [...kept.map((place) => happenings[place]!), ...dropped.map((one): Happening => ({ kind: 'dropped', rank: 'host', t, ...one }))],
    signals: report.signals.map((signal) => ({ ...signal, shown_by: signal.shown_by.flatMap((place) => now.get(place) ?? []) })),
    ...(requests && { network: requests }),
  }
}

/** Places of those that are kept. What the host and the kernel saw comes first: a guest that says much takes no room of theirs. */
function fitting(happenings: readonly Happening[], limit: number): number[] {
  const most = happenings.length <= MOST_HAPPENINGS - SAID ? happenings.length : MOST_HAPPENINGS - SAID
  const byRank = RANKS.flatMap((rank) => [...happenings.keys()].filter((place) => happenings[place]!.rank === rank))
  const some = byRank.slice(0, most)
  return some
    .slice(
      0,
      firstFitting(
        some.map((place) => happenings[place]!),
        limit,
      ).length,
    )
    .toSorted((a, b) => a - b)
}

function firstFitting<T>(all: readonly T[], limit: number): T[] {
  let chars = 0
  const end = all.findIndex((one) => (chars += JSON.stringify(one).length) > limit)
  return end === -1 ? [...all] : all.slice(0, end)
}
