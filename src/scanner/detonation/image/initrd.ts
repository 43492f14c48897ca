/** A file of an initramfs; `bytes` of a folder and of a device are empty. */
export interface Entry {
  readonly path: string
  /** Kind and permissions, as `stat` gives them. */
  readonly mode: number
  readonly bytes?: Uint8Array
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number]
}

export const FOLDER = 0o040755
export const FILE = 0o100644
export const PROGRAM = 0o100755
export const CHARACTER_DEVICE = 0o020600

/**
 * An initramfs in the format that the kernel reads (cpio, "newc"; the kernel's `Documentation/driver-api/early-userspace/buffer-format.rst`). The same
 * entries give the same bytes: every file is root's, and its time is 0.
 */
export function packInitrd(entries: readonly Entry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }]
  return Buffer.concat(all.flatMap((entry, at) => [headOf(entry, entry.mode === 0 ? 0 : at + 1), padded(Buffer.from(entry.bytes ?? []))]))
}

function headOf({ path, mode, bytes, device }: Entry, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`)
  const [major, minor] = device ?? [0, 0]
  const fields = [inode, mode, 0, 0, 1, 0, bytes?.length ?? 0, 0, 0, major, minor, name.length, 0]
  return padded(Buffer.concat([Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`), name]))
}

const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
