import type { z } from 'zod'
import type { SubmissionOptions, SubmitPage, SubmitQuery } from '#scanner/submissions/contract.ts'

type Asked = Pick<z.output<typeof SubmitQuery>, 'macros' | 'egress' | 'mostSeconds'> & {
  readonly environments?: readonly string[] | undefined
}

/** Options of a file that is handed in. Whether its way out is permitted is decided with the operator (egress-settings/ways-out.ts). */
export function optionsOfQuery({ environments, ...asked }: z.output<typeof SubmitQuery>): SubmissionOptions {
  const named = environments === undefined ? undefined : environments === 'none' ? [] : environments.split(',')
  return inOneForm({ ...asked, environments: named })
}

export function optionsOfPage(page: z.output<typeof SubmitPage>): SubmissionOptions {
  return inOneForm(page)
}

/** The same wishes are the same submission. */
function inOneForm({ environments, macros, egress, mostSeconds }: Asked): SubmissionOptions {
  return {
    ...(environments !== undefined && { environments: [...new Set(environments)].toSorted() }),
    ...(macros !== undefined && macros !== 'both' && { macros }),
    ...(egress !== undefined && egress !== 'none' && { egress }),
    ...(mostSeconds !== undefined && { mostSeconds }),
  }
}
