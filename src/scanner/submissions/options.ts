import type { z } from 'zod'
import type { Config } from '#platform/config.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { SubmissionOptions, SubmitPage, SubmitQuery } from '#scanner/submissions/contract.ts'

type Asked = Pick<z.output<typeof SubmitQuery>, 'macros' | 'egress' | 'mostSeconds'> & {
  readonly environments?: readonly string[] | undefined
}

/** Options of a file that is handed in. Throws as `checkedOptions` does. */
export function optionsOfQuery(config: Config, actor: PersonActor, { environments, ...asked }: z.output<typeof SubmitQuery>): SubmissionOptions {
  const named = environments === undefined ? undefined : environments === 'none' ? [] : environments.split(',')
  return checkedOptions(config, actor, { ...asked, environments: named })
}

export function optionsOfPage(config: Config, actor: PersonActor, page: z.output<typeof SubmitPage>): SubmissionOptions {
  return checkedOptions(config, actor, page)
}

/**
 * The options in one form, so that the same wishes are the same submission. Throws FORBIDDEN for a way out that this instance does not permit the actor.
 */
function checkedOptions(config: Config, actor: PersonActor, { environments, macros, egress, mostSeconds }: Asked): SubmissionOptions {
  if ((egress === 'direct' || egress === 'upstream') && !mayReachOut(config, actor))
    throw new Problem('FORBIDDEN', `Whoever runs this instance does not let you have a submission reach the network (VEDETTE_EGRESS).`)
  return {
    ...(environments !== undefined && { environments: [...new Set(environments)].toSorted() }),
    ...(macros !== undefined && macros !== 'both' && { macros }),
    ...(egress !== undefined && egress !== 'none' && { egress }),
    ...(mostSeconds !== undefined && { mostSeconds }),
  }
}

/** Whether what the actor hands in may reach the real network. */
export function mayReachOut({ egress }: Pick<Config, 'egress'>, { kind }: Pick<PersonActor, 'kind'>): boolean {
  return egress === 'members' || (egress === 'operator' && kind === 'operator')
}
