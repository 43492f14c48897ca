import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Bytes that a guest may write over an operator's image before its disk is full; also what its file may hold. */
export const LAYER_BYTES = 16 * 2 ** 30

const MAGIC = 0x514649fb
const HEADER_BYTES = 104
/** Incompatible features, as QEMU's docs/interop/qcow2 numbers them. */
const DIRTY = 1n
const CORRUPT = 2n
const EXTERNAL_DATA = 4n

/** A disk that cannot be used, and why. */
export class UnfitDisk extends Error {
  override name = 'UnfitDisk'
}

/** The size in bytes of the disk that a qcow2 image holds, which stands by itself. Throws `UnfitDisk`. */
export async function diskSize(path: string): Promise<number> {
  const header = Buffer.alloc(HEADER_BYTES)
  await using file = await open(path, 'r')
  const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0)
  if (bytesRead < 72 || header.readUInt32BE(0) !== MAGIC) throw new UnfitDisk('it is no qcow2 image')
  const version = header.readUInt32BE(4)
  if (version !== 2 && version !== 3) throw new UnfitDisk(`it is a qcow2 image of version ${version}, and not of 2 or 3`)
  // A machine is given no other file of this host, whatever an image names.
  if (header.readBigUInt64BE(8) !== 0n) throw new UnfitDisk('it lies upon another image; make it whole with qemu-img convert')
  if (header.readUInt32BE(32) !== 0) throw new UnfitDisk('it is encrypted')
  const features = version === 3 ? header.readBigUInt64BE(72) : 0n
  if ((features & EXTERNAL_DATA) !== 0n) throw new UnfitDisk('its data lie in another file; make it whole with qemu-img convert')
  if ((features & (DIRTY | CORRUPT)) !== 0n) throw new UnfitDisk('it was not closed in order; mend it with qemu-img check -r all')
  const size = header.readBigUInt64BE(24)
  if (size === 0n || size > 2n ** 44n || size % 512n !== 0n) throw new UnfitDisk(`its disk has ${size} bytes`)
  return Number(size)
}

/** Makes an empty layer over an image, into which all is written that the guest writes. Throws `UnfitDisk`. */
export async function makeLayer(path: string, image: string): Promise<void> {
  const made = spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, String(await diskSize(image))], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`qemu-img: ${made.stderr || made.error?.message}`)
  // QEMU has an account of its own and opens its descriptor again; nobody else reaches into the folder that the file lies in.
  chmodSync(path, 0o666)
}
