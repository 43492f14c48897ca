import { join } from 'node:path'
import { pause } from '#platform/clock/clock.ts'
import { prepareTemplate } from '#scanner/detonation/drivers/qemu-template.ts'
import { openTemplate } from '#scanner/detonation/machine/template.ts'
import { endlessEnvironment } from '#test/harness/tiny-guest.ts'

/**
 * A worker with machines, which the test kills: the folder of the tiny guest and its template is told to it. It starts one clone after the other and ends every second; with `making`
 * it makes a template.
 */
const [folder, making] = process.argv.slice(2) as [string, string?]
const runs = join(folder, 'runs')
if (making) {
  console.log('started')
  await prepareTemplate(endlessEnvironment(folder), runs, () => undefined, new AbortController().signal)
}
const image = { image: join(folder, 'image'), kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd') }
const template = await openTemplate({ accelerator: 'tcg', memoryMiB: 64, cpus: 1 }, image, join(folder, 'template'), runs)
console.log('started')
for (let i = 0; i < 20; i++) {
  const clone = await template.clone()
  console.log('clone')
  if (i % 2 === 1) await clone.end()
  await pause(20)
}
