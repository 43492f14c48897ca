import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testGuest, TEST_ENVIRONMENT } from '#test/harness/guest.ts'
import { buildGuests, Cancelled, type BuildWish } from './build.ts'
import { lockFolder } from './lock.ts'
import type { GuestManifest } from './manifest.ts'
import { storedFile } from './recipe.ts'

const guest = await testGuest()
const here = guest.skipped === undefined ? describe : describe.skip
const why = guest.skipped === undefined ? '' : ` (${guest.skipped})`

let out: string
let steps: string[]
beforeAll(() => void (out = mkdtempSync(join(tmpdir(), 'vedette-guest-'))))
afterAll(() => rmSync(out, { recursive: true, force: true }))

function wish(name: string, more: Partial<BuildWish> = {}): BuildWish {
  steps = []
  return {
    out: join(out, name),
    environments: [TEST_ENVIRONMENT],
    mirror: guest.skipped === undefined ? guest.manifest.mirror : '',
    mode: 'root',
    today: '2026-01-01',
    step: (text) => steps.push(text),
    agent: agentFolder(),
    ...more,
  }
}

async function buildAgain(manifest: GuestManifest): Promise<readonly GuestManifest[]> {
  rmSync(join(out, 'again'), { recursive: true })
  const { environments } = await buildGuests(wish('again', { locked: new Map([[TEST_ENVIRONMENT.name, manifest]]) }))
  return environments
}

function agentFolder(): string {
  const folder = join(out, 'agent')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'start'), '#!/bin/sh\n', { mode: 0o755 })
  return folder
}

here(`building an environment${why}`, () => {
  const built = () => (guest.skipped === undefined ? guest : expect.fail())

  it('with the versions of a manifest gives the same bytes, and a second time does nothing', { timeout: 400_000 }, async () => {
    const known = built().manifest
    const first = await buildGuests(wish('again', { locked: new Map([[TEST_ENVIRONMENT.name, known]]) }))
    expect(first.absent).toEqual([])
    // A mirror keeps old versions for a while only: once it has newer ones alone, these are built twice.
    const moved = !isDeepStrictEqual(first.environments[0]!.packages, known.packages)
    const manifest = moved ? first.environments[0]! : known
    const environments = moved ? await buildAgain(manifest) : first.environments
    const folder = join(out, 'again', TEST_ENVIRONMENT.name)
    expect(environments[0]).toMatchObject({ image: manifest.image, kernel: manifest.kernel, packages: manifest.packages, recipe: manifest.recipe })
    expect(await storedFile(join(folder, 'image'))).toEqual(manifest.image)
    expect(readdirSync(folder).sort()).toEqual(['image', 'initrd', 'manifest.json', 'vmlinuz'])
    expect(readdirSync(join(out, 'again')).sort()).toEqual(['.lock', 'kernel', TEST_ENVIRONMENT.name])

    const before = statSync(join(folder, 'manifest.json')).ino
    const started = performance.now()
    expect((await buildGuests(wish('again'))).environments).toEqual(environments)
    expect(performance.now() - started).toBeLessThan(1000)
    expect(steps).toEqual([])
    expect(statSync(join(folder, 'manifest.json')).ino).toBe(before)

    // Another agent is another initramfs, upon the same image.
    const agent = join(out, 'another')
    mkdirSync(agent)
    writeFileSync(join(agent, 'start'), '#!/bin/sh\necho other\n', { mode: 0o755 })
    const [changed] = (await buildGuests(wish('again', { agent }))).environments
    expect(changed!.image).toEqual(manifest.image)
    expect(changed!.initrd).not.toEqual(environments[0]!.initrd)
  })

  it('from a mirror that has nothing is absent with the reason, and the one that is there stays', { timeout: 120_000 }, async () => {
    const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { environments, absent } = await buildGuests(wish('nowhere', { mirror }))
      expect(environments).toEqual([])
      expect(absent).toEqual([{ name: TEST_ENVIRONMENT.name, why: expect.stringContaining(mirror) }])
      expect(absent[0]!.why).toMatch(/404|Release/)
      expect(readdirSync(join(out, 'nowhere')).filter((name) => /making|old/.test(name))).toEqual([])
    } finally {
      server.close()
    }
  })

  it('that is cancelled leaves nothing half made', { timeout: 120_000 }, async () => {
    const cancel = new AbortController()
    const building = buildGuests(wish('cancelled', { signal: cancel.signal, step: (text) => text.includes('unpacking') && cancel.abort() }))
    await expect(building).rejects.toBeInstanceOf(Cancelled)
    expect(readdirSync(join(out, 'cancelled'))).toEqual(['.lock'])
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(out)
  })

  it('is refused while another build works in the folder, and takes up what one left that was killed', { timeout: 120_000 }, async () => {
    const folder = join(out, 'shared')
    const unlock = await lockFolder(folder)
    await expect(buildGuests(wish('shared'))).rejects.toThrow('Another build works')
    await unlock()
    const { folder: made } = built()
    mkdirSync(join(folder, `${TEST_ENVIRONMENT.name}.making`, 'tree'), { recursive: true })
    mkdirSync(join(folder, `${TEST_ENVIRONMENT.name}.old`))
    writeFileSync(join(folder, `${TEST_ENVIRONMENT.name}.old`, 'manifest.json'), readFileSync(join(made, 'manifest.json')))
    const { absent } = await buildGuests(wish('shared', { mirror: 'http://127.0.0.1:9', wait: true }))
    expect(absent).toHaveLength(1)
    expect(existsSync(join(folder, TEST_ENVIRONMENT.name, 'manifest.json'))).toBe(true)
    expect(readdirSync(folder).filter((name) => /making|old/.test(name))).toEqual([])
  })
})
