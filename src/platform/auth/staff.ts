import type { ContactActor, OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'

/** The actor of a route that only the operator's side may call. Throws FORBIDDEN for anybody else. */
export function staff(actor: PersonActor): OperatorActor {
  if (actor.kind !== 'operator') throw new Problem('FORBIDDEN')
  return actor
}

/** The actor of a route that only contacts may call. Throws FORBIDDEN for anybody else. */
export function contact(actor: PersonActor): ContactActor {
  if (actor.kind !== 'contact') throw new Problem('FORBIDDEN')
  return actor
}
