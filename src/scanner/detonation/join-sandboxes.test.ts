import { expect, it } from 'vitest'
import { joinSandboxes } from '#scanner/detonation/join-sandboxes.ts'
import { NoEnvironment } from '#scanner/detonation/sandbox.ts'
import { environment, POPPLER, replaySandbox } from '#test/harness/replay-sandbox.ts'

it('several sandboxes are one, and each environment is opened by the first that has it', async () => {
  const asked: string[] = []
  const of = (name: string, environments: Parameters<typeof replaySandbox>[0]) =>
    replaySandbox(
      environments,
      ({ job, answer }) => (asked.push(`${name} ${job.environment}`), answer()),
      () => '0'.repeat(64),
    )
  const joined = joinSandboxes([of('one', [POPPLER[0]]), of('two', [...POPPLER, environment('extra')])])
  expect((await joined.environments()).map(({ name }) => name).toSorted()).toEqual(['extra', 'poppler-debian11', 'poppler-debian12'])
  const job = { subject: { document: Buffer.from('x'), name: 'document.pdf' }, options: { macros: false, egress: 'none', checkHeap: false } } as const
  for (const name of ['poppler-debian12', 'poppler-debian11']) await joined.detonate({ ...job, environment: name })
  expect(asked).toEqual(['one poppler-debian12', 'two poppler-debian11'])
  await expect(joined.detonate({ ...job, environment: 'none' })).rejects.toThrow(NoEnvironment)
})
