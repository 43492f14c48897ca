import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { ProposedRules } from '#program/releases/rules/contract.ts'
import { command, post } from '../api/client.ts'
import { releasesQuery } from '../releases/releases.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import waiting from '../ui/waiting-list.module.css'
import { RulesInWords } from './rules-in-words.tsx'
import { RulesPreview } from './rules-preview.tsx'
import { rulesQuery, type Proposed, type Shown } from './rules.ts'

/** Every rule set that was proposed, the newest first. */
export function ProposedPanel({ shown }: { shown: Shown }): ReactElement {
  return (
    <Panel title="Proposed rules" flush>
      {shown.proposals.length === 0 && <EmptyState icon="check" title="No other rules were proposed" />}
      <ul className={waiting['list']}>
        {shown.proposals.map((one) => (
          <ProposedItem key={one.proposal} one={one} inForce={shown.inForce.id} />
        ))}
      </ul>
    </Panel>
  )
}

function ProposedItem({ one, inForce }: { one: Proposed; inForce: string }): ReactElement {
  const may = useMay()
  const mine = useSession().person.id === one.proposed.by.id
  const [reading, setReading] = useState(false)
  const act = one.state === 'waits' && !mine && may('programme-rules.adopt') ? 'Read and adopt' : 'Read'
  return (
    <li className={waiting['item']}>
      <div className={waiting['body']}>
        <Group gap="xs">
          <strong className="mono">{one.id}</strong>
          <Text span>from the cycle of {one.from} on</Text>
          <State one={one} inForce={inForce} />
        </Group>
        <Text size="sm" c="dimmed" component="div">
          Proposed by {one.proposed.by.name} at <Instant value={one.proposed.at} />
          {one.adopted && (
            <>
              , adopted by {one.adopted.by.name} at <Instant value={one.adopted.at} />
            </>
          )}
        </Text>
      </div>
      <Button size="compact-sm" variant="default" onClick={() => setReading(true)} aria-label={`${act} ${one.id}`}>
        {act}
      </Button>
      {reading && <ReadDialog one={one} mine={mine} onClose={() => setReading(false)} />}
    </li>
  )
}

function State({ one: { state, id }, inForce }: { one: Proposed; inForce: string }): ReactElement {
  if (state === 'waits') return <StateMark tone="waiting">Waits for a second publisher</StateMark>
  if (state === 'withdrawn') return <StateMark tone="off">Withdrawn</StateMark>
  return id === inForce ? <StateMark tone="on">In force</StateMark> : <StateMark tone="off">Replaced</StateMark>
}

function ReadDialog({ one, mine, onClose }: { one: Proposed; mine: boolean; onClose: () => void }): ReactElement {
  const may = useMay()
  const queries = useQueryClient()
  const done = async () => {
    await queries.invalidateQueries({ queryKey: rulesQuery.queryKey })
    await queries.invalidateQueries({ queryKey: releasesQuery.queryKey })
    onClose()
  }
  const adopt = useMutation({ mutationFn: () => post(ProposedRules, `/api/programme-rules/${one.proposal}/adopt`), onSuccess: done })
  const withdraw = useMutation({ mutationFn: () => command('DELETE', `/api/programme-rules/${one.proposal}`), onSuccess: done })
  const waits = one.state === 'waits'
  const busy = adopt.isPending || withdraw.isPending
  return (
    <Dialog opened onClose={onClose} title={`${one.id}, from the cycle of ${one.from} on`} size="90rem" dismissible={!busy}>
      <Stack>
        <RulesInWords rules={one.rules} />
        {waits && <RulesPreview rules={one.rules} from={one.from} />}
        {waits && mine && <Text size="sm">You proposed them; another publisher puts them in force.</Text>}
        <ProblemAlert error={adopt.error ?? withdraw.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={busy}>
            Close
          </Button>
          {waits && may('programme-rules.withdraw') && (
            <Button variant="default" onClick={() => withdraw.mutate()} loading={withdraw.isPending} disabled={adopt.isPending}>
              Withdraw
            </Button>
          )}
          {waits && !mine && may('programme-rules.adopt') && (
            <Button onClick={() => adopt.mutate()} loading={adopt.isPending} disabled={withdraw.isPending}>
              Put them in force
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}
