import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { hasDraft } from '../ui/draft.ts'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { EGRESS_DRAFT, EgressDialog } from './egress-dialog.tsx'
import { egressQuery, type EgressView } from './egress.ts'

const WHO: Readonly<Record<EgressView['mayReachOut'], string>> = {
  nobody: 'Nobody: whoever runs this Vedette has not permitted it (VEDETTE_EGRESS)',
  operator: 'The operator’s analysts; members may not (VEDETTE_EGRESS)',
  members: 'The operator’s analysts, and members (VEDETTE_EGRESS)',
}

/** What submissions may reach while they are opened. */
export function EgressPanel(): ReactElement | null {
  const may = useMay()
  return may('egress.read') ? <Settings /> : null
}

function Settings(): ReactElement {
  const { data, error, isPending, refetch } = useQuery(egressQuery)
  const may = useMay()
  const [changing, setChanging] = useState(() => hasDraft(EGRESS_DRAFT))
  return (
    <Panel
      title="What submissions may reach"
      lead="Never anything unless whoever hands in asks for it, and then through the recording proxy alone, which connects to public addresses only."
      actions={
        data &&
        may('egress.set') && (
          <Button variant="default" onClick={() => setChanging(true)}>
            Change
          </Button>
        )
      }
    >
      {isPending && <Skeleton height={120} />}
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data && <Shown settings={data} />}
      {data && changing && may('egress.set') && <EgressDialog settings={data} onClose={() => setChanging(false)} />}
    </Panel>
  )
}

function Shown({ settings: { mayReachOut, direct, upstream, ownNetworks, changedAt, changedBy } }: { settings: EgressView }): ReactElement {
  return (
    <Facts>
      <Fact name="Who may ask for it">{WHO[mayReachOut]}</Fact>
      <Fact name="The real network">
        <StateMark tone={direct && mayReachOut !== 'nobody' ? 'on' : 'off'}>{direct ? 'Can be chosen' : 'Cannot be chosen'}</StateMark>
      </Fact>
      <Fact name="Upstream proxy">
        {upstream === null ? (
          <StateMark tone="off">None</StateMark>
        ) : (
          <>
            <span className="mono">
              {upstream.host}:{upstream.port}
            </span>
            , {upstream.hasLogin ? 'with a login, which is kept sealed' : 'without a login'}
          </>
        )}
      </Fact>
      <Fact name="Our own networks">
        {ownNetworks.length === 0 ? 'None named; private and special addresses are never connected to' : <span className="mono">{ownNetworks.join(' ')}</span>}
      </Fact>
      <Fact name="Settled">
        {changedAt === null ? (
          'Never: nothing is let out'
        ) : (
          <>
            <Instant value={changedAt} /> by {changedBy?.name}
          </>
        )}
      </Fact>
    </Facts>
  )
}
