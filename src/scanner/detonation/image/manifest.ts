import { z } from 'zod'
import { Environment } from '../contract.ts'

/** The schema of what `vedette guest build` writes. */
export const MANIFEST_SCHEMA = 'vedette.guest/1'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const StoredFile = z.strictObject({ sha256, bytes: z.int().nonnegative() })
export type StoredFile = z.infer<typeof StoredFile>

/** A Debian package as it was installed. */
const Package = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9+.-]{0,100}(:[a-z0-9-]+)?$/),
  version: z.string().regex(/^[A-Za-z0-9.+~:-]{1,100}$/),
  architecture: z.string().max(20),
})
export type Package = z.infer<typeof Package>
const packages = z.array(Package).max(5000)

/** What a guest boots with. */
export const KernelManifest = z.strictObject({
  /** Hash of all that decided what was taken. */
  recipe: sha256,
  vmlinuz: StoredFile,
  packages,
})
export type KernelManifest = z.infer<typeof KernelManifest>

/** What one environment is made of. It lies beside the image as `manifest.json`. */
export const GuestManifest = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  environment: Environment,
  memory_mib: z.int().positive(),
  cpus: z.int().positive(),
  /** Hash of all that decided how the image was made; a different one makes the image stale. */
  recipe: sha256,
  /** The day on which the packages were fetched. */
  built: z.iso.date(),
  mirror: z.string().max(500),
  image: StoredFile,
  kernel: StoredFile,
  initrd: StoredFile,
  packages,
  kernel_packages: packages,
})
export type GuestManifest = z.infer<typeof GuestManifest>

/** What `vedette guest build` says at its end. */
export const BuildReport = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  environments: z.array(GuestManifest),
  /** What could not be made, and why. */
  absent: z.array(z.strictObject({ name: z.string(), why: z.string() })),
})
export type BuildReport = z.infer<typeof BuildReport>
