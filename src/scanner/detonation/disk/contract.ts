import { z } from 'zod'

/** Something that lies on the disk of a guest. Hostile: the guest chose every name. */
export const DiskEntry = z.strictObject({
  /** From the root of the guest's files on, such as `/tmp/report.exe`; what cannot be printed is written out. */
  path: z.string().max(4096),
  kind: z.enum(['file', 'folder', 'link', 'whiteout', 'device', 'pipe', 'socket']),
  size: z
    .int()
    .nonnegative()
    .max(2 ** 48),
  mode: z.int().nonnegative().max(0o7777),
  uid: z.int().nonnegative(),
  /** Of a file that could be read. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** It begins as a program (ELF, PE) or a script does. */
  program: z.literal(true).optional(),
  /** Of a symbolic link. */
  target: z.string().max(4096).optional(),
  /** It stands in the place of a folder of the same name, of which nothing is seen any more. */
  opaque: z.literal(true).optional(),
})
export type DiskEntry = z.infer<typeof DiskEntry>

export const DiskListing = z.strictObject({
  entries: z.array(DiskEntry).max(10_000),
  damage: z.array(z.string().max(500)).max(200),
  /** Why not all of it was read. */
  cut: z.string().max(100).optional(),
  /** Contents of files by their hash, as base64. */
  contents: z.record(z.string().regex(/^[0-9a-f]{64}$/), z.string()),
})
export type DiskListing = z.infer<typeof DiskListing>
