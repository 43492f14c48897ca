import { Happening } from '../contract.ts'

/** Kept of one run; the rest is counted. A report holds 20,000 and needs room to say what was dropped. */
const MOST = 19_900
/** Kept of one kind, so that a flood of one does not push out the others. */
const MOST_OF_A_KIND = 10_000

/** What happened in one run, as much of it as may be kept. */
export interface BoundedHappenings {
  /** Keeps it when it fits the schema and there is room; tells whoever watches. */
  add(happening: unknown): void
  /** Counts what never came as far as a happening. */
  drop(of: string, count?: number): void
  /** All of it, with what was dropped at its end. */
  end(t: number): Happening[]
}

/** `watch` is told of each that is kept. */
export function boundedHappenings(watch?: (happening: Happening) => void): BoundedHappenings {
  const kept: Happening[] = []
  const kinds = new Map<string, number>()
  const dropped = new Map<string, number>()
  const drop = (of: string, count = 1): void => {
    dropped.set(of, (dropped.get(of) ?? 0) + count)
  }
  return {
    add(happening) {
      const read = Happening.safeParse(happening)
      if (!read.success) {
        drop('what does not fit the schema')
        return
      }
      const { kind } = read.data
      const before = kinds.get(kind) ?? 0
      if (kept.length >= MOST || before >= MOST_OF_A_KIND) {
        drop(kind)
        return
      }
      kinds.set(kind, before + 1)
      kept.push(read.data)
      watch?.(read.data)
    },
    drop,
    end(t) {
      const told = [...dropped].slice(0, 100).map(([of, count]) => ({ t, rank: 'host' as const, kind: 'dropped' as const, of: of.slice(0, 40), count }))
      return [...kept, ...told]
    },
  }
}
