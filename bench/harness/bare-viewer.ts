import { spawnSync } from 'node:child_process'
import { stopwatch } from '#platform/clock/clock.ts'
import type { QemuEnvironment } from '#scanner/detonation/drivers/qemu-template.ts'
import { cpuSecondsOf } from '../figure.ts'

/** What opens a file `/tmp/document` of its system. */
const COMMANDS: Readonly<Record<string, string>> = {
  poppler: 'pdftoppm -png -r 72 /tmp/document /tmp/page && pdftotext /tmp/document /dev/null',
  mupdf: 'mutool draw -q -r 72 -o /tmp/page-%d.png /tmp/document && mutool draw -q -F txt -o /dev/null /tmp/document',
  libreoffice: 'soffice --headless --norestore --convert-to pdf --outdir /tmp /tmp/document && pdftoppm -png -r 72 /tmp/document.pdf /tmp/page',
  chromium: 'chromium --headless=new --no-sandbox --disable-gpu --user-data-dir=/tmp/profile --screenshot=/tmp/page.png file:///tmp/document.html',
}

/** The same program from the same image on this host, with nothing around it and started cold. Undefined where that cannot be had; needs root and erofs. */
export function runBare({ environment, image }: QemuEnvironment, document: Uint8Array): { seconds: number; cpuSeconds: number } | undefined {
  const command = COMMANDS[environment.viewer]
  if (command === undefined) return undefined
  const place = '/mnt'
  const prepare = `mount -t tmpfs none ${place} && mkdir ${place}/root && mount -t erofs -o loop,ro ${image.image} ${place}/root && cd ${place}/root`
  const mounts = 'mount -t tmpfs none tmp && mount --rbind /dev dev && mount -t proc none proc && cat > tmp/document && ln -s document tmp/document.html'
  const script = `${prepare} && ${mounts} && exec chroot . /bin/sh -c '${command}'`
  const [wall, before] = [stopwatch(), cpuSecondsOf([process.pid])]
  const own = process.cpuUsage()
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-c', script], {
    input: document,
    timeout: 120_000,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
  })
  const { user, system } = process.cpuUsage(own)
  return status === 0 ? { seconds: wall() / 1000, cpuSeconds: cpuSecondsOf([process.pid]) - before - (user + system) / 1e6 } : undefined
}
