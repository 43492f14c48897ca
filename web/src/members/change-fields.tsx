import { Checkbox, Group, Radio, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { fieldMessage } from '../api/problem.ts'
import { membersQuery, policiesQuery, type Change, type MemberStanding } from './members.ts'
import { CAUSES, TIER_NAMES } from './words.ts'

type Kind = Change['kind']

export interface Fields {
  readonly tier: string
  readonly jurisdiction: string
  readonly cause: string
  readonly outcome: string
  readonly successor: string
  readonly backAccess: boolean
  readonly reason: string
  readonly evidence: string
}
export const EMPTY_FIELDS: Fields = {
  tier: '',
  jurisdiction: '',
  cause: 'acquisition',
  outcome: 'keep',
  successor: '',
  backAccess: false,
  reason: '',
  evidence: '',
}

/** What a kind of change is sent with besides its reason. */
export function fieldsOf(kind: Kind, { tier, jurisdiction, cause, outcome, successor, backAccess }: Fields): Record<string, unknown> {
  if (kind === 'tier') return { tier }
  if (kind === 'jurisdiction') return { jurisdiction }
  if (kind === 'review') return { cause }
  if (kind === 'reinstate') return { backAccess }
  if (kind === 'review-decision') return { outcome, backAccess: outcome === 'keep' && backAccess }
  return kind === 'terminate' && successor !== '' ? { successor } : {}
}

interface ChangeFieldsProps {
  readonly kind: Kind
  readonly member: MemberStanding
  readonly values: Fields
  readonly set: (change: Partial<Fields>) => void
  readonly error: unknown
}

/** The choices of one kind of change. */
export function ChangeFields({ kind, member, values, set, error }: ChangeFieldsProps): ReactElement | null {
  if (kind === 'tier') return <Choice label="Tier" names={TIER_NAMES} value={values.tier} onChange={(tier) => set({ tier })} />
  if (kind === 'review') return <Choice label="Cause" names={CAUSES} value={values.cause} onChange={(cause) => set({ cause })} vertical />
  if (kind === 'jurisdiction') return <PolicyChoice value={values.jurisdiction} onChange={(jurisdiction) => set({ jurisdiction })} />
  if (kind === 'terminate')
    return <SuccessorChoice member={member} value={values.successor} onChange={(successor) => set({ successor })} error={fieldMessage(error, '/successor')} />
  if (kind === 'reinstate') return <BackAccess value={values.backAccess} onChange={(backAccess) => set({ backAccess })} />
  if (kind !== 'review-decision') return null
  return (
    <>
      <Choice label="Decision" names={OUTCOMES} value={values.outcome} onChange={(outcome) => set({ outcome })} />
      {values.outcome === 'keep' && member.present.state === 'paused' && (
        <BackAccess value={values.backAccess} onChange={(backAccess) => set({ backAccess })} />
      )}
    </>
  )
}

const OUTCOMES = { keep: 'Stays a member', suspend: 'Is suspended', terminate: 'Is terminated' }

interface ChoiceProps {
  readonly label: string
  readonly names: Readonly<Record<string, string>>
  readonly value: string
  readonly onChange: (value: string) => void
  readonly vertical?: boolean
}

function Choice({ label, names, value, onChange, vertical = false }: ChoiceProps): ReactElement {
  return (
    <Radio.Group label={label} value={value} onChange={onChange}>
      <Group mt={4} gap="sm" {...(vertical ? { style: { flexDirection: 'column' as const, alignItems: 'flex-start' } } : {})}>
        {Object.entries(names).map(([each, name]) => (
          <Radio key={each} value={each} label={name} />
        ))}
      </Group>
    </Radio.Group>
  )
}

function BackAccess({ value, onChange }: { value: boolean; onChange: (value: boolean) => void }): ReactElement {
  return <Checkbox label="Give back what opened meanwhile" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
}

function PolicyChoice({ value, onChange }: { value: string; onChange: (value: string) => void }): ReactElement {
  const policies = useQuery(policiesQuery).data ?? []
  const names = policies.filter(({ state }) => state === 'shipped' || state === 'in-force').map(({ policy }) => policy)
  return <Select label="Policy" required data={names} value={value} onChange={(policy) => onChange(policy ?? '')} allowDeselect={false} />
}

interface SuccessorChoiceProps {
  readonly member: MemberStanding
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
}

function SuccessorChoice({ member, value, onChange, error }: SuccessorChoiceProps): ReactElement {
  const members = useQuery(membersQuery).data ?? []
  const others = members.filter(({ id, state }) => id !== member.organisation.id && state !== 'terminated').map(({ id, name }) => ({ value: id, label: name }))
  return (
    <Select
      label="Merged into"
      description="For a merger: the member that goes on"
      data={others}
      value={value === '' ? null : value}
      onChange={(successor) => onChange(successor ?? '')}
      clearable
      searchable
      error={error}
    />
  )
}
