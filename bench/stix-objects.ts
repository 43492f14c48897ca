import { hash } from 'node:crypto'

/** Objects for measurements: indicators of about 650 bytes, the same on every run (generator of the exchange design, 22.5). */
const START = Date.UTC(2026, 0, 1)

const hex = (text: string) => hash('sha256', text, 'hex')

/** The n-th indicator as it is posted. */
export function indicatorText(n: number): string {
  const at = new Date(START + n * 1000).toISOString()
  return JSON.stringify({
    type: 'indicator',
    spec_version: '2.1',
    id: indicatorId(n),
    created_by_ref: 'identity--f431f809-377b-45e0-aa1c-6a4751cae5ff',
    created: at,
    modified: at,
    name: `Indicator ${n}`,
    description: 'Synthetic indicator for the exchange benchmark; carries no real threat data.',
    indicator_types: ['malicious-activity'],
    pattern: patternOf(n),
    pattern_type: 'stix',
    valid_from: at,
    confidence: 50 + (n % 50),
    labels: ['bench'],
    object_marking_refs: ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb'],
  })
}

export function indicatorId(n: number): string {
  const digits = hex(`i${n}`)
  const variant = '89ab'[Number.parseInt(digits[16]!, 16) & 3]
  return `indicator--${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

function patternOf(n: number): string {
  const digits = hex(`v${n}`)
  if (n % 4 === 0) return `[file:hashes.'SHA-256' = '${digits}']`
  if (n % 4 === 1) return `[url:value = 'https://c${n % 5003}.example${n % 97}.com/p/${digits.slice(0, 16)}']`
  if (n % 4 === 2) return `[domain-name:value = 'd${n}.bad${n % 997}.example']`
  return `[ipv4-addr:value = '${10 + ((n >> 16) & 127)}.${(n >> 8) & 255}.${n & 255}.${digits.charCodeAt(0)}']`
}

/** An envelope of the indicators from `from` on. */
export function envelopeOf(from: number, count: number): string {
  return `{"objects":[${Array.from({ length: count }, (_, n) => indicatorText(from + n)).join(',')}]}`
}
