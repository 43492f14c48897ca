import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pause } from '#platform/clock/clock.ts'
import { endlessEnvironment, writeTinyGuest } from '#test/harness/tiny-guest.ts'
import { holdLock } from '../image/lock.ts'
import { prepareTemplate, type QemuEnvironment } from './qemu-template.ts'

const can = process.getuid?.() === 0 && existsSync('/usr/bin/qemu-system-x86_64')

describe.skipIf(!can)(
  can ? 'preparing a template' : 'preparing a template (root alone can build machines, and QEMU has to be installed)',
  { timeout: 30_000 },
  () => {
    let folder: string
    let never: QemuEnvironment
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'vedette-template-'))
      writeTinyGuest(folder)
      never = endlessEnvironment(folder)
    })
    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    it('says what it does, is given up, and leaves nothing half made', async () => {
      const told: string[] = []
      const given = new AbortController()
      const preparing = prepareTemplate(never, join(folder, 'runs'), (text) => told.push(text), given.signal)
      const refused = expect(preparing).rejects.toThrow('nobody waits any more')
      await expect.poll(() => existsSync(join(folder, 'environment', 'template.making', 'disk'))).toBe(true)
      await pause(300)
      given.abort(new Error('nobody waits any more'))
      await refused
      expect(told).toEqual(['Preparing endless once ...'])
      expect(readdirSync(join(folder, 'environment'))).toEqual(['.lock'])
    })

    it('waits for another process that prepares it, says so, and is given up meanwhile', async () => {
      const unlock = await holdLock(join(folder, 'environment'))
      const told: string[] = []
      const given = new AbortController()
      const preparing = prepareTemplate(never, join(folder, 'runs'), (text) => told.push(text), given.signal)
      const refused = expect(preparing).rejects.toThrow('nobody waits any more')
      await expect.poll(() => told).toContainEqual(expect.stringContaining('Waiting for another process that prepares endless'))
      expect(existsSync(join(folder, 'environment', 'template.making'))).toBe(false)
      given.abort(new Error('nobody waits any more'))
      await refused
      await unlock!()
      // Whoever gave up waiting holds nothing.
      const again = await holdLock(join(folder, 'environment'))
      expect(again).toBeDefined()
      await again!()
    })
  },
)
