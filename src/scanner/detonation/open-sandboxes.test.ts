import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import type { App } from '#platform/app.ts'
import { environment } from '#test/harness/replay-sandbox.ts'
import { findBuilt } from './drivers/built.ts'
import { memoryOf } from './plan.ts'
import { openSandboxes } from './open-sandboxes.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'vedette-at-hand-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))
const logged: string[] = []
beforeEach(() => void logged.splice(0))
const log = { info: ({ note }: { note: string }) => void logged.push(note), error: ({ failure }: { failure: string }) => void logged.push(failure) }
const app = { config: { dataDir }, clock: { now: () => new Date() }, log } as unknown as App

it('a host without an environment has none, and says what to do', async () => {
  const sandbox = await openSandboxes(app)
  expect([await sandbox.environments(), sandbox.notes]).toEqual([[], ['No environment is installed on this host: run vedette guest build.']])
  await sandbox.close()
})

it('what of a host cannot be used is left out, and said', async () => {
  mkdirSync(join(dataDir, 'guest', 'broken'), { recursive: true })
  writeFileSync(join(dataDir, 'guest', 'broken', 'manifest.json'), '{')
  const sandbox = await openSandboxes(app)
  expect([await sandbox.environments(), sandbox.notes]).toEqual([[], [expect.stringContaining('run vedette guest build')]])
  expect(logged).toEqual(sandbox.notes)
  await sandbox.close()
  writeFileSync(join(dataDir, 'cape.json'), '{}')
  const none = await openSandboxes(app)
  expect([await none.environments(), none.notes]).toEqual([[], [expect.stringContaining('cape.json')]])
})

it('a guest of ours takes the memory that it was built with', () => {
  const folder = join(dataDir, 'built', 'poppler-debian12')
  mkdirSync(folder, { recursive: true })
  for (const file of ['image', 'vmlinuz', 'initrd']) writeFileSync(join(folder, file), '')
  const none = { sha256: '0'.repeat(64), bytes: 0 }
  const { memory_mib: _memory, ...described } = environment('poppler-debian12')
  const made = { schema: 'vedette.guest/1', environment: described, memory_mib: 640, cpus: 1, recipe: none.sha256, built: '2026-11-20', mirror: 'x' }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...made, image: none, kernel: none, initrd: none, packages: [], kernel_packages: [] }))
  const { environments, faults } = findBuilt(join(dataDir, 'built'))
  expect([environments.map((one) => memoryOf(one.environment)), faults]).toEqual([[640], []])
})
