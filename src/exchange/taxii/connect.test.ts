import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { testApp } from '#test/harness/app.ts'
import { indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople } from '#test/harness/people.ts'

const curl = spawnSync('curl', ['--version']).status === 0
const page = readFileSync(new URL('../../../docs/taxii.md', import.meta.url), 'utf8')

/** What a shell prints that runs the script; the commands reach the server of this process, so it must not wait for them. */
function run(script: string, cwd: string): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve) => {
    const shell = spawn('sh', ['-e', '-c', script], { cwd })
    let out = ''
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (out += String(chunk)))
    shell.on('close', (code) => resolve({ code, out }))
  })
}

it.skipIf(!curl)(`the commands of docs/taxii.md run as they stand there${curl ? '' : ' (skipped: apt-get install curl)'}`, { timeout: 60_000 }, async () => {
  const test = await testApp()
  const dir = mkdtempSync(join(tmpdir(), 'vedette-connect-'))
  try {
    const [a] = await seedPeople(test.app)
    const collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }], { alias: 'botnets' })
    const posted = indicator()
    writeFileSync(join(dir, 'envelope.json'), JSON.stringify({ objects: [posted] }))
    const commands = /```sh\n([\s\S]*?)```/.exec(page)![1]!
    const token = a.vendor.people.analyst.token.authorization.slice('Bearer '.length)
    const { code, out } = await run(commands.replace(/^export URL=.*$/m, `export URL=${await test.listen()} TOKEN=${token}`), dir)
    expect(code, out).toBe(0)
    for (const shown of [`"default":"/taxii2/${a.id}/"`, `"id":"${collection}"`, '{}', '"status":"complete"', posted.id]) expect(out).toContain(shown)
    expect(out).not.toContain('error_code')
    expect(readFileSync(join(dir, 'headers.txt'), 'utf8')).toContain('application/taxii+json;version=2.1')
  } finally {
    await test.close()
    rmSync(dir, { recursive: true, force: true })
  }
})
