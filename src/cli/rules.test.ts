import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

let test: TestApp
let a: SeededOperator
let url: string
const dir = mkdtempSync(join(tmpdir(), 'vedette-rules-'))
beforeAll(async () => {
  test = await testApp()
  ;[a] = await seedPeople(test.app)
  url = await test.listen()
})
afterAll(async () => {
  await test.close()
  rmSync(dir, { recursive: true })
})

/** The command as a person runs it, beside the server of this process. */
function run(...args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const token = a.vendor.people.analyst.token.authorization.replace('Bearer ', '')
  const child = spawn('bin/vedette', ['rules', ...args], { env: { PATH: process.env['PATH'], VEDETTE_URL: url, VEDETTE_TOKEN: token } })
  const out = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (chunk) => (out[stream] += String(chunk)))
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...out })))
}

it('vedette rules adds, replaces, disables and removes a set, and names what is wrong with rules by line', { timeout: 120_000 }, async () => {
  const file = join(dir, 'maldocs.yar')
  writeFileSync(file, 'rule a { condition: true }\n\nrule b { condition: absent }\n')
  const refused = await run('add', file, '--tlp', 'RED')
  expect([refused.status, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toContain('line 3, column 21: ')
  writeFileSync(file, 'rule a { condition: true }\n')
  const added = await run('add', file, '--tlp', 'RED')
  const id = added.stdout.trim()
  expect(added).toMatchObject({ status: 0, stderr: 'maldocs.yar is version 1 now, TLP:RED.\n' })
  // The same name again is that set: here only its marking changes.
  expect(await run('add', file, '--tlp', 'AMBER')).toEqual({ status: 0, stdout: `${id}\n`, stderr: 'maldocs.yar is version 2 now, TLP:AMBER.\n' })
  expect(await run('disable', 'MALDOCS.yar')).toMatchObject({ status: 0, stderr: 'maldocs.yar is disabled.\n' })
  expect((await run('list')).stdout).toMatch(new RegExp(`^ID +NAME +WHOSE +TLP +STATE +VERSION\n${id} +maldocs.yar +own +AMBER +disabled +2\n$`))
  expect(await run('remove', id)).toMatchObject({ status: 0 })
  expect(await run('remove', id)).toMatchObject({ status: 1, stderr: `vedette: There is no set ${id} of yours.\n` })
})
