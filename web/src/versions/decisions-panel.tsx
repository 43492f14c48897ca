import { Button, Group, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { DecisionAct } from '#program/packages/decisions/contract.ts'
import { useNowMs } from '../packages/package-state.tsx'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import styles from '../ui/waiting-list.module.css'
import { ConfirmDecisionDialog, WithdrawDecisionDialog } from './confirm-decision-dialog.tsx'
import { ProposeDialog } from './propose-dialog.tsx'
import { ACT_NAME, decisionsQuery, versionsQuery, type Decision, type VersionLine } from './versions.ts'

const STATES: Readonly<Record<Decision['state'], readonly [Tone, string]>> = {
  waits: ['waiting', 'Waits for a second publisher'],
  confirmed: ['plain', 'Done'],
  withdrawn: ['off', 'Withdrawn'],
  closed: ['off', 'Closed: the version changed'],
}

/** What two publishers decide about versions: what waits, what was done, and what can be proposed. */
export function DecisionsPanel({ id }: { id: string }): ReactElement | null {
  const may = useMay()
  const decisions = useQuery(decisionsQuery(id))
  const versions = useQuery(versionsQuery(id))
  const nowMs = useNowMs()
  const [wish, setWish] = useState<{ act: DecisionAct; version: VersionLine }>()
  const wishes = nowMs === undefined || !may('package-decision.propose') ? [] : possible(versions.data?.items ?? [], nowMs)
  const items = decisions.data?.items ?? []
  if (decisions.isSuccess && items.length === 0 && wishes.length === 0) return null
  return (
    <Panel
      title="Decisions of two publishers"
      lead="One proposes, another confirms; until then nothing happens."
      actions={wishes.map((one) => (
        <Button key={one.act} size="compact-sm" variant="default" onClick={() => setWish(one)}>
          {ACT_NAME[one.act]}
        </Button>
      ))}
      flush
    >
      {decisions.isPending && <Skeleton height={60} radius={0} />}
      <ProblemAlert error={decisions.error} onRetry={() => void decisions.refetch()} />
      {decisions.isSuccess && items.length === 0 && (
        <Text size="sm" c="dimmed" px={16} py={12}>
          Nothing was proposed yet.
        </Text>
      )}
      {items.length > 0 && (
        <ul className={styles['list']}>
          {items.map((decision) => (
            <Item key={decision.id} id={id} decision={decision} />
          ))}
        </ul>
      )}
      {wish && <ProposeDialog id={id} {...wish} onClose={() => setWish(undefined)} />}
    </Panel>
  )
}

/** What can be proposed about the versions as they are. The server decides the same by itself. */
function possible(lines: readonly VersionLine[], nowMs: number): { act: DecisionAct; version: VersionLine }[] {
  const present = lines.find(({ state }) => state === 'scheduled' || state === 'released' || state === 'deferred')
  const [newest] = lines
  const isPublic = present?.release !== null && present?.release !== undefined && Date.parse(present.release.instant) <= nowMs
  const draft = newest && ['draft', 'in-review', 'approved'].includes(newest.state) ? newest : undefined
  const acts: { act: DecisionAct; version: VersionLine | undefined }[] = [
    { act: 'defer-cves', version: draft && draft.version > 1 && !isPublic ? draft : undefined },
    { act: 'defer', version: present?.state === 'scheduled' && !isPublic ? present : undefined },
    { act: 'withdraw', version: isPublic && present?.state !== 'deferred' ? present : undefined },
    { act: 'pull', version: present },
  ]
  return acts.flatMap(({ act, version }) => (version ? [{ act, version }] : []))
}

function Item({ id, decision }: { id: string; decision: Decision }): ReactElement {
  const may = useMay()
  const mine = useSession().person.id === decision.proposed.by.id
  const [open, setOpen] = useState<'confirm' | 'withdraw'>()
  const [tone, text] = STATES[decision.state]
  const name = `${ACT_NAME[decision.act]}, version ${decision.version}`
  return (
    <li className={styles['item']}>
      <div className={styles['body']}>
        <strong>{name}</strong> <StateMark tone={tone}>{text}</StateMark>
        {decision.cves.length > 0 && <Text size="sm">{decision.cves.join(', ')}</Text>}
        {decision.reason !== null && (
          <Text size="sm" className="break">
            {decision.reason}
          </Text>
        )}
        <Text size="sm" c="dimmed" component="div">
          Proposed by {decision.proposed.by.name}, <Instant value={decision.proposed.at} />
          {decision.confirmed && (
            <>
              ; confirmed by {decision.confirmed.by.name}, <Instant value={decision.confirmed.at} />
            </>
          )}
        </Text>
        {decision.state === 'waits' && mine && <Text size="sm">You proposed it, so another publisher has to confirm it.</Text>}
      </div>
      {decision.state === 'waits' && may('package-decision.confirm') && (
        <Group gap={4} wrap="nowrap">
          {!mine && (
            <Button size="compact-sm" color="red.8" onClick={() => setOpen('confirm')} aria-label={`Look at and confirm: ${name}`}>
              Look at and confirm
            </Button>
          )}
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => setOpen('withdraw')} aria-label={`Withdraw the proposal: ${name}`}>
            Withdraw the proposal
          </Button>
        </Group>
      )}
      {open === 'confirm' && <ConfirmDecisionDialog id={id} decision={decision} onClose={() => setOpen(undefined)} />}
      {open === 'withdraw' && <WithdrawDecisionDialog id={id} decision={decision} onClose={() => setOpen(undefined)} />}
    </li>
  )
}
