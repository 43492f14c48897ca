import { upgraded, type CurrentContent, type PackageContent, type Part } from '#program/packages/contract.ts'

/** Which part of a package each field of its content belongs to. A field that is missing here does not compile. */
const PART_OF: Readonly<Record<keyof CurrentContent, Part>> = {
  schema: 'existence',
  title: 'bulletin',
  description: 'description',
  bulletin: 'bulletin',
  vulnerabilities: 'bulletin',
  products: 'bulletin',
  detection: 'guidance',
  samples: 'guidance',
  rules: 'guidance',
  attachments: 'attachments',
  proofOfConcept: 'proof-of-concept',
  credit: 'credit',
  references: 'bulletin',
  tlp: 'existence',
  sharingGroup: 'existence',
  permittedUse: 'existence',
  validateParts: 'bulletin',
  revisionHistory: 'bulletin',
}

/** The fields of a content, in schema 2, that belong to parts for which `readable` answers true. It is asked once per part. */
export function viewOf(stored: PackageContent, readable: (part: Part) => boolean): Partial<CurrentContent> {
  const content = upgraded(stored)
  const answers = new Map<Part, boolean>()
  const mayShow = (part: Part) => {
    const known = answers.get(part)
    if (known !== undefined) return known
    const answer = readable(part)
    answers.set(part, answer)
    return answer
  }
  const fields = Object.keys(content) as (keyof CurrentContent)[]
  return Object.fromEntries(fields.filter((field) => Object.hasOwn(PART_OF, field) && mayShow(PART_OF[field])).map((field) => [field, content[field]]))
}
