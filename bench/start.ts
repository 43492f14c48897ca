import { startInstance } from '#test/harness/instance.ts'
import { figure, memoryMiBOf } from './figure.ts'

/** From the command to /readyz 200: an empty folder, then the same folder again; with the demonstration and without. */
for (const command of ['start', 'demo'] as const) {
  const begun = performance.now()
  const instance = await startInstance(command)
  await instance.ready()
  figure(`vedette ${command}, first start to ready`, (performance.now() - begun) / 1000, 's')
  for (const part of ['supervisor', 'serve', 'worker'] as const) figure(`vedette ${command}, memory of ${part}`, memoryMiBOf(instance.pids(part)), 'MiB')
  const ending = performance.now()
  await instance.end()
  figure(`vedette ${command}, from Ctrl-C to the end`, (performance.now() - ending) / 1000, 's')
  const again = performance.now()
  await instance.restart()
  figure(`vedette ${command}, second start to ready`, (performance.now() - again) / 1000, 's')
  await instance.end()
  instance.remove()
}
