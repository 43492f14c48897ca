import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { lockUnmailed, setMailed, toldRow, type Told } from '#program/embargo/told-store.ts'

const AT_ONCE = 50

/** Writes the mails about an end to everybody who was told of it, some in each transaction; what was written is not written again. */
export async function mailEnds(app: App, told: Told, signal: AbortSignal): Promise<void> {
  for (let left = true; left; signal.throwIfAborted()) left = await mailSome(app, told)
}

/** False when nobody was left. */
function mailSome(app: App, told: Told): Promise<boolean> {
  return app.db.transaction(system('embargo.mail-ends'), async (tx) => {
    const people = await lockUnmailed(tx, told, AT_ONCE)
    const [first] = people
    if (!first) return false
    for (const { person, email, operator, at } of people)
      if (email !== null) await sendMail(app, tx, { kind: `embargo.${told.what}`, to: email, person, operator, ...letter(app, told, at) })
    await setMailed(
      tx,
      told,
      people.map(({ person }) => person),
      app.clock.now(),
    )
    const binds = people.map(({ person }) => toldRow({ ...told, person }))
    app.audit.record(tx, { action: 'embargo.told', subject: told.end, operator: first.operator, binds, details: { what: told.what, people: people.length } })
    return true
  })
}

/** Names nothing that is or was under embargo. */
function letter(app: App, { what }: Told, at: Date): { subject: string; text: string } {
  const page = new URL('/packages', app.config.url).href
  const when = at.toISOString()
  return what === 'ended'
    ? {
        subject: 'An embargo has ended early',
        text: `At ${when} (UTC) an embargo that concerns your organisation ended early. Sign in to see which, and what is open to you now:\n\n${page}\n`,
      }
    : {
        subject: 'An embargo stands again',
        text: `At ${when} (UTC) an early end of an embargo was taken back: that something was public was a false alarm. What you received remains under embargo until its release. Sign in to see which:\n\n${page}\n`,
      }
}
