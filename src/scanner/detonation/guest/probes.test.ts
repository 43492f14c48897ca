import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { AGENT } from '../image/recipe.ts'
import { ATTACK_CALLS } from '../signals/linux.ts'
import { KERNEL_EVENTS, PROBES } from '../signals/probes.ts'

it('the guest watches what the reader of its trace understands, and nothing else', () => {
  const watched = JSON.parse(readFileSync(join(AGENT, 'probes.json'), 'utf8')) as { probes: { name: string; definition: string }[]; events: { name: string }[] }
  expect(watched.probes.map(({ name, definition }) => ({ name, definition }))).toEqual(PROBES.map(({ name, definition }) => ({ name, definition })))
  expect(watched.events.map(({ name }) => name)).toEqual([...KERNEL_EVENTS, ...[...ATTACK_CALLS].map((call) => `syscalls/sys_enter_${call}`)])
})
