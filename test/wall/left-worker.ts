import { join } from 'node:path'
import { pause } from '#platform/clock/clock.ts'
import { openTemplate } from '#scanner/detonation/machine/template.ts'

/** A worker with machines, which the test kills: the folder of the tiny guest and its template is told to it. It starts one clone after the other and ends every second. */
const [folder] = process.argv.slice(2) as [string]
const image = { image: join(folder, 'image'), kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd') }
const template = await openTemplate({ accelerator: 'tcg', memoryMiB: 64, cpus: 1 }, image, join(folder, 'template'), join(folder, 'runs'))
console.log('started')
for (let i = 0; i < 20; i++) {
  const clone = await template.clone()
  console.log('clone')
  if (i % 2 === 1) await clone.end()
  await pause(20)
}
