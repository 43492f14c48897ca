import { Agent, request as httpRequest } from 'node:http'
import { changeStanding } from '#program/membership/standing/change-standing.ts'
import type { TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedPeople } from '#test/harness/people.ts'
import { newSession, newToken } from '#test/harness/standing.ts'

const IN_FLIGHT = 32
/** The suspension begins after this part of the requests, so that most begin after it. */
const BEGINS = 0.1

/** One request, with the milliseconds at which it began and its answer had ended. */
interface Sent {
  readonly began: number
  readonly ended: number
  readonly status: number
}

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** What became of the requests around a suspension; `at` is the millisecond right after its commit. */
export interface Race {
  readonly at: number
  readonly sent: readonly Sent[]
  /** Succeeded although they began after the commit. */
  readonly escapes: readonly Sent[]
  /** Failed although they ended before the commit. */
  readonly refusedEarly: readonly Sent[]
  /** Milliseconds after the commit until each that was in flight at it and succeeded had ended, sorted. */
  readonly inFlightMs: readonly number[]
}

const succeeded = ({ status }: Sent) => status >= 200 && status < 300

/** A member with a package open to it, and requests by every way in: sessions, tokens, lists, one package, receipts, downloads, TAXII. */
export async function suspensionRace(test: TestApp) {
  const [a] = await seedPeople(test.app)
  const officer = a.people['membership-officer']
  const contact = a.vendor.people.analyst
  await entitle(test.app, a, a.vendor, contact)
  const desk = packageDesk(test)
  const { id } = await desk.scheduled(a, csafDocument('Race'))
  test.clock.set(DECEMBER.advance)
  const { content } = ok(await desk.receive(contact, id))
  const object = content.attachments![0]!.object

  async function waysIn(): Promise<Asked[]> {
    const [session, token] = [await newSession(test, contact), await newToken(test, contact)]
    const one = (path: string, headers: Record<string, string>) => ({ method: 'GET' as const, path, headers })
    return [
      one('/api/packages', session),
      one('/api/packages', token),
      one(`/api/packages/${id}`, session),
      one(`/api/packages/${id}`, token),
      one(`/api/packages/${id}/attachments/${object}`, token),
      one('/api/session', session),
      one('/api/releases', token),
      one('/taxii2/', { ...token, accept: 'application/taxii+json;version=2.1' }),
      { method: 'POST', path: `/api/packages/${id}/receipts`, headers: { ...token, 'content-type': 'application/json' }, body: '{"version":1}' },
      one('/api/standing', session),
    ]
  }

  return {
    /** Sends so many requests to a server of the app, 32 at a time, and suspends the member in their midst; it has to be active. */
    async run(port: number, count: number): Promise<Race> {
      const asked = await waysIn()
      const suspend = async () => {
        await changeStanding(test.app, officer.actor, a.vendor.id, { kind: 'suspend', reason: 'Caught copying' })
        return performance.now()
      }
      return judged(await sendAll(port, asked, count, suspend))
    },
    /** Makes the member active again, behind the program's back. */
    async restore(): Promise<void> {
      await test.database.superuser.query(`update membership set state = 'active' where organisation_id = $1`, [a.vendor.id])
    },
  }
}

async function sendAll(port: number, asked: readonly Asked[], count: number, midst: () => Promise<number>): Promise<{ sent: Sent[]; at: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  const sent: Sent[] = []
  let next = 0
  let at: Promise<number> | undefined
  const worker = async () => {
    while (next < count) {
      const one = asked[next % asked.length]!
      if (next++ === Math.floor(count * BEGINS)) at = midst()
      const began = performance.now()
      const status = await statusOf(agent, port, one)
      sent.push({ began, ended: performance.now(), status })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  agent.destroy()
  return { sent, at: await at! }
}

function statusOf(agent: Agent, port: number, { method, path, headers, body }: Asked): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
      answer.on('error', () => resolve(0))
    })
    request.on('error', () => resolve(0))
    request.end(body)
  })
}

function judged({ sent, at }: { readonly sent: readonly Sent[]; readonly at: number }): Race {
  const inFlight = sent.filter((one) => one.began <= at && one.ended > at && succeeded(one))
  return {
    at,
    sent,
    escapes: sent.filter((one) => one.began > at && succeeded(one)),
    refusedEarly: sent.filter((one) => one.ended < at && !succeeded(one)),
    inFlightMs: inFlight.map(({ ended }) => ended - at).toSorted((one, other) => one - other),
  }
}
