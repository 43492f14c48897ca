import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '#platform/clock/clock.ts'
import { freePort } from '#test/harness/instance.ts'
import { figure } from './figure.ts'

/** From `npm run demo` in a fresh clone to /readyz 200, packages downloaded or from npm's cache, as the machine has them. */
const dir = mkdtempSync(join(tmpdir(), 'vedette-clone-'))
const port = await freePort()
spawnSync('git', ['clone', '--quiet', process.cwd(), join(dir, 'vedette')], { stdio: 'inherit' })

// Without the checkout's own Node first on PATH: a newcomer has none.
const PATH = (process.env.PATH ?? '')
  .split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':')
const begun = performance.now()
const demo = spawn('npm', ['run', 'demo'], { cwd: join(dir, 'vedette'), env: { ...process.env, PATH, VEDETTE_PORT: String(port) }, stdio: 'ignore' })
try {
  while (!(await isReady())) {
    if (demo.exitCode !== null) throw new Error(`npm run demo ended with ${demo.exitCode}`)
    await pause(100)
  }
  figure('npm run demo, fresh clone to ready', (performance.now() - begun) / 1000, 's')
} finally {
  const ended = demo.exitCode === null ? once(demo, 'exit') : undefined
  demo.kill('SIGINT')
  await ended
  rmSync(dir, { recursive: true, force: true })
}

async function isReady(): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status === 200
}
