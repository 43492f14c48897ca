import { z } from 'zod'
import { defineEvent } from '#platform/events/events.ts'
import { idSchema } from '#platform/ids.ts'

/** The release instant of a version was reached, or a revision was put on a release that had happened: what it says is public. */
export const packageReleased = defineEvent(
  'package.released',
  z.object({ package: idSchema<'package'>(), version: z.number().int(), release: idSchema<'release'>() }),
)
