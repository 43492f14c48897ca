import { z } from 'zod'

/** Most faults that one answer names. */
export const MOST_FAULTS = 50

/**
 * A list of at least one and at most `max` items that is read no further once it has as many faults as an answer names: a document
 * of nothing but faults costs no more than one with a few.
 */
export function listOf<T extends z.ZodType>(item: T, { max, min = 1 }: { max: number; min?: number }) {
  return z
    .array(z.unknown())
    .min(min)
    .max(max)
    .transform((values, context): z.output<T>[] => {
      const read: z.output<T>[] = []
      let faults = 0
      for (const [at, value] of values.entries()) {
        const parsed = item.safeParse(value)
        if (parsed.success) read.push(parsed.data)
        for (const issue of parsed.error?.issues ?? []) {
          context.addIssue({ code: 'custom', message: issue.message, path: [at, ...issue.path], input: value })
          faults++
        }
        if (faults >= MOST_FAULTS) break
      }
      return read
    })
}
