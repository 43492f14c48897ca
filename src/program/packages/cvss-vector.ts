/** Metrics of one CVSS version: those a base vector must have, and those it may. Sources: FIRST, CVSS 3.1 and 4.0 specifications. */
interface Metrics {
  readonly base: Readonly<Record<string, string>>
  readonly other: Readonly<Record<string, string>>
  /** Version 4.0 fixes the order of the metrics; version 3 leaves it open. */
  readonly ordered: boolean
}

const CVSS3: Metrics = {
  base: { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'UC', C: 'NLH', I: 'NLH', A: 'NLH' },
  other: {
    E: 'XUPFH',
    RL: 'XOTWU',
    RC: 'XURC',
    CR: 'XLMH',
    IR: 'XLMH',
    AR: 'XLMH',
    MAV: 'XNALP',
    MAC: 'XLH',
    MPR: 'XNLH',
    MUI: 'XNR',
    MS: 'XUC',
    MC: 'XNLH',
    MI: 'XNLH',
    MA: 'XNLH',
  },
  ordered: false,
}

const CVSS4: Metrics = {
  base: { AV: 'NALP', AC: 'LH', AT: 'NP', PR: 'NLH', UI: 'NPA', VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'HLN', SI: 'HLN', SA: 'HLN' },
  other: {
    E: 'XAPU',
    CR: 'XHML',
    IR: 'XHML',
    AR: 'XHML',
    MAV: 'XNALP',
    MAC: 'XLH',
    MAT: 'XNP',
    MPR: 'XNLH',
    MUI: 'XNPA',
    MVC: 'XHLN',
    MVI: 'XHLN',
    MVA: 'XHLN',
    MSC: 'XHLN',
    MSI: 'XSHLN',
    MSA: 'XSHLN',
    S: 'XNP',
    AU: 'XNY',
    R: 'XAUI',
    V: 'XDC',
    RE: 'XLMH',
    U: 'X',
  },
  ordered: true,
}

/** Provider urgency of version 4.0: the only metric whose values are words. */
const URGENCIES = ['X', 'Clear', 'Green', 'Amber', 'Red']

export type CvssVersion = '3.0' | '3.1' | '4.0'

/** The version of a CVSS vector that has every base metric once and nothing that its version does not know; undefined for any other text. */
export function cvssVersionOf(vector: string): CvssVersion | undefined {
  const [head, ...pairs] = vector.split('/')
  const version = /^CVSS:(3\.0|3\.1|4\.0)$/.exec(head!)?.[1] as CvssVersion | undefined
  if (!version) return undefined
  return fits(pairs, version === '4.0' ? CVSS4 : CVSS3) ? version : undefined
}

function fits(pairs: readonly string[], { base, other, ordered }: Metrics): boolean {
  const known = [...Object.keys(base), ...Object.keys(other)]
  const names = pairs.map((pair) => pair.slice(0, Math.max(pair.indexOf(':'), 0)))
  if (new Set(names).size !== names.length || !Object.keys(base).every((name) => names.includes(name))) return false
  if (ordered && names.some((name, at) => at > 0 && known.indexOf(name) < known.indexOf(names[at - 1]!))) return false
  return pairs.every((pair, at) => isValue(names[at]!, pair.slice(names[at]!.length + 1), { ...base, ...other }))
}

function isValue(name: string, value: string, metrics: Readonly<Record<string, string>>): boolean {
  if (!Object.hasOwn(metrics, name)) return false
  return name === 'U' ? URGENCIES.includes(value) : value.length === 1 && metrics[name]!.includes(value)
}
