import { z } from 'zod'
import { defineEvent } from '#platform/events/events.ts'
import { idSchema } from '#platform/ids.ts'
import { SCAN_OUTCOMES } from '#scanner/submissions/contract.ts'
import { Exploit } from '#scanner/verdict/contract.ts'

/** A sealed object that another part asked about was scanned. It is told to that part and nobody else: nothing of it goes to the exchange. */
export const objectScanned = defineEvent(
  'object.scanned',
  z.strictObject({
    object: idSchema<'object'>(),
    outcome: z.enum(SCAN_OUTCOMES),
    /** Null where there is no verdict. */
    exploit: Exploit.nullable(),
  }),
)
