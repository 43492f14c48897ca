import { expect, it } from 'vitest'
import { environment, FAULT, POPPLER, seen, signal } from '#test/harness/replay-sandbox.ts'
import type { Detonation, Environment } from './contract.ts'
import { openReactions } from './open-reactions.ts'

const run = (where: Environment, more: Partial<Detonation> = {}, macros = false) =>
  seen('0'.repeat(64), where, { macros, egress: 'none', checkHeap: false }, more)
const effect: Partial<Detonation> = { end: 'crashed', happenings: [FAULT], signals: [signal('effect', 'unexpected-process')] }

it('a reaction of the current version is open, also one that was seen once; one of the older alone, of a macro, or without an effect is none', () => {
  const [current, older] = POPPLER
  expect(openReactions([run(current, effect), run(older)], [], true)).toEqual([{ line: 'poppler', environment: 'poppler-debian12' }])
  expect(openReactions([run(current, effect), run(current), run(older, { end: 'hung' })], [], true)).toHaveLength(1)
  expect(openReactions([run(current), run(older, effect)], [], true)).toEqual([])
  expect(openReactions([run(current, { signals: [signal('active', 'scheme-launch')] })], [], true)).toEqual([])
  const writer = environment('libreoffice-debian12', 'current', { viewer: 'libreoffice', line: 'libreoffice' })
  expect(openReactions([run(writer, effect, true), run(writer)], [], true)).toEqual([])
  expect(openReactions([run(writer, effect, true), run(writer, effect)], [], true)).toHaveLength(1)
  // Without a macro in it, whatever happened with macros on was not one's doing.
  expect(openReactions([run(writer, effect, true), run(writer)], [], false)).toHaveLength(1)
  expect(openReactions([run({ ...current, driver: 'windows' }, effect)], [], true)).toEqual([])
})
