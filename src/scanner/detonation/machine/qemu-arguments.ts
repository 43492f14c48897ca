/** Who runs the guest's code: the processor (KVM), or QEMU's emulation (TCG). Reports say which. */
export type Accelerator = 'kvm' | 'tcg'

/** What a machine is. A clone has the shape of its template, or QEMU refuses the template's state. */
export interface MachineShape {
  readonly accelerator: Accelerator
  readonly memoryMiB: number
  readonly cpus: number
  /** A system that is not ours, on a disk in the format qcow2; absent for our own guests. */
  readonly own?: OwnSystem | undefined
}

/** An operator's system, such as Windows. */
export interface OwnSystem {
  /** `sata` needs no driver in the guest; `virtio` is faster. */
  readonly disk: 'sata' | 'virtio'
  /** By the boot loader on its disk, or by a kernel that is given. */
  readonly boots: 'disk' | 'kernel'
}

/** The descriptors that a machine is started with. It is given no path of the host, so it needs to reach none. */
export const DESCRIPTORS = {
  qmp: 3,
  control: 4,
  events: 5,
  trace: 6,
  console: 7,
  image: 8,
  overlay: 9,
  memory: 10,
  state: 11,
  kernel: 12,
  initrd: 13,
  proxy: 14,
} as const

const IMAGE_SET = 1
const OVERLAY_SET = 2
const TRANSLATED_MIB = 256
/** A guest that reads much at once makes QEMU start threads, up to 64 by default. */
const MOST_DISK_THREADS = 16
const APPEND = 'console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off no_timer_check random.trust_cpu=on'
/**
 * QEMU's arguments for a machine without network and display, whose disks, memory and channels are descriptors (design, sections 12 and 13). The template
 * writes into its memory file; a clone maps it privately, so what it writes is its own.
 */
export function qemuArguments(shape: MachineShape, role: 'template' | 'clone'): string[] {
  const { accelerator, memoryMiB, cpus, own } = shape
  const fd = DESCRIPTORS
  const share = role === 'template' ? 'on' : 'off'
  return [
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-nographic',
    '-display',
    'none',
    '-monitor',
    'none',
    '-parallel',
    'none',
    '-nic',
    'none',
    '-machine',
    'q35,usb=off,vmport=off,smm=off,memory-backend=ram',
    '-accel',
    // What it translated fits beside the guest's memory in the limits of the machine (machine.ts).
    accelerator === 'kvm' ? 'kvm' : `tcg,tb-size=${TRANSLATED_MIB}`,
    '-object',
    `main-loop,id=loop,thread-pool-max=${MOST_DISK_THREADS}`,
    '-cpu',
    accelerator === 'kvm' ? (own ? HOST_FOR_WINDOWS : 'host') : EMULATED,
    '-smp',
    String(cpus),
    '-m',
    String(memoryMiB),
    '-object',
    `memory-backend-file,id=ram,size=${memoryMiB}M,share=${share},mem-path=/proc/self/fd/${fd.memory}`,
    '-chardev',
    `socket,id=qmp,fd=${fd.qmp}`,
    '-mon',
    'chardev=qmp,mode=control',
    '-chardev',
    `socket,id=console,fd=${fd.console}`,
    '-serial',
    'chardev:console',
    // Disks are used through the descriptors themselves: no other account needs the right to open the files.
    '-add-fd',
    `fd=${fd.image},set=${IMAGE_SET}`,
    '-add-fd',
    `fd=${fd.overlay},set=${OVERLAY_SET}`,
    ...(own ? ownDisk(own) : OUR_DISKS),
    '-device',
    'virtio-serial-pci,id=serial',
    ...(['control', 'events', 'trace', 'proxy'] as const).flatMap((name) => [
      '-chardev',
      `socket,id=${name},fd=${fd[name]}`,
      '-device',
      `virtserialport,chardev=${name},name=vedette.${name}`,
    ]),
    ...(own?.boots === 'disk' ? [] : KERNEL),
    '-sandbox',
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    ...(role === 'clone' ? ['-incoming', 'defer'] : []),
  ]
}

/**
 * QEMU 7.2 reads the wrong register where AVX2 gathers by the indices in xmm4 (its encoding means "no index" everywhere else), so that programs crash that do not on
 * a real processor: Chromium 120 does where it scales a picture. A program that is told of no AVX2 never gathers.
 */
const EMULATED = 'max,-avx2'

/** What Windows asks of a hypervisor, so that it does not wait for clocks and processors that it does not have. */
const HOST_FOR_WINDOWS = 'host,hv_relaxed,hv_vapic,hv_spinlocks=0x1fff,hv_time'

const KERNEL = ['-kernel', `/proc/self/fd/${DESCRIPTORS.kernel}`, '-initrd', `/proc/self/fd/${DESCRIPTORS.initrd}`, '-append', APPEND]

const OUR_DISKS = [
  '-drive',
  `file=/dev/fdset/${IMAGE_SET},format=raw,if=none,id=image,readonly=on,file.locking=off`,
  '-drive',
  `file=/dev/fdset/${OVERLAY_SET},format=raw,if=none,id=overlay,auto-read-only=off,file.locking=off`,
  '-device',
  'virtio-blk-pci,drive=image',
  '-device',
  'virtio-blk-pci,drive=overlay',
]

/**
 * One disk: what is written lies in a layer over the operator's image, which is only read. With it what a system with a desktop looks for: a screen, the local
 * time, and a disk controller that it has a driver for.
 */
function ownDisk({ disk }: OwnSystem): string[] {
  const file = (name: string, set: number, more: string) => `driver=file,node-name=${name},filename=/dev/fdset/${set},locking=off,${more}`
  return [
    '-blockdev',
    file('image-file', IMAGE_SET, 'read-only=on'),
    '-blockdev',
    'driver=qcow2,node-name=image,file=image-file,read-only=on',
    '-blockdev',
    file('layer-file', OVERLAY_SET, 'read-only=off'),
    '-blockdev',
    'driver=qcow2,node-name=layer,file=layer-file,backing=image',
    '-device',
    disk === 'virtio' ? 'virtio-blk-pci,drive=layer' : 'ide-hd,bus=ide.0,drive=layer',
    '-device',
    'VGA,vgamem_mb=16',
    '-rtc',
    'base=localtime,driftfix=slew',
    '-boot',
    'order=c,menu=off',
  ]
}
