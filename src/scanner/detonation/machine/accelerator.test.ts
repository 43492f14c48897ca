import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chooseAccelerator } from './accelerator.ts'

let folder: string
let device: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-kvm-'))
  device = join(folder, 'kvm')
  // What is asked of the device here is its rights; whether guests run under it is asked by `boot`.
  writeFileSync(device, '')
  chmodSync(device, 0o666)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const hangs = (signal: AbortSignal) => new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))))

describe('the accelerator', () => {
  it('is the processor where a guest starts under it, and that is asked once', async () => {
    let boots = 0
    const boot = async () => void boots++
    expect(await chooseAccelerator({ boot, folder, device })).toEqual({ accelerator: 'kvm', why: 'a guest started under KVM' })
    expect((await chooseAccelerator({ boot, folder, device })).accelerator).toBe('kvm')
    expect(boots).toBe(1)
  })

  it('is emulation where the guest hangs or fails, and says which', async () => {
    expect(await chooseAccelerator({ boot: hangs, folder, device, withinMs: 50 })).toEqual({
      accelerator: 'tcg',
      why: 'a guest was tried under KVM: a guest did not start under KVM within 0.05 s',
    })
    rmSync(join(folder, 'accelerator.json'))
    const boot = () => Promise.reject(new Error('failed to set MSR 0x10a'))
    expect((await chooseAccelerator({ boot, folder, device })).why).toContain('MSR 0x10a')
  })

  it('is asked anew when the rights of the device change', async () => {
    const boot = () => Promise.reject(new Error('no'))
    expect((await chooseAccelerator({ boot, folder, device })).accelerator).toBe('tcg')
    chmodSync(device, 0o667)
    expect((await chooseAccelerator({ boot: async () => undefined, folder, device })).accelerator).toBe('kvm')
  })

  it('is emulation without the device, and where it admits root alone', async () => {
    const boot = async () => undefined
    expect(await chooseAccelerator({ boot, folder, device: join(folder, 'none') })).toMatchObject({
      accelerator: 'tcg',
      why: expect.stringContaining('has no') as string,
    })
    chmodSync(device, 0o600)
    expect(await chooseAccelerator({ boot, folder, device })).toMatchObject({ accelerator: 'tcg', why: expect.stringContaining('admits root alone') as string })
  })

  it('does not believe what does not fit', async () => {
    writeFileSync(join(folder, 'accelerator.json'), '{"id":1}')
    expect((await chooseAccelerator({ boot: async () => undefined, folder, device })).accelerator).toBe('kvm')
  })
})
