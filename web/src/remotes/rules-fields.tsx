import { NativeSelect, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { PUSHED_LABELS } from '#exchange/remotes/contract.ts'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { fieldMessage } from '../api/problem.ts'
import { INTERVALS, type Remote } from './remotes.ts'

/** What is decided about a remote beside its address; all as it is typed. */
export interface RuleValues {
  readonly name: string
  readonly interval: string
  readonly types: string
  readonly unmarked: Remote['unmarked']
  readonly audience: Remote['audience']
}
export const RULE_FIELDS = ['/name', '/intervalMinutes', '/filters', '/unmarked', '/audience']

interface RulesFieldsProps {
  readonly direction: Remote['direction']
  readonly values: RuleValues
  readonly set: (change: Partial<RuleValues>) => void
  readonly error: unknown
  /** Of a push that was agreed on: what one person may not change is not shown. */
  readonly agreed?: boolean
}

export function RulesFields({ direction, values, set, error, agreed = false }: RulesFieldsProps): ReactElement {
  return (
    <>
      <TextInput
        label="Name"
        description="How your people call it"
        required
        maxLength={120}
        value={values.name}
        error={fieldMessage(error, '/name')}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <NativeSelect
        label={direction === 'poll' ? 'How often it is polled' : 'How often it is pushed to'}
        data={INTERVALS}
        value={values.interval}
        onChange={(event) => set({ interval: event.currentTarget.value })}
      />
      {!agreed && (
        <TextInput
          label="Types"
          description="Separated by commas, such as indicator, malware; empty: all types"
          value={values.types}
          error={fieldMessage(error, '/filters')}
          onChange={(event) => set({ types: event.currentTarget.value })}
        />
      )}
      {direction === 'poll' && (
        <>
          <NativeSelect
            label="What has no marking counts as"
            description="The objects stay as they were sent. A change counts for what comes from then on, not for what is there"
            data={TLP_LABELS.map((label) => ({ value: label, label: `TLP:${label}${label === 'AMBER' ? ', as everywhere here' : ''}` }))}
            value={values.unmarked}
            onChange={(event) => set({ unmarked: event.currentTarget.value as RuleValues['unmarked'] })}
          />
          <NativeSelect
            label="For whom at most"
            description="Whatever the objects’ own markings allow: nobody is shown more than this label lets"
            data={TLP_LABELS.map((label) => ({ value: label, label: label === 'CLEAR' ? 'As each object is marked' : `TLP:${label}` }))}
            value={values.audience}
            onChange={(event) => set({ audience: event.currentTarget.value as RuleValues['audience'] })}
          />
        </>
      )}
      {direction === 'push' && !agreed && (
        <NativeSelect
          label="Passed on up to"
          description="Only what every member of the collection sees. What has no marking counts as TLP:AMBER, or as the remote server that brought it says; TLP:AMBER+STRICT, TLP:RED and markings that nobody here knows never leave, nor what came from that server"
          data={PUSHED_LABELS.map((label) => ({ value: label, label: `TLP:${label}` }))}
          value={values.audience}
          onChange={(event) => set({ audience: event.currentTarget.value as RuleValues['audience'] })}
        />
      )}
    </>
  )
}
