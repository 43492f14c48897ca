import { z } from 'zod'
import { idSchema } from '#platform/ids.ts'
import { PackageParams } from '#program/packages/contract.ts'

const at = z.date().transform((date) => date.toISOString())

/** A vulnerability that left a package before it was public: its embargo remains. */
const DeferredCve = z.object({
  id: z.string(),
  /** Null for roles that do not read the bulletin. */
  cve: z.string().nullable(),
  /** The first version without it. */
  version: z.number().int(),
  deferredAt: at,
  /** The package that goes on with it; null while none does. */
  continuedIn: z.string().nullable(),
})
export const DeferredCveList = z.object({ items: z.array(DeferredCve) })
export const DeferredCveParams = PackageParams.extend({ deferred: idSchema<'deferred-cve'>() })
