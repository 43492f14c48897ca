import type { z } from 'zod'
import type { DecisionAct, DecisionView } from '#program/packages/decisions/contract.ts'
import { ok, type Caller, type Package, type packageDesk } from '#test/harness/packages.ts'
import type { SeededOperator } from '#test/harness/people.ts'

export type Decision = z.output<typeof DecisionView>

/** The two publishers whom a decision takes. */
export interface Publishers {
  readonly first: Caller
  readonly second: Caller
}

/** Revisions of packages and decisions of two about their versions. */
export function versionDesk(desk: ReturnType<typeof packageDesk>) {
  const versions = {
    begin: (by: Caller, id: string, summary = 'Corrected') => desk.post(by, `/api/packages/${id}/revisions`, { summary }),
    /** A revision that its author changes, and that two others approve and put in the place of the version before it. */
    revise: async (
      { people }: SeededOperator,
      id: string,
      change: (content: Record<string, unknown>) => Record<string, unknown> = (content) => content,
    ): Promise<Package> => {
      ok(await versions.begin(people.author, id))
      ok(await desk.edit(people.author, id, change))
      await versions.approve({ people }, id)
      return ok(await desk.post(people.publisher, `/api/packages/${id}/schedule`))
    },
    approve: async ({ people }: Pick<SeededOperator, 'people'>, id: string): Promise<Package> => {
      ok(await desk.step(people.author, id, 'review'))
      return ok(await desk.step(people.reviewer, id, 'approval'))
    },
    propose: (by: Caller, id: string, act: DecisionAct, version = 1) => desk.post(by, `/api/packages/${id}/decisions`, { version, act, reason: 'As agreed' }),
    confirm: (by: Caller, id: string, decision: string) => desk.post(by, `/api/packages/${id}/decisions/${decision}/confirmation`),
    decide: async ({ first, second }: Publishers, id: string, act: DecisionAct, version = 1): Promise<Decision> => {
      const proposed = await versions.propose(first, id, act, version)
      if (proposed.statusCode !== 201) throw new Error(`refused: ${proposed.body}`)
      const confirmed = await versions.confirm(second, id, proposed.json<Decision>().id)
      if (confirmed.statusCode !== 200) throw new Error(`refused: ${confirmed.body}`)
      return confirmed.json<Decision>()
    },
    states: async (by: Caller, id: string) =>
      (await desk.get(by, `/api/packages/${id}/versions`))
        .json<{ items: { version: number; state: string }[] }>()
        .items.map((line) => `${line.version} ${line.state}`),
    differences: (by: Caller, id: string, from = 1, to = 2) => desk.get(by, `/api/packages/${id}/differences?from=${from}&to=${to}`),
  }
  return versions
}
