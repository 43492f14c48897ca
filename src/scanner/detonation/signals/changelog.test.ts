import fc from 'fast-check'
import { expect, it } from 'vitest'
import { knownFixes } from '../fixes.ts'
import { fixesIn } from './changelog.ts'
import { comparePatches, FixedIn } from './differential.ts'
import { compareVersions } from './debian-version.ts'
import { detonation, environment, happening } from '#test/harness/detonation/runs.ts'

const CHANGELOG = `viewer (2.0-1+deb12u1) bookworm-security; urgency=high

  * Fix CVE-2024-10001: use after free, and CVE-2024-10002
    (Closes: #1103545)

 -- A Maintainer <a@example.org>  Thu, 30 Jul 2026 22:29:04 +0200

viewer (1:1.9~rc1-1) unstable; urgency=medium

  * New release. Of CVE-2023-1 and CVE-20234-10001 nothing is known.
  * Fix CVE-2023-20001.
`

it('a changelog says which version fixed what', () => {
  expect(fixesIn(CHANGELOG, 'changelog').map(({ cve, version }) => `${cve} ${version}`)).toEqual([
    'CVE-2024-10001 2.0-1+deb12u1',
    'CVE-2024-10002 2.0-1+deb12u1',
    'CVE-2023-20001 1:1.9~rc1-1',
  ])
  fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => fixesIn(text, 's').every((fix) => FixedIn.safeParse(fix).success)))
})

it('what is kept is sorted by version, and each line of environments has some', () => {
  const fixes = knownFixes()
  expect(Object.keys(fixes)).toEqual(['libreoffice', 'mupdf', 'poppler'])
  for (const of of Object.values(fixes)) {
    expect(of.length).toBeGreaterThan(0)
    expect(of.every((fix, at) => at === 0 || compareVersions(of[at - 1]!.version, fix.version) <= 0)).toBe(true)
  }
})

it('names of a window what the older version had not had already', () => {
  const effect = [happening('process-start', { pid: 900, parent: 812, image: '/bin/sh', arguments: [] })]
  const [older, current] = [environment('poppler', 'older'), environment('poppler')]
  const fix = (cve: string, version: string): FixedIn => ({ cve, version, source: 'changelog' })
  const fixes = [
    fix('CVE-2022-10001', '22.08.0-1'),
    fix('CVE-2022-10002', '22.08.0-1'),
    fix('CVE-2022-10002', '20.09.0-3.1+deb11u1'),
    fix('CVE-2026-10003', '25.03.0-1'),
  ]
  const runs = (where: typeof older, happenings = effect) => [1, 2].map(() => detonation(happenings, { environment: where }))
  expect(comparePatches(runs(older), runs(current, []), fixes)).toMatchObject({ kind: 'fixed', candidates: [{ cve: 'CVE-2022-10001' }] })
})
