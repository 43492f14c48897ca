import { NoEnvironment, type Sandbox } from '#scanner/detonation/sandbox.ts'

/** The sandbox of a host that has none: submissions have their static answer alone, and say so. */
export const NO_SANDBOX: Sandbox = {
  environments: async () => [],
  detonate: async () => {
    throw new NoEnvironment('this host has no environment')
  },
  close: async () => undefined,
}
