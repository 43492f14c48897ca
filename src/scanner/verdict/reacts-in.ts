import type { Detonation } from '#scanner/detonation/contract.ts'
import { fileName } from '#scanner/detonation/signals/processes.ts'

const WORD = /^(?:winword|wordpad|write)\.exe$/i
const OFFICE = /^(?:winword|excel|powerpnt|outlook|onenote|mspub|visio|wordpad)\.exe$/i
const EQUATIONS = /^eqnedt32\.exe$/i
const ACROBAT = /^(?:acrord32|acrobat|rdrcef|acrocef)\.exe$/i

/** Processes in which the vulnerability lies; a CVE that is not listed is proven by its structure alone. */
const PROGRAMS: Readonly<Record<string, RegExp>> = {
  'CVE-2017-11882': EQUATIONS,
  'CVE-2018-0798': EQUATIONS,
  'CVE-2018-0802': EQUATIONS,
  'CVE-2010-3333': WORD,
  'CVE-2014-1761': WORD,
  'CVE-2015-1641': WORD,
  'CVE-2016-7193': WORD,
  'CVE-2017-11826': WORD,
  'CVE-2023-21716': WORD,
  'CVE-2009-3129': /^excel\.exe$/i,
  'CVE-2021-42292': /^excel\.exe$/i,
  'CVE-2014-4114': /^powerpnt\.exe$/i,
  'CVE-2014-6352': /^powerpnt\.exe$/i,
  'CVE-2012-0158': OFFICE,
  'CVE-2013-3906': OFFICE,
  'CVE-2015-2545': OFFICE,
  'CVE-2017-0199': OFFICE,
  'CVE-2017-0261': OFFICE,
  'CVE-2017-0262': OFFICE,
  'CVE-2017-8570': OFFICE,
  'CVE-2017-8759': OFFICE,
  'CVE-2021-40444': OFFICE,
  'CVE-2007-5659': ACROBAT,
  'CVE-2008-2992': ACROBAT,
  'CVE-2009-0658': ACROBAT,
  'CVE-2009-0927': ACROBAT,
  'CVE-2009-1492': ACROBAT,
  'CVE-2009-1493': ACROBAT,
  'CVE-2009-3459': ACROBAT,
  'CVE-2009-4324': ACROBAT,
  'CVE-2010-0188': ACROBAT,
  'CVE-2010-2883': ACROBAT,
  'CVE-2010-4091': ACROBAT,
  'CVE-2013-0640': ACROBAT,
  'CVE-2013-2729': ACROBAT,
  'CVE-2013-3346': ACROBAT,
  'CVE-2018-4990': ACROBAT,
}

const LIBREOFFICE: ReadonlySet<string> = new Set(['CVE-2018-16858', 'CVE-2019-9848', 'CVE-2019-9850', 'CVE-2019-9851', 'CVE-2019-9852'])

/**
 * Whether what a run showed can be the doing of a CVE that the structure names: the program in which it lies ran, and reacted. An effect in a viewer that has
 * not the vulnerability proves something else.
 */
export function reactsIn(cve: string, { environment, happenings }: Detonation, shownBy: readonly number[]): boolean {
  if (LIBREOFFICE.has(cve)) return environment.viewer === 'libreoffice'
  const program = PROGRAMS[cve]
  if (!program) return false
  const images = new Map(happenings.flatMap((one) => (one.kind === 'process-start' ? [[one.pid, one.image] as const] : [])))
  const named = (image: string | undefined): boolean => image !== undefined && program.test(fileName(image))
  return shownBy.some((place) => {
    const one = happenings[place]
    if (one?.kind === 'process-start') return named(images.get(one.parent))
    if (one?.kind === 'fault') return named(one.image)
    return one !== undefined && 'pid' in one && one.pid !== undefined && named(images.get(one.pid))
  })
}
