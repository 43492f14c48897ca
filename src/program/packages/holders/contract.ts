import { z } from 'zod'
import { PARTS } from '#program/packages/contract.ts'

const at = z.date().transform((date) => date.toISOString())
const Who = z.object({ id: z.string(), name: z.string() })

/** One person of a member who was given one version of a package. Whoever was given it holds it, whatever became of it or of them. */
const Holder = z.object({
  organisation: Who,
  person: Who,
  version: z.number().int(),
  firstReceivedAt: at,
  lastReceivedAt: at,
  /** Parts of the package that the receipts cover. */
  parts: z.array(z.enum(PARTS)),
  /** How many files of it were given. */
  files: z.number().int(),
})

/** What a person of a member says to have destroyed of a pulled package. */
const Attestation = z.object({ id: z.string(), organisation: Who, person: Who, text: z.string(), destroyedAt: at, attestedAt: at })

/** Who holds a package, and who of them says to have destroyed it. */
export const HolderList = z.object({
  items: z.array(Holder),
  /** When the package was pulled and holders were asked to destroy what they hold; null while it was not. */
  pulledAt: at.nullable(),
  attestations: z.array(Attestation),
})

/** `POST /api/packages/:id/attestations`. */
export const AttestDestruction = z.strictObject({
  text: z.string().trim().min(1).max(4000),
  /** When it was done. */
  destroyedAt: z.iso.datetime().transform((text) => new Date(text)),
})

/** A pulled package of which the person who asks holds something: asked to destroy it, and what the person attested. Nothing of its content. */
const Destruction = z.object({
  package: z.string(),
  versions: z.array(z.number().int()),
  pulledAt: at,
  attested: z.object({ text: z.string(), destroyedAt: at, at }).nullable(),
})
export const DestructionList = z.object({ items: z.array(Destruction) })
export const DestructionView = Destruction
