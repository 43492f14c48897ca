import { Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { JurisdictionPolicy } from '#program/membership/standing/contract.ts'
import { command, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { DecideButtons } from './decide-buttons.tsx'
import { policiesQuery, type Policy } from './members.ts'
import { ProposePolicyButton } from './propose-policy-dialog.tsx'
import { policyWords } from './words.ts'

const STATES: Readonly<Record<Policy['state'], readonly [Tone, string]>> = {
  shipped: ['on', 'In force, shipped'],
  'in-force': ['on', 'In force'],
  waits: ['waiting', 'Waits for a second officer'],
  closed: ['off', 'Refused'],
  expired: ['off', 'Waited too long'],
}

/** The policies of jurisdictions as members are under them: none ever changes, a new version takes two officers. */
export function PoliciesPanel(): ReactElement {
  const policies = useQuery(policiesQuery)
  const may = useMay()
  const self = useSession().person.id
  const [closed, setClosed] = useState(false)
  const rows = (policies.data ?? []).filter(({ state }) => closed || (state !== 'closed' && state !== 'expired'))
  return (
    <Panel
      title="Policies of jurisdictions"
      lead="Of the legal entity and of a contact’s place of work the stricter applies. A stricter policy counts at once, a looser one from the next cycle on."
      actions={may('jurisdiction-policy.propose') && <ProposePolicyButton onDone={() => setClosed(false)} />}
      flush
    >
      {policies.isPending && <Skeleton height={120} radius={0} />}
      <ProblemAlert error={policies.error} onRetry={() => void policies.refetch()} />
      {policies.data && (
        <SimpleTable label="Policies of jurisdictions" headers={['Policy', 'Jurisdictions', 'What it leaves', 'State', '']}>
          {rows.map((policy) => (
            <Table.Tr key={policy.id}>
              <Table.Td className="nowrap">{policy.policy}</Table.Td>
              <Table.Td>{policy.jurisdictions.length === 0 ? 'Any other' : policy.jurisdictions.join(', ')}</Table.Td>
              <Table.Td miw={280}>
                <Stack gap={2}>
                  <Text size="sm">{policyWords(policy)}</Text>
                  <Text size="xs" c="dimmed">
                    {policy.basis}
                  </Text>
                </Stack>
              </Table.Td>
              <Table.Td>
                <StateMark tone={STATES[policy.state][0]}>{STATES[policy.state][1]}</StateMark>
              </Table.Td>
              <Table.Td align="right">
                {policy.state === 'waits' && may('jurisdiction-policy.approve') && (
                  <DecideButtons
                    what={`policy ${policy.policy}`}
                    mine={policy.proposed?.by.id === self}
                    approve={() => post(JurisdictionPolicy, `/api/jurisdiction-policies/${policy.id}/approval`)}
                    refuse={() => command('DELETE', `/api/jurisdiction-policies/${policy.id}`)}
                    changes={[policiesQuery.queryKey]}
                  >
                    {policyWords(policy)} {policy.basis}
                  </DecideButtons>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </SimpleTable>
      )}
    </Panel>
  )
}
