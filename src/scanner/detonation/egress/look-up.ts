import { Resolver } from 'node:dns/promises'
import type { Resolve } from '#platform/http/guarded-fetch.ts'

/** Of one question to one server; it is asked twice. */
const ANSWER_MS = 3_000

interface LookUpOptions {
  readonly answerMs?: number
  /** In place of those that this machine asks, each as `address:port`. */
  readonly servers?: readonly string[]
}

/**
 * Looks names up for guests, by DNS alone. What the system offers for that (getaddrinfo) has four threads, which all files and all compression of this process
 * share: a guest that asks for names whose servers never answer would hold them all. What this machine knows of its own (its file of hosts) is none of a guest's concern.
 */
export function lookUpByDns({ answerMs = ANSWER_MS, servers }: LookUpOptions = {}): Resolve {
  return async (host) => {
    const resolver = new Resolver({ timeout: answerMs, tries: 2 })
    if (servers) resolver.setServers(servers)
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    if (four.status === 'rejected' && six.status === 'rejected') throw four.reason as Error
    const found = (answer: PromiseSettledResult<string[]>, family: 4 | 6) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : []
    return [...found(four, 4), ...found(six, 6)]
  }
}
