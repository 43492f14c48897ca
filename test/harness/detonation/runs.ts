import { DETONATION_SCHEMA, type Detonation, type Environment, type Happening } from '#scanner/detonation/contract.ts'
import { judgeRun, type WhatHappened } from '#scanner/detonation/signals/all.ts'
import { emptyBaseline, ENOUGH_RUNS, type Baseline } from '#scanner/detonation/signals/baseline.ts'

const VERSIONS = {
  poppler: { current: '22.12.0-2+deb12u1', older: '20.09.0-3.1+deb11u2' },
  libreoffice: { current: '4:7.4.7-1+deb12u8', older: '1:7.0.4-4+deb11u13' },
  chromium: { current: '142.0.7444.175-1~deb12u1', older: '120.0.6099.224-1~deb11u1' },
  other: { current: '16.0.5000', older: '16.0.4266' },
} as const

/** An environment of one of the lines. */
export function environment(viewer: keyof typeof VERSIONS = 'poppler', age: Environment['age'] = 'current'): Environment {
  const driver = viewer === 'other' ? 'windows' : 'qemu'
  return {
    name: `${viewer}-${age === 'current' ? 'debian12' : 'debian11'}`,
    viewer,
    version: VERSIONS[viewer][age],
    os: 'Debian GNU/Linux 12',
    line: viewer,
    age,
    driver,
  }
}

/** Everything of a happening but its kind has a value. */
export function happening<K extends Happening['kind']>(
  kind: K,
  of: Omit<Extract<Happening, { kind: K }>, 'kind' | 't' | 'rank'> & Partial<Pick<Happening, 't' | 'rank'>>,
): Happening {
  return { t: 1, rank: 'kernel', ...of, kind } as unknown as Happening
}

/** A baseline that learned enough and knows nothing: whatever is not the viewer's own is out of the ordinary. */
export function learnedBaseline({ name, version }: Environment): Baseline {
  return { ...emptyBaseline(name, version), runs: ENOUGH_RUNS }
}

/** A run with the signals that it gives. */
export function detonation(happenings: readonly Happening[] = [], of: Partial<Detonation> & { baseline?: WhatHappened['baseline'] } = {}): Detonation {
  const { baseline, ...rest } = of
  const where = of.environment ?? environment()
  const options = of.options ?? { macros: false, egress: 'none', checkHeap: false }
  const end = of.end ?? 'rendered'
  return {
    schema: DETONATION_SCHEMA,
    sha256: 'ab'.repeat(32),
    environment: where,
    options,
    end,
    why_ended: 'the viewer was idle',
    dwell_ms: 2500,
    signals: judgeRun({ environment: where, options, end, happenings, baseline: baseline ?? learnedBaseline(where) }),
    happenings: [...happenings],
    not_watched: [],
    ...rest,
  }
}
