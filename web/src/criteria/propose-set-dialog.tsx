import { Button, Checkbox, Group, NativeSelect, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import type { z } from 'zod'
import { ProposedSet, type CriteriaSets } from '#program/membership/criteria/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from '../apply/apply.module.css'
import { criteriaQuery, type CriterionShown } from './criteria.ts'

interface Draft {
  /** Id of the set it begins with. */
  readonly from: string
  readonly edit: boolean
  readonly name: string
  readonly criteria: readonly CriterionShown[]
}

/** Proposes a set that ships with Vedette as it is, or one of the operator's own that begins with another. */
export function ProposeSetDialog({ sets, onClose }: { sets: z.output<typeof CriteriaSets>; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const known = [...sets.presets, sets.inForce.vendor, sets.inForce.responder, ...sets.proposed].filter(
    (one, index, all) => all.findIndex(({ id }) => id === one.id) === index,
  )
  const first = known[0]!
  const { values, set, clear } = useDraft<Draft>('propose-criteria', { from: first.id, edit: false, name: '', criteria: first.criteria })
  const source = known.find(({ id }) => id === values.from) ?? first
  const preset = sets.presets.some(({ id }) => id === source.id)
  const edit = values.edit || !preset
  const propose = useMutation({
    mutationFn: () =>
      create(ProposedSet, '/api/criteria', edit ? { name: values.name, kind: source.kind, criteria: values.criteria } : { preset: source.id.split('@')[0] }),
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: criteriaQuery.queryKey })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    propose.mutate()
  }
  const choose = (from: string) => set({ from, criteria: (known.find(({ id }) => id === from) ?? first).criteria })
  const change = (id: string, to: Partial<CriterionShown>) => set({ criteria: values.criteria.map((one) => (one.id === id ? { ...one, ...to } : one)) })
  return (
    <Dialog opened onClose={onClose} title="Propose a set of criteria" size="60rem" dismissible={!propose.isPending}>
      <form onSubmit={submit}>
        <Stack>
          <NativeSelect
            label="Begin with"
            data={known.map(({ id, kind }) => ({ value: id, label: `${id}, for ${kind}s` }))}
            value={source.id}
            onChange={(event) => choose(event.currentTarget.value)}
          />
          {preset && (
            <Checkbox label="Change it into a set of our own" checked={values.edit} onChange={(event) => set({ edit: event.currentTarget.checked })} />
          )}
          {edit ? (
            <>
              <TextInput
                label="Name"
                description="Lower-case letters, digits and dashes; the version is counted"
                required
                maxLength={60}
                value={values.name}
                error={fieldMessage(propose.error, '/name')}
                onChange={(event) => set({ name: event.currentTarget.value })}
              />
              {values.criteria.map((one, index) => (
                <EditCriterion
                  key={one.id}
                  criterion={one}
                  error={fieldMessage(propose.error, `/criteria/${index}`)}
                  onChange={(to) => change(one.id, to)}
                  onRemove={() => set({ criteria: values.criteria.filter(({ id }) => id !== one.id) })}
                />
              ))}
            </>
          ) : (
            <Text size="sm">{source.criteria.map(({ id, title }) => `${id} ${title}`).join(', ')}.</Text>
          )}
          <Text size="sm">Nothing changes until another membership officer puts it in force.</Text>
          <ProblemAlert error={propose.error} shownFields={['/name']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={propose.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={propose.isPending}>
              Propose
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

interface EditCriterionProps {
  readonly criterion: CriterionShown
  readonly error: string | undefined
  readonly onChange: (to: Partial<CriterionShown>) => void
  readonly onRemove: () => void
}

function EditCriterion({ criterion, error, onChange, onRemove }: EditCriterionProps): ReactElement {
  const { id, title, text, judged, need, waivable, threshold, evidence } = criterion
  return (
    <fieldset className={styles['fieldset']}>
      <legend>
        {id} {title}
      </legend>
      <Stack>
        <Textarea
          label="What it asks"
          required
          autosize
          minRows={2}
          maxLength={2000}
          value={text}
          onChange={(event) => onChange({ text: event.currentTarget.value })}
        />
        <Textarea
          label="How it is judged"
          required
          autosize
          minRows={2}
          maxLength={2000}
          value={judged}
          onChange={(event) => onChange({ judged: event.currentTarget.value })}
        />
        <Group align="flex-end">
          <NativeSelect
            label="Need"
            data={[
              { value: 'required', label: 'Required' },
              { value: 'recorded', label: 'Recorded' },
            ]}
            value={need}
            onChange={(event) => onChange({ need: event.currentTarget.value as CriterionShown['need'] })}
          />
          {evidence.includes('number') && (
            <NumberInput
              label="At least"
              min={1}
              max={10_000_000_000}
              allowDecimal={false}
              value={threshold ?? ''}
              onChange={(value) => onChange({ threshold: typeof value === 'number' ? value : null })}
            />
          )}
          <Checkbox label="Two people may waive it" checked={waivable} onChange={(event) => onChange({ waivable: event.currentTarget.checked })} />
          <Button variant="subtle" color="red" size="compact-sm" onClick={onRemove}>
            Leave {id} out
          </Button>
        </Group>
        {error && (
          <Text size="sm" role="alert">
            {error}
          </Text>
        )}
      </Stack>
    </fieldset>
  )
}
