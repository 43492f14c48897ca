import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JAIL_LIMITS, JailedProcess } from './process.ts'
import { bundleName, digestOf, findOrMake, makeProgram, ROOT, type Program } from './program.ts'

// What runs in the jail lies in the checkout.
const own = join(ROOT, 'dist', `program-test-${process.pid}`)
const folder = join(own, 'made')
const requests = fileURLToPath(new URL('./requests.ts', import.meta.url))
const script = join(own, 'script.ts')
const says = (text: string) =>
  writeFileSync(
    script,
    `import { requests, answer } from '${requests}'\nimport { word } from './word.ts'\nfor (const _ of requests()) answer('${text} ' + word)\n`,
  )
const word = (text: string) => writeFileSync(join(own, 'word.ts'), `export const word: string = '${text}'\n`)

async function run(program: Program): Promise<unknown> {
  const child = new JailedProcess(program, JAIL_LIMITS, 'permissions')
  const said = await child.ask({}, Buffer.alloc(0), () => undefined)
  child.kill()
  return Buffer.isBuffer(said) ? JSON.parse(said.toString()) : said
}

beforeAll(() => {
  mkdirSync(own, { recursive: true })
  says('one')
  word('first')
})
afterAll(() => rmSync(own, { recursive: true, force: true }))

describe('the program of a script', () => {
  it('is one file that runs and reads nothing else, made once for the same sources by whoever comes first', async () => {
    const both = await Promise.all([findOrMake(script, folder), findOrMake(script, folder)])
    expect(both[0]).toEqual(both[1])
    expect(both[0]).toEqual({ script: expect.stringMatching(/script\.[0-9a-f]{32}\.mjs$/) as unknown, reads: [] })
    expect(await run(both[0])).toBe('one first')
    const before = readdirSync(folder)
    expect(before).toHaveLength(2)
    expect(await findOrMake(script, folder)).toEqual(both[0])
    expect(readdirSync(folder)).toEqual(before)
  })

  it('is made anew when the script changes, or anything that it imports, and the old one stays for whoever runs it', async () => {
    const old = await findOrMake(script, folder)
    says('two')
    const second = await findOrMake(script, folder)
    word('other')
    const third = await findOrMake(script, folder)
    expect([await run(old), await run(second), await run(third)]).toEqual(['one first', 'two first', 'two other'])

    // After a month nobody does.
    utimesSync(old.script, 0, Date.now() / 1000 - 31 * 86_400)
    word('last')
    await findOrMake(script, folder)
    expect([old, second, third].map((program) => existsSync(program.script))).toEqual([false, true, true])
  })

  it('is the sources where no file can be made', async () => {
    // Only this part of the sources is read from the jail, so one of these is run.
    const child = fileURLToPath(new URL('./child.ts', import.meta.url))
    const program = await findOrMake(child, '/dev/null/nowhere')
    expect(program.script).toBe(child)
    expect(await run(program)).toMatchObject({ size: 0 })
  })

  it('is the right one whatever lies where it is looked for', async () => {
    const other = join(own, 'planted')
    mkdirSync(other)
    // A list without the script: its name would stay the same whatever the script becomes.
    writeFileSync(join(other, `${bundleName(script)}.modules.json`), '[]')
    writeFileSync(join(other, `${bundleName(script)}.${digestOf([], () => Buffer.alloc(0))}.mjs`), 'throw 1')
    const program = await findOrMake(script, other)
    expect(await run(program)).toMatch(/^two/)
    writeFileSync(join(other, `${bundleName(script)}.modules.json`), 'null')
    expect(await findOrMake(script, other)).toEqual(program)
  })

  it('holds no package: a script that imports one does not run at all', async () => {
    const other = join(own, 'package.ts')
    writeFileSync(other, `import { z } from 'zod'\nimport { requests, answer } from '${requests}'\nfor (const _ of requests()) answer(typeof z)\n`)
    await expect(makeProgram(other, folder)).rejects.toThrow(/is to run in the jail, and imports node_modules\/zod/)
    const program = await findOrMake(other, folder)
    expect(program.script).toBe(other)
    expect(await run(program)).toMatchObject({ code: 'crash' })
  })
})
