import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Link } from '#platform/auth/contract.ts'
import { command, create } from '../api/client.ts'
import { trustedNowMs, useTrustedTime } from '../clock/trusted-time.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { recoveriesQuery, type RecoveryView } from './people.ts'
import { SecondPersonPanel, type Matter } from './second-person.tsx'

/** How long the link of an approved recovery can be used, and the recovery so be stopped. */
const LINK_LIFE_MS = 24 * 60 * 60_000

/** Recoveries that wait for a second operator, and those whose link may still be unused. */
export function OpenRecoveries({ whenNone }: { whenNone: 'say-so' | 'hide' }): ReactElement | null {
  const recoveries = useQuery(recoveriesQuery)
  const clock = useTrustedTime()
  const may = useMay()
  const self = useSession().person.id
  const open = recoveries.data?.filter((recovery) => clock.data && canBeStopped(recovery, trustedNowMs(clock.data))) ?? []
  const toMatter = (recovery: RecoveryView): Matter => ({
    id: recovery.id,
    personName: recovery.person.name,
    noun: 'the recovery',
    body: recovery.reason,
    origin: <Origin recovery={recovery} />,
    waits: recovery.state === 'open',
    mine: recovery.openedBy.id === self || recovery.person.id === self,
    mayApprove: may('recovery.approve'),
    mayClose: may('recovery.close'),
    question: <Question recovery={recovery} />,
    closing: 'Nothing about the account changes, and a link that was handed over no longer works. A new recovery can be opened at any time.',
    approve: () => create(Link, `/api/recoveries/${recovery.id}/approval`),
    close: () => command('DELETE', `/api/recoveries/${recovery.id}`),
  })
  return (
    <SecondPersonPanel
      title="Recoveries"
      lead="Somebody has lost their passkeys: one membership officer opens a recovery, a second one approves it."
      none="No recovery is open"
      whenNone={whenNone}
      query={recoveries}
      matters={open.map(toMatter)}
      changes={[recoveriesQuery.queryKey]}
    />
  )
}

function canBeStopped({ state, approvedAt }: RecoveryView, nowMs: number): boolean {
  return state === 'open' || (state === 'approved' && approvedAt !== null && Date.parse(approvedAt) + LINK_LIFE_MS > nowMs)
}

function Origin({ recovery }: { recovery: RecoveryView }): ReactElement {
  return (
    <>
      Opened by {recovery.openedBy.name} at <Instant value={recovery.openedAt} />
      {recovery.state === 'open' && (
        <>
          , ends at <Instant value={recovery.expiresAt} />
        </>
      )}
      {recovery.approvedBy && `. Approved by ${recovery.approvedBy.name}: as long as the link is unused, closing the recovery stops it.`}
    </>
  )
}

function Question({ recovery }: { recovery: RecoveryView }): ReactElement {
  return (
    <>
      <Text>
        {recovery.openedBy.name} opened it: “<span className="break">{recovery.reason}</span>”
      </Text>
      <Text>
        Make sure yourself that the request comes from {recovery.person.name}. You receive a one-time link to pass on; using it ends their passkeys, sessions
        and tokens.
      </Text>
    </>
  )
}
