import type { PersonActor } from '#platform/auth/actor.ts'
import { permits, type Rule } from '#platform/auth/rule.ts'
import { discover } from '#platform/discover.ts'

let rules: Promise<readonly Rule[]> | undefined

/** Verbs of every policy line (`may` of each `policy.ts`) that permits the actor, sorted: what `GET /api/session` lists as `may`. */
export async function permittedVerbs(actor: PersonActor): Promise<string[]> {
  rules ??= discover<Record<string, Rule>>('policy.ts', 'may').then((found) => found.flatMap(({ value }) => Object.values(value)))
  return (await rules)
    .filter((rule) => permits(actor, rule))
    .map(({ verb }) => verb)
    .sort()
}
