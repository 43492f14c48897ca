import type { Difference } from './versions.ts'

const FIELD_NAME: Readonly<Record<string, string>> = {
  title: 'Title',
  description: 'Description without detail',
  bulletin: 'Bulletin',
  vulnerabilities: 'Vulnerabilities',
  products: 'Products',
  detection: 'Detection guidance',
  attachments: 'Attachments',
  proofOfConcept: 'Proof of concept',
  references: 'References',
  tlp: 'Marking',
  permittedUse: 'Permitted use',
  sharingGroup: 'Sharing group',
  credit: 'Credit',
  samples: 'Samples',
  rules: 'Draft rules',
  validateParts: 'For tier validate',
  revisionHistory: 'Revision history',
}

/** Where a difference is, in words: the field by its name, then what is inside it. */
export function placeText({ place: [field = '', ...inside] }: Pick<Difference, 'place'>): string {
  return [FIELD_NAME[field] ?? words(field), ...inside.map(words)].join(' › ')
}

/** `ownFleet` as "own fleet"; ids and titles as they are. */
function words(name: string): string {
  return /^[a-z]+([A-Z][a-z]+)+$/.test(name) ? name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) : name
}

/** A value as lines of text that can be compared. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value === null ? 'nothing' : String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.map((one) => indented('- ', valueText(one))).join('\n')
  const fields = Object.entries(value as object).filter(([, each]) => !isEmpty(each))
  return fields
    .map(([name, each]) => (typeof each === 'object' ? `${words(name)}:\n${indented('  ', valueText(each))}` : `${words(name)}: ${valueText(each)}`))
    .join('\n')
}

const isEmpty = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0)
const indented = (lead: string, text: string) =>
  text
    .split('\n')
    .map((line, n) => (n === 0 ? lead : ' '.repeat(lead.length)) + line)
    .join('\n')
