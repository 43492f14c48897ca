import { NoEnvironment, type Sandbox } from './sandbox.ts'

/** Several sandboxes as one: each environment is that of the first that has it. */
export function joinSandboxes(sandboxes: readonly Sandbox[]): Sandbox {
  const listed = async () => {
    const all = await Promise.all(sandboxes.map(async (sandbox) => (await sandbox.environments()).map((environment) => ({ environment, sandbox }))))
    return new Map(
      all
        .flat()
        .toReversed()
        .map((one) => [one.environment.name, one]),
    )
  }
  return {
    environments: async () => [...(await listed()).values()].map(({ environment }) => environment),
    detonate: async (job, watcher, signal) => {
      const found = (await listed()).get(job.environment)
      if (!found) throw new NoEnvironment(`there is no environment ${job.environment}`)
      return found.sandbox.detonate(job, watcher, signal)
    },
    close: async () => {
      await Promise.allSettled(sandboxes.map((sandbox) => sandbox.close()))
    },
  }
}
