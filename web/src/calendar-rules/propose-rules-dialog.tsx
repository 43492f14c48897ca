import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { PRESET_RULES, ProposedRules } from '#program/releases/rules/contract.ts'
import { create } from '../api/client.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { RulesForm } from './rules-form.tsx'
import { RulesPreview } from './rules-preview.tsx'
import { previewQuery, rulesQuery, type Rules, type Shown } from './rules.ts'

export const RULES_DRAFT = 'propose-programme-rules'
interface Draft {
  readonly rules: Rules
  /** Empty for the first cycle that can follow them. */
  readonly from: string
}

/** Other rules of the calendar, with what they would change beside them; another publisher adopts them. */
export function ProposeRulesDialog({ shown, onClose }: { shown: Shown; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(RULES_DRAFT, { rules: shown.inForce.rules, from: '' })
  const from = values.from === '' ? null : values.from
  const [wish] = useDebouncedValue({ rules: values.rules, from, member: null }, 400)
  const { data: begins, error: faults, isPlaceholderData } = useQuery(previewQuery(wish))
  // What is proposed is what was looked at: not what is still being typed or counted.
  const counted = !isPlaceholderData && wish.rules === values.rules && wish.from === from
  const propose = useMutation({
    mutationFn: () => create(ProposedRules, '/api/programme-rules', { rules: values.rules, from: from ?? begins?.from }),
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: rulesQuery.queryKey })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    propose.mutate()
  }
  const cancel = () => {
    clear()
    onClose()
  }
  const known = [{ id: shown.inForce.id, rules: shown.inForce.rules }, ...PRESET_RULES].filter(
    ({ id }, at, all) => all.findIndex((one) => one.id === id) === at,
  )
  return (
    <Dialog opened onClose={cancel} title="Propose other rules" size="90rem" dismissible={!propose.isPending}>
      <form onSubmit={submit}>
        <Stack>
          <NativeSelect
            label="Begin with"
            description="Puts these into the form"
            data={[{ value: '', label: 'What the form says' }, ...known.map(({ id }) => ({ value: id, label: id }))]}
            value=""
            onChange={(event) => {
              const chosen = known.find(({ id }) => id === event.currentTarget.value)
              if (chosen) set({ rules: chosen.rules })
            }}
          />
          <RulesForm rules={values.rules} error={propose.error ?? faults} onChange={(change) => set({ rules: { ...values.rules, ...change } })} />
          <NativeSelect
            label="First cycle that follows them"
            data={[{ value: '', label: `The first that can${begins && from === null ? `: ${begins.from}` : ''}` }, ...shown.cycles.map(({ month }) => month)]}
            value={values.from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <RulesPreview rules={values.rules} from={from} />
          <Text size="sm">Nothing changes until another publisher puts them in force. Then everybody of the members is told.</Text>
          <ProblemAlert error={propose.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={cancel} disabled={propose.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={propose.isPending} disabled={!counted || !begins || faults !== null || begins.blocked !== null}>
              Propose
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
