import { Problem, type FieldProblem } from '#platform/errors.ts'
import { fieldsOf } from '#platform/http/problem.ts'
import { MOST_FAULTS } from '#program/advisories/list-of.ts'
import { PackageContent, type CurrentContent, type PackageContentInput, type TlpLabel } from '#program/packages/contract.ts'

/** What an advisory became. */
export interface ImportedAdvisory {
  readonly content: CurrentContent
  /** The document that it came from. */
  readonly source: { readonly id: string; readonly version: string; readonly publisher: string; readonly status: string }
  /** The document's own marking, if it has one: the one for the day on which it is published. */
  readonly statedTlp: TlpLabel | null
  /** JSON Pointers of what a package has no place for, the outermost only: it is not carried over. */
  readonly leftOut: readonly string[]
  /** JSON Pointers of what the document does not say, or says for the day of publication only, and the import assumed instead: the narrower choice. */
  readonly assumed: readonly string[]
}

/** A document is marked for the day on which everybody may read it; the package is what members hold before. */
export const UNTIL_PUBLISHED: TlpLabel = 'AMBER+STRICT'

/** The content, if it is one. Throws `refused` with places in the document, which `pointer` finds. */
export function asContent(format: string, content: PackageContentInput, pointer: (fault: FieldProblem) => FieldProblem): CurrentContent {
  const parsed = PackageContent.safeParse(content)
  if (parsed.success) return parsed.data
  throw refused(format, fieldsOf(parsed.error, '').map(pointer))
}

/** A refusal that names where the document does not fit. */
export function refused(format: string, fields: readonly FieldProblem[]): Problem {
  const [first] = fields
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''
  return new Problem('VALIDATION_FAILED', `This is not a ${format} document that can be imported: ${first?.field || '/'}: ${first?.message}${more}.`, {
    fields: fields.slice(0, MOST_FAULTS),
  })
}

export function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url)
}

/** The values whose keys did not occur before. */
export function uniqueBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  const seen = new Set<string>()
  return values.filter((value) => !seen.has(key(value)) && seen.add(key(value)))
}
