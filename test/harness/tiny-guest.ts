import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { QemuEnvironment } from '#scanner/detonation/drivers/qemu-template.ts'
import type { ImageFiles } from '#scanner/detonation/machine/template.ts'

/** A guest of thirty bytes in the place of a kernel (the boot protocol of Linux/x86): it says "R" on the serial port and then changes memory for ever. */
const PROGRAM = Buffer.from([
  0xba,
  0xf8,
  0x03, // mov dx, the serial port
  0xb0,
  0x52, // mov al, 'R'
  0xee, // out dx, al
  0xb8,
  0x00,
  0x20, // mov ax, 0x2000
  0x8e,
  0xc0, // mov es, ax
  0x31,
  0xff, // xor di, di
  0x26,
  0xfe,
  0x05, // inc byte [es:di]
  0x47, // inc di
  0x75,
  0xfa, // jnz, to the inc byte
  0xeb,
  0xf8, // jmp, to the inc byte
])

/** Writes the files of a machine that needs no operating system, to try what stands around guests. */
export function writeTinyGuest(folder: string): ImageFiles {
  const kernel = Buffer.alloc(16_384)
  kernel.writeUInt8(1, 0x1f1)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.writeUInt16LE(0x7eeb, 0x200)
  kernel.write('HdrS', 0x202)
  kernel.writeUInt16LE(0x0204, 0x206)
  kernel.writeUInt8(1, 0x211)
  kernel.writeUInt32LE(0x100000, 0x214)
  kernel.writeUInt32LE(0x37ffffff, 0x22c)
  PROGRAM.copy(kernel, 0x280)
  const files = { image: join(folder, 'image'), kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd') }
  writeFileSync(files.image, Buffer.alloc(65_536), { mode: 0o600 })
  writeFileSync(files.kernel, kernel, { mode: 0o644 })
  writeFileSync(files.initrd, Buffer.alloc(512), { mode: 0o644 })
  return files
}

/** An environment whose guest boots for ever, in the folder of `writeTinyGuest`: nothing in it says that it is ready. */
export function endlessEnvironment(folder: string): QemuEnvironment {
  const none = '0'.repeat(64)
  return {
    environment: { name: 'endless', viewer: 'other', version: '1', os: 'none', line: 'endless', age: 'current', driver: 'qemu' },
    shape: { accelerator: 'tcg', memoryMiB: 64, cpus: 1 },
    image: { image: join(folder, 'image'), kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd') },
    hashes: { image: none, kernel: none, initrd: none },
    folder: join(folder, 'environment', 'template'),
  }
}
