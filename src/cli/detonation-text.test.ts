import { expect, it } from 'vitest'
import type { Happening } from '#scanner/detonation/contract.ts'
import { detonationText, openedToItsEnd } from '#cli/detonation-text.ts'
import { detonation, environment, happening } from '#test/harness/detonation/runs.ts'

const run = (...happenings: Happening[]) => detonation(happenings, { environment: environment('poppler'), end: 'rendered' })

it('says that nothing was seen only where all that happened was kept', () => {
  expect(detonationText('a.pdf', run())).toContain('Nothing that an exploit does was seen in poppler-debian12')
  expect(openedToItsEnd(run())).toBe(true)
  const lossy = run(happening('dropped', { of: 'trace', count: 5 }))
  expect(detonationText('a.pdf', lossy)).toContain(
    'Not all that happened was seen in poppler-debian12 (22.12.0-2+deb12u1): that nothing was seen says nothing.',
  )
  expect(openedToItsEnd(lossy)).toBe(false)
})

it('says why a page was not opened, though the viewer shows a page that says so', () => {
  const refused = happening('viewer', { state: 'refused', detail: 'the page could not be had: 127.0.0.1', rank: 'host' })
  expect(detonationText('http://127.0.0.1/', run(happening('viewer', { state: 'rendered' }), refused))).toContain(
    'It was not opened (the page could not be had: 127.0.0.1) in poppler-debian12 (22.12.0-2+deb12u1): that nothing was seen says nothing.',
  )
})
