import { z } from 'zod'

/** Everything that has to work before the server is ready; a start is measured to the moment all are. */
export const READINESS_PARTS = ['database', 'objects', 'log', 'worker', 'demonstration'] as const

/** Whether each part is ready. */
export type Readiness = Readonly<Record<(typeof READINESS_PARTS)[number], boolean>>

/** `clock` is told but does not count: while clocks disagree, people need the server to confirm the time. */
export const ReadinessBody = z.object({ ready: z.boolean(), parts: z.record(z.enum([...READINESS_PARTS, 'clock']), z.boolean()) })

export const allReady = (parts: Readiness): boolean => READINESS_PARTS.every((part) => parts[part])
